/**
 * The simulation that a program runs in, as its code sees it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"

/** What a program may ask of its simulation, synchronously. */
export interface Handle {
  readonly recordUnsafe: (event: string) => void
  /** The clock stands still until the returned function is called. */
  readonly holdUnsafe: () => () => void
}

export const Current: Context.Reference<Handle | undefined> = Context.Reference<Handle | undefined>(
  "@heddle/testing/Simulation/Current",
  { defaultValue: () => undefined }
)
