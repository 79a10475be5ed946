/**
 * One child process, from spawn to exit, on the host's side. `processMachine.ts` is its table of states.
 *
 * The process is spawned, not forked: Node's own channel raises in the host what a worker prints into it, and loses what
 * was sent just before an exit. Frames travel as records (`records.ts`) through pipes of our own. Relied upon:
 *
 * - a worker writes synchronously, so each frame that was posted before its end is in the pipe when `exit` is emitted.
 *   The host reads that pipe to the last byte first (G5), no matter which process still holds the pipe open;
 * - the process leads a group of its own, so that its descendants end with it;
 * - `exit` comes once the process was reaped; a process that could not be spawned gives `error` alone.
 *
 * @since 0.1.0
 */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process"
import { randomBytes } from "node:crypto"
import type { Socket } from "node:net"
import type { Readable, Writable } from "node:stream"
import { pathToFileURL } from "node:url"
import * as Defect from "@heddle/core/protocol/values/Defect"
import {
  type Frame,
  readRequests,
  type RequestVisitor,
  type Start,
  Violation
} from "@heddle/core/protocol/messages/Message"
import type { Movable } from "@heddle/core/Task"
import type {
  Activity,
  Memory,
  WorkerConnection,
  WorkerExit,
  WorkerListener
} from "@heddle/core/WorkerTransport"
import { ofProcess } from "./activity.ts"
import { mustExist } from "./builtSibling.ts"
import { own } from "./own.ts"
import * as crossing from "./checkClonable.ts"
import { readAvailable } from "./descriptors.ts"
import { endLinesForChild } from "./endLines.ts"
import { finish, makeTail, pump, type Sink, type Tail } from "./output.ts"
import type { OpenOutlet } from "./printed.ts"
import { firstEndLine, type Hello, inbound, lifeline, outbound } from "./processBoot.ts"
import * as processGroup from "./processGroup.ts"
import * as Machine from "./processMachine.ts"
import type { Settings } from "./processSettings.ts"
import { decode, encode, Kind, nonceLength, RecordReader } from "./records.ts"
import { residentSize } from "./residentSize.ts"
import { causeOf, checkDirectory } from "./startFailure.ts"
import { oneAtATime } from "./transition.ts"
import { encodeNotice } from "./watchdog.ts"

/** Milliseconds between SIGTERM and SIGKILL. Well below the least sensible `terminateTimeout`. */
const killDelay = 200

/** Milliseconds that a process may live without one of its pipes. A process on its way out closes its pipes first. */
const closedDelay = 1000

/** Bytes of standard error in which V8's last message is searched, however few of them are kept for errors. */
const evidenceLength = 16 * 1024

/** An event of the machine, with the data of the action behind it. */
type Happening =
  | { readonly event: Exclude<Machine.ProcessEvent, "violate"> }
  | { readonly event: "violate"; readonly violation: Violation }

export class Process implements WorkerConnection {
  readonly pid: number | undefined
  private readonly child: ChildProcess
  private readonly listener: WorkerListener
  private readonly maxFrameBytes: number
  private readonly nonce = randomBytes(nonceLength)
  private readonly reader: RecordReader
  private readonly tail: Tail
  private readonly evidence: Tail
  private readonly outlet: OpenOutlet
  private readonly stderr: Sink
  private readonly onGone: (process: Process) => void
  private readonly whenGone = Promise.withResolvers<void>()
  private readonly settings: Settings
  /** Invariant: written by `take` alone. */
  private state: Machine.ProcessState = "running"
  /** The one delay that is under way: before SIGKILL, before an end by force, or before the pipe is given up. */
  private timer: NodeJS.Timeout | undefined
  /** How far the process came: Node has loaded the boot of this package, or the worker has posted a frame. */
  private progress: "spawned" | "begun" | "posting" = "spawned"
  /** The error that ended the process, once known. */
  private cause: unknown
  /** Written when Node reports the exit, before the machine hears of it. */
  private exit: Pick<WorkerExit, "exitCode" | "signal"> = { exitCode: undefined, signal: undefined }

