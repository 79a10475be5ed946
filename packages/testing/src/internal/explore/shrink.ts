/**
 * Makes a failing log smaller while it fails in the same way: first what goes wrong, then what the program does, then the
 * order, then how long things take. What is left is what the failure needs.
 *
 * @since 0.1.0
 */
import { type Attempt, attempt, type Problem, type Program } from "./attempt.ts"
import { Exhaustive } from "./exhaustive.ts"
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

export interface Shrunk {
  readonly attempt: Attempt
  readonly runs: number
}

export const shrink = <A, E>(
  program: Program<A, E>,
  failing: Attempt & { readonly problem: Problem },
  budget: number
): Shrunk => {
  let best: Attempt = failing
  let runs = 0
  /** Keeps a log that fails likewise, as far as it took effect. */
  const accept = (entries: ReadonlyArray<Entry>): boolean => {
    if (runs >= budget) return false
    runs++
    const log: Log = { ...best.log, entries }
    const found = attempt(program, { ...log, oracle: scripted(log) })
    if (found.problem?.fingerprint !== failing.problem.fingerprint) return false
    if (weigh(found.log) >= weigh(best.log)) return false
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
    mergeSwitches(() => best.log.entries, accept)
  } while (weigh(best.log) < before && runs < budget)
  const plainest = searchPlainer(program, best, failing.problem, budget - runs)
  if (plainest !== undefined) return { attempt: plainest, runs: budget }
  return { attempt: best, runs }
}

/**
 * A random schedule switches at places that only just do. Among all schedules with fewer decisions, between the strands
 * that matter, there may be one that fails likewise: the first that is found has the fewest.
 */
const searchPlainer = <A, E>(
  program: Program<A, E>,
  { log }: Attempt,
  problem: Problem,
  budget: number
): Attempt | undefined => {
  const order = log.entries.filter(isOrder)
  const kept = log.entries.filter((entry) => !isOrder(entry))
  const strands = new Set(
    order.flatMap((entry) => [entry.strand, ...("to" in entry && entry.to ? [entry.to] : [])])
  )
  const plainer = new Exhaustive(order.length - 1, { kept, strands })
  for (let runs = 0; runs < budget && order.length > 1; runs++) {
    const oracle = plainer.take()
    if (oracle === undefined) return undefined
    const found = attempt(program, { ...log, oracle })
    const isSame = found.problem?.fingerprint === problem.fingerprint
    if (isSame && found.log.entries.length < log.entries.length) return found
  }
  return undefined
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

/** What goes wrong late, after much was drawn, may go wrong early, without all that. */
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

/** Two decisions that only one after the other are too much may do as one: the second one's strand runs at the first. */
const mergeSwitches = (current: Current, accept: Accept): void => {
  for (let index = 0; index + 1 < current().length; index++) {
    const [first, second] = [current()[index]!, current()[index + 1]!]
    if (first._tag !== "Preempt" && first._tag !== "Switch") continue
    if ((second._tag !== "Preempt" && second._tag !== "Switch") || second.to === undefined) continue
    const merged = { ...first, to: second.to }
    accept(current().flatMap((entry, i) => (i === index ? [merged] : i === index + 1 ? [] : [entry])))
  }
}
