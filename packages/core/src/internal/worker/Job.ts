/**
 * One task inside a worker, from its frame to its reply.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as Claims from "../../protocol/claims/Claims.ts"
import * as Defect from "../../protocol/values/Defect.ts"
import type { TaskCodec } from "../../protocol/values/Codec.ts"
import type { DefectData } from "../../protocol/values/Defect.ts"
import type { Extra } from "../../protocol/messages/Message.ts"
import type { RunnerContext } from "../model/handler.ts"
import type { JobPorts, WorkerChannels } from "./channels/WorkerChannels.ts"
import type { RouteTarget } from "./handlers/handlers.ts"
import type { JobStream } from "./streams/JobStream.ts"
import { type Progress, report } from "./streams/Progress.ts"

/** What all jobs of a worker have in common. */
export interface JobHome {
  readonly words: Claims.Words
  readonly claimCapacity: number
  readonly channels?: WorkerChannels
}

/** What few jobs have. */
interface Rare {
  /** The streams of a streaming task. */
  readonly stream?: JobStream | undefined
  /** Reports the progress of the task. */
  readonly reports?: Progress | undefined
  /** The abort reason of the signal passed with the task. */
  readonly reason?: DefectData | undefined
}

/** Kept small: a worker makes one for each task. */
export class Job implements RunnerContext {
  readonly many: boolean
  readonly ref: Claims.ClaimRef
  readonly route: RouteTarget
  readonly payload: unknown
  readonly extra: Extra | undefined
  private readonly home: JobHome
  private readonly index: number
  private readonly ticket: number
  private ownPorts: JobPorts | undefined = undefined
  private controller: AbortController | undefined = undefined
  private asked: (() => boolean) | undefined = undefined
  private rare: Rare | undefined = undefined

  /** The fiber of the handler while the handler is suspended. */
  fiber: Fiber<unknown, unknown> | undefined = undefined
  /** When the handler began, in the runner's nanoseconds. Written by `Runner`. */
  startedAt = 0
  /** The handler has ended; leftover code of the handler can call no tasks any more. */
  isOver = false

  constructor(
    home: JobHome,
    many: boolean,
    ref: Claims.ClaimRef,
    route: RouteTarget,
    payload: unknown,
    extra: Extra | undefined
  ) {
    this.home = home
    this.index = Claims.indexOf(home.claimCapacity, ref)
    this.ticket = Claims.ticketOf(home.claimCapacity, ref)
    this.many = many
    this.ref = ref
    this.route = route
    this.payload = payload
    this.extra = extra
  }

  /** The streams of a streaming task. */
  get stream(): JobStream | undefined {
    return this.rare?.stream
  }

  streams(stream: JobStream): void {
    this.rare = { ...this.rare, stream }
  }

  get isWatched(): boolean {
    return this.rare?.reports !== undefined
  }

  /** From now on somebody hears the progress of the task. */
  watched(reports: Progress): void {
    this.rare = { ...this.rare, reports }
  }

  /** Lines up what the handler has emitted and reported so far: before the reply. */
  seal(): void {
    if (this.rare === undefined) return
    this.rare.stream?.seal()
    this.rare.reports?.seal()
  }

  /** Without shared memory: writes the ticket into the worker's private claim words. */
  adopt(): void {
    Claims.adopt(this.home.words, this.index, this.ticket)
  }

  /** Returns `false` when the host has revoked the task, which then must not start (G5, G6). */
  claim(): boolean {
    return Claims.claim(this.home.words, this.index, this.ticket)
  }

  /** Marks the handler as ended. Runs before the reply is posted, so that the host can recognise a lost reply. */
  finish(): void {
    this.isOver = true
    Claims.finish(this.home.words, this.index, this.ticket)
  }

  /** The ends of channels that the task has received. Made on first use, because few tasks have any. */
  get ports(): JobPorts | undefined {
    return (this.ownPorts ??= this.home.channels?.portsOf(this))
  }

  /** Whether the handler waits for a channel. */
  get isWaiting(): boolean {
    return this.ownPorts?.isWaiting === true
  }

  /** Encodes the success of the task, or of one of its items. The ends of channels inside leave with the reply. */
  encodeSuccess(codec: TaskCodec, value: unknown): unknown {
    return codec.needsPorts.reply ? this.encodeEnds(codec, value) : codec.worker.encodeSuccess(value)
  }

  /** A method of its own: its closure would cost every result a context. */
  private encodeEnds(codec: TaskCodec, value: unknown): unknown {
    return this.encodingResult(() => codec.worker.encodeSuccess(value))
  }

  /** Encodes a part of the reply that may hold ends of channels. */
  encodingResult<A>(encode: () => A): A {
    const { ports } = this
    return ports === undefined ? encode() : ports.encodingResult(encode)
  }

  /** The reply carries none of the results so far. */
  dropResults(): void {
    this.ownPorts?.dropResults()
  }

  /** Closes the ends: before the reply, which tells the host that the task is over. */
  closeEnds(): void {
    this.ownPorts?.close()
  }

  /** Whether the task runs in the slot lent by a waiting ancestor, and needs no slot of its own. */
  get isLent(): boolean {
    return this.extra?.lent === true
  }

  get pull(): RunnerContext["pull"] {
    return this.stream?.pull ?? Cause.done()
  }

  get emit(): RunnerContext["emit"] {
    return this.stream?.emit ?? (() => Effect.void)
  }

  /** A detached function, because handlers destructure it. */
  get progress(): RunnerContext["progress"] {
    return (done, total, note) => report(this.rare?.reports, done, total, note)
  }

  /** Whether the task starts at once, whatever else runs. */
  get startsNow(): boolean {
    return this.isLent || this.extra?.startsNow === true
  }

  /** A detached function, because handlers destructure it; made on first use, because few handlers ask. */
  get isInterrupted(): () => boolean {
    return (this.asked ??= () => this.hasFlag)
  }

  get hasFlag(): boolean {
    return Claims.isInterrupted(this.home.words, this.index, this.ticket)
  }

  /** Whether the handler has asked for the signal. */
  get hasSignal(): boolean {
    return this.controller !== undefined
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.hasFlag) this.abort()
    return this.controller.signal
  }

  /** The handler is suspended in a fiber. */
  suspends(fiber: Fiber<unknown, unknown>): void {
    this.fiber = fiber
  }

  /** The handler goes on to its next item, in no fiber. */
  continues(): void {
    this.fiber = undefined
  }

  /** `reason`: the abort reason of the signal passed with the task. */
  interrupt(reason?: DefectData): void {
    Claims.interrupt(this.home.words, this.index, this.ticket)
    if (reason !== undefined) this.rare = { ...this.rare, reason }
    this.abort()
    this.fiber?.interruptUnsafe()
  }

  private abort(): void {
    const { controller } = this
    const reason = this.rare?.reason
    if (controller === undefined || controller.signal.aborted) return
    if (reason === undefined) controller.abort()
    else controller.abort(Defect.decode(reason))
  }
}

export type JobExit = Exit<unknown, unknown>
