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
import { type MessagePort, receiveMessageOnPort, type Transferable, type Worker } from "node:worker_threads"
import type { Frame } from "@heddle/core/protocol/Message"
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
import type { Newborn } from "./newborn.ts"
import { finish, makeTail, pump, type Tail } from "./output.ts"
import type { OpenOutlet } from "./printed.ts"
import type { Settings } from "./settings.ts"

/** How long the host looks for an expected reply before it sleeps, in milliseconds. */
const lookMillis = 0.1

/** How long it stays awake for a thread that it has terminated, in milliseconds. */
const haltMillis = 1

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
  private readonly bell: Doorbell.Doorbell | undefined
  // Until when it looks for a reply without sleeping; undefined while it does not.
  private lookUntil: number | undefined
  private cause: unknown
  // Invariant: once set, the listener hears nothing more, and no port, stream or listener of this thread is left.
  private ended = false
  private ending: Promise<void> | undefined
  /** The pool wants its end: only then it can halt. */
  private isAsked = false
  private watch: NodeJS.Timeout | undefined
  /** Once set, the port is not read: Node 24 crashes the process when that is done while `close` is being told. */
  private isClosed = false

  constructor(
    { bell, outlet, port, worker }: Newborn,
    settings: Settings,
    listener: WorkerListener,
    onGone: (thread: Thread) => void
  ) {
    this.worker = worker
    this.port = port
    this.bell = bell
    this.listener = listener
    this.onGone = onGone
    this.tail = makeTail(settings.stderrTail)
    this.outlet = outlet.open(this.tail, (line) => listener.onPrint?.(line))
    this.threadId = worker.threadId
    this.listen()
  }

  /** Whether its end was asked for. */
  get isEnding(): boolean {
    return this.ending !== undefined
  }

  post(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    if (this.ended) return
    this.port.postMessage(frame, transfer as ReadonlyArray<Transferable>)
    if (this.bell !== undefined) Doorbell.ring(this.bell)
  }

  /**
   * Looks for the reply once per turn of the event loop, which does not sleep meanwhile: being woken takes longer than a
   * short task. Everything else that this thread has to do goes on in those turns.
   */
  expectSoon(): void {
    this.lookFor(lookMillis)
  }

  private lookFor(millis: number): void {
    if (this.bell === undefined) return
    if (this.lookUntil === undefined) setImmediate(this.look)
    this.lookUntil = performance.now() + millis
  }

  private readonly look = (): void => {
    if (this.ended || this.lookUntil === undefined) return
    if (performance.now() > this.lookUntil) {
      this.lookUntil = undefined
      return
    }
    this.drain()
    setImmediate(this.look)
  }

  drain(): void {
    while (!this.ended && !this.isClosed) {
      let received: { readonly message: unknown } | undefined
      try {
        received = receiveMessageOnPort(this.port)
      } catch {
        received = { message: unreadable }
      }
      if (received === undefined) return
      this.listener.onFrame(received.message)
    }
  }

  /** An interrupt of V8 asks, so a busy loop answers too, and native code once it returns. A thread has no RSS of its own. */
  memory(report: (memory: Memory) => void): void {
    this.worker.getHeapStatistics().then(
      (statistics) => {
        if (!this.ended) report({ heap: statistics.used_heap_size + statistics.external_memory })
      },
      () => {}
    )
  }

  activity(report: (activity: Activity) => void): void {
    if (this.ended) return
    const before = this.worker.performance.eventLoopUtilization()
    let answered = false
    this.worker.getHeapStatistics().then(
      () => {
        answered = true
      },
      () => {}
    )
    clearTimeout(this.watch)
    this.watch = setTimeout(() => {
      const isParked = this.bell !== undefined && Doorbell.isParked(this.bell)
      const { utilization } = this.worker.performance.eventLoopUtilization(before)
      report(activity.ofThread({ isParked, utilization, answered }))
    }, activity.watchMillis)
  }

  terminate(): void {
    this.isAsked = true
    // Whoever waits for the place, or for the end, waits for its port to close: soon, and being woken takes as long.
    this.lookFor(haltMillis)
    void this.end()
  }

  /** Ends it by force; resolves when it is gone, never rejects. */
  end(): Promise<void> {
    // Resolves at `exit`, or at once when there is no thread any more: so it also covers an exit that was not told.
    this.ending ??= this.worker.terminate().then(
      (exitCode) => this.gone(exitCode),
      () => {}
    )
    return this.ending
  }

  private listen(): void {
    const { listener, outlet, port, worker } = this
    port.on("message", (frame) => listener.onFrame(frame))
    port.on("messageerror", () => listener.onFrame(unreadable))
    port.on("close", () => this.onClosed())
    worker.on("message", (message) => listener.onStray(message))
    worker.on("messageerror", (error) => listener.onStray(error))
    worker.on("error", (error) => {
      this.cause = error
      void this.end()
    })
    worker.on("exit", (exitCode) => this.gone(exitCode))
    pump(worker.stdout, outlet.stdout)
    pump(worker.stderr, outlet.stderr)
  }

  /** The port closes when the environment of the thread is left: no code runs there from then on, V8 only frees its heap. */
  private onClosed(): void {
    this.isClosed = true
    // A worker without its channel can never answer. One that is on its way out keeps its exit code.
    if (this.ending === undefined) void this.end()
    else if (this.isAsked && !this.ended) this.listener.onHalted?.(this.exitOf(terminatedCode))
  }

  private gone(exitCode: number | undefined): void {
    if (this.ended) return
    this.drain()
    this.ended = true
    clearTimeout(this.watch)
    finish(this.worker.stdout)
    finish(this.worker.stderr)
    this.outlet.end()
    this.port.removeAllListeners()
    this.port.close()
    this.onGone(this)
    this.listener.onExit(this.exitOf(exitCode))
  }

  private exitOf(exitCode: number | undefined): WorkerExit {
    const { cause } = this
    return { exitCode, outOfMemory: isOutOfMemory(cause), cause, stderr: this.tail.text() }
  }
}

/** A worker may throw anything. */
const isOutOfMemory = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ERR_WORKER_OUT_OF_MEMORY"
