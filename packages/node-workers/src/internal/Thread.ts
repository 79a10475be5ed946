/**
 * One thread, from spawn to exit, as the host holds it.
 *
 * Frames travel on a private channel; `parentPort` of the worker is open to anybody's code, so what comes through it
 * is never a reply (G10). What is known of Node, and relied upon:
 *
 * - a frame that was posted before `process.exit` or an uncaught exception is in our port's queue when `exit` is
 *   emitted, perhaps unread: so it is read first (G5);
 * - `error` comes before `exit`, and `exit` always comes; a thread that cannot even be set up (no descriptors left)
 *   gives both, wrong flags make the constructor throw;
 * - the port of a thread closes when its environment has been left, or when code in the worker closed it.
 *
 * @since 0.1.0
 */
import { inspect } from "node:util"
import { type MessagePort, receiveMessageOnPort, type Transferable, type Worker } from "node:worker_threads"
import type { Frame } from "@heddle/core/protocol/messages/Message"
import type { Movable } from "@heddle/core/Task"
import type {
  Activity,
  Memory,
  WorkerConnection,
  WorkerExit,
  WorkerListener
} from "@heddle/core/WorkerTransport"
import * as activity from "./activity.ts"
import * as Doorbell from "./doorbell.ts"
import { Looking } from "./ReplyLook.ts"
import type { Newborn } from "./spawnThread.ts"
import { finish, makeTail, pump, type Tail } from "./output.ts"
import type { OpenOutlet } from "./printed.ts"
import { lostNote, type Kept, streams } from "./printing.ts"
import type { Settings } from "./settings.ts"
import { causeOf } from "./startFailure.ts"
import * as Machine from "./threadMachine.ts"

/** What Node says of a thread that was terminated. */
const terminatedCode = 1

/** Stands for a frame that could not be read: nothing that the protocol knows, so the pool ends that worker. */
const unreadable = undefined

export class Thread implements WorkerConnection {
  readonly threadId: number
  private readonly worker: Worker
  private readonly port: MessagePort
  private readonly listener: WorkerListener
  private readonly onGone: (thread: Thread) => void
  private readonly tail: Tail
  private readonly outlet: OpenOutlet
  private readonly kept: Kept
  private readonly bell: Doorbell.Doorbell | undefined
  /** `undefined` where the host always sleeps. */
  private readonly looking: Looking | undefined
  private cause: unknown
  /** Whether it has said anything to its pool. */
  private hasSpoken = false
  private readonly settings: Settings
  /** Invariant: written by `step` alone. */
  private state: Machine.ThreadState = "running"
  /** Resolves when it is gone; defined once it was terminated. */
  private termination: Promise<void> | undefined
  private watch: NodeJS.Timeout | undefined

  constructor(
    { bell, kept, outlet, port, worker }: Newborn,
    settings: Settings,
    listener: WorkerListener,
    onGone: (thread: Thread) => void
  ) {
    this.worker = worker
    this.port = port
    this.bell = bell
    this.looking = bell === undefined ? undefined : new Looking(() => this.drain())
    this.settings = settings
    this.kept = kept
    this.listener = listener
    this.onGone = onGone
    this.tail = makeTail(settings.stderrTail)
    this.outlet = outlet.open(this.tail, (line) => listener.onPrint?.(line))
    this.threadId = worker.threadId
    this.listen()
  }

  /** Whether its end was asked for. */
  get isEnding(): boolean {
    return this.state !== "running"
  }

  post(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    if (this.state === "gone") return
    this.port.postMessage(frame, transfer as ReadonlyArray<Transferable>)
    if (this.bell === undefined) return
    Doorbell.ring(this.bell)
    this.looking?.posted()
  }

  expectSoon(): void {
    this.looking?.expect()
  }

  drain(): void {
    while (Machine.isReadable(this.state)) {
      let received: { readonly message: unknown } | undefined
      try {
        received = receiveMessageOnPort(this.port)
      } catch {
        received = { message: unreadable }
      }
      if (received === undefined) return
      this.onFrame(received.message)
    }
  }

  /** An interrupt of V8 asks, so a busy loop answers too, and native code once it returns. A thread has no RSS of its own. */
  memory(report: (memory: Memory) => void): void {
    this.worker.getHeapStatistics().then(
      (statistics) => {
        if (this.state !== "gone") report({ heap: statistics.used_heap_size + statistics.external_memory })
      },
      () => {}
    )
  }

