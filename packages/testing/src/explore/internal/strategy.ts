/**
 * Strategies: ways to look for failing schedules. Each attempt gets an oracle of its own.
 *
 * @since 0.1.0
 */
import type { Below, Oracle } from "../../internal/oracle.ts"
import * as Prng from "../../internal/prng.ts"
import type { RunQueue } from "../../internal/runQueue.ts"
import type { Strand } from "../../internal/strand.ts"
import { type Log, placeOf } from "./log.ts"

/** Knowledge from earlier attempts: the number of decisions in the program. */
export interface Size {
  /** Preemptible operations. */
  readonly operations: number
  /** Turns. */
  readonly steps: number
  readonly strands: number
}

export interface AttemptContext {
  readonly seed: number
  readonly reorder: boolean
  readonly size: Size
}

/** Takes no avoidable decision. The base of all strategies, and the first attempt of each search. */
export const tame: Oracle = {
  pick: () => 0,
  preempt: () => false,
  postpone: () => false,
  draw: () => 0
}

/** Preempting a lone strand changes nothing. */
export const isAlone = (queue: RunQueue, below: Below): boolean => queue.length === 0 && below.isEmpty()

const random = (seed: number) => Prng.make(seed, "schedule")

/** A strategy's draws for the program: faults are rare, so the program can survive one before the next. */
const draws = (prng: Prng.Prng, faults = 0.1): Pick<Oracle, "draw" | "postpone"> => ({
  draw: (kind, n) => {
    if (kind === "fault" && prng.double() >= faults) return 0
    return kind === "fault" ? 1 + Math.floor(prng.double() * (n - 1)) : Math.floor(prng.double() * n)
  },
  postpone: () => prng.double() < 0.5
})

/** Any ready strand runs next; each operation may be the last before another strand runs. */
export const randomly = ({ reorder, seed }: AttemptContext): Oracle => {
  const prng = random(seed)
  // Some attempts leave strands alone for long, others hardly at all: bugs differ in which of them they need.
  const probability = [0.02, 0.1, 0.3][prng.uint32() % 3]!
  return {
    ...draws(prng),
    pick: (queue) => Math.floor(prng.double() * queue.candidates.length),
    preempt: (_, queue, below) => {
      if (isAlone(queue, below) || prng.double() >= probability) return false
      return reorder && below.isEmpty()
        ? queue.candidates[Math.floor(prng.double() * queue.candidates.length)]!.strand
        : true
    }
  }
}

/**
 * PCT (Burckhardt and others, 2010): strands have random ranks, the highest runs, and at `depth - 1` random operations
 * the running one falls below all others. A bug of this depth is found with a probability of at least
 * `1 / (strands · operations^(depth - 1))` in each attempt. A strand giving way by itself falls too, so a polling
 * strand lets others run.
 */
export const pct =
  (depth: number) =>
  ({ seed, size }: AttemptContext): Oracle => {
    const prng = random(seed)
    const changes = new Map<number, number>()
    for (let i = 1; i < depth; i++) changes.set(1 + Math.floor(prng.double() * size.operations), -i)
    let operations = 0
    let floor = -depth
    const rankOf = (strand: Strand): number => (strand.priority ||= 1 + prng.double())
    let known = { changes: -1, falls: -1, best: 0 }
    let falls = 0
    const highest = (queue: RunQueue): number => {
      // Most operations schedule nothing.
      if (known.changes === queue.changes && known.falls === falls) return known.best
      let [best, rank] = [0, -Infinity]
      for (const [index, ready] of queue.candidates.entries()) {
        if (ready.gaveWay) {
          ready.gaveWay = false
          ready.strand.priority = floor--
        }
        const own = rankOf(ready.strand)
        if (own > rank) [best, rank] = [index, own]
      }
      known = { changes: queue.changes, falls, best }
      return best
    }
    return {
      ...draws(prng),
      pick: (queue) => highest(queue),
      preempt: (strand, queue, below) => {
        const fall = changes.get(++operations)
        if (fall !== undefined) {
          strand.priority = fall
          falls++
        }
        if (!below.isEmpty() && below.strands().some((other) => rankOf(other) > rankOf(strand))) return true
        if (queue.candidates.length === 0) return false
        const other = queue.candidates[highest(queue)]!.strand
        return rankOf(other) > rankOf(strand) ? other : false
      }
    }
  }

/** In order, but for `delays` operations, drawn at random, at which the running strand goes to the end of the line. */
export const delayBounded =
  (delays: number) =>
  ({ seed, size }: AttemptContext): Oracle => {
    const prng = random(seed)
    const at = new Set<number>()
    // Turns are operations too: a stopped strand may be passed over.
    const places = size.operations + size.steps
    for (let i = 0; i < delays; i++) at.add(1 + Math.floor(prng.double() * places))
    let operations = 0
    const isDelayed = () => at.has(++operations)
    return {
      ...draws(prng),
      pick: (queue) => (isDelayed() && queue.candidates.length > 1 ? 1 : 0),
      preempt: (_, queue, below) => isDelayed() && !isAlone(queue, below)
    }
  }

/** The decisions of a log; the tame answers elsewhere. */
export const scripted = ({ entries }: Pick<Log, "entries">): Oracle => {
  const decisions = new Map(entries.map((entry) => [placeOf(entry), entry]))
  return {
    pick: (queue, after) => {
      const entry = decisions.get(`Switch${after.id}@${after.at}`)
      if (entry?._tag !== "Switch") return 0
      return Math.max(
        0,
        queue.candidates.findIndex(({ strand }) => strand.id === entry.to)
      )
    },
    preempt: (strand, queue, below) => {
      const entry = decisions.get(`Preempt${strand.id}@${strand.at}`)
      if (entry?._tag !== "Preempt" || isAlone(queue, below)) return false
      return queue.candidates.find((ready) => ready.strand.id === entry.to)?.strand ?? true
    },
    postpone: (strand) => decisions.has(`Postpone${strand.id}@${strand.at}`),
    draw: (kind, n, strand) => {
      const entry = decisions.get(`${kind}${strand.id}@${strand.draws[kind]}`)
      return entry?._tag === "Draw" ? Math.min(entry.value, n - 1) : 0
    }
  }
}
