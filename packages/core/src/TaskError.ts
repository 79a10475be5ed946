/**
 * `TaskError`: every way a task can end, apart from success, its own typed failure and its own defects.
 *
 * One tag with a tagged `reason`: `Effect.catchTag("TaskError", …)` handles all reasons, and
 * `Effect.catchReason("TaskError", "WorkerLost", …)` handles one of them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closest } from "./internal/model/closest.ts"
import { isInstance } from "./internal/model/foreign.ts"
import { describeCause, describeExit, type ExitDetail, exitFields } from "./internal/model/exitFields.ts"
import * as Stacks from "./internal/model/stacks.ts"

const Side = Schema.Literals(["host", "worker"])

const describeCrash = (exit: ExitDetail | undefined): string =>
  exit === undefined ? "" : `; meanwhile its worker ended by itself: ${describeExit(exit)}`

/**
 * The worker died while holding the task (G5, G9).
 *
 * - `phase`: `queue` the task never started there (only for tasks bound to one worker); `run` the handler had started;
 *   `reply` the handler had finished, but its reply was lost with the worker; `stop` no task was involved: the worker
 *   was asked to stop, and failed while stopping. Such a failure becomes a defect of closing the pool (G2).
 * - `running`: the names of all tasks started on the worker.
 * - `elements`: for a streaming task, how many elements had arrived. The consumer has received all of them (G13).
 *
 * @category reasons
 * @since 0.1.0
 */
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
  ...exitFields,
  phase: Schema.Literals(["queue", "run", "reply", "stop"]),
  running: Schema.Array(Schema.String),
  elements: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    const after = this.elements === undefined ? "" : `, after ${this.elements} elements`
    return this.phase === "stop"
      ? `a worker failed while it stopped: ${describeExit(this)}`
      : `lost with its worker (phase ${this.phase}${after}): ${describeExit(this)}`
  }
}

/**
 * A worker could not be started: bad file, throw at import, a layer that failed, or the start time-out.
 *
 * - `phase`: `spawn` nothing was started: the worker's file or directory is missing, or the platform refused; `import`
 *   the worker ended before its first message, and `cause` has the reason if known; `build` its layer failed; `ready`
 *   the worker did not become ready within the start time-out; `version` the worker speaks another protocol.
 * - `attempts`: how many starts failed in a row, including the last.
 * - `earlier`: the failures of the earlier starts, oldest first, as many as the pool's intensity.
 *
 * @category reasons
 * @since 0.1.0
 */
