/**
 * `SupervisorEvent`: everything observable about a tree of supervisors, as one tagged union.
 *
 * Events are plain data and cost nothing while nobody listens. `supervisor` is the path of the supervisor from the
 * root, as in `app/web`; `child` is the name of one of its children. Times are in milliseconds.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"

/**
 * - `SupervisorStateChanged`: see the table of the supervisor in `internal/supervisor/README.md`.
 * - `ChildStarting`, `ChildStarted`: `start` counts the starts of this child, from 1.
 * - `ChildEnded`: the child ended by itself; `startFailed` when the child had not started.
 * - `ChildStopping`: the supervisor asked the child to end. `ChildStopped` tells the result: `shutdown` within the
 *   grace, `killed` when the scope was closed by force.
 * - `ChildStuck`: the child survived the forced end too, and nobody waits for it any more; `ChildGone`: a stuck child
 *   has ended after all.
 * - `RestartScheduled`: `children` will be started, in this order, after `delay`; `restart` counts the restarts within
 *   the budget's period, including this restart.
 * - `RestartsExceeded`: the supervisor gives up.
 * - `ChildRemoved`: the child's specification is gone.
 * - `CallbackFailed`: a listener, an observer of a caller's fiber or the back-off schedule has thrown. Emitted once for
 *   each; the supervisor goes on, and has logged the exception.
 *
 * @category models
 * @since 0.1.0
 */
export type SupervisorEvent =
  | {
      readonly _tag: "SupervisorStateChanged"
      readonly supervisor: string
      readonly state: "starting" | "running" | "stopping" | "failing" | "stopped" | "failed"
    }
  | {
      readonly _tag: "ChildStarting" | "ChildStarted"
      readonly supervisor: string
      readonly child: string
      readonly start: number
    }
  | {
      readonly _tag: "ChildEnded"
      readonly supervisor: string
      readonly child: string
      readonly reason: "normal" | "shutdown" | "crash" | "startFailed"
      readonly cause: Cause.Cause<unknown> | undefined
    }
  | {
      readonly _tag: "ChildStopping" | "ChildStuck" | "ChildGone" | "ChildRemoved"
      readonly supervisor: string
      readonly child: string
    }
  | {
      readonly _tag: "ChildStopped"
      readonly supervisor: string
      readonly child: string
      readonly how: "shutdown" | "killed"
      readonly millis: number
    }
  | {
      readonly _tag: "RestartScheduled"
      readonly supervisor: string
      readonly child: string
      readonly restart: number
      readonly delay: number
      readonly children: ReadonlyArray<string>
    }
  | { readonly _tag: "RestartsExceeded"; readonly supervisor: string; readonly child: string }
  | {
      readonly _tag: "CallbackFailed"
      readonly supervisor: string
      readonly whose: "listener" | "observer" | "caller" | "logger" | "schedule"
      readonly cause: unknown
    }
