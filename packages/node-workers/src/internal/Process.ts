/**
 * One child process, from spawn to exit, as the host holds it.
 *
 * It is spawned, not forked: Node's own channel raises in the host what a worker prints into it, and loses what was sent
 * just before an exit. Frames travel as records (`records.ts`) through pipes of our own. What is relied upon:
 *
 * - a worker writes synchronously, so what it posted before its end is in the pipe when `exit` is emitted: it is read
 *   to the last byte first (G5), whoever else may still hold the pipe open;
 * - the process leads a group of its own, so that what it spawned ends with it;
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
import type { Activity, Memory, WorkerConnection, WorkerListener } from "@heddle/core/WorkerTransport"
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
import type { Settings } from "./processSettings.ts"
import { decode, encode, Kind, nonceLength, RecordReader } from "./records.ts"
import { residentSize } from "./residentSize.ts"
import { causeOf, checkDirectory } from "./startFailure.ts"
import { encodeNotice } from "./watchdog.ts"

/** How long a process has between SIGTERM and SIGKILL. Well below the least sensible `terminateTimeout`. */
const killDelay = 200

/** How long a process may live without one of its pipes: one that is on its way out closes them before its end. */
const closedDelay = 1000

/** Bytes of standard error in which V8's last message is looked for, however few of them are kept for errors. */
const evidenceLength = 16 * 1024

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
  private cause: unknown
  /** Whether Node came as far as the worker's file, and whether that has said anything to its pool. */
  private hasBegun = false
  private hasSpoken = false
  private readonly settings: Settings
  private killTimer: NodeJS.Timeout | undefined
  private closedTimer: NodeJS.Timeout | undefined
  // Invariant: once set, nothing that the worker wrote is delivered any more.
  private violated = false
  // Invariant: once set, the listener hears nothing more, and no pipe, timer or listener of this process is left.
  private ended = false

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
        argv0: `${settings.name}-${start.workerEpoch}`,
        cwd: settings.cwd,
        env: settings.env,
        detached: processGroup.hasGroups,
        windowsHide: true,
        stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe", ...endLines]
      })
    )
    this.pid = this.child.pid
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
    if (this.ended) return
    crossing.check(frame, this.maxFrameBytes, transfer)
    const record = encode(this.nonce, Kind.frame, frame, this.maxFrameBytes)
    crossing.detach(transfer)
    // Taken by the pipe at once as far as it has room; the rest follows as the worker reads, in order.
    this.pipe<Writable>(inbound)?.write(record)
    this.notify(frame)
  }

  drain(): void {
    if (!this.ended) readAvailable(descriptorOf(this.pipe(outbound)), (chunk) => this.read(chunk))
  }

  memory(report: (memory: Memory) => void): void {
    if (this.pid === undefined) return
    void residentSize(this.pid).then((rss) => {
      if (!this.ended) report({ rss })
    })
  }

  activity(report: (activity: Activity) => void): void {
    if (this.pid === undefined) return
    void ofProcess(this.pid).then((activity) => {
      if (!this.ended && activity !== undefined) report(activity)
    })
  }

  terminate(): void {
    if (this.ended || this.killTimer !== undefined || this.pid === undefined) return
    const { pid } = this
    // Node ends at once of SIGTERM, in a loop as well, unless code in the worker listens to it.
    processGroup.signal(pid, "SIGTERM")
    this.killTimer = setTimeout(() => processGroup.signal(pid, "SIGKILL"), killDelay)
  }

  /** Ends it by force; resolves when it is gone, never rejects. */
  end(): Promise<void> {
    this.terminate()
    return this.whenGone.promise
  }

  private listen(): void {
    const { child } = this
    if (this.pid !== undefined) processGroup.enter(this.pid)
    child.on("error", (error) => {
      // Any other error is a signal that could not be sent.
      if (this.pid !== undefined) return
      this.cause = error
      this.gone(undefined, undefined)
    })
    child.on("exit", (exitCode, signal) => this.exited(exitCode ?? undefined, signal ?? undefined))
    const out = this.pipe<Readable>(outbound)
    out?.on("data", (chunk: Buffer) => this.read(chunk))
    // A worker without its channel can never answer. One that is on its way out keeps its exit code: the kernel closes
    // its pipes when that is fixed.
    out?.on("end", () => this.terminate())
    out?.on("error", () => {})
    // Without the others it could not hear, or would outlive its host.
    for (const fd of [inbound, lifeline]) {
      const pipe = this.pipe<Socket>(fd)
      pipe?.on("error", () => {})
      pipe?.on("close", () => this.expectEnd())
      // Nothing comes; the end of it is only seen by reading.
      pipe?.resume()
    }
    this.pipe<Socket>(firstEndLine)?.on("error", () => {})
    // Neither is there when the process could not be spawned for want of descriptors.
    if (child.stdout) pump(child.stdout, this.outlet.stdout)
    if (child.stderr) pump(child.stderr, this.stderr)
  }

  // --------------------------------------------------------------------------
  // what the worker says
  // --------------------------------------------------------------------------

  private read(chunk: Buffer): void {
    if (this.violated) return
    try {
      this.reader.push(chunk)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.violate(error)
    }
  }

  private receive(kind: number, body: Buffer): void {
    if (this.violated) return
    switch (kind) {
      case Kind.begun:
        this.hasBegun = true
        return
      case Kind.frame:
        this.hasSpoken = true
        return this.listener.onFrame(decode(body))
      case Kind.lastWords:
        this.cause = lastWords(body)
        return
      default:
        throw new Violation(`unknown record ${kind}`)
    }
  }

  /** Where the next record begins is not known any more: it is heard no further, and ends. */
  private violate(violation: Violation): void {
    this.violated = true
    this.listener.onFrame(violation)
    this.terminate()
  }

  // --------------------------------------------------------------------------
  // the end
  // --------------------------------------------------------------------------

  private expectEnd(): void {
    if (!this.ended) this.closedTimer ??= setTimeout(() => this.terminate(), closedDelay)
  }

  private exited(exitCode: number | undefined, signal: string | undefined): void {
    const out = this.pipe<Readable>(outbound)
    if (descriptorOf(out) >= 0 || out === undefined || out.destroyed) return this.gone(exitCode, signal)
    // It cannot be read at once: the loop reads it to its end, if that comes.
    const timer = setTimeout(() => this.gone(exitCode, signal), closedDelay)
    out.once("close", () => {
      clearTimeout(timer)
      this.gone(exitCode, signal)
    })
  }

  private gone(exitCode: number | undefined, signal: string | undefined): void {
    if (this.ended) return
    const { child, pid } = this
    if (pid !== undefined) processGroup.leave(pid)
    clearTimeout(this.killTimer)
    clearTimeout(this.closedTimer)
    this.drain()
    this.ended = true
    for (const [stream, sink] of [
      [child.stdout, this.outlet.stdout],
      [child.stderr, this.stderr]
    ] as const) {
      if (stream === null || stream === undefined) continue
      // What the stream has read already comes first.
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
    // A late error of a child that is gone is nobody's.
    child.on("error", () => {})
    this.onGone(this)
    this.whenGone.resolve()
    this.listener.onExit({
      exitCode,
      signal,
      outOfMemory: isOutOfMemory(exitCode, signal, this.evidence.text()),
      cause: this.hasSpoken || pid === undefined ? this.cause : this.silenceOf(exitCode),
      stderr: this.tail.text()
    })
  }

  private silenceOf(exitCode: number | undefined): unknown {
    const { cause, hasBegun, settings } = this
    const { entry, execArgv } = settings
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
