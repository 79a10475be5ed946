/**
 * The simulation around a running program, as the program's code sees the simulation.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Draw } from "./oracle.ts"

/** The synchronous requests of a program to its simulation. */
export interface Handle {
  readonly recordUnsafe: (event: string) => void
  /** The clock stands still until the returned function is called. */
  readonly holdUnsafe: () => () => void
  /** Leaps in time by so many milliseconds; timers due meanwhile ring late. */
  readonly leapUnsafe: (millis: number) => void
  /** Returns one of `0 … n - 1`, where zero is the plainest. */
  readonly drawUnsafe: (kind: Draw, n: number) => number
  /** Whether schedules are explored. Then delays are drawn here, so shrinking reaches them. */
  readonly explores: boolean
}

export const Current: Context.Reference<Handle | undefined> = Context.Reference<Handle | undefined>(
  "@heddle/testing/Simulation/Current",
  { defaultValue: () => undefined }
)

/** Adds an event to the history. Does nothing outside of a simulation. */
export const record = (event: string): Effect.Effect<void> =>
  Effect.map(Current, (simulation) => simulation?.recordUnsafe(event))

/** Draws one of `0 … n - 1`. Returns zero outside of a simulation. */
export const draw = (kind: Draw, n: number): Effect.Effect<number> =>
  Effect.map(Current, (simulation) => simulation?.drawUnsafe(kind, n) ?? 0)