  /** Throws when nothing was started. */
  constructor(
    settings: Settings,
    start: Start,
    listener: WorkerListener,
    onGone: (process: Process) => void
  ) {
    mustExist(pathToFileURL(settings.entry))
    checkDirectory(settings.cwd)
    this.settings = settings
    this.listener = listener
    this.onGone = onGone
    this.maxFrameBytes = settings.maxFrameBytes
    this.reader = new RecordReader(this.nonce, settings.maxFrameBytes, (kind, body) =>
      this.receive(kind, body)
    )
    this.tail = makeTail(settings.stderrTail)
    this.evidence = makeTail(evidenceLength)
    const outlet = settings.outlets()
    this.outlet = outlet.open(this.tail, (line) => listener.onPrint?.(line))
    this.stderr = (chunk) => {
      this.evidence.push(chunk)
      this.outlet.stderr(chunk)
    }
    const endLines = endLinesForChild()
    this.child = spawn(
      process.execPath,
      [...settings.execArgv, settings.main, settings.entry],
      own<SpawnOptions>({
        argv0: `${settings.name}-${start.generation}`,
        cwd: settings.cwd,
        env: settings.env,
        detached: processGroup.hasGroups,
        windowsHide: true,
        stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", ...endLines]
      })
    )
    this.pid = this.child.pid
    if (this.pid === undefined) this.happen({ event: "fail" })
    this.listen()
    const hello: Hello = {
      start,
      maxFrameBytes: settings.maxFrameBytes,
      endLines: endLines.length,
      mark: outlet.mark,
      drops: settings.drops?.()
    }
    this.pipe<Writable>(inbound)?.write(encode(this.nonce, Kind.hello, hello, settings.maxFrameBytes))
  }

  post(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    if (this.state === "gone") return
    crossing.check(frame, this.maxFrameBytes, transfer)
    const record = encode(this.nonce, Kind.frame, frame, this.maxFrameBytes)
    crossing.detach(transfer)
    // Taken by the pipe at once as far as it has room; the rest follows as the worker reads, in order.
    this.pipe<Writable>(inbound)?.write(record)
    this.notify(frame)
  }

  drain(): void {
    if (Machine.isReadable(this.state))
      readAvailable(descriptorOf(this.pipe(outbound)), (chunk) => this.read(chunk))
  }

  memory(report: (memory: Memory) => void): void {
    if (this.pid === undefined) return
    void residentSize(this.pid).then((rss) => {
      if (this.state !== "gone") report({ rss })
    })
  }

  activity(report: (activity: Activity) => void): void {
    if (this.pid === undefined) return
    void ofProcess(this.pid).then((activity) => {
      if (this.state !== "gone" && activity !== undefined) report(activity)
    })
  }

  terminate(): void {
    this.happen({ event: "terminate" })
  }

  /** Ends the process by force. Resolves when it is gone, never rejects. */
  end(): Promise<void> {
    this.terminate()
    return this.whenGone.promise
  }

  private listen(): void {
    const { child } = this
    if (this.pid !== undefined) processGroup.enter(this.pid)
    child.on("error", (error) => {
      // Any other error is a signal that could not be sent.
      if (this.state !== "failed") return
      this.cause = error
      this.onExit()
    })
    child.on("exit", (exitCode, signal) => {
      this.exit = { exitCode: exitCode ?? undefined, signal: signal ?? undefined }
      this.onExit()
    })
    const out = this.pipe<Readable>(outbound)
    out?.on("data", (chunk: Buffer) => this.read(chunk))
    // A worker without its reply pipe can never answer. The kernel closes the pipes of a process on its way out after its
    // exit code is fixed, so that code is kept.
    out?.on("end", () => this.terminate())
    out?.on("error", () => {})
    // Without the other pipes the process could hear nothing, or would outlive its host.
    for (const fd of [inbound, lifeline]) {
      const pipe = this.pipe<Socket>(fd)
      pipe?.on("error", () => {})
      pipe?.on("close", () => this.happen({ event: "disconnect" }))
      // The process sends nothing here, but only a pipe that is read reports its end.
      pipe?.resume()
    }
    this.pipe<Socket>(firstEndLine)?.on("error", () => {})
    // A process that could not be spawned for want of descriptors has neither stream.
    if (child.stdout) pump(child.stdout, this.outlet.stdout)
    if (child.stderr) pump(child.stderr, this.stderr)
  }

  // --------------------------------------------------------------------------
  // records
  // --------------------------------------------------------------------------

  private read(chunk: Buffer): void {
    if (!Machine.isReadable(this.state)) return
    try {
      this.reader.push(chunk)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.happen({ event: "violate", violation: error })
    }
  }

  private receive(kind: number, body: Buffer): void {
    switch (kind) {
      case Kind.begun:
        this.progress = "begun"
        return
      case Kind.frame:
        this.progress = "posting"
        return this.listener.onFrame(decode(body))
      case Kind.lastWords:
        this.cause = lastWords(body)
        return
      default:
        throw new Violation(`unknown record ${kind}`)
    }
  }

