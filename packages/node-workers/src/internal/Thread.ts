/**
 * One thread, from spawn to exit, on the host's side. `threadMachine.ts` is its table of states.
 *
 * Frames travel on a private channel. The worker's `parentPort` is open to any code in the thread, so a message that
 * comes through it is never a reply (G10). Relied upon:
 *
 * - a frame that was posted before `process.exit` or an uncaught exception is in our port's queue when `exit` is emitted,
 *   perhaps unread. So the host reads the port first (G5);
 * - `error` comes before `exit`, and `exit` always comes. A thread that cannot be set up, for want of descriptors, gives
 *   both; wrong flags make the constructor throw;
 * - the port of a thread closes when the thread has left its environment, or when code in the worker closed the port.
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
import * as Realm from "./memory/realm.ts"
import { drainAndDestroy, makeTailBuffer, pump, type TailBuffer } from "./output.ts"
import { ReplyLook } from "./ReplyLook.ts"
import type { Settings } from "./settings.ts"
import type { SpawnedThread } from "./spawnThread.ts"
import { explainSilentExit } from "./startFailure.ts"
import * as Machine from "./threadMachine.ts"
import { oneAtATime } from "@heddle/core/StateTable"
import type { OutputSinks } from "./workerOutput.ts"
import { droppedNote, streams, type UnsentWrites } from "./writeThrough.ts"

/** The exit code that Node gives to a terminated thread. */
const terminatedCode = 1

/** Stands for a message that could not be deserialized. The protocol knows no such frame, so the pool ends the worker. */
const unreadable = undefined

export class Thread implements WorkerConnection {
  readonly threadId: number
  private readonly worker: Worker
  private readonly id: number
  private readonly agent: number
  private isRecovered = false
  private readonly port: MessagePort
  private readonly listener: WorkerListener
  private readonly onGone: (thread: Thread) => void
  private readonly stderrTail: TailBuffer
  private readonly sinks: OutputSinks
  private readonly unsent: UnsentWrites
  private readonly bell: Doorbell.Doorbell | undefined
  /** `undefined` where the host always sleeps. */
  private readonly replyLook: ReplyLook | undefined
  private readonly settings: Settings
  /** Invariant: written by `take` alone. */
  private state: Machine.ThreadState = "running"
  /** The uncaught exception, once Node has reported one. */
  private cause: unknown
  /** Written when Node reports the exit, before the machine hears of it. */
  private exitCode: number | undefined
  /** Whether the thread has posted a frame. */
  private hasPosted = false
  /** How many frames were read, as a number of 32 bits. */
  private heard = 0
  /** Resolves when the thread is gone. Defined once the thread was terminated. */
  private termination: Promise<void> | undefined
  private activityTimer: NodeJS.Timeout | undefined

  constructor(
    { agent, bell, output, port, unsent, worker }: SpawnedThread,
    id: number,
    settings: Settings,
    listener: WorkerListener,
    onGone: (thread: Thread) => void
  ) {
    this.worker = worker
    this.id = id
    this.agent = agent
    this.port = port
    this.bell = bell
    this.replyLook =
      bell === undefined
        ? undefined
        : new ReplyLook(
            () => Doorbell.replies(bell) !== this.heard,
            () => this.drain()
          )
    this.settings = settings
    this.unsent = unsent
    this.listener = listener
    this.onGone = onGone
    this.stderrTail = makeTailBuffer(settings.stderrTail)
    this.sinks = output.open(this.stderrTail, (line) => listener.onPrint?.(line))
    this.threadId = worker.threadId
    this.listen()
  }

  /** Whether the thread was terminated, or has ended. */
  get isEnding(): boolean {
    return this.state !== "running"
  }

  post(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    if (this.state === "gone") return
    this.port.postMessage(frame, transfer as ReadonlyArray<Transferable>)
    if (this.bell === undefined) return
    Doorbell.ring(this.bell)
    this.replyLook?.posted()
  }

  expectSoon(): void {
    this.replyLook?.expect()
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

  /**
   * Reports the heap. V8 asks by an interrupt, so a busy loop answers too, and native code once the code has returned. A
   * thread has no RSS of its own.
   */
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
    clearTimeout(this.activityTimer)
    const judge = () => {
      const isParked =
        (this.bell !== undefined && Doorbell.isParked(this.bell)) || Realm.isWaiting(this.agent)
      const { utilization } = this.worker.performance.eventLoopUtilization(before)
      if (this.state !== "gone") report(activity.ofThread({ isParked, utilization, answered }))
    }
    // The answer may have arrived while the host was busy, so one turn passes before the verdict.
    this.activityTimer = setTimeout(() => setImmediate(() => setImmediate(judge)), activity.watchMillis)
  }

