/**
 * `Sometimes`: moments claimed by a suite; a suite without them fails.
 *
 * An assertion checks a property of every run. "This race was run at all" is a claim about many runs, beyond the reach
 * of any single run.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * - `reached`: marks the moment. Free to call often, in a program under any schedule.
 * - `counts`: how often each was reached.
 * - `missing`: the moments never reached.
 * - `assert`: throws if a moment is missing.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sometimes<Name extends string> {
  readonly reached: (name: Name) => Effect.Effect<void>
  readonly reachedUnsafe: (name: Name) => void
  readonly counts: ReadonlyMap<Name, number>
  readonly missing: ReadonlyArray<Name>
  readonly assert: () => void
}

/**
 * Names the moments of a suite.
 *
 * **Example** (A reached moment and a missing moment)
 *
 * ```ts
 * import { Sometimes } from "@heddle/testing"
 * import { Effect } from "effect"
 *
 * const sometimes = Sometimes.make("crash during hand-over", "queue full")
 * Effect.runSync(sometimes.reached("crash during hand-over"))
 * console.log(sometimes.missing) // => [ 'queue full' ]
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <const Names extends ReadonlyArray<string>>(
  ...names: Names
): Sometimes<Names[number]> => {
  const counts = new Map<Names[number], number>(names.map((name) => [name, 0]))
  const reachedUnsafe = (name: Names[number]): void => {
    const count = counts.get(name)
    if (count === undefined) throw new RangeError(`"${name}" is none of the moments to reach`)
    counts.set(name, count + 1)
  }
  const missing = (): ReadonlyArray<Names[number]> =>
    [...counts].flatMap(([name, n]) => (n === 0 ? [name] : []))
  return {
    reached: (name) => Effect.sync(() => reachedUnsafe(name)),
    reachedUnsafe,
    counts,
    get missing() {
      return missing()
    },
    assert: () => {
      const never = missing()
      if (never.length > 0) throw new Error(`never reached: ${never.join(", ")}`)
    }
  }
}
