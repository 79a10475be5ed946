/**
 * The restart policy as a value: what happens to a child that ended, to its siblings, and to its supervisor. Pure
 * functions of plain data decide by (type, reason, strategy, budget) alone. Times are milliseconds from any origin.
 *
 * The tables are data, and `docs/supervision.md` prints them.
 *
 * @since 0.1.0
 */

/** How a child that ended is treated. Temporary children also leave when a sibling's restart ends them. */
export const restartTypes = ["permanent", "transient", "temporary"] as const

/**
 * Why a child ended by itself.
 *
 * - `normal`: the Effect succeeded.
 * - `shutdown`: someone other than the supervisor interrupted the child.
 * - `crash`: the Effect or a finalizer failed or died.
 * - `startFailed`: the child ended before its start had succeeded, in a restart.
 */
export const endReasons = ["normal", "shutdown", "crash", "startFailed"] as const

export const strategies = ["oneForOne", "oneForAll", "restForOne", "simpleOneForOne"] as const

export type RestartType = (typeof restartTypes)[number]
export type EndReason = (typeof endReasons)[number]
export type Strategy = (typeof strategies)[number]
export type AutoShutdown = "never" | "any" | "all"

/**
 * - `restart`: start the child again if the budget allows; otherwise the supervisor gives up.
 * - `keep`: leave the child ended and keep the specification, so that a caller can start the child by hand.
 * - `drop`: leave the child ended and forget the specification.
 */
export type Verdict = "restart" | "keep" | "drop"

export const verdicts: { readonly [T in RestartType]: { readonly [R in EndReason]: Verdict } } = {
  permanent: { normal: "restart", shutdown: "restart", crash: "restart", startFailed: "restart" },
  transient: { normal: "keep", shutdown: "keep", crash: "restart", startFailed: "restart" },
  temporary: { normal: "drop", shutdown: "drop", crash: "drop", startFailed: "drop" }
}

/**
 * Which children a restart ends and starts again, relative to the child that ended. Children stand in the order of
 * their start.
 */
export const replaced: { readonly [S in Strategy]: "it" | "all" | "it and later ones" } = {
  oneForOne: "it",
  oneForAll: "all",
  restForOne: "it and later ones",
  simpleOneForOne: "it"
}

/** Returns the half-open range of children replaced by a restart of the child at `index`. */
export const range = (
  strategy: Strategy,
  index: number,
  count: number
): readonly [from: number, to: number] => {
  switch (replaced[strategy]) {
    case "it":
      return [index, index + 1]
    case "it and later ones":
      return [index, count]
    case "all":
      return [0, count]
  }
}

/** How many restarts are allowed within `period` milliseconds, and the times of the restarts still counted. */
export interface Budget {
  readonly intensity: number
  readonly period: number
  /** Invariant: ascending; no entry was older than `period` at the last `spend`. */
  readonly spent: ReadonlyArray<number>
}

export const budget = (intensity: number, period: number): Budget => ({ intensity, period, spent: [] })

/** Forgets restarts older than `period`. As in OTP, a restart exactly `period` old still counts. */
export const refresh = (self: Budget, now: number): Budget => ({
  ...self,
  spent: self.spent.filter((at) => now - at <= self.period)
})

/** Counts one restart. `isExceeded` is true for more than `intensity` restarts within `period`. */
export const spend = (
  self: Budget,
  now: number
): { readonly budget: Budget; readonly isExceeded: boolean } => {
  const fresh = refresh(self, now)
  const next = { ...fresh, spent: [...fresh.spent, now] }
  return { budget: next, isExceeded: next.spent.length > self.intensity }
}

/** The supervisor's reaction to a child that ended. */
export type Decision =
  | {
      readonly _tag: "Restart"
      readonly from: number
      readonly to: number
      readonly budget: Budget
    }
  | { readonly _tag: "GiveUp"; readonly budget: Budget }
  | { readonly _tag: "Keep" }
  | { readonly _tag: "Drop" }

export interface Ended {
  readonly type: RestartType
  readonly reason: EndReason
  readonly strategy: Strategy
  readonly budget: Budget
  readonly now: number
  /** The child's position, and the number of children. */
  readonly index: number
  readonly count: number
}

/** Decides: type and reason first, then the budget, then the strategy. */
export const decide = (ended: Ended): Decision => {
  const verdict = verdicts[ended.type][ended.reason]
  if (verdict === "drop") return { _tag: "Drop" }
  // A dynamic child is specified by its supervisor's template, so there is no specification to keep.
  if (verdict === "keep") return { _tag: ended.strategy === "simpleOneForOne" ? "Drop" : "Keep" }
  const { budget: next, isExceeded } = spend(ended.budget, ended.now)
  if (isExceeded) return { _tag: "GiveUp", budget: next }
  const [from, to] = range(ended.strategy, ended.index, ended.count)
  return { _tag: "Restart", from, to, budget: next }
}

/** The facts about a child that auto-shutdown reads. */
export interface Significance {
  readonly significant: boolean
  /** Whether the child runs, or is going to run again. */
  readonly isAlive: boolean
}

/** Returns whether the supervisor ends because `child` ended for good; `others` are the siblings. */
export const endsSupervisor = (
  autoShutdown: AutoShutdown,
  child: Pick<Significance, "significant">,
  others: ReadonlyArray<Significance>
): boolean => {
  if (!child.significant || autoShutdown === "never") return false
  return autoShutdown === "any" || !others.some((other) => other.significant && other.isAlive)
}

/** A back-off in plain numbers, for owners without a `Schedule`. Times in milliseconds. */
export interface Backoff {
  readonly base: number
  readonly factor: number
  readonly cap: number
  /** 0.2 makes a delay up to a fifth shorter or longer. */
  readonly jitter: number
}

/**
 * Returns the delay before restart number `n`, counted from 1. The first restart has no delay. `random` is a number in
 * [0, 1).
 */
export const delayOf = (self: Backoff, n: number, random: number): number =>
  n <= 1
    ? 0
    : Math.min(self.cap, self.base * self.factor ** (n - 2)) * (1 - self.jitter + 2 * self.jitter * random)
