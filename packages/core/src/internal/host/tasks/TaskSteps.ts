/**
 * The steps of tasks, one at a time for each task, and the notification of observers.
 *
 * Receives events from the `TaskLifecycle`, hands actions back. An action may run foreign code (listeners, callers, the
 * transport), which may raise another event of the same task. Such an event waits until the step is done, as in
 * `machine/transition.ts`. Steps of other tasks go on at once: the end of a parent ends its children.
 *
 * @since 0.1.0
 */
import * as TaskMachine from "../../machine/taskMachine.ts"
import type { HostTask, Why } from "./HostTask.ts"

export interface TaskStepsOwner {
  readonly perform: (task: HostTask, action: TaskMachine.TaskAction) => void
  /** Ends a task which is in no step. */
  readonly end: (task: HostTask, why: Why) => void
  /** An observer has thrown. */
  readonly onThrown: (observer: object, cause: unknown) => void
}

/** An event of a task, or a reason to end the task, raised while the task's actions were performed. */
interface Raised {
  readonly task: HostTask
  readonly event?: TaskMachine.TaskEvent
  readonly why?: Why
}

interface News {
  readonly task: HostTask
  readonly state: TaskMachine.TaskState
  readonly observers: ReadonlyArray<(state: TaskMachine.TaskState) => void>
}

export class TaskSteps {
  private readonly owner: TaskStepsOwner
  private readonly raised: Array<Raised> = []
  /** Changes of observed tasks, not yet told to the observers, in order. */
  private readonly news: Array<News> = []
  private isTelling = false

  constructor(owner: TaskStepsOwner) {
    this.owner = owner
  }

  step(task: HostTask, event: TaskMachine.TaskEvent): void {
    if (task.isInStep) {
      this.raised.push({ task, event })
      return
    }
    const from = task.state
    const { actions, next } = TaskMachine.step(from, event)
    task.state = next
    if (actions.length > 0) this.perform(task, actions)
    if (task.observers !== undefined && next !== from) this.tell(task, next, task.observers)
    if (this.raised.length > 0) this.takeRaised(task)
  }

  /** Marks a new task as waiting before the full queue. Nobody observes the task yet. */
  suspend(task: HostTask): void {
    task.state = "waiting"
  }

  private perform(task: HostTask, actions: ReadonlyArray<TaskMachine.TaskAction>): void {
    task.isInStep = true
    try {
      for (const action of actions) this.owner.perform(task, action)
    } finally {
      task.isInStep = false
    }
  }

  /**
   * Returns whether the end of a task must wait for its current step: only the state after the step decides how the task
   * ends.
   */
  defersEnd(task: HostTask, why: Why): boolean {
    if (!task.isInStep) return false
    this.raised.push({ task, why })
    return true
  }

  private takeRaised(task: HostTask): void {
    for (;;) {
      const at = this.raised.findIndex((raised) => raised.task === task)
      if (at < 0) return
      const [raised] = this.raised.splice(at, 1)
      // An earlier event may have settled the task; later ones are ignored.
      if (task.state === "settled") continue
      if (raised!.why !== undefined) this.owner.end(task, raised!.why)
      else this.step(task, raised!.event!)
    }
  }

  /** Tells every observer of every change once, in order, even when an observer causes the next change. */
  private tell(
    task: HostTask,
    state: TaskMachine.TaskState,
    observers: NonNullable<HostTask["observers"]>
  ): void {
    this.news.push({ task, state, observers: Array.from(observers) })
    if (this.isTelling) return
    this.isTelling = true
    for (let next = this.news.shift(); next !== undefined; next = this.news.shift()) {
      for (const observer of next.observers) {
        if (next.task.observers?.has(observer) !== true) continue
        try {
          observer(next.state)
        } catch (cause) {
          this.owner.onThrown(observer, cause)
        }
      }
    }
    this.isTelling = false
  }
}
