/**
 * The steps of tasks, one at a time for each, and what observers hear of them.
 *
 * Receives events from the `Ledger`, hands actions back to it. An action may run foreign code (listeners, callers, the
 * transport), which may raise another event of the same entry: that one waits until the step is done, as in
 * `machine/transition.ts`. Steps of other entries go on at once: a parent's end is its children's.
 *
 * @since 0.1.0
 */
import * as TaskMachine from "../machine/taskMachine.ts"
import type { Entry, Why } from "./Entry.ts"

export interface EntryStepsOwner {
  readonly perform: (entry: Entry, action: TaskMachine.TaskAction) => void
  /** Ends an entry that is in no step. */
  readonly end: (entry: Entry, why: Why) => void
  /** An observer has thrown. */
  readonly onThrown: (observer: object, cause: unknown) => void
}

/** An event of an entry, or a reason to end it, that came while the entry's actions were performed. */
interface Raised {
  readonly entry: Entry
  readonly event?: TaskMachine.TaskEvent
  readonly why?: Why
}

interface News {
  readonly entry: Entry
  readonly state: TaskMachine.TaskState
  readonly observers: ReadonlyArray<(state: TaskMachine.TaskState) => void>
}

export class EntrySteps {
  private readonly owner: EntryStepsOwner
  private readonly raised: Array<Raised> = []
  /** Changes of observed entries that their observers have not heard of, in order. */
  private readonly news: Array<News> = []
  private isTelling = false

  constructor(owner: EntryStepsOwner) {
    this.owner = owner
  }

  step(entry: Entry, event: TaskMachine.TaskEvent): void {
    if (entry.isInStep) {
      this.raised.push({ entry, event })
      return
    }
    const from = entry.state
    const { actions, next } = TaskMachine.step(from, event)
    entry.state = next
    if (actions.length > 0) this.perform(entry, actions)
    if (entry.observers !== undefined && next !== from) this.tell(entry, next, entry.observers)
    if (this.raised.length > 0) this.takeRaised(entry)
  }

  private perform(entry: Entry, actions: ReadonlyArray<TaskMachine.TaskAction>): void {
    entry.isInStep = true
    try {
      for (const action of actions) this.owner.perform(entry, action)
    } finally {
      entry.isInStep = false
    }
  }

  /** Whether the end of an entry has to wait: how it ends depends on where it is when its step is done. */
  defersEnd(entry: Entry, why: Why): boolean {
    if (!entry.isInStep) return false
    this.raised.push({ entry, why })
    return true
  }

  private takeRaised(entry: Entry): void {
    for (;;) {
      const at = this.raised.findIndex((raised) => raised.entry === entry)
      if (at < 0) return
      const [raised] = this.raised.splice(at, 1)
      // What was raised before it may have settled the entry: nothing counts any more then.
      if (entry.state === "settled") continue
      if (raised!.why !== undefined) this.owner.end(entry, raised!.why)
      else this.step(entry, raised!.event!)
    }
  }

  /** Every observer hears of every change once, in order, also when one of them causes the next. */
  private tell(entry: Entry, state: TaskMachine.TaskState, observers: NonNullable<Entry["observers"]>): void {
    this.news.push({ entry, state, observers: Array.from(observers) })
    if (this.isTelling) return
    this.isTelling = true
    for (let next = this.news.shift(); next !== undefined; next = this.news.shift()) {
      for (const observer of next.observers) {
        if (next.entry.observers?.has(observer) !== true) continue
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
