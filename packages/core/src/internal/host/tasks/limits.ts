/**
 * Limits that callers set for their tasks, armed on the pool's clock. What runs past them ends through the `TaskLifecycle`.
 *
 * @since 0.1.0
 */
import { isHeld } from "../../machine/taskMachine.ts"
import type { HostTask } from "./HostTask.ts"
import type { TaskLifecycle } from "./TaskLifecycle.ts"
import type { Timers } from "../../shared/Timers.ts"

/** What arms limits: a pool's engine, or what the calls of a worker know of it. */
interface Owner {
  readonly lifecycle: TaskLifecycle
  readonly timers: Timers
}

/** Ends a task that waits for longer than this. */
export const armQueue = (owner: Owner, task: HostTask, limit: number): void => {
  const { lifecycle, timers } = owner
  let wasHeld = false
  const look = () => {
    wasHeld = isHeld(task.state)
  }
  const judge = () => {
    // A place had become free while the host was busy, and the task was sent as soon as that was heard. It gets back the
    // time that the host took from it, once.
    if (!wasHeld && isHeld(task.state)) return armQueue(owner, task, limit)
    lifecycle.expire(task, "queue", limit)
  }
  task.arm("queue", timers.limit(limit, judge, look))
}

/** Ends a task that is not settled by then, in place of the deadline before. */
export const armDeadline = ({ lifecycle, timers }: Owner, task: HostTask, limit: number): void =>
  task.arm(
    "deadline",
    timers.limit(limit, () => lifecycle.expire(task, "deadline", limit))
  )