  private onExit(): void {
    this.happen({ event: "exit" })
    if (this.state !== "reaped") return
    const out = this.pipe<Readable>(outbound)
    const drained = (): void => this.happen({ event: "drained" })
    if (descriptorOf(out) >= 0 || out === undefined || out.destroyed) {
      // Frames that were posted before the exit are delivered first (G5), outside of any step: a listener may answer them.
      this.drain()
      return drained()
    }
    // A pipe without a descriptor is read by the event loop, to its end if that comes.
    this.timer = setTimeout(drained, closedDelay)
    out.once("close", drained)
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private readonly happen = oneAtATime<Happening>((happening) => this.take(happening))

  private take(happening: Happening): void {
    const cell = Machine.step(this.state, happening.event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action, happening)
  }

  private perform(action: Machine.ProcessAction, happening: Happening): void {
    switch (action) {
      case "kill":
        return this.kill()
      case "awaitExit":
        this.timer = setTimeout(() => this.terminate(), closedDelay)
        return
      case "reportViolation":
        if (happening.event === "violate") this.listener.onFrame(happening.violation)
        return
      case "killGroup":
        clearTimeout(this.timer)
        if (this.pid !== undefined) processGroup.leave(this.pid)
        return
      case "conclude":
        return this.conclude()
    }
  }

  private kill(): void {
    const { pid } = this
    clearTimeout(this.timer)
    if (pid === undefined) return
    // SIGTERM ends Node at once, in a loop as well, unless code in the worker listens to it.
    processGroup.signal(pid, "SIGTERM")
    this.timer = setTimeout(() => processGroup.signal(pid, "SIGKILL"), killDelay)
  }

  private conclude(): void {
    const { child, pid } = this
    clearTimeout(this.timer)
    for (const [stream, sink] of [
      [child.stdout, this.outlet.stdout],
      [child.stderr, this.stderr]
    ] as const) {
      if (stream === null || stream === undefined) continue
      // Bytes that the stream has read already come first.
      while (stream.read() !== null);
      readAvailable(descriptorOf(stream), sink)
      finish(stream)
    }
    this.outlet.end()
    for (const stream of child.stdio ?? []) {
      stream?.removeAllListeners("data")
      stream?.destroy()
    }
    child.removeAllListeners()
    // A late error of a child that is gone has no recipient.
    child.on("error", () => {})
    this.onGone(this)
    this.whenGone.resolve()
    const { exitCode, signal } = this.exit
    this.listener.onExit({
      exitCode,
      signal,
      outOfMemory: isOutOfMemory(exitCode, signal, this.evidence.text()),
      cause: this.progress === "posting" || pid === undefined ? this.cause : this.silenceOf(exitCode),
      stderr: this.tail.text()
    })
  }

  private silenceOf(exitCode: number | undefined): unknown {
    const { cause, settings } = this
    const { entry, execArgv } = settings
    const hasBegun = this.progress !== "spawned"
    return causeOf({ entry, execArgv, exitCode, cause, hasBegun, stderr: this.evidence.text() })
  }

  // --------------------------------------------------------------------------
  // pipes
  // --------------------------------------------------------------------------

  /** There is none when the process could not be spawned. */
  private pipe<A extends Readable | Writable>(fd: number): A | undefined {
    return (this.child.stdio?.[fd] ?? undefined) as A | undefined
  }

  /** Tells the watchdog of what is interrupted, since the main thread may be deep in synchronous code. */
  private notify(frame: Frame): void {
    try {
      readRequests(frame, this.notifying)
    } catch {
      // No frame of the pool's: the worker will say so.
    }
  }

  private readonly notifying: RequestVisitor = {
    route: () => {},
    run: () => {},
    stop: () => {},
    returned: () => {},
    accepted: () => {},
    snapshot: () => {},
    interrupt: (ref) => void this.pipe<Writable>(lifeline)?.write(encodeNotice(ref))
  }
}

/** Node does not tell the descriptor of a pipe in public. Without one nothing can be read synchronously. */
const descriptorOf = (pipe: object | undefined): number => {
  const handle: unknown = pipe && Reflect.get(pipe, "_handle")
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined
  return typeof fd === "number" ? fd : -1
}

const lastWords = (body: Buffer): unknown => {
  const data = decode(body)
  try {
    return Defect.decode(data as Defect.DefectData)
  } catch {
    throw new Violation("the last words of a worker cannot be read")
  }
}

/** V8 says so and aborts. */
const isOutOfMemory = (exitCode: number | undefined, signal: string | undefined, stderr: string): boolean =>
  (signal === "SIGABRT" || signal === "SIGTRAP" || exitCode === 134) &&
  /JavaScript heap out of memory|Allocation failed/.test(stderr)
