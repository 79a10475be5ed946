/**
 * The simulation that a program runs in, as its code sees it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Draw } from "./oracle.ts"

/** What a program may ask of its simulation, synchronously. */
export interface Handle {
  readonly recordUnsafe: (event: string) => void
  /** The clock stands still until the returned function is called. */
  readonly holdUnsafe: () => () => void
  /** Time leaps by so many milliseconds; what is due meanwhile is late. */
  readonly leapUnsafe: (millis: number) => void
  /** One of `0 … n - 1`, where zero is the plainest. */
  readonly drawUnsafe: (kind: Draw, n: number) => number
  /** Whether schedules are explored: then delays are drawn here, so that they can be shrunk. */
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
