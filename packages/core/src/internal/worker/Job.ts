/**
 * One task inside a worker, from its frame to its reply.
 *
 * @since 0.1.0
 */
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as Claims from "../../protocol/claims/Claims.ts"
import * as Defect from "../../protocol/values/Defect.ts"
import type { DefectData } from "../../protocol/values/Defect.ts"
import type { Extra } from "../../protocol/messages/Message.ts"
import type { HandlerContext } from "../model/handler.ts"
import type { RouteTarget } from "./handlers/handlers.ts"

export class Job implements HandlerContext {
  readonly many: boolean
  readonly ref: Claims.Ref
  readonly route: RouteTarget
  readonly payload: unknown
  readonly extra: Extra | undefined
  private readonly words: Claims.Words
  private readonly index: number
  private readonly ticket: number
  private controller: AbortController | undefined = undefined
  private reason: DefectData | undefined = undefined
  private asked: (() => boolean) | undefined = undefined

  /** The fiber of the handler while the handler is suspended. */
  fiber: Fiber<unknown, unknown> | undefined = undefined
  /** When the handler began, in the runner's nanoseconds. Written by `Runner`. */
  startedAt = 0
  /** Its handler has ended: what is left of it calls nothing any more. */
  isOver = false

  constructor(
    words: Claims.Words,
    depth: number,
    many: boolean,
    ref: Claims.Ref,
    route: RouteTarget,
    payload: unknown,
    extra: Extra | undefined
  ) {
    this.words = words
    this.index = Claims.indexOf(depth, ref)
    this.ticket = Claims.ticketOf(depth, ref)
    this.many = many
    this.ref = ref
    this.route = route
    this.payload = payload
    this.extra = extra
  }

  /** Without shared memory: puts its own ticket on its own words. */
  adopt(): void {
    Claims.adopt(this.words, this.index, this.ticket)
  }

  /** `false`: the host took it back; it must not start (G5, G6). */
  claim(): boolean {
    return Claims.claim(this.words, this.index, this.ticket)
  }

  /** Its handler has ended; said before the reply is posted, so that a lost reply is known as such. */
  finish(): void {
    this.isOver = true
    Claims.finish(this.words, this.index, this.ticket)
  }

  /** It runs in the slot of a task that waits for it, or for one that called it: it needs none of its own. */
  get isLent(): boolean {
    return this.extra?.lent === true
  }

  /** A function of its own, since handlers take it apart from the job; made when one asks, since few do. */
  get isInterrupted(): () => boolean {
    return (this.asked ??= () => this.hasFlag)
  }

  get hasFlag(): boolean {
    return Claims.isInterrupted(this.words, this.index, this.ticket)
  }

  /** Whether its handler has asked for the signal. */
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

  /** `reason`: why the signal that was passed with the task was aborted. */
  interrupt(reason?: DefectData): void {
    Claims.interrupt(this.words, this.index, this.ticket)
    this.reason = reason
    this.abort()
    this.fiber?.interruptUnsafe()
  }

  private abort(): void {
    const { controller, reason } = this
    if (controller === undefined || controller.signal.aborted) return
    if (reason === undefined) controller.abort()
    else controller.abort(Defect.decode(reason))
  }
}

export type JobExit = Exit<unknown, unknown>
