/**
 * `Sometimes`: moments that a suite claims to reach, and fails when it never did.
 *
 * A property that holds always is checked by an assertion. That a race was run at all is a claim about many runs, which no
 * single one can check.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"

/**
 * - `reached`: the moment is here. Free to call often, in a program under any schedule.
 * - `counts`: how often each was reached.
 * - `missing`: those that never were.
 * - `assert`: throws if there is one.
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
 * The moments that a suite is to reach, by name.
 *
 * **Example** (One that is reached, and one that is not)
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