  activity(report: (activity: Activity) => void): void {
    if (this.state === "gone") return
    const before = this.worker.performance.eventLoopUtilization()
    let answered = false
    this.worker.getHeapStatistics().then(
      () => {
        answered = true
      },
      () => {}
    )
    clearTimeout(this.watch)
    const judge = () => {
      const isParked = this.bell !== undefined && Doorbell.isParked(this.bell)
      const { utilization } = this.worker.performance.eventLoopUtilization(before)
      if (this.state !== "gone") report(activity.ofThread({ isParked, utilization, answered }))
    }
    // Its answer may have arrived while this thread had no time to hear it: one turn passes first.
    this.watch = setTimeout(() => setImmediate(() => setImmediate(judge)), activity.watchMillis)
  }

  terminate(): void {
    this.step("ask")
  }

  /** Ends it by force; resolves when it is gone, never rejects. */
  end(): Promise<void> {
    this.step("end")
    return this.termination ?? Promise.resolve()
  }

  private listen(): void {
    const { listener, outlet, port, worker } = this
    port.on("message", (frame) => this.onFrame(frame))
    port.on("messageerror", () => this.onFrame(unreadable))
    port.on("close", () => this.step("close"))
    worker.on("message", (message) => listener.onStray(message))
    worker.on("messageerror", (error) => listener.onStray(error))
    worker.on("error", (error) => {
      this.cause = told(error)
      this.step("end")
    })
    worker.on("exit", (exitCode) => this.onExit(exitCode))
    pump(worker.stdout, outlet.stdout)
    pump(worker.stderr, outlet.stderr)
  }

  private onFrame(frame: unknown): void {
    this.hasSpoken = true
    this.looking?.heard()
    this.listener.onFrame(frame)
  }

  private onExit(exitCode: number | undefined): void {
    // What it posted before is heard first, while the listener still is told (G5).
    this.drain()
    this.step("exit", exitCode)
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private step(event: Machine.ThreadEvent, exitCode?: number): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action, exitCode)
  }

  private perform(action: Machine.ThreadAction, exitCode: number | undefined): void {
    switch (action) {
      case "terminate":
        // Resolves at `exit`, or at once when there is no thread any more: so it also covers an exit that was not told.
        this.termination = this.worker.terminate().then(
          (code) => this.onExit(code),
          () => {}
        )
        return
      case "watch":
        this.looking?.watch()
        return
      case "reportHalted":
        return this.listener.onHalted?.(this.exitOf(terminatedCode))
      case "conclude":
        return this.conclude(exitCode)
    }
  }

  private conclude(exitCode: number | undefined): void {
    clearTimeout(this.watch)
    this.looking?.end()
    for (const [index, name] of streams.entries()) {
      finish(this.worker[name])
      // Of a thread that was terminated: one that ends by itself keeps nothing.
      const writes = Atomics.load(this.kept, index)
      if (writes > 0) this.outlet[name](lostNote(writes))
    }
    this.outlet.end()
    this.port.removeAllListeners()
    this.port.close()
    this.onGone(this)
    this.listener.onExit(this.exitOf(exitCode))
  }

  private silenceOf(exitCode: number | undefined, stderr: string): unknown {
    const { entry, execArgv } = this.settings
    return causeOf({ entry: entry.pathname, execArgv, exitCode, cause: this.cause, hasBegun: true, stderr })
  }

  private exitOf(exitCode: number | undefined): WorkerExit {
    const stderr = this.tail.text()
    const cause = this.hasSpoken ? this.cause : this.silenceOf(exitCode, stderr)
    return { exitCode, outOfMemory: isOutOfMemory(cause), cause, stderr }
  }
}

/** How much is kept of the text of an error that is told as text. */
const toldLength = 8192

/**
 * Node hands over an uncaught error that says itself how it is shown, as those of Effect do, as nothing but that text: an
 * object without a prototype that has a function for it. An error with the text says more to all who look at it.
 */
const told = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null || Reflect.getPrototypeOf(error) !== null) return error
  if (typeof Reflect.get(error, inspect.custom) !== "function") return error
  const shown = new Error(inspect(error).slice(0, toldLength))
  delete shown.stack
  return shown
}

/** A worker may throw anything. */
const isOutOfMemory = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ERR_WORKER_OUT_OF_MEMORY"
