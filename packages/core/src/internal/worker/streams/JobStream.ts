/**
 * The streams of one streaming task inside a worker: the elements that its handler emits, and the caller's own elements for it.
 *
 * Receives the handler's elements, hands messages to `Posts`. Elements leave together: with the end of the turn, when half of
 * the buffer is full, or after two milliseconds of a handler that does not let the turn end. A handler is `buffer` elements ahead of its
 * consumer at most (G14).
 *
 * @since 0.2.0
 */
import * as Exit from "effect/Exit"
import * as Message from "../../../protocol/messages/Message.ts"
import type * as Capture from "../../../protocol/values/Capture.ts"
import type { TaskCodec } from "../../../protocol/values/Codec.ts"
import type { ClaimRef } from "../../../protocol/claims/Claims.ts"
import { type Elements, Emitter } from "../../shared/stream/Emitter.ts"
import { Feed } from "../../shared/stream/Feed.ts"
import { toWire } from "../../shared/stream/wire.ts"
import type { StreamDefinition } from "../../model/definition.ts"
import type { ElementsPull, Emit } from "../../model/streamPull.ts"
import type { Posts } from "../Posts.ts"

/** Longest time to hold elements back, in milliseconds. */
const holdBackMillis = 2

export interface JobStreamOptions {
  readonly ref: ClaimRef
  readonly definition: StreamDefinition
  readonly codec: TaskCodec
  /** How many elements the caller has room for at first. */
  readonly credit: number
  readonly posts: Posts
  readonly platform: Capture.Platform
  /** The time in milliseconds. */
  readonly now: () => number
}

export class JobStream {
  private readonly options: JobStreamOptions
  private readonly emitter: Emitter
  private readonly feed: Feed | undefined
  /** Elements that were emitted and are not lined up yet. */
  private batch: Array<unknown> = []
  /** When the first of them was emitted. */
  private since = 0

  constructor(options: JobStreamOptions) {
    const { codec, credit, definition, platform, posts, ref } = options
    this.options = options
    this.emitter = new Emitter({
      credit,
      encode: codec.worker.encodeSuccess,
      transferOf: codec.transferSuccess,
      platform,
      send: (elements) => this.send(elements),
      move: (wire, transfer) => posts.postMoving((frame) => Message.pushEmit(frame, ref, wire), transfer)
    })
    if (definition.input === undefined) return
    this.feed = new Feed({
      buffer: definition.buffer,
      credit: 0,
      grant: (count) => {
        Message.pushDemand(posts.open(0), ref, count)
        posts.schedule()
      },
      decode: codec.worker.decodePayload
    })
  }

  /** Takes the next of the caller's own elements; `undefined` for a task without inputs. */
  get pull(): ElementsPull | undefined {
    return this.feed?.pull
  }

  get emit(): Emit {
    return this.emitter.emit
  }

  /** The caller can take so many more elements. */
  grant(count: number): void {
    this.emitter.grant(count)
  }

  input(elements: ArrayLike<unknown>): void {
    this.feed?.arrive(elements)
  }

  inputEnd(): void {
    this.feed?.finish(Exit.void)
  }

  /** Lines up the emitted elements, before a post and before the reply of the task. */
  seal(): void {
    if (this.batch.length === 0) return
    const { posts, ref } = this.options
    const batch = this.batch
    this.batch = []
    Message.pushEmit(posts.open(ref), ref, toWire(batch))
  }

  private send({ transfer, wire }: Elements): void {
    const { credit, now, posts, ref } = this.options
    if (transfer !== undefined) {
      // A message that moves objects is posted alone, after what was emitted before it.
      posts.flush()
      Message.pushEmit(posts.open(ref), ref, wire)
      return posts.flushMoving(transfer)
    }
    if (this.batch.length === 0) {
      this.since = now()
      posts.beforePost(() => this.seal())
      this.batch = wire
    } else for (const element of wire) this.batch.push(element)
    if (this.batch.length * 2 >= credit || now() - this.since >= holdBackMillis) posts.flush()
    else posts.schedule()
  }
}
