/**
 * One side of a connection whose handshake is over: an `End` over a socket. `connectionMachine.ts` is its table of states.
 *
 * It receives the bytes of the socket, and hands decoded elements to the program; it receives elements of the program, and hands
 * frames to the socket. Upheld here:
 *
 * - the other side is never more than its `buffer` of elements behind (G14): an element takes a place there, and `taken` frees places.
 *   A receiver says `taken` once half of its places could be free, or once it has nothing left to take;
 * - both sides hear exactly one of closed and lost, after everything that arrived before (G15);
 * - an element is checked when it arrives, and decoded when it is taken, so that what waits is bounded in bytes (G16).
 *
 * @since 0.2.0
 */
import type { Duplex } from "node:stream"
import { ChannelError, Closed, Misfit, PeerLost, Unsendable } from "@heddle/core/ChannelError"
import type { ChannelEnd, End } from "@heddle/core/Pipe"
import { Violation } from "@heddle/core/protocol/messages/Message"
import { Refused } from "@heddle/core/protocol/values/Clonable"
import { oneAtATime } from "@heddle/core/StateTable"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readBody, writeBody } from "./bodies.ts"
import { type BodyLimits, checkBody } from "./bodyCheck.ts"
import type { Codec } from "./codec.ts"
import * as Machine from "./connectionMachine.ts"
import { encodeLast, encodeTaken, FrameCutter, headerLength, Kind, seal } from "./framing.ts"
import type { Terms } from "./handshake.ts"

/** How much more memory than bytes an element may take. Small objects take seven times as much. */
const weightPerByte = 16

/** Milliseconds without progress after which an orderly end closes the socket by force. */
const lingerMillis = 1000

/** Bytes that are posted at once; fewer wait for the end of the turn. */
const batchBytes = 64 * 1024

export interface ConnectionOptions {
  readonly socket: Duplex
  readonly codec: Codec
  readonly ours: Terms
  readonly theirs: Terms
  /** Bytes that came with the handshake. */
  readonly rest: Buffer
  readonly onViolation?: (violation: Violation) => void
  /** Called once, when the socket is closed. */
  readonly onGone?: () => void
}

/** A `send` that waits for a place. */
interface Sender {
  readonly frame: Buffer
  readonly resume: (result: Effect.Effect<void, ChannelError>) => void
}

type Receiver = (result: Effect.Effect<any, ChannelError>) => void

export class Connection implements End<unknown, any> {
  private readonly options: ConnectionOptions
  private readonly socket: Duplex
  private readonly limits: BodyLimits
  private readonly theirLimits: BodyLimits
  private readonly cutter: FrameCutter
  private readonly outcome = Deferred.makeUnsafe<ChannelEnd>()
  private readonly gone = Promise.withResolvers<void>()
  /** Invariant: written by `take` alone. */
  private state: Machine.ConnectionState = "open"
  private sendingOver: ChannelError | undefined
  private receivingOver: ChannelError | undefined
  private linger: NodeJS.Timeout | undefined

  // Invariant: takenByPeer ≤ sent ≤ takenByPeer + theirs.buffer.
  private sent = 0
  private takenByPeer = 0
  private readonly senders = new Set<Sender>()

  // Invariant: the other side has sent as many elements as were taken here, and are in `arrived`; `unreported` of the taken ones
  // still hold their places. Waiting receivers and arrived elements never exist at the same time.
  private arrived: Array<Buffer> = []
  private firstArrived = 0
  private unreported = 0
  private readonly receivers = new Set<Receiver>()

  private posted: Array<Buffer> = []
  private postedBytes = 0
  private isFlushing = false

  constructor(options: ConnectionOptions) {
    const { ours, rest, socket, theirs } = options
    this.options = options
    this.socket = socket
    this.limits = limitsOf(ours)
    this.theirLimits = limitsOf(theirs)
    this.cutter = new FrameCutter(ours.maxFrameBytes, {
      element: (body) => this.arrive(body),
      taken: (count) => this.free(count),
      end: () => this.happen("peerEnd"),
      close: () => this.happen("peerClose")
    })
    socket.on("data", (chunk: Buffer) => this.read(chunk))
    socket.on("drain", () => this.admitSenders())
    socket.on("end", () => this.happen("drop"))
    socket.on("error", () => this.happen("drop"))
    socket.on("close", () => this.onClose())
    if (rest.length > 0) this.read(rest)
  }

  // --------------------------------------------------------------------------
  // the end that the program has
  // --------------------------------------------------------------------------

