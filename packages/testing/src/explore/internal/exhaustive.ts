/**
 * Every schedule of a tiny program, once, in order of the number of decisions.
 *
 * A run following a log, tame after the log's end, shows every place with an alternative. Each place
 * after the last entry makes a longer log. So each schedule is reached in one way alone, and after the last log
 * all schedules were run.
 *
 * @since 0.1.0
 */
import type { Oracle } from "../../internal/oracle.ts"
import type { RunQueue } from "../../internal/runQueue.ts"
import type { Strand } from "../../internal/strand.ts"
import type { Entry } from "./log.ts"
import { isAlone, scripted } from "./strategy.ts"

/** Logs of one length. Programs with more logs are not tiny. */
const widest = 50_000

/** A part of all schedules: keeps some decisions, and switches only between some strands. */
export interface Scope {
  readonly kept: ReadonlyArray<Entry>
  readonly strands: ReadonlySet<string>
}

export class Exhaustive {
  /** Logs to run, with logs of equal length side by side. */
  private frontier: Array<ReadonlyArray<Entry>> = [[]]
  private next: Array<ReadonlyArray<Entry>> = []
  private readonly bound: number
  private readonly scope: Scope | undefined
  private position = 0
  /** Invariant: every schedule with fewer decisions than this was run. */
  decisions = 0
  /** Schedules with more decisions than the bound were left out. */
  private isCut = false
  /** There were more schedules than can be kept in mind: not all of them will be run. */
  private isOverfull = false

  constructor(bound: number, scope?: Scope) {
    this.bound = bound
    this.scope = scope
  }

  /** `all`: every schedule was run. `bounded`: every one up to the bound. */
  get coverage(): "all" | "bounded" | "partial" {
    if (this.isOverfull || this.position < this.frontier.length || this.next.length > 0) return "partial"
    return this.isCut ? "bounded" : "all"
  }

  /** The next schedule; adds its successors while running. `undefined`: none is left. */
  take(): Oracle | undefined {
    if (this.position === this.frontier.length) {
      if (this.next.length === 0) return undefined
      this.frontier = this.next
      this.next = []
      this.position = 0
      this.decisions++
    }
    const entries = this.frontier[this.position++]!
    return this.extending(entries)
  }

  private extending(entries: ReadonlyArray<Entry>): Oracle {
    const { scope } = this
    const script = scripted({ entries: [...(scope?.kept ?? []), ...entries] })
    let taken = 0
    const isOffering = () => taken >= entries.length && !this.isOverfull
    const offer = (entry: Entry) => {
      if (!isOffering()) return
      if (scope !== undefined && !isWithin(scope, entry)) return
      if (entries.length >= this.bound) this.isCut = true
      else if (this.next.length >= widest) this.isOverfull = true
      else this.next.push([...entries, entry])
    }
    const place = ({ at, id }: Strand) => ({ strand: id, at })
    const all = (queue: RunQueue) => new Set(queue.candidates.map(({ strand }) => strand.id))
    const others = (queue: RunQueue) => {
      const ids = all(queue)
      ids.delete(queue.candidates[0]!.strand.id)
      return ids
    }
    return {
      pick: (queue, after) => {
        if (isOffering()) {
          for (const to of others(queue)) offer({ _tag: "Switch", ...place(after), to })
        }
        const choice = script.pick(queue, after)
        if (choice !== 0) taken++
        return choice
      },
      preempt: (strand, queue, below) => {
        if (isAlone(queue, below)) return false
        if (isOffering()) {
          // The strands below run first in any case; the decision about the next strand follows after their stop.
          const targets = queue.reorder && below.isEmpty() ? all(queue) : [undefined]
          for (const to of targets) offer({ _tag: "Preempt", ...place(strand), to })
        }
        const choice = script.preempt(strand, queue, below)
        if (choice !== false) taken++
        return choice
      },
      postpone: (strand) => {
        offer({ _tag: "Postpone", ...place(strand) })
        const choice = script.postpone(strand)
        if (choice && scope === undefined) taken++
        return choice
      },
      draw: (kind, n, strand) => {
        for (let value = 1; value < n; value++) {
          offer({ _tag: "Draw", strand: strand.id, at: strand.draws[kind], kind, value })
        }
        const choice = script.draw(kind, n, strand)
        if (choice !== 0 && scope === undefined) taken++
        return choice
      }
    }
  }
}

const isWithin = ({ strands }: Scope, entry: Entry): boolean => {
  if (entry._tag !== "Preempt" && entry._tag !== "Switch") return false
  return strands.has(entry.strand) && (entry.to === undefined || strands.has(entry.to))
}
