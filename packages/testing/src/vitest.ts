/**
 * `it.explore`: {@link Explore} as a test of vitest; `requireReached` and `requireCoverage`: the required moments and faults of
 * a suite. Only this module of the package needs vitest.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import { afterAll, it as vitestIt, type RunnerTestSuite, type TestAPI } from "vitest"
import type { Coverage } from "./simulation/Coverage.ts"
import * as Explore from "./explore/Explore.ts"
import type { Sometimes } from "./explore/Sometimes.ts"

/**
 * The options of `Explore`, and `timeout`: vitest's limit for the test, shrinking included. Default: the budget and half a
 * minute; without a budget, one minute.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<A, E> extends Explore.Options<A, E> {
  readonly timeout?: Duration.Input | undefined
}

/**
 * Registers a test over the schedules of a program.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExploreTest {
  <A, E>(name: string, program: Effect.Effect<A, E>, options?: Options<A, E>): void
}

/**
 * `skip` and `only` are vitest's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface ExploreAPI extends ExploreTest {
  readonly skip: ExploreTest
  readonly only: ExploreTest
}

type Register = (name: string, test: () => Promise<void>, timeout: number) => void

const exploring =
  (register: Register): ExploreTest =>
  (name, program, options = {}) => {
    // The reporter shows the frame of the test, not of this file.
    const registered = new Error("registered here")
    const { timeout, ...rest } = withBudget(options)
    register(
      name,
      async () => {
        const { failure } = await Explore.run(program, rest)
        if (failure !== undefined) throw toError(failure, registered)
      },
      timeoutOf(timeout, rest.budget)
    )
  }

const toError = (failure: Explore.Failure, registered: Error): Error =>
  placed(new Explore.ScheduleFailed({ failure, cause: failure.cause }), registered)

const placed = (error: Error, registered: Error): Error => {
  const frames = (registered.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at "))
  const own = frames.findIndex((line) => !/[\\/]vitest\.(?:ts|js):/.test(line))
  error.stack = `${error.name}: ${error.message}\n${frames.slice(Math.max(0, own)).join("\n")}`
  return error
}

/** `HEDDLE_EXPLORE_BUDGET`, such as `30 seconds`, takes the place of the number of schedules. */
const withBudget = <A, E>(options: Options<A, E>): Options<A, E> => {
  const text = environment("HEDDLE_EXPLORE_BUDGET")
  return text === "" ? options : { ...options, schedules: Infinity, budget: text as Duration.Input }
}

const environment = (name: string): string => {
  const process = Reflect.get(globalThis, "process") as
    | { readonly env?: Record<string, string | undefined> }
    | undefined
  return process?.env?.[name] ?? ""
}

const shrinkMillis = 30_000

const timeoutOf = (timeout: Duration.Input | undefined, budget: Duration.Input | undefined): number => {
  if (timeout !== undefined) return Duration.toMillis(timeout)
  return budget === undefined ? 2 * shrinkMillis : Duration.toMillis(budget) + shrinkMillis
}

/**
 * vitest's `it`, with `explore`.
 *
 * A failing schedule makes the test fail, with the timeline as its message and a line for the replay:
 * `HEDDLE_REPLAY='…' vitest run -t 'name of the test'`. With `HEDDLE_EXPLORE_BUDGET` (such as `30 seconds`) in the environment,
 * each test explores for so long, in place of its number of schedules.
 *
 * **Example** (A test)
 *
 * ```ts no-run
 * import { it } from "@heddle/testing/vitest"
 * import { Effect, Ref } from "effect"
 *
 * it.explore(
 *   "two additions make two",
 *   Effect.gen(function* () {
 *     const counter = yield* Ref.make(0)
 *     const add = Ref.update(counter, (n) => n + 1)
 *     yield* Effect.all([add, add], { concurrency: "unbounded" })
 *     if ((yield* Ref.get(counter)) !== 2) return yield* Effect.die("an update is lost")
 *   }),
 *   { schedules: 500 }
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const it: TestAPI & { readonly explore: ExploreAPI } = Object.assign(
  // A copy: vitest's own export stays unchanged.
  vitestIt.extend({}),
  {
    explore: Object.assign(
      exploring((name, test, timeout) => vitestIt(name, test, timeout)),
      {
        skip: exploring((name, test, timeout) => vitestIt.skip(name, test, timeout)),
        only: exploring((name, test, timeout) => vitestIt.only(name, test, timeout))
      }
    )
  }
)

/**
 * Fails the enclosing suite (a `describe`, or the file) when one of the moments was never reached.
 *
 * Nothing is required of a suite with a failed or skipped test (`-t`, `only`, `skip`), nor while `HEDDLE_REPLAY` runs a
 * single schedule: the coverage of the other schedules is unknown then.
 *
 * **Example** (A race with a required moment)
 *
 * ```ts no-run
 * import { Sometimes } from "@heddle/testing"
 * import { it, requireReached } from "@heddle/testing/vitest"
 * import { Effect, Queue } from "effect"
 *
 * const sometimes = Sometimes.make("queue full")
 * requireReached(sometimes)
 *
 * it.explore(
 *   "nothing is lost",
 *   Effect.gen(function* () {
 *     const queue = yield* Queue.bounded<number>(1)
 *     const put = Effect.gen(function* () {
 *       if (yield* Queue.isFull(queue)) yield* sometimes.reached("queue full")
 *       yield* Queue.offer(queue, 1)
 *     })
 *     yield* Effect.all([put, put, Queue.take(queue)], { concurrency: "unbounded" })
 *   })
 * )
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const requireReached = <Name extends string>(sometimes: Sometimes<Name>): void =>
  afterSuite(() => sometimes.assert())

/**
 * Fails the enclosing suite when less than this part of the faults and phases was reached, by default all of them; with
 * the exceptions of {@link requireReached}.
 *
 * @category running
 * @since 0.1.0
 */
export const requireCoverage = (coverage: Coverage, least?: number): void =>
  afterSuite(() => coverage.require(least))

const afterSuite = (claim: () => void): void => {
  const registered = new Error("registered here")
  // vitest reads the names of the fixtures off the first parameter: none.
  // oxlint-disable-next-line no-empty-pattern
  afterAll(({}, suite) => {
    if (environment("HEDDLE_REPLAY") !== "" || !isComplete(suite)) return
    try {
      claim()
    } catch (error) {
      throw placed(error as Error, registered)
    }
  })
}

/** Every test has run, and passed. */
const isComplete = ({ tasks }: Pick<RunnerTestSuite, "tasks">): boolean =>
  tasks.every((task) => (task.type === "suite" ? isComplete(task) : task.result?.state === "pass"))
