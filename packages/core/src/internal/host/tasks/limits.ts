/**
 * Time limits set by callers for their tasks, armed on the pool's clock. The `TaskLifecycle` ends a task past its limit.
 *
 * @since 0.1.0
 */
import { isHeld } from "../../machine/taskMachine.ts"
import type { HostTask } from "./HostTask.ts"
import type { TaskLifecycle } from "./TaskLifecycle.ts"
import type { Timers } from "../../shared/Timers.ts"

/** The owner of limits: a pool's engine, or the nested tasks of a worker. */
interface Owner {
  readonly lifecycle: TaskLifecycle
  readonly timers: Timers
}

/** Ends a task which waits longer than `limit`. */
export const armQueue = (owner: Owner, task: HostTask, limit: number): void => {
  const { lifecycle, timers } = owner
  let wasHeld = false
  const look = () => {
    wasHeld = isHeld(task.state)
  }
  const judge = () => {
    // A slot became free while the host was busy, and the task was sent when the host read the reply. Arm the limit once
    // more, to give back the time which the host took from the task.
    if (!wasHeld && isHeld(task.state)) return armQueue(owner, task, limit)
    lifecycle.expire(task, "queue", limit)
  }
  task.arm("queue", timers.limit(limit, judge, look))
}

/** Ends a task not settled after `limit`, in place of the previous deadline. */
export const armDeadline = ({ lifecycle, timers }: Owner, task: HostTask, limit: number): void =>
  task.arm(
    "deadline",
    timers.limit(limit, () => lifecycle.expire(task, "deadline", limit))
  )
