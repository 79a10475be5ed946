/**
 * `ChannelError`: why an end of a channel or of a pipe can send or receive no more.
 *
 * One tag with a tagged `reason`: `Effect.catchTag("ChannelError", …)` handles all reasons, and
 * `Effect.catchReason("ChannelError", "PeerLost", …)` handles one of them.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { describeExit, exitFields } from "./internal/model/exitFields.ts"

/**
 * The channel is over: nothing more can be sent, and everything sent before was received.
 *
 * - `by`: `peer` the other side ended it, `self` this side did, `scope` the scope that owns it was closed.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Closed extends Schema.TaggedError<Closed>()("Closed", {
  by: Schema.Literals(["peer", "self", "scope"])
}) {
  override get message(): string {
    const who = { peer: "by the other side", self: "by this side", scope: "with the scope that owns it" }
    return `the channel was closed ${who[this.by]}`
  }
}

/**
 * The worker or the program at the other side is gone without a word (G15). Everything that had arrived from there was received first.
 *
 * - `exit`: how the worker ended, where the platform tells.
 * - `taken`: how many of the elements sent by this side are certain to have been taken by the other side.
 * - `uncertain`: how many were on their way to the other side, or in its hands: each was taken once or not at all.
 *
 * @category reasons
 * @since 0.2.0
 */
export class PeerLost extends Schema.TaggedError<PeerLost>()("PeerLost", {
  exit: Schema.optionalKey(Schema.Struct(exitFields)),
  taken: Schema.Int,
  uncertain: Schema.Int
}) {
  override get message(): string {
    const who = this.exit === undefined ? "the other side" : describeExit(this.exit)
    return `${who} is gone; of the elements sent, ${this.taken} were taken and ${this.uncertain} may have been`
  }
}

/**
 * The element cannot be sent to another thread or process; `path` leads to the part at fault. Nothing was sent.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Unsendable extends Schema.TaggedError<Unsendable>()("Unsendable", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the element cannot be sent: ${this.path}: ${this.detail}`
  }
}

/**
 * An element does not fit the schema of the channel: at the side that sends, nothing was sent; at the side that receives, the
 * element is lost, and the others are not.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Misfit extends Schema.TaggedError<Misfit>()("Misfit", {
  side: Schema.Literals(["sender", "receiver"]),
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the element does not fit the schema at the ${this.side}: ${this.path}: ${this.detail}`
  }
}

/**
 * The channel holds `capacity` elements, and its policy is `reject`. Nothing was sent.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Full extends Schema.TaggedError<Full>()("Full", { capacity: Schema.Int }) {
  override get message(): string {
    return `the channel is full: it holds ${this.capacity} elements`
  }
}

/**
 * An end of a pipe is used where it is no more: it was moved to a task, or opened twice.
 *
 * @category reasons
 * @since 0.2.0
 */
export class Moved extends Schema.TaggedError<Moved>()("Moved", {}) {
  override get message(): string {
    return "this end was moved into a payload or a result, and can be used there alone"
  }
}

/**
 * Why an end can go on no more.
 *
 * @category models
 * @since 0.2.0
 */
export type Reason = Closed | PeerLost | Full | Unsendable | Misfit | Moved

/**
 * An end can send or receive no more, for the `reason`; or, with `Full`, `Unsendable` and `Misfit`, one element was refused and the
 * channel goes on.
 *
 * **Example** (One reason)
 *
 * ```ts
 * import { ChannelError } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const program = Effect.fail(
 *   new ChannelError.ChannelError({ reason: new ChannelError.Closed({ by: "peer" }) })
 * ).pipe(Effect.catchReason("ChannelError", "Closed", ({ by }) => Effect.succeed(`closed by ${by}`)))
 * console.log(Effect.runSync(program)) // => closed by peer
 * ```
 *
 * @category errors
 * @since 0.2.0
 */
export class ChannelError extends Schema.TaggedError<ChannelError>()("ChannelError", {
  channel: Schema.optionalKey(Schema.String),
  reason: Schema.Union([Closed, PeerLost, Full, Unsendable, Misfit, Moved])
}) {
  override get message(): string {
    return this.channel === undefined ? this.reason.message : `${this.channel}: ${this.reason.message}`
  }
}