export class SpawnFailed extends Schema.TaggedError<SpawnFailed>()("SpawnFailed", {
  ...exitFields,
  phase: Schema.Literals(["spawn", "import", "build", "ready", "version"]),
  attempts: Schema.Int,
  earlier: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  override get message(): string {
    return `no worker could be started (phase ${this.phase}, attempt ${this.attempts}): ${describeExit(this)}`
  }
}

/**
 * An idempotent task was given up, because each worker ended while running it. `exits` describes the ends, oldest
 * first.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Quarantined extends Schema.TaggedError<Quarantined>()("Quarantined", {
  exits: Schema.Array(Schema.Struct(exitFields))
}) {
  override get message(): string {
    return `quarantined: ${this.exits.length} workers ended while it ran: ${this.exits.map(describeExit).join("; ")}`
  }
}

/**
 * The queue was full, and the pool's policy is `reject` (G7). `capacity` is in tasks.
 *
 * @category reasons
 * @since 0.1.0
 */
export class QueueFull extends Schema.TaggedError<QueueFull>()("QueueFull", { capacity: Schema.Int }) {
  override get message(): string {
    return `the queue is full (capacity ${this.capacity})`
  }
}

/**
 * No worker can be reserved: a pool keeps at least one worker for all other tasks, and every other worker is reserved, or
 * waited for. `reserved` counts these; `size` is the most workers that the pool may have.
 *
 * @category reasons
 * @since 0.2.0
 */
export class AllReserved extends Schema.TaggedError<AllReserved>()("AllReserved", {
  reserved: Schema.Int,
  size: Schema.Int
}) {
  override get message(): string {
    return (
      `no worker can be reserved: ${this.reserved} of ${this.size} are, and one must stay for other tasks; ` +
      `make the pool larger, or close a reservation first`
    )
  }
}

/**
 * The task was the oldest of a full queue whose policy is `shed-oldest` (G7). It never started.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Shed extends Schema.TaggedError<Shed>()("Shed", { capacity: Schema.Int }) {
  override get message(): string {
    return `shed from a full queue (capacity ${this.capacity}) to make room for a newer task`
  }
}

/**
 * The pool takes no more tasks, because the pool is closing or closed, or because the scope of a fork or of a reserved worker
 * is closed.
 *
 * @category reasons
 * @since 0.1.0
 */
export class PoolClosed extends Schema.TaggedError<PoolClosed>()("PoolClosed", {
  state: Schema.Literals(["closing", "closed"])
}) {
  override get message(): string {
    return `the pool is ${this.state}; the task did not run`
  }
}

/**
 * A time limit passed. `phase` names the limit: waiting in the `queue`, between dispatch and `start`, or the `run`
 * itself. `limit` is in milliseconds. `crash`: how the worker ended, if by itself within the grace.
 *
 * @category reasons
 * @since 0.1.0
 */
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>()("DeadlineExceeded", {
  phase: Schema.Literals(["queue", "start", "run"]),
  limit: Schema.Finite,
  crash: Schema.optionalKey(Schema.Struct(exitFields))
}) {
  override get message(): string {
    return `took longer than ${this.limit} ms (phase ${this.phase})${describeCrash(this.crash)}`
  }
}

/**
 * No worker of the pool serves a task of this name. `served` lists the names of served tasks.
 *
 * For a function of `Task.fromModule`, `module` is the module's URL, and `export` tells the problem: `missing`; a
 * `value` that is no function; or `hidden`: a CommonJS module has the function, but Node cannot see it as an export.
 *
 * @category reasons
 * @since 0.1.0
 */
export class UnknownTask extends Schema.TaggedError<UnknownTask>()("UnknownTask", {
  name: Schema.String,
  served: Schema.Array(Schema.String),
  module: Schema.optionalKey(Schema.String),
  export: Schema.optionalKey(Schema.Literals(["missing", "value", "hidden"]))
}) {
  override get message(): string {
    if (this.module !== undefined) return unknownExport(this, this.module)
    const served = this.served.length === 0 ? "nothing" : this.served.join(", ")
    return `no worker serves ${JSON.stringify(this.name)}; served: ${served}. Add its layer to the worker's entry.`
  }
}

const unknownExport = ({ export: what, name, served }: UnknownTask, module: string): string => {
  const quoted = JSON.stringify(name)
  if (what === "value") return `${module} exports ${quoted}, which is no function`
  if (what === "hidden") {
    return (
      `${module} has ${quoted} in module.exports, but Node finds the exports of a CommonJS module by its text and does ` +
      `not see this one: write exports.${name} = … there, or make it an ES module`
    )
  }
  const meant = closest(name, served)
  const hint = meant === undefined ? "" : ` Did you mean ${JSON.stringify(meant)}?`
  const list = served.length === 0 ? "none" : served.join(", ")
  return `${module} exports no function ${quoted}.${hint} Functions that it exports: ${list}.`
}

/**
 * A payload or a reply could not be cloned for the boundary. `path` leads to the offending value.
 *
 * @category reasons
 * @since 0.1.0
 */
export class NotSerializable extends Schema.TaggedError<NotSerializable>()("NotSerializable", {
  side: Side,
  what: Schema.Literals(["payload", "reply"]),
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.what} cannot be sent (found on the ${this.side}) at ${this.path}: ${this.detail}`
  }
}

/**
 * A payload or a reply does not fit its schema (G10). `side` found it, `path` leads to the offending value.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Malformed extends Schema.TaggedError<Malformed>()("Malformed", {
  side: Side,
  what: Schema.Literals(["payload", "success", "error"]),
  path: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.what} does not fit its schema (found on the ${this.side}) at ${this.path}: ${this.detail}`
  }
}

/**
 * The task was interrupted by someone other than the caller (G9): by its own `handler`, by the `pool` closing, through
 * its `handle`, or by the `signal` passed with the call. `cause` is then the `AbortSignal.reason`, as data. `crash`:
 * how the worker ended, if by itself within the grace.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Interrupted extends Schema.TaggedError<Interrupted>()("Interrupted", {
  by: Schema.Literals(["handler", "pool", "handle", "signal"]),
  cause: Schema.optionalKey(Schema.Defect({ includeStack: true })),
  crash: Schema.optionalKey(Schema.Struct(exitFields))
}) {
  override get message(): string {
    return `interrupted by its ${this.by}${describeCause(this.cause)}${describeCrash(this.crash)}`
  }
}

/**
 * The task would have waited for itself, through other tasks. `cycle` names these tasks: each waits for the next, and
 * the last is the first again.
 *
 * @category reasons
 * @since 0.1.0
 */
export class Deadlocked extends Schema.TaggedError<Deadlocked>()("Deadlocked", {
  cycle: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `it would wait for itself: ${this.cycle.join(" → ")}`
  }
}

/**
 * Tasks called by tasks, or pools made inside workers of pools, are nested too deep. `limit` is the allowed depth;
 * `chain` names the callers from the outermost task on, as far as known.
 *
 * @category reasons
 * @since 0.1.0
 */
