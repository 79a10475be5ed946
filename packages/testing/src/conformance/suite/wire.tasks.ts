/**
 * Tasks of the group WIRE, and the layer that serves them: what moves, and what does not fit.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Saboteur } from "./Saboteur.ts"
import { layer as realms } from "./wire.realms.tasks.ts"
import { layer as values } from "./wire.values.tasks.ts"

// ----------------------------------------------------------------------------
// what moves
// ----------------------------------------------------------------------------

/**
 * Bytes that move.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Bytes = Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])

const Twice = Task.transfer(Schema.Uint8Array, ({ buffer }) => [buffer as ArrayBuffer, buffer as ArrayBuffer])

/**
 * Adds one to each byte and gives them back; `rest` is anything beside them.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Move = Task.make("Move", {
  payload: { bytes: Bytes, rest: Schema.optionalKey(Schema.Unknown) },
  success: Bytes
})

/**
 * Names its buffer twice; gives its length.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MoveTwice = Task.make("MoveTwice", {
  payload: { bytes: Twice, same: Bytes },
  success: Schema.Int
})

/**
 * Replies with eight bytes that move. `unclonable`: beside a function. `detached`: they have moved before. `twice`:
 * its buffer is named twice.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MoveBack = Task.make("MoveBack", {
  payload: { how: Schema.Literals(["well", "unclonable", "detached"]) },
  success: Schema.Struct({ bytes: Twice, rest: Schema.optionalKey(Schema.Unknown) })
})

/**
 * How many bytes are left of those that {@link Move} or {@link MoveBack} last replied with.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Kept = Task.make("Kept", { success: Schema.Int })

const movers = Layer.unwrap(
  Effect.sync(() => {
    let kept = new Uint8Array(0)
    const keep = <A extends Uint8Array>(bytes: A): A => {
      kept = bytes as never
      return bytes
    }
    return Layer.mergeAll(
      Move.toLayer(({ bytes }) => Effect.sync(() => keep(bytes.map((byte) => byte + 1)))),
      MoveTwice.toLayer(({ bytes, same }) =>
        Effect.succeed(bytes.buffer === same.buffer ? bytes.byteLength : -1)
      ),
      MoveBack.toLayer(({ how }) =>
        Effect.sync(() => {
          const bytes = keep(new Uint8Array(8))
          if (how === "detached") structuredClone(bytes, { transfer: [bytes.buffer] })
          return how === "unclonable" ? { bytes, rest: { f: () => how } } : { bytes }
        })
      ),
      Kept.toLayer(() => Effect.sync(() => kept.byteLength))
    )
  })
)

// ----------------------------------------------------------------------------
// what does not fit
// ----------------------------------------------------------------------------

/**
 * What structured clone refuses.
 *
 * @category models
 * @since 0.1.0
 */
export const Unclonable = Schema.Literals(["function", "symbol", "promise", "port"])

/**
 * An example of each, and how to let go of it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeUnclonable = (
  what: typeof Unclonable.Type
): { readonly value: unknown; readonly close: () => void } => {
  switch (what) {
    case "function":
      return { value: () => what, close: () => {} }
    case "symbol":
      return { value: Symbol(what), close: () => {} }
    case "promise":
      return { value: Promise.resolve(what), close: () => {} }
    case "port": {
      const { port1, port2 } = new MessageChannel()
      return {
        value: port1,
        close: () => {
          port1.close()
          port2.close()
        }
      }
    }
  }
}

/**
 * Replies with something that structured clone refuses, at `$.users[1].it`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const ReplyUnclonable = Task.make("ReplyUnclonable", {
  payload: { what: Unclonable },
  success: Schema.Unknown
})

/**
 * Replies with, or fails with, what its schemas do not allow.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Misfit = Task.make("Misfit", {
  payload: { how: Schema.Literals(["success", "error"]) },
  success: Schema.Struct({ list: Schema.Array(Schema.Struct({ n: Schema.Int })) }),
  error: Schema.Struct({ code: Schema.Int })
})

/** A string that cannot be decoded when it is "thorn": its schema throws. */
const Thorn = Schema.String.pipe(
  Schema.decodeTo(
    Schema.String,
    SchemaTransformation.transform({
      decode: (text: string) => {
        if (text === "thorn") throw new Error("pricked")
        return text
      },
      encode: (text: string) => text
    })
  )
)

/**
 * `payload` cannot be decoded in the worker, and the reply, which is `reply`, not on the host, when it is "thorn".
 *
 * @category tasks
 * @since 0.1.0
 */
export const Prick = Task.make("Prick", {
  payload: { payload: Thorn, reply: Schema.String },
  success: Schema.Struct({ text: Thorn })
})

/**
 * Needs a service that no worker provides, which its type hides.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Needy = Task.make("Needy", { success: Schema.Int })

class Absent extends Context.Service<Absent, number>()("conformance/Absent") {}

const misfits = Layer.mergeAll(
  Needy.toLayer(() => Effect.map(Absent, (n) => n) as Effect.Effect<number>),
  ReplyUnclonable.toLayer(({ what }) =>
    Effect.sync(() => ({ users: [{ it: 1 }, { it: makeUnclonable(what).value }] }))
  ),
  Misfit.toLayer(({ how }): Effect.Effect<any, any> =>
    how === "success" ? Effect.succeed({ list: [{ n: 1 }, { n: "two" }] }) : Effect.fail({ code: "three" })
  ),
  Prick.toLayer(({ reply }) => Effect.succeed({ text: reply }))
)

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  movers,
  misfits,
  realms,
  values
)
