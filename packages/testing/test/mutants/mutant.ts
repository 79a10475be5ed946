/** A pool broken on purpose, in this process and for a while. */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { Explore, type Laws, type TransportConformance } from "@heddle/testing"
import { simulated } from "../support/simulatedHarness.ts"

/** Takes the changes back. */
export type Restore = () => void

/**
 * - `what`: the broken behaviour, in a line.
 * - `law`: the name of the law due to catch the mutant.
 * - `plant`: breaks the engine. `harness`: broken workers, in place of the usual ones.
 */
export interface Mutant {
  readonly name: string
  readonly what: string
  readonly law: string
  readonly plant: () => Restore
  readonly harness?: TransportConformance.Harness
}

/** Replaces a method or getter; the replacement receives the original. */
export const method =
  <Self extends object>(
    prototype: Self,
    name: string,
    make: (original: (this: any, ...args: Array<any>) => any) => (this: any, ...args: Array<any>) => any
  ): (() => Restore) =>
  () => {
    const found = Object.getOwnPropertyDescriptor(prototype, name)
    if (typeof found?.value !== "function") throw new Error(`there is no method ${name} to break`)
    Object.defineProperty(prototype, name, { ...found, value: make(found.value) })
    return () => Object.defineProperty(prototype, name, found)
  }

interface AnyCell {
  readonly next: string
  readonly actions: ReadonlyArray<string>
}

/** Changes cells of a machine's table, named `state.event`. */
export const cells =
  (table: object, names: ReadonlyArray<string>, change: (cell: AnyCell) => AnyCell): (() => Restore) =>
  () => {
    const restores = names.map((name) => {
      const [state = "", event = ""] = name.split(".")
      const row = (table as Record<string, Record<string, AnyCell> | undefined>)[state]
      const cell = row?.[event]
      if (row === undefined || cell === undefined) throw new Error(`there is no cell ${name} to break`)
      row[event] = change(cell)
      return () => {
        row[event] = cell
      }
    })
    return () => {
      for (const restore of restores) restore()
    }
  }

/** Another number in place of a default. */
export const setting =
  <Name extends string>(settings: { readonly [N in Name]: number }, name: Name, value: number) =>
  (): Restore => {
    const before = settings[name]
    Object.assign(settings, { [name]: value })
    return () => void Object.assign(settings, { [name]: before })
  }

/** Without these actions. */
export const without =
  (...actions: ReadonlyArray<string>) =>
  (cell: AnyCell): AnyCell => ({
    ...cell,
    actions: cell.actions.filter((action) => !actions.includes(action))
  })

const usual = simulated()

/** Runs a law on simulated workers under many schedules. */
export const explore = (
  law: Laws.Law,
  options: Pick<Explore.Options<void, unknown>, "schedules" | "realism" | "seed" | "shrinkRuns">,
  harness: TransportConformance.Harness = usual
): Promise<Explore.Report> =>
  Explore.run(law.holds(harness), {
    ...options,
    verifyEvery: 30,
    check: ({ exit, left }) => {
      if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
      if (left.fibers + left.timers > 0)
        throw new Error(`G2: left behind: ${left.fibers} fibers, ${left.timers} timers`)
    }
  })

/** The same, for as long as the pool is broken. */
export const hunt = async (
  { harness, plant }: Mutant,
  law: Laws.Law,
  options: Parameters<typeof explore>[1]
): Promise<Explore.Report> => {
  const restore = plant()
  try {
    return await explore(law, { shrinkRuns: 0, ...options }, harness)
  } finally {
    restore()
  }
}