export class TooDeep extends Schema.TaggedError<TooDeep>()("TooDeep", {
  what: Schema.Literals(["tasks", "pools"]),
  limit: Schema.Int,
  chain: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const chain = this.chain.length === 0 ? "" : `: ${shorten(this.chain).join(" → ")}`
    return `${this.what} may be nested ${this.limit} deep and no deeper${chain}`
  }
}

/**
 * A handler called an operation reserved for the program that made the pool; `operation` names the operation.
 *
 * @category reasons
 * @since 0.1.0
 */
export class HostOnly extends Schema.TaggedError<HostOnly>()("HostOnly", {
  operation: Schema.String
}) {
  override get message(): string {
    return `${this.operation}: only the program that made the pool can do this, not a handler`
  }
}

/**
 * The service is gone: `service` names it. No method runs, now or later; start the service again.
 *
 * - `by`: `worker` its worker has ended, and it is not restarted, or not any more; `start` its restart failed; `scope` it was closed, by
 *   its scope or with its pool.
 * - `restarts`: how often it had been restarted.
 * - `exit`: how its last worker ended, if it did.
 * - `failure`: why the last restart failed, in words.
 *
 * @category reasons
 * @since 0.2.0
 */
export class ServiceLost extends Schema.TaggedError<ServiceLost>()("ServiceLost", {
  service: Schema.String,
  by: Schema.Literals(["worker", "start", "scope"]),
  restarts: Schema.Int,
  exit: Schema.optionalKey(Schema.Struct(exitFields)),
  failure: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const again = this.restarts === 0 ? "" : `, after ${this.restarts} restarts`
    const exit = this.exit === undefined ? "" : `: ${describeExit(this.exit)}`
    if (this.by === "scope") return `the service ${this.service} is closed`
    if (this.by === "worker") return `the service ${this.service} is gone with its worker${again}${exit}`
    return `the service ${this.service} could not be restarted${again}: ${this.failure ?? "it was interrupted"}`
  }
}

const shorten = (chain: ReadonlyArray<string>): ReadonlyArray<string> =>
  chain.length <= 8 ? chain : [...chain.slice(0, 4), "…", ...chain.slice(-3)]

/**
 * Every reason that a {@link TaskError} can carry.
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | WorkerLost
  | SpawnFailed
  | Quarantined
  | QueueFull
  | AllReserved
  | Shed
  | PoolClosed
  | DeadlineExceeded
  | UnknownTask
  | NotSerializable
  | Malformed
  | Interrupted
  | Deadlocked
  | TooDeep
  | HostOnly
  | ServiceLost

/**
 * Every way a task can end, apart from success, its own typed failure and its own defects.
 *
 * - `task`: the name of the task; absent where no task was involved (a pool that could not start).
 * - `nested`: `true` for an error of a task called by the handler itself.
 *
 * `TaskError` is a schema too, so a task that calls other tasks may declare it as its own error.
 *
 * **Example** (One reason, or all)
 *
 * ```ts
 * import { TaskError } from "@heddle/core"
 * import { Effect } from "effect"
 *
 * const failing = Effect.fail(
 *   new TaskError.TaskError({ task: "Resize", reason: new TaskError.QueueFull({ capacity: 2 }) })
 * )
 * const answer = failing.pipe(
 *   Effect.catchReason("TaskError", "QueueFull", (reason) => Effect.succeed(`full at ${reason.capacity}`)),
 *   Effect.catchTag("TaskError", (error) => Effect.succeed(error.message))
 * )
 * console.log(Effect.runSync(answer)) // => full at 2
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class TaskError extends Stacks.placed(
  Schema.TaggedError<TaskError>()("TaskError", {
    task: Schema.optionalKey(Schema.String),
    nested: Schema.optionalKey(Schema.Boolean),
    reason: Schema.Union([
      WorkerLost,
      SpawnFailed,
      Quarantined,
      QueueFull,
      AllReserved,
      Shed,
      PoolClosed,
      DeadlineExceeded,
      UnknownTask,
      NotSerializable,
      Malformed,
      Interrupted,
      Deadlocked,
      TooDeep,
      HostOnly,
      ServiceLost
    ])
  })
) {
  override get message(): string {
    return this.task === undefined ? this.reason.message : `${this.task}: ${this.reason.message}`
  }

  /** The cause of the reason: the exception that ended the worker, or the reason of the signal's abort. */
  override get cause(): unknown {
    const { reason } = this
    if (reason._tag === "Quarantined") return reason.exits.at(-1)?.cause
    if (reason._tag === "ServiceLost") return reason.exit?.cause
    return "cause" in reason ? reason.cause : undefined
  }
}

/**
 * @category guards
 * @since 0.1.0
 */
export const isTaskError = (u: unknown): u is TaskError => isInstance(u, TaskError)