  terminate(): void {
    this.happen("ask")
  }

  /** Ends the thread by force. Resolves when it is gone, never rejects. */
  end(): Promise<void> {
    this.happen("end")
    return this.termination ?? Promise.resolve()
  }

  private listen(): void {
    const { listener, port, sinks, worker } = this
    port.on("message", (frame) => this.onFrame(frame))
    port.on("messageerror", () => this.onFrame(unreadable))
    port.on("close", () => this.happen("close"))
    worker.on("message", (message) => listener.onStray(message))
    worker.on("messageerror", (error) => listener.onStray(error))
    worker.on("error", (error) => {
      this.cause = toReadableError(error)
      this.happen("end")
    })
    worker.on("exit", (exitCode) => this.onExit(exitCode))
    pump(worker.stdout, sinks.stdout)
    pump(worker.stderr, sinks.stderr)
  }

  private onFrame(frame: unknown): void {
    this.hasPosted = true
    this.heard = (this.heard + 1) | 0
    this.replyLook?.heard()
    this.listener.onFrame(frame)
  }

  private onExit(exitCode: number | undefined): void {
    // Frames that were posted before the exit are delivered first, outside of any step, while the listener hears them (G5).
    this.drain()
    this.exitCode = exitCode
    this.happen("exit")
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private readonly happen = oneAtATime<Machine.ThreadEvent>((event) => this.take(event))

  private take(event: Machine.ThreadEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.ThreadAction): void {
    switch (action) {
      case "terminate":
        // Resolves at `exit`, or at once when the thread has exited, so an exit that Node has not emitted is covered too.
        this.termination = this.worker.terminate().then(
          (code) => this.onExit(code),
          () => {}
        )
        return
      case "watch":
        this.replyLook?.watch()
        return
      case "reportHalted":
        this.recoverMemory()
        return this.listener.onHalted?.(this.exitOf(terminatedCode))
      case "conclude":
        return this.conclude()
    }
  }

  /**
   * Frees what the thread held in shared memory, before the pool hears that the thread is gone (G17). Once: the thread's number is given to
   * another one, which may be alive by the time this one concludes.
   */
  private recoverMemory(): void {
    if (this.isRecovered) return
    this.isRecovered = true
    Realm.gone(this.agent, this.id)
  }

  private conclude(): void {
    clearTimeout(this.activityTimer)
    this.replyLook?.end()
    for (const [index, name] of streams.entries()) {
      drainAndDestroy(this.worker[name])
      // Only a thread that was terminated leaves unsent writes behind.
      const writes = Atomics.load(this.unsent, index)
      if (writes > 0) this.sinks[name](droppedNote(writes))
    }
    this.sinks.end()
    this.port.removeAllListeners()
    this.port.close()
    this.recoverMemory()
    this.onGone(this)
    this.listener.onExit(this.exitOf(this.exitCode))
  }

  private exitOf(exitCode: number | undefined): WorkerExit {
    const stderr = this.stderrTail.text()
    const cause = this.hasPosted ? this.cause : this.explainSilence(exitCode, stderr)
    return { exitCode, outOfMemory: isOutOfMemory(cause), cause, stderr }
  }

  private explainSilence(exitCode: number | undefined, stderr: string): unknown {
    const { entry, execArgv } = this.settings
    const { cause } = this
    return explainSilentExit({ entry: entry.pathname, execArgv, exitCode, cause, hasBegun: true, stderr })
  }
}

/** Most characters of an error's text that are kept where an error arrives as text. */
const maxErrorText = 8192

/**
 * Turns an uncaught error that arrived without a class into an `Error` with its text.
 *
 * An error with a display function of its own, as Effect's have, reaches the host as a bare object without a prototype,
 * whose only content is that function. An `Error` with the text is readable everywhere.
 */
const toReadableError = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null || Reflect.getPrototypeOf(error) !== null) return error
  if (typeof Reflect.get(error, inspect.custom) !== "function") return error
  const readable = new Error(inspect(error).slice(0, maxErrorText))
  delete readable.stack
  return readable
}

/** Tells whether V8 ran out of memory. The cause may be any value, since a worker may throw anything. */
const isOutOfMemory = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ERR_WORKER_OUT_OF_MEMORY"
