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
import * as activity from "./activity.ts"
import { mustExist } from "./builtSibling.ts"
import { own } from "./own.ts"
import { checkClonable, detachTransferred } from "./checkClonable.ts"
import { readAvailable } from "./descriptors.ts"
import { ancestorPipesForChild } from "./ancestorPipes.ts"
import { drainAndDestroy, makeTailBuffer, pump, type Sink, type TailBuffer } from "./output.ts"
import type { OutputSinks } from "./workerOutput.ts"
import { firstAncestorPipe, type Hello, inbound, watchdogPipe, outbound } from "./processBoot.ts"
import * as processGroup from "./processGroup.ts"
import * as Machine from "./processMachine.ts"
import type { Settings } from "./processSettings.ts"
import { decode, encode, Kind, nonceLength, RecordReader } from "./records.ts"
import { residentSize } from "./residentSize.ts"
import { explainSilentExit, checkDirectory } from "./startFailure.ts"
import { oneAtATime } from "@heddle/core/StateTable"
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
  private readonly stderrTail: TailBuffer
  private readonly evidence: TailBuffer
  private readonly sinks: OutputSinks
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

  /** Throws where no process was started. */
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
    this.stderrTail = makeTailBuffer(settings.stderrTail)
    this.evidence = makeTailBuffer(evidenceLength)
    const output = settings.makeOutput()
    this.sinks = output.open(this.stderrTail, (line) => listener.onPrint?.(line))
    this.stderr = (chunk) => {
      this.evidence.push(chunk)
      this.sinks.stderr(chunk)
    }
    const ancestorPipes = ancestorPipesForChild()
    this.child = spawn(
      process.execPath,
      [...settings.execArgv, settings.main, settings.entry],
      own<SpawnOptions>({
        argv0: `${settings.name}-${start.workerEpoch}`,
        cwd: settings.cwd,
        env: settings.env,
        detached: processGroup.hasGroups,
        windowsHide: true,
        stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", ...ancestorPipes]
      })
    )
    this.pid = this.child.pid
    if (this.pid === undefined) this.happen({ event: "fail" })
    this.listen()
    const hello: Hello = {
      start,
      maxFrameBytes: settings.maxFrameBytes,
      ancestorPipes: ancestorPipes.length,
      mark: output.mark,
      drops: settings.drops?.()
    }
    this.pipe<Writable>(inbound)?.write(encode(this.nonce, Kind.hello, hello, settings.maxFrameBytes))
  }

  post(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    if (this.state === "gone") return
    checkClonable(frame, this.maxFrameBytes, transfer)
    const record = encode(this.nonce, Kind.frame, frame, this.maxFrameBytes)
    detachTransferred(transfer)
    // The pipe takes as many bytes as fit at once. The rest follows in order as the worker reads.
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
    void activity.ofProcess(this.pid).then((seen) => {
      if (this.state !== "gone" && seen !== undefined) report(seen)
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
    for (const fd of [inbound, watchdogPipe]) {
      const pipe = this.pipe<Socket>(fd)
      pipe?.on("error", () => {})
      pipe?.on("close", () => this.happen({ event: "disconnect" }))
      // The process sends nothing here, but only a pipe that is read reports its end.
      pipe?.resume()
    }
    this.pipe<Socket>(firstAncestorPipe)?.on("error", () => {})
    // A process that could not be spawned for want of descriptors has neither stream.
    if (child.stdout) pump(child.stdout, this.sinks.stdout)
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
      case Kind.uncaught:
        this.cause = decodeUncaught(body)
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
      [child.stdout, this.sinks.stdout],
      [child.stderr, this.stderr]
    ] as const) {
      if (stream === null || stream === undefined) continue
      // Bytes that the stream has read already come first.
      while (stream.read() !== null);
      readAvailable(descriptorOf(stream), sink)
      drainAndDestroy(stream)
    }
    this.sinks.end()
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
      stderr: this.stderrTail.text()
    })
  }

  private silenceOf(exitCode: number | undefined): unknown {
    const { cause, settings } = this
    const { entry, execArgv } = settings
    const hasBegun = this.progress !== "spawned"
    return explainSilentExit({ entry, execArgv, exitCode, cause, hasBegun, stderr: this.evidence.text() })
  }

  // --------------------------------------------------------------------------
  // pipes
  // --------------------------------------------------------------------------

  /** Returns `undefined` for a process that could not be spawned. */
  private pipe<A extends Readable | Writable>(fd: number): A | undefined {
    return (this.child.stdio?.[fd] ?? undefined) as A | undefined
  }

  /** Sends interruptions to the watchdog too, since the main thread may be deep in synchronous code. */
  private notify(frame: Frame): void {
    try {
      readRequests(frame, this.notifying)
    } catch {
      // The frame is malformed, and the worker reports that.
    }
  }

  private readonly notifying: Partial<RequestVisitor> = {
    interrupt: (ref) => void this.pipe<Writable>(watchdogPipe)?.write(encodeNotice(ref))
  }
}

/** Returns the descriptor of a pipe, which Node keeps private; -1 without one, and then no synchronous read is possible. */
const descriptorOf = (pipe: object | undefined): number => {
  const handle: unknown = pipe && Reflect.get(pipe, "_handle")
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined
  return typeof fd === "number" ? fd : -1
}

const decodeUncaught = (body: Buffer): unknown => {
  const data = decode(body)
  try {
    return Defect.decode(data as Defect.DefectData)
  } catch {
    throw new Violation("the uncaught error of a worker cannot be read")
  }
}

/** Tells whether V8 ran out of memory. V8 prints a message and aborts. */
const isOutOfMemory = (exitCode: number | undefined, signal: string | undefined, stderr: string): boolean =>
  (signal === "SIGABRT" || signal === "SIGTRAP" || exitCode === 134) &&
  /JavaScript heap out of memory|Allocation failed/.test(stderr)