  readonly send = (element: unknown): Effect.Effect<void, ChannelError> =>
    Effect.suspend(() => {
      const frame = this.write(element)
      if (frame instanceof ChannelError) return Effect.fail(frame)
      // At once: a place that was seen free is somebody else's after a yield.
      if (this.hasPlace) {
        this.postElement(frame)
        return Effect.void
      }
      return Effect.callback<void, ChannelError>((resume) => {
        const sender = { frame, resume }
        this.senders.add(sender)
        return Effect.sync(() => void this.senders.delete(sender))
      })
    })

  readonly sendIfAvailable = (element: unknown): Effect.Effect<boolean, ChannelError> =>
    Effect.suspend(() => {
      const frame = this.write(element)
      if (frame instanceof ChannelError) return Effect.fail(frame)
      const { hasPlace } = this
      if (hasPlace) this.postElement(frame)
      return Effect.succeed(hasPlace)
    })

  readonly receive: Effect.Effect<any, ChannelError> = Effect.suspend(() => {
    if (this.firstArrived < this.arrived.length) return this.takeFirst()
    if (this.receivingOver !== undefined) return Effect.fail(this.receivingOver)
    return Effect.callback<any, ChannelError>((resume) => {
      this.receivers.add(resume)
      return Effect.sync(() => void this.receivers.delete(resume))
    })
  })

  readonly stream: Stream.Stream<any, ChannelError> = Stream.fromPull(
    Effect.succeed(
      this.receive.pipe(
        Effect.map((element) => [element] as const),
        Effect.catchReason("ChannelError", "Closed", () => Cause.done())
      )
    )
  )

  readonly end: Effect.Effect<void> = Effect.sync(() => this.happen("end"))

  readonly closed: Effect.Effect<ChannelEnd> = Deferred.await(this.outcome)

  /** Closes both directions, and waits until the socket is closed. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.happen("shut")
    return Effect.promise(() => this.gone.promise)
  })

  // --------------------------------------------------------------------------
  // sending
  // --------------------------------------------------------------------------

  /** The frame of an element, or why there is none. */
  private write(element: unknown): Buffer | ChannelError {
    if (this.sendingOver !== undefined) return this.sendingOver
    try {
      const { frame } = writeBody(this.options.codec.encode(element), headerLength, this.theirLimits)
      const { maxFrameBytes } = this.options.theirs
      const length = frame.length - headerLength
      if (length > maxFrameBytes) {
        throw new Refused({ path: "$", detail: `larger than ${maxFrameBytes} bytes: ${length}` })
      }
      return seal(frame, Kind.element)
    } catch (error) {
      return errorOf(error)
    }
  }

  private get hasPlace(): boolean {
    return (
      this.senders.size === 0 &&
      this.sent - this.takenByPeer < this.options.theirs.buffer &&
      !this.socket.writableNeedDrain
    )
  }

  private postElement(frame: Buffer): void {
    this.sent++
    this.post(frame)
  }

  /** Reads that the other side took some elements. */
  private free(count: number): void {
    if (count > this.sent - this.takenByPeer) throw new Violation("more elements were taken than sent")
    this.takenByPeer += count
    this.admitSenders()
  }

  private admitSenders(): void {
    for (const sender of this.senders) {
      if (this.sent - this.takenByPeer >= this.options.theirs.buffer || this.socket.writableNeedDrain) return
      this.senders.delete(sender)
      this.postElement(sender.frame)
      sender.resume(Effect.void)
    }
  }

  private post(frame: Buffer): void {
    this.posted.push(frame)
    this.postedBytes += frame.length
    if (this.postedBytes >= batchBytes) return this.flush()
    this.flushLater()
  }

  private flushLater(): void {
    if (this.isFlushing) return
    this.isFlushing = true
    queueMicrotask(() => {
      this.isFlushing = false
      this.flush()
    })
  }

  private flush(): void {
    if (this.unreported > 0 && this.firstArrived === this.arrived.length && Machine.isListening(this.state)) {
      this.posted.push(this.report())
    }
    const { posted } = this
    this.posted = []
    this.postedBytes = 0
    if (posted.length === 0 || !this.socket.writable) return
    this.socket.cork()
    for (const frame of posted) this.socket.write(frame)
    this.socket.uncork()
  }

  // --------------------------------------------------------------------------
  // receiving
  // --------------------------------------------------------------------------

  private read(chunk: Buffer): void {
    if (!Machine.isListening(this.state)) return
    try {
      this.cutter.push(chunk)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.options.onViolation?.(error)
      this.happen("violate")
    }
  }

