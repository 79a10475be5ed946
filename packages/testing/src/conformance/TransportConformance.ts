/**
 * `TransportConformance`: the suite for every transport, whatever its kind of workers.
 *
 * A transport serves `conformance/suite/handlers` in its workers, with a `Saboteur` of its own, and describes itself as a
 * {@link Harness}; {@link register} then hands one test after the other to any test framework.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import { cancel } from "./suite/cancel.ts"
import { captures } from "./suite/captures.ts"
import { causes } from "./suite/causes.ts"
import { channel } from "./suite/channel.ts"
import { chunks } from "./suite/chunks.ts"
import { close } from "./suite/close.ts"
import { crash } from "./suite/crash.ts"
import { dedicated } from "./suite/dedicated.ts"
import { type Case, ExpectationFailed, type Harness } from "./suite/Harness.ts"
import { hostile } from "./suite/hostile.ts"
import { map } from "./suite/map.ts"
import { nest } from "./suite/nest.ts"
import { outcomes } from "./suite/outcomes.ts"
import { queue } from "./suite/queue.ts"
import { recycling } from "./suite/recycling.ts"
import { reserve } from "./suite/reserve.ts"
import { scope } from "./suite/scope.ts"
import { service } from "./suite/service.ts"
import { size } from "./suite/size.ts"
import { spares } from "./suite/spares.ts"
import { start } from "./suite/start.ts"
import { stream } from "./suite/stream.ts"
import { supervision } from "./suite/supervision.ts"
import { time } from "./suite/time.ts"
import { wire } from "./suite/wire.ts"

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
} from "./suite/Harness.ts"

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
  channel,
  scope,
  spares,
  nest,
  size,
  recycling,
  stream,
  reserve,
  service,
  dedicated,
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
 * Registers every case within the harness's abilities. Leaves out the cases with further needs.
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
