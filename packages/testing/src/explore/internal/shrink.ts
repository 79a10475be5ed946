/**
 * Makes a failing log smaller while the run fails in the same way: first faults, then commands, then the
 * order, then durations. The rest is essential to the failure.
 *
 * @since 0.1.0
 */
import { type Attempt, attempt, type Problem, type Program } from "./attempt.ts"
import { Exhaustive } from "./exhaustive.ts"
import type { Oracle } from "../../internal/oracle.ts"
import type { Entry, Log } from "./log.ts"
import { scripted } from "./strategy.ts"

type Phase = (entry: Entry) => boolean

const isOrder: Phase = (entry) => entry._tag === "Preempt" || entry._tag === "Switch"

const phases: ReadonlyArray<Phase> = [
  (entry) => entry._tag === "Draw" && entry.kind === "fault",
  (entry) => entry._tag === "Draw" && entry.kind === "command",
  isOrder,
  (entry) => entry._tag === "Postpone" || (entry._tag === "Draw" && entry.kind === "delay")
]

/** Turns of all runs together: a failure of a hundred thousand turns is not run two thousand times. */
const mostTurns = 5_000_000

export const shrink = <A, E>(
  program: Program<A, E>,
  failing: Attempt & { readonly problem: Problem },
  budget: number
): Attempt => {
  let best: Attempt = failing
  let [runs, turns] = [0, 0]
  const isSpent = () => runs >= budget || turns >= mostTurns
  const run = (log: Log, oracle: Oracle): Attempt | undefined => {
    runs++
    const found = attempt(program, { ...log, oracle })
    turns += found.steps
    return found.problem?.fingerprint === failing.problem.fingerprint ? found : undefined
  }
  /** Keeps the effective part of a log with the same failure. */
  const accept = (entries: ReadonlyArray<Entry>): boolean => {
    if (isSpent()) return false
    const log: Log = { ...best.log, entries }
    const found = run(log, scripted(log))
    if (found === undefined || weigh(found.log) >= weigh(best.log)) return false
    best = found
    return true
  }
  let before: number
  do {
    before = weigh(best.log)
    for (const phase of phases) {
      removeChunks(() => best.log.entries, phase, accept)
      lowerDraws(() => best.log.entries, phase, accept)
      moveFaults(() => best.log.entries, phase, accept)
    }
  } while (weigh(best.log) < before && !isSpent())
  // A random schedule switches at places near the limit of the bug. Among all schedules with fewer decisions between the
  // remaining strands there may be one with the same failure. The first one found has the fewest.
  const plainer = plainerThan(best.log)
  for (let oracle = plainer?.take(); oracle !== undefined && !isSpent(); oracle = plainer!.take()) {
    const found = run(best.log, oracle)
    if (found !== undefined && found.log.entries.length < best.log.entries.length) return found
  }
  return best
}

const plainerThan = ({ entries }: Log): Exhaustive | undefined => {
  const order = entries.filter(isOrder)
  if (order.length < 2) return undefined
  const kept = entries.filter((entry) => !isOrder(entry))
  const strands = order.flatMap((entry) => [entry.strand, ...("to" in entry && entry.to ? [entry.to] : [])])
  return new Exhaustive(order.length - 1, { kept, strands: new Set(strands) })
}

/** Fewer decisions are better, then smaller draws. */
const weigh = ({ entries }: Log): number =>
  entries.reduce(
    (sum, entry) => sum + 1_000_000 + (entry._tag === "Draw" ? Math.min(entry.value, 999) : 0),
    0
  )

type Accept = (entries: ReadonlyArray<Entry>) => boolean
type Current = () => ReadonlyArray<Entry>

/** Takes out halves, quarters, … single entries of a kind, the last ones first. */
const removeChunks = (current: Current, phase: Phase, accept: Accept): void => {
  const indices = () => current().flatMap((entry, index) => (phase(entry) ? [index] : []))
  for (let size = indices().length; size >= 1; size = Math.floor(size / 2)) {
    for (let end = indices().length; end > 0; end -= size) {
      const mine = indices()
      // A success may have taken out more than was asked for.
      const last = Math.min(end, mine.length)
      const out = new Set(mine.slice(Math.max(0, last - size), last))
      if (out.size > 0) accept(current().filter((_, index) => !out.has(index)))
    }
  }
}

const lowerDraws = (current: Current, phase: Phase, accept: Accept): void => {
  for (let index = 0; index < current().length; index++) {
    const entry = current()[index]!
    if (!phase(entry) || entry._tag !== "Draw") continue
    const lower = (value: number) =>
      accept(current().map((other, i) => (i === index ? { ...entry, value } : other)))
    let [low, high] = [0, entry.value]
    while (high - low > 1 && current()[index] !== undefined) {
      const middle = (low + high) >> 1
      if (lower(middle)) high = middle
      else low = middle
    }
  }
}

/** How many earlier places a fault is tried at. */
const earlier = 10

/** A late fault, after many draws, may do the same harm early, without all the draws. */
const moveFaults = (current: Current, phase: Phase, accept: Accept): void => {
  for (let index = 0; index < current().length; index++) {
    const entry = current()[index]!
    if (!phase(entry) || entry._tag !== "Draw" || entry.kind !== "fault") continue
    const rest = current().filter((other) => other !== entry)
    const bare = rest.filter((other) => other._tag !== "Draw" || other.strand !== entry.strand)
    for (let at = 0; at < Math.min(entry.at, earlier); at++) {
      if (accept([...bare, { ...entry, at }]) || accept([...rest, { ...entry, at }])) break
    }
  }
}
