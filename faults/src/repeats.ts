// How often a pair of fault and system is tried. Once tells nothing about chance; all of them often would take a day.
import type { Fault } from "./catalogue.ts"

/** - `trials`: of each fault. `varying`: of a fault whose outcome is known to vary. */
export interface Repeats {
  readonly trials: number
  readonly varying: number
}

export const thorough: Repeats = { trials: 3, varying: 5 }

export const quick: Repeats = { trials: 1, varying: 3 }

/**
 * A pair that has used up so many milliseconds is not tried again: a pool that hangs uses up the patience each time. A fault
 * that varies is exempt, since its number is what the table is for.
 */
export const budget = 30_000

/** Whether a pair is tried once more, after so many trials that took so long together. */
export const isTriedAgain = (
  fault: Pick<Fault, "varies">,
  { trials, varying }: Repeats,
  done: number,
  spent: number
): boolean =>
  fault.varies === true ? done < Math.max(trials, varying) : done < trials && (done === 0 || spent < budget)
