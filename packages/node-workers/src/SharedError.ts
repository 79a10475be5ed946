/**
 * `SharedError`: why a structure in shared memory refuses an operation.
 *
 * One tag with a tagged `reason`: `Effect.catchTag("SharedError", …)` handles all reasons, and
 * `Effect.catchReason("SharedError", "OwnerDied", …)` handles one of them.
 *
 * @since 0.3.0
 */
import * as Schema from "effect/Schema"

/**
 * The owner of a lock died while it held the lock, and may have left half done what the lock guards.
 *
 * - `worker`: the id of the worker, as in `WorkerLost`; 0 is the host.
 * - `task`: the task that held the lock, where it is known.
 * - `at`: when the death was noticed, in milliseconds since 1970.
 *
 * @category reasons
 * @since 0.3.0
 */
export class OwnerDied extends Schema.TaggedError<OwnerDied>()("OwnerDied", {
  lock: Schema.String,
  worker: Schema.Int,
  task: Schema.optionalKey(Schema.String),
  at: Schema.Number
}) {
  override get message(): string {
    return `worker ${this.worker} died while it held ${this.lock}`
  }
}

/**
 * The lock or the permit is released by somebody who does not hold it.
 *
 * @category reasons
 * @since 0.3.0
 */
export class NotOwner extends Schema.TaggedError<NotOwner>()("NotOwner", {}) {
  override get message(): string {
    return "it is not held here"
  }
}

/**
 * More is released or asked for than the `bound`.
 *
 * @category reasons
 * @since 0.3.0
 */
export class TooMany extends Schema.TaggedError<TooMany>()("TooMany", { bound: Schema.Int }) {
  override get message(): string {
    return `it has a bound of ${this.bound}`
  }
}

/**
 * Each member of the `cycle` waits for the next one, and the last for the first.
 *
 * @category reasons
 * @since 0.3.0
 */
export class Deadlocked extends Schema.TaggedError<Deadlocked>()("Deadlocked", {
  cycle: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `a circle of waiters: ${this.cycle.join(" → ")}`
  }
}

/**
 * A party of the barrier will not come.
 *
 * @category reasons
 * @since 0.3.0
 */
export class BarrierBroken extends Schema.TaggedError<BarrierBroken>()("BarrierBroken", {
  why: Schema.Literals(["aborted", "death", "reset"]),
  by: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    return `the barrier is broken: ${this.why}`
  }
}

/**
 * The queue has ended: nothing more can be offered, and nothing is left to take.
 *
 * @category reasons
 * @since 0.3.0
 */
export class Ended extends Schema.TaggedError<Ended>()("Ended", {}) {
  override get message(): string {
    return "it has ended"
  }
}

/**
 * `count` records of a queue died with the workers that had taken them.
 *
 * @category reasons
 * @since 0.3.0
 */
export class RecordLost extends Schema.TaggedError<RecordLost>()("RecordLost", { count: Schema.Int }) {
  override get message(): string {
    return `${this.count} records died with their taker`
  }
}

/**
 * The operation would block a thread that must not block: the host's.
 *
 * @category reasons
 * @since 0.3.0
 */
export class WouldBlock extends Schema.TaggedError<WouldBlock>()("WouldBlock", {}) {
  override get message(): string {
    return "it would block this thread: use the form that is an Effect"
  }
}

/**
 * The structure can be made by the host alone, which frees it from dead threads, or used by a thread of the host's own pools alone, of
 * which 63 can be alive at a time.
 *
 * @category reasons
 * @since 0.3.0
 */
export class NotMember extends Schema.TaggedError<NotMember>()("NotMember", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

/**
 * The scope in which the structure was made is closed.
 *
 * @category reasons
 * @since 0.3.0
 */
export class Disposed extends Schema.TaggedError<Disposed>()("Disposed", {}) {
  override get message(): string {
    return "the scope that owns it is closed"
  }
}

/**
 * A size is no integer of 1 or more, or larger than what is possible there. `path` names it.
 *
 * @category reasons
 * @since 0.3.0
 */
export class InvalidSize extends Schema.TaggedError<InvalidSize>()("InvalidSize", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/**
 * There is no element, or no row, at the index. Nothing was read or written.
 *
 * @category reasons
 * @since 0.3.0
 */
export class OutOfBounds extends Schema.TaggedError<OutOfBounds>()("OutOfBounds", {
  index: Schema.Number,
  length: Schema.Int
}) {
  override get message(): string {
    return `there is no index ${this.index}: the length is ${this.length}`
  }
}

/**
 * A value does not fit the kind of number, or the layout; `path` leads to the part at fault. Nothing was written.
 *
 * @category reasons
 * @since 0.3.0
 */
export class Misfit extends Schema.TaggedError<Misfit>()("Misfit", {
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

const reasons = [
  OwnerDied,
  NotOwner,
  TooMany,
  Deadlocked,
  BarrierBroken,
  Ended,
  RecordLost,
  WouldBlock,
  NotMember,
  Disposed,
  InvalidSize,
  OutOfBounds,
  Misfit
] as const

/**
 * Why the operation was refused.
 *
 * @category models
 * @since 0.3.0
 */
export type Reason = InstanceType<(typeof reasons)[number]>

/**
 * A structure in shared memory refuses an operation, for the `reason`.
 *
 * **Example** (One reason)
 *
 * ```ts
 * import { SharedError } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.fail(
 *   new SharedError.SharedError({ reason: new SharedError.OutOfBounds({ index: 9, length: 3 }) })
 * ).pipe(Effect.catchReason("SharedError", "OutOfBounds", ({ length }) => Effect.succeed(`only ${length}`)))
 * console.log(Effect.runSync(program)) // => only 3
 * ```
 *
 * @category errors
 * @since 0.3.0
 */
export class SharedError extends Schema.TaggedError<SharedError>()("SharedError", {
  structure: Schema.optionalKey(Schema.String),
  reason: Schema.Union(reasons)
}) {
  override get message(): string {
    return this.structure === undefined ? this.reason.message : `${this.structure}: ${this.reason.message}`
  }
}
