/**
 * Tasks of the group WIRE, and their layer: moving values and unfit values.
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
// moving values
// ----------------------------------------------------------------------------

/**
 * Moving bytes.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Bytes = Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])

const Twice = Task.transfer(Schema.Uint8Array, ({ buffer }) => [buffer as ArrayBuffer, buffer as ArrayBuffer])

/**
 * Adds one to each byte and returns the bytes; `rest` is any value beside the bytes.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Move = Task.make("Move", {
  payload: { bytes: Bytes, rest: Schema.optionalKey(Schema.Unknown) },
  success: Bytes
})

/**
 * Lists its buffer twice; returns the buffer's length.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MoveTwice = Task.make("MoveTwice", {
  payload: { bytes: Twice, same: Bytes },
  success: Schema.Int
})

/**
 * Replies with eight moving bytes. `unclonable`: beside a function. `detached`: already moved. `twice`:
 * the buffer is listed twice.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MoveBack = Task.make("MoveBack", {
  payload: { how: Schema.Literals(["well", "unclonable", "detached"]) },
  success: Schema.Struct({ bytes: Twice, rest: Schema.optionalKey(Schema.Unknown) })
})

/**
 * Returns how many bytes remain of the last reply of {@link Move} or {@link MoveBack}.
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
// unfit values
// ----------------------------------------------------------------------------

/**
 * The kinds refused by structured clone.
 *
 * @category models
 * @since 0.1.0
 */
export const Unclonable = Schema.Literals(["function", "symbol", "promise", "port"])

/**
 * An example of each kind, and its disposal.
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
 * Replies with a value refused by structured clone, at `$.users[1].it`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const ReplyUnclonable = Task.make("ReplyUnclonable", {
  payload: { what: Unclonable },
  success: Schema.Unknown
})

/**
 * Replies with, or fails with, a value forbidden by its schemas.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Misfit = Task.make("Misfit", {
  payload: { how: Schema.Literals(["success", "error"]) },
  success: Schema.Struct({ list: Schema.Array(Schema.Struct({ n: Schema.Int })) }),
  error: Schema.Struct({ code: Schema.Int })
})

/** A string. Decoding "thorn" makes the schema throw. */
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
 * With "thorn" as `payload`, decoding fails in the worker; with "thorn" as `reply`, decoding fails on the host.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Prick = Task.make("Prick", {
  payload: { payload: Thorn, reply: Schema.String },
  success: Schema.Struct({ text: Thorn })
})

/**
 * Needs a service provided by no worker and hidden by its type.
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
