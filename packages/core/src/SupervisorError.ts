/**
 * `SupervisorError`: why a supervisor did not start, gave up, or refused a request.
 *
 * One tag with a tagged `reason`: `Effect.catchTag("SupervisorError", …)` handles all reasons, and
 * `Effect.catchReason("SupervisorError", "NotFound", …)` handles one of them.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { attempt, isInstance } from "./internal/model/foreign.ts"
import * as Stacks from "./internal/model/stacks.ts"

const AnyCause = Schema.Cause(Schema.Defect({ includeStack: true }), Schema.Defect({ includeStack: true }))

/** Describes the first error of a cause, for any thrown value. */
const describe = (cause: Cause.Cause<unknown>): string => {
  const errors = attempt(() => Cause.prettyErrors(cause), undefined)
  if (errors === undefined) return "a cause that cannot be printed"
  const [error] = errors
  if (error === undefined) return "no cause"
  return error.name === "Error" ? error.message : `${error.name}: ${error.message}`
}

/**
 * A specification is wrong: `field` leads to the mistake, as in `children[1].restart`. No child was started.
 *
 * @category reasons
 * @since 0.1.0
 */
export class InvalidSpec extends Schema.TaggedError<InvalidSpec>()("InvalidSpec", {
  field: Schema.String,
  problem: Schema.String
}) {
  override get message(): string {
    return `${this.field}: ${this.problem}`
  }
}

/**
 * A child failed to start: during the supervisor's own start, which then stopped the children started before; or when
 * started by hand.
 *
 * @category reasons
 * @since 0.1.0
 */
export class StartFailed extends Schema.TaggedError<StartFailed>()("StartFailed", {
  child: Schema.String,
  cause: AnyCause
}) {
  override get message(): string {
    return `child "${this.child}" failed to start: ${describe(this.cause)}`
  }
}

/**
 * Children needed more restarts than allowed (G11). The supervisor stopped its children, and failed.
 *
 * - `limit`: `intensity` after more than `intensity` restarts within `period` milliseconds; `backoff` when the
 *   back-off's schedule has ended.
 * - `restarts`: the counted ends, oldest first; the last entry exceeded the limit.
 *
 * @category reasons
 * @since 0.1.0
 */
export class RestartsExceeded extends Schema.TaggedError<RestartsExceeded>()("RestartsExceeded", {
  limit: Schema.Literals(["intensity", "backoff"]),
  intensity: Schema.Int,
  period: Schema.Number,
  restarts: Schema.Array(
    Schema.Struct({
      child: Schema.String,
      reason: Schema.Literals(["normal", "shutdown", "crash", "startFailed"]),
      cause: Schema.optionalKey(AnyCause)
    })
  )
}) {
  override get message(): string {
    const last = this.restarts.at(-1)
    const how = last?.cause === undefined ? (last?.reason ?? "") : describe(last.cause)
    const what =
      this.limit === "intensity"
        ? `more than ${this.intensity} restarts within ${this.period} ms`
        : "the schedule of its back-off has ended"
    return `${what}; last: child "${last?.child ?? ""}": ${how}`
  }
}

/**
 * There is no such child, or the child has been removed.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", { child: Schema.String }) {
  override get message(): string {
    return `there is no child "${this.child}"`
  }
}

/**
 * The request does not fit the child's state: `running` (also while starting or ending), `restarting` (queued for
 * another start), or `stopped`.
 *
 * @category reasons
 * @since 0.1.0
 */
export class WrongState extends Schema.TaggedError<WrongState>()("WrongState", {
  child: Schema.String,
  state: Schema.Literals(["running", "restarting", "stopped"])
}) {
  override get message(): string {
    return `child "${this.child}" is ${this.state}`
  }
}

/**
 * A child of this name runs already, or is about to.
 *
 * @category reasons
 * @since 0.1.0
 */
export class AlreadyStarted extends Schema.TaggedError<AlreadyStarted>()("AlreadyStarted", {
  child: Schema.String
}) {
  override get message(): string {
    return `child "${this.child}" has been started already`
  }
}

/**
 * A child of this name is stopped and still specified: restart the child, or delete it first.
 *
 * @category reasons
 * @since 0.1.0
 */
export class AlreadyPresent extends Schema.TaggedError<AlreadyPresent>()("AlreadyPresent", {
  child: Schema.String
}) {
  override get message(): string {
    return `child "${this.child}" is stopped, and still specified`
  }
}

/**
 * A dynamic supervisor has reached its maximum of children (G7).
 *
 * @category reasons
 * @since 0.1.0
 */
export class TooManyChildren extends Schema.TaggedError<TooManyChildren>()("TooManyChildren", {
  max: Schema.Int
}) {
  override get message(): string {
    return `there are ${this.max} children, the most allowed`
  }
}

/**
 * The supervisor is not running (any more), and starts no children.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotRunning extends Schema.TaggedError<NotRunning>()("NotRunning", {
  state: Schema.Literals(["starting", "stopping", "failing", "stopped", "failed"])
}) {
  override get message(): string {
    return `the supervisor is ${this.state}`
  }
}

/**
 * Every reason that a {@link SupervisorError} can carry.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | InvalidSpec
  | StartFailed
  | RestartsExceeded
  | NotFound
  | WrongState
  | AlreadyStarted
  | AlreadyPresent
  | TooManyChildren
  | NotRunning

/**
 * Why a supervisor did not start, gave up, or refused a request. `supervisor` is the path from the root, as in
 * `app/web`.
 *
 * @category models
 * @since 0.1.0
 */
export class SupervisorError extends Stacks.placed(
  Schema.TaggedError<SupervisorError>()("SupervisorError", {
    supervisor: Schema.String,
    reason: Schema.Union([
      InvalidSpec,
      StartFailed,
      RestartsExceeded,
      NotFound,
      WrongState,
      AlreadyStarted,
      AlreadyPresent,
      TooManyChildren,
      NotRunning
    ])
  })
) {
  override get message(): string {
    return `${this.supervisor}: ${this.reason.message}`
  }
}

/**
 * @category guards
 * @since 0.1.0
 */
export const isSupervisorError = (u: unknown): u is SupervisorError => isInstance(u, SupervisorError)
