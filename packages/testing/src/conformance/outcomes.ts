/**
 * Conformance cases: OUT.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { type Case, expectEqual, withPool } from "./Harness.ts"
import * as Tasks from "./tasks.ts"

/**
 * @category cases
 * @since 0.1.0
 */
export const outcomes: ReadonlyArray<Case> = [
  {
    name: "S001: a task without a result gives undefined, never null",
    run: (harness) =>
      withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          expectEqual(yield* Tasks.Nothing(), undefined)
        })
      )
  }
]