  private arrive(body: Buffer): void {
    if (this.state === "heard") throw new Violation("an element follows the last one")
    if (this.arrived.length - this.firstArrived + this.unreported >= this.options.ours.buffer) {
      throw new Violation(`more than ${this.options.ours.buffer} elements were sent ahead`)
    }
    checkBody(body, this.limits)
    this.arrived.push(body)
    const [resume] = this.receivers
    if (resume === undefined) return
    this.receivers.delete(resume)
    resume(this.takeFirst())
  }

  private takeFirst(): Effect.Effect<any, ChannelError> {
    const body = this.arrived[this.firstArrived]!
    if (++this.firstArrived === this.arrived.length || this.firstArrived === compactAt) {
      this.arrived = this.arrived.slice(this.firstArrived)
      this.firstArrived = 0
    }
    this.unreported++
    if (2 * this.unreported >= this.options.ours.buffer) this.post(this.report())
    else if (this.arrived.length === this.firstArrived) this.flushLater()
    try {
      return Effect.succeed(this.options.codec.decode(readBody(body)))
    } catch (error) {
      return Effect.fail(errorOf(error))
    }
  }

  private report(): Buffer {
    const count = this.unreported
    this.unreported = 0
    return encodeTaken(count)
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private readonly happen = oneAtATime<Machine.ConnectionEvent>((event) => this.take(event))

  private take(event: Machine.ConnectionEvent): void {
    const { actions, next } = Machine.step(this.state, event)
    this.state = next
    if (!Machine.isListening(next)) this.cutter.stop()
    for (const action of actions) this.perform(action, event)
  }

  private perform(action: Machine.ConnectionAction, event: Machine.ConnectionEvent): void {
    switch (action) {
      case "sendEnd":
        return this.post(encodeLast(Kind.end))
      case "sendClose":
        return this.post(encodeLast(Kind.close))
      case "stopSending":
        this.sendingOver = this.reasonOf(event)
        for (const { resume } of emptied(this.senders)) resume(Effect.fail(this.sendingOver))
        return
      case "stopReceiving":
        this.receivingOver = this.reasonOf(event)
        if (event === "shut") {
          this.arrived = []
          this.firstArrived = 0
        }
        for (const resume of emptied(this.receivers)) resume(Effect.fail(this.receivingOver))
        return
      case "hangUp":
        this.flush()
        this.socket.end()
        return this.awaitClose(this.socket.writableLength)
      case "destroy":
        this.socket.destroy()
        return
      case "settleClosed":
        Deferred.doneUnsafe(this.outcome, Effect.succeed("closed"))
        return
      case "settleLost":
        Deferred.doneUnsafe(this.outcome, Effect.succeed("lost"))
        return
    }
  }

  private reasonOf(event: Machine.ConnectionEvent): ChannelError {
    const by = closedBy[event]
    if (by !== undefined && this.state !== "lost") return new ChannelError({ reason: new Closed({ by }) })
    const { sent, takenByPeer: taken } = this
    return new ChannelError({ reason: new PeerLost({ taken, uncertain: sent - taken }) })
  }

  /** Closes by force what stands still. What the other side still reads goes on arriving there. */
  private awaitClose(left: number): void {
    this.linger = setTimeout(() => {
      const { writableLength } = this.socket
      if (writableLength < left) this.awaitClose(writableLength)
      else this.socket.destroy()
    }, lingerMillis)
  }

  private onClose(): void {
    clearTimeout(this.linger)
    this.happen("drop")
    this.gone.resolve()
    this.options.onGone?.()
  }
}

/** Elements that were taken are cut off after so many. */
const compactAt = 1024

const closedBy: { readonly [E in Machine.ConnectionEvent]?: Closed["by"] } = {
  end: "self",
  shut: "scope",
  peerEnd: "peer",
  peerClose: "peer"
}

const limitsOf = ({ maxDepth, maxFrameBytes }: Terms): BodyLimits => ({
  maxDepth,
  maxWeight: maxFrameBytes * weightPerByte
})

const emptied = <A>(waiting: Set<A>): ReadonlyArray<A> => {
  const all = Array.from(waiting)
  waiting.clear()
  return all
}

const errorOf = (error: unknown): ChannelError => {
  if (error instanceof Misfit) return new ChannelError({ reason: error })
  if (error instanceof Refused) {
    return new ChannelError({ reason: new Unsendable({ path: error.path, detail: error.detail }) })
  }
  if (!(error instanceof Violation)) throw error
  return new ChannelError({ reason: new Misfit({ side: "receiver", path: "$", detail: error.message }) })
}
