/**
 * Runs schedules until one fails, all have run, or the budget is spent.
 *
 * @since 0.1.0
 */
import { realTurn } from "../../internal/realTurn.ts"
import { type Attempt, attempt, attemptWithReality, type Problem, type Program } from "./attempt.ts"
import { Exhaustive } from "./exhaustive.ts"
import type { Log } from "./log.ts"
import { type AttemptContext, delayBounded, pct, randomly, scripted, type Size, tame } from "./strategy.ts"
import type { Oracle } from "../../internal/oracle.ts"

export type Strategy =
  | { readonly _tag: "Random" }
  | { readonly _tag: "Pct"; readonly depth: number }
  | { readonly _tag: "DelayBounded"; readonly delays: number }
  | { readonly _tag: "Exhaustive"; readonly decisions: number }

export interface SearchOptions {
  readonly strategies: ReadonlyArray<Strategy>
  readonly realism: Log["realism"]
  readonly seed: number
  readonly schedules: number
  /** Real milliseconds. */
  readonly millis: number
  /** Each n-th schedule is run twice. */
  readonly verifyEvery: number
}

export interface Used {
  readonly strategy: Strategy
  readonly schedules: number
}

export interface SearchResult {
  readonly schedules: number
  readonly used: ReadonlyArray<Used>
  readonly size: Size
  /** Of an exhaustive search, if any. */
  readonly coverage: "all" | "bounded" | "partial"
  readonly decisions: number
  readonly millis: number
  readonly failing:
    | { readonly attempt: Attempt & { readonly problem: Problem }; readonly strategy: Strategy | undefined }
    | undefined
}

const oracleOf = (
  strategy: Exclude<Strategy, { readonly _tag: "Exhaustive" }>,
  context: AttemptContext
): Oracle => {
  switch (strategy._tag) {
    case "Random":
      return randomly(context)
    case "Pct":
      return pct(strategy.depth)(context)
    case "DelayBounded":
      return delayBounded(strategy.delays)(context)
  }
}

/** Real milliseconds between two turns of the event loop. */
const turnEvery = 100

export const search = async <A, E>(program: Program<A, E>, options: SearchOptions): Promise<SearchResult> => {
  const { realism, schedules, seed, strategies } = options
  const reorder = realism === "adversarial"
  const start = performance.now()
  const counts = strategies.map(() => 0)
  const exhaustives = strategies.map((strategy) =>
    strategy._tag === "Exhaustive" ? new Exhaustive(strategy.decisions) : undefined
  )
  let size: Size = { operations: 1, steps: 1, strands: 1 }
  let count = 0
  let lastTurn = start
  const elapsed = () => performance.now() - start

  const finish = (failing: SearchResult["failing"]): SearchResult => {
    const exhaustive = exhaustives.find((one) => one !== undefined)
    return {
      schedules: count,
      used: strategies.map((strategy, index) => ({ strategy, schedules: counts[index]! })),
      size,
      coverage:
        exhaustives.map((one) => one?.coverage ?? "partial").find((one) => one !== "partial") ?? "partial",
      decisions: exhaustive?.decisions ?? 0,
      millis: elapsed(),
      failing
    }
  }

  /** Runs one schedule. Returns a failing attempt. */
  const run = async (
    oracle: Oracle,
    runSeed: number
  ): Promise<(Attempt & { problem: Problem }) | undefined> => {
    count++
    const found = attempt(program, { oracle, seed: runSeed, realism })
    size = {
      operations: Math.max(size.operations, found.operations),
      steps: Math.max(size.steps, found.steps),
      strands: Math.max(size.strands, found.strands)
    }
    const verified = await verify(
      program,
      found,
      found.problem !== undefined || (count - 1) % options.verifyEvery === 0
    )
    return verified.problem === undefined ? undefined : (verified as Attempt & { problem: Problem })
  }

  const first = await run(tame, seed)
  if (first !== undefined) return finish({ attempt: first, strategy: undefined })
  for (let index = 0; count < schedules && elapsed() < options.millis; index++) {
    const at = index % strategies.length
    const strategy = strategies[at]!
    // Every schedule has a number of its own, and with the number its own random numbers.
    const runSeed = seed + index + 1
    const exhaustive = exhaustives[at]
    const oracle =
      strategy._tag === "Exhaustive"
        ? exhaustive!.take()
        : oracleOf(strategy, { seed: runSeed, reorder, size })
    if (oracle === undefined) {
      if (exhaustive?.coverage === "all" || exhaustives.every((one) => one !== undefined)) break
      continue
    }
    counts[at]!++
    const found = await run(oracle, strategy._tag === "Exhaustive" ? seed : runSeed)
    if (found !== undefined) return finish({ attempt: found, strategy })
    if (performance.now() - lastTurn > turnEvery) {
      await realTurn(0)
      lastTurn = performance.now()
    }
  }
  return finish(undefined)
}

/** A schedule run twice must have one history; and a wait for the real world is not a deadlock. */
const verify = async <A, E>(program: Program<A, E>, found: Attempt, isDue: boolean): Promise<Attempt> => {
  if (found.problem?.kind === "Deadlock") {
    const again = await attemptWithReality(program, { ...found.log, oracle: scripted(found.log) })
    if (again.problem?.kind === "Uncontrolled") return again
  }
  if (!isDue) return found
  const again = attempt(program, { ...found.log, oracle: scripted(found.log) })
  if (again.hash === found.hash && again.problem?.fingerprint === found.problem?.fingerprint) return found
  const cause = new Error(
    "one schedule had two histories: the program uses something that is not controlled (Date, Math.random, state that outlives a run)"
  )
  return { ...found, problem: { kind: "Uncontrolled", cause, fingerprint: "Uncontrolled" } }
}
