/**
 * `TransportConformance`: the suite that every transport passes, whatever its workers are.
 *
 * A transport serves `conformance/handlers` in its workers, with a `Saboteur` of its own, and describes itself as a
 * {@link Harness}; {@link register} then hands one test after the other to any test framework.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import { cancel } from "./conformance/cancel.ts"
import { captures } from "./conformance/captures.ts"
import { causes } from "./conformance/causes.ts"
import { chunks } from "./conformance/chunks.ts"
import { close } from "./conformance/close.ts"
import { crash } from "./conformance/crash.ts"
import { type Case, ExpectationFailed, type Harness } from "./conformance/Harness.ts"
import { hostile } from "./conformance/hostile.ts"
import { map } from "./conformance/map.ts"
import { nest } from "./conformance/nest.ts"
import { outcomes } from "./conformance/outcomes.ts"
import { queue } from "./conformance/queue.ts"
import { recycling } from "./conformance/recycling.ts"
import { scope } from "./conformance/scope.ts"
import { size } from "./conformance/size.ts"
import { spares } from "./conformance/spares.ts"
import { start } from "./conformance/start.ts"
import { supervision } from "./conformance/supervision.ts"
import { time } from "./conformance/time.ts"
import { wire } from "./conformance/wire.ts"

export {
  /**
   * @category models
   * @since 0.1.0
   */
  type Abilities,
  /**
   * @category models
   * @since 0.1.0
   */
  type Case,
  /**
   * @category models
   * @since 0.1.0
   */
  type Harness,
  /**
   * @category models
   * @since 0.1.0
   */
  type TransportOptions
} from "./conformance/Harness.ts"

/**
 * The groups of the suite, as in `docs/scenarios.md`.
 *
 * @category cases
 * @since 0.1.0
 */
export const groups = {
  outcomes,
  start,
  crash,
  cancel,
  time,
  queue,
  close,
  wire,
  captures,
  hostile,
  causes,
  map,
  chunks,
  scope,
  spares,
  nest,
  size,
  recycling,
  supervision
}

/**
 * The name of a group.
 *
 * @category models
 * @since 0.1.0
 */
export type Group = keyof typeof groups

/**
 * The names of all groups.
 *
 * @category cases
 * @since 0.1.0
 */
export const groupNames: ReadonlyArray<Group> = Object.keys(groups) as Array<Group>

/**
 * The cases of some groups, in order; of all by default.
 *
 * @category cases
 * @since 0.1.0
 */
export const suite = (names: ReadonlyArray<Group> = groupNames): ReadonlyArray<Case> =>
  names.flatMap((name) => groups[name])

/**
 * Every case of the suite.
 *
 * @category cases
 * @since 0.1.0
 */
export const cases: ReadonlyArray<Case> = suite()

/**
 * - `test`: registers one test with a test framework; `timeout` is in real milliseconds.
 * - `cases`: default is every case.
 *
 * @category models
 * @since 0.1.0
 */
export interface RegisterOptions {
  readonly harness: Harness
  readonly test: (name: string, run: () => Promise<void>, timeout: number | undefined) => void
  readonly cases?: ReadonlyArray<Case> | undefined
}

/**
 * Registers every case that the harness can run. Those that need more than it has are left out.
 *
 * @category running
 * @since 0.1.0
 */
export const register = ({ cases: chosen = cases, harness, test }: RegisterOptions): void => {
  for (const { name, needs = [], run, timeout } of chosen) {
    if (!needs.every((ability) => harness.has[ability])) continue
    test(name, () => runCase(harness, run), timeout)
  }
}

const runCase = async (harness: Harness, run: Case["run"]): Promise<void> => {
  const exit = await harness.run(run(harness))
  if (exit._tag === "Success") return
  const squashed = Cause.squash(exit.cause)
  if (squashed instanceof ExpectationFailed) throw squashed
  throw new Error(Cause.pretty(exit.cause), { cause: squashed })
}
