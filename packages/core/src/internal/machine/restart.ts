/**
 * Restart as a value: what happens to a child that ended, to its siblings, and to its supervisor. Decided by (type,
 * reason, strategy, budget) alone, by pure functions of plain data; times are numbers of milliseconds from any origin.
 *
 * The tables are data, and `docs/supervision.md` prints them.
 *
 * @since 0.1.0
 */

/** What is done with a child that ended. Temporary children also leave when their siblings' restart ends them. */
export const restartTypes = ["permanent", "transient", "temporary"] as const

/**
 * How a child ended, of itself.
 *
 * - `normal`: its Effect succeeded.
 * - `shutdown`: it was interrupted, by someone other than its supervisor.
 * - `crash`: it failed or died, or one of its finalizers did.
 * - `startFailed`: it ended before it had started, in a restart.
 */
export const endReasons = ["normal", "shutdown", "crash", "startFailed"] as const

export const strategies = ["oneForOne", "oneForAll", "restForOne", "simpleOneForOne"] as const

export type RestartType = (typeof restartTypes)[number]
export type EndReason = (typeof endReasons)[number]
export type Strategy = (typeof strategies)[number]
export type AutoShutdown = "never" | "any" | "all"

/**
 * - `restart`: it is started again, if the budget allows; else the supervisor gives up.
 * - `keep`: it stays ended, its specification stays: it can be started again by hand.
 * - `drop`: it stays ended, and its specification goes.
 */
export type Verdict = "restart" | "keep" | "drop"

export const verdicts: { readonly [T in RestartType]: { readonly [R in EndReason]: Verdict } } = {
  permanent: { normal: "restart", shutdown: "restart", crash: "restart", startFailed: "restart" },
  transient: { normal: "keep", shutdown: "keep", crash: "restart", startFailed: "restart" },
  temporary: { normal: "drop", shutdown: "drop", crash: "drop", startFailed: "drop" }
}

/** Which children a restart ends and starts again, of those in the order of their start. */
export const replaced: { readonly [S in Strategy]: "it" | "all" | "it and later ones" } = {
  oneForOne: "it",
  oneForAll: "all",
  restForOne: "it and later ones",
  simpleOneForOne: "it"
}

/** The half-open range of children that a restart of the one at `index` replaces. */
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

/** How many restarts are allowed within how many milliseconds, and when those were that still count. */
export interface Budget {
  readonly intensity: number
  readonly period: number
  /** Invariant: ascending, and none is older than `period` at the last `spend`. */
  readonly spent: ReadonlyArray<number>
}

export const budget = (intensity: number, period: number): Budget => ({ intensity, period, spent: [] })

/** Forgets restarts that no longer count. One that is exactly `period` old still does, as in OTP. */
export const refresh = (self: Budget, now: number): Budget => ({
  ...self,
  spent: self.spent.filter((at) => now - at <= self.period)
})

/** Counts one restart; `isExceeded` when it is one more than `intensity` within `period`. */
export const spend = (
  self: Budget,
  now: number
): { readonly budget: Budget; readonly isExceeded: boolean } => {
  const fresh = refresh(self, now)
  const next = { ...fresh, spent: [...fresh.spent, now] }
  return { budget: next, isExceeded: next.spent.length > self.intensity }
}

/** What a supervisor does about a child that ended. */
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
  /** The place of the child, and how many children there are. */
  readonly index: number
  readonly count: number
}

/** The whole decision: type and reason first, then the budget, then the strategy. */
export const decide = (ended: Ended): Decision => {
  const verdict = verdicts[ended.type][ended.reason]
  if (verdict === "drop") return { _tag: "Drop" }
  // A dynamic child's specification is its supervisor's template: there is nothing to keep.
  if (verdict === "keep") return { _tag: ended.strategy === "simpleOneForOne" ? "Drop" : "Keep" }
  const { budget: next, isExceeded } = spend(ended.budget, ended.now)
  if (isExceeded) return { _tag: "GiveUp", budget: next }
  const [from, to] = range(ended.strategy, ended.index, ended.count)
  return { _tag: "Restart", from, to, budget: next }
}

/** What auto-shutdown reads of a child. */
export interface Significance {
  readonly significant: boolean
  /** It runs, or is to run again. */
  readonly isAlive: boolean
}

/** Whether the supervisor ends because `child` ended for good; `others` are its siblings. */
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
  /** 0.2 for a delay that is up to a fifth shorter or longer. */
  readonly jitter: number
}

/** The delay before restart number `n`, from 1: none before the first; `random` is a number in [0, 1). */
export const delayOf = (self: Backoff, n: number, random: number): number =>
  n <= 1
    ? 0
    : Math.min(self.cap, self.base * self.factor ** (n - 2)) * (1 - self.jitter + 2 * self.jitter * random)
