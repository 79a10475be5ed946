/**
 * One task inside a worker, from its frame to its reply.
 *
 * @since 0.1.0
 */
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as Claims from "../../protocol/Claims.ts"
import type { Extra } from "../../protocol/Message.ts"
import type { TaskId } from "../model/ids.ts"
import type { HandlerContext } from "../model/handler.ts"

export class Job implements HandlerContext {
  readonly many: boolean
  readonly id: TaskId
  readonly name: string
  readonly payload: unknown
  readonly extra: Extra | undefined
  private readonly words: Claims.Words
  private readonly index: number
  private readonly ticket: number
  private controller: AbortController | undefined

  /** Set while its handler is suspended. */
  fiber: Fiber<unknown, unknown> | undefined = undefined
  startedAt = 0

  constructor(
    words: Claims.Words,
    many: boolean,
    id: TaskId,
    index: number,
    ticket: number,
    name: string,
    payload: unknown,
    extra: Extra | undefined
  ) {
    this.words = words
    this.many = many
    this.id = id
    this.index = index
    this.ticket = ticket
    this.name = name
    this.payload = payload
    this.extra = extra
  }

  /** `false`: the host took it back; it must not start (G5, G6). */
  claim(): boolean {
    return Claims.claim(this.words, this.index, this.ticket)
  }

  /** Its handler has ended; said before the reply is posted, so that a lost reply is known as such. */
  finish(): void {
    Claims.finish(this.words, this.index, this.ticket)
  }

  readonly isInterrupted = (): boolean => Claims.isInterrupted(this.words, this.index, this.ticket)

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.isInterrupted() && !this.controller.signal.aborted) this.controller.abort()
    return this.controller.signal
  }

  interrupt(): void {
    Claims.interrupt(this.words, this.index, this.ticket)
    this.controller?.abort()
    this.fiber?.interruptUnsafe()
  }
}

export type JobExit = Exit<unknown, unknown>
