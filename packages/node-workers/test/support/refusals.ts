// What structures in shared memory refuse, as text.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { SharedError } from "../../src/SharedError.ts"

const describe = ({ reason }: SharedError): string => `${reason._tag} ${reason.message}`

/** The reason for which an Effect fails, by tag and message. */
export const refusedBy = <A, R>(effect: Effect.Effect<A, SharedError, R>): Effect.Effect<string, never, R> =>
  Effect.match(effect, { onFailure: describe, onSuccess: () => "nothing was refused" })

/** The reason for which a synchronous form throws, by tag and message. */
export const refusedSync = (body: () => unknown): string => {
  try {
    body()
  } catch (error) {
    assert.instanceOf(error, SharedError)
    return describe(error)
  }
  throw new Error("nothing was refused")
}
