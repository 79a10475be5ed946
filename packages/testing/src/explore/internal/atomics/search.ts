/**
 * Visits every reachable state of the threads once, however many interleavings lead there.
 *
 * States form no cycle, since each move adds to a thread's history. So the interleavings below a state are the sum of
 * the interleavings below its successors, and all are counted without running each.
 *
 * @since 0.1.0
 */
import { apply, isOverall, keyOf, type Move, moves, pendingOf, type Rules, type State } from "./state.ts"

export interface Limits {
  readonly maxStates: number
  /** Operations of one thread. */
  readonly maxSteps: number
}

/** The problem of a state; `undefined`: none. */
export type Judge = (state: State, isEnd: boolean) => unknown

export interface Found {
  readonly path: ReadonlyArray<Move>
  readonly cause: unknown
}

export interface Search {
  readonly states: number
  readonly interleavings: bigint
  /** Operations of the longest interleaving. */
  readonly longest: number
  /** States in which a thread had reached `maxSteps`, where the search went no further. */
  readonly cut: number
  readonly isExhaustive: boolean
  readonly found: Found | undefined
}

/** Nothing can happen, and some thread has not ended. */
class Deadlock extends Error {
  override readonly name = "Deadlock"
}

const causeOf = (state: State, rules: Rules, judge: Judge): unknown => {
  for (const { local, status } of state.threads) {
    if (status === "threw" && local.next._tag === "Threw") return local.next.error ?? new Error("undefined")
  }
  const isEnd = isOverall(state)
  if (!isEnd && moves(state, rules).length === 0) return new Deadlock("no thread can go on")
  return judge(state, isEnd)
}

const isSpent = (state: State, move: Move, limits: Limits): boolean =>
  move.how !== "stop" && state.threads[move.thread]!.local.steps >= limits.maxSteps

export const search = (from: State, rules: Rules, judge: Judge, limits: Limits): Search => {
  const below = new Map<string, { readonly interleavings: bigint; readonly longest: number }>()
  const path: Array<Move> = []
  let found: Found | undefined
  let cut = 0
  let states = 0
  let isFull = false
  const visit = (state: State): { readonly interleavings: bigint; readonly longest: number } => {
    const key = keyOf(state)
    const known = below.get(key)
    if (known !== undefined) return known
    if (states >= limits.maxStates) {
      isFull = true
      return { interleavings: 0n, longest: 0 }
    }
    states++
    const cause = causeOf(state, rules, judge)
    if (cause !== undefined) found = { path: [...path], cause }
    let [interleavings, longest] = [0n, 0]
    for (const move of found === undefined ? moves(state, rules) : []) {
      if (isSpent(state, move, limits)) {
        cut++
        continue
      }
      path.push(move)
      const next = visit(apply(state, move, rules).state)
      path.pop()
      interleavings += next.interleavings
      longest = Math.max(longest, next.longest + 1)
      if (found !== undefined || isFull) break
    }
    const result = { interleavings: longest === 0 ? 1n : interleavings, longest }
    below.set(key, result)
    return result
  }
  const all = visit(from)
  const isExhaustive = found === undefined && !isFull && cut === 0
  return { states, ...all, cut, isExhaustive, found }
}

/** The failing interleaving with the fewest switches between threads; among equals, the shortest. */
export const simplest = (from: State, rules: Rules, judge: Judge, limits: Limits): Found | undefined => {
  interface Node {
    readonly state: State
    readonly last: number
    readonly move: Move | undefined
    readonly before: Node | undefined
  }
  const pathTo = (node: Node): Array<Move> => {
    const path: Array<Move> = []
    for (let at: Node | undefined = node; at?.move !== undefined; at = at.before) path.unshift(at.move)
    return path
  }
  const seen = new Set<string>()
  let level: Array<Node> = [{ state: from, last: -1, move: undefined, before: undefined }]
  while (level.length > 0 && seen.size < limits.maxStates) {
    const switched: Array<Node> = []
    // Grows during the loop: first in, first out.
    for (const node of level) {
      const key = `${node.last}|${keyOf(node.state)}`
      if (seen.has(key)) continue
      seen.add(key)
      const cause = causeOf(node.state, rules, judge)
      if (cause !== undefined) return { path: pathTo(node), cause }
      for (const move of moves(node.state, rules)) {
        if (isSpent(node.state, move, limits)) continue
        const { state } = apply(node.state, move, rules)
        const next = { state, last: move.thread, move, before: node }
        if (node.last === move.thread || node.last === -1) level.push(next)
        else switched.push(next)
      }
    }
    level = switched
  }
  return undefined
}

/** One performed step of an interleaving. */
export interface Step {
  readonly move: Move
  readonly operation: ReturnType<typeof pendingOf>
  readonly answer: unknown
}

export interface Walk {
  readonly steps: ReadonlyArray<Step>
  readonly state: State
  readonly cause: unknown
}

/** Follows an interleaving until a failure or the end; `undefined`: some move is impossible. */
export const walk = (
  from: State,
  rules: Rules,
  judge: Judge,
  path: ReadonlyArray<Move>
): Walk | undefined => {
  const steps: Array<Step> = []
  let state = from
  let cause = causeOf(state, rules, judge)
  for (const move of path) {
    if (cause !== undefined) break
    if (!moves(state, rules).some(({ how, thread }) => how === move.how && thread === move.thread))
      return undefined
    const operation = pendingOf(state.threads[move.thread]!)
    const next = apply(state, move, rules)
    steps.push({ move, operation, answer: next.answer })
    state = next.state
    cause = causeOf(state, rules, judge)
  }
  return { steps, state, cause }
}
