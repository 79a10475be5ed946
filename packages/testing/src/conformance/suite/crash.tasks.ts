/**
 * Tasks of the group CRASH: a task failing at any place of its way.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import { Saboteur } from "./Saboteur.ts"
import { Refusal } from "./tasks.ts"

/**
 * - `encodePayload` and `decodeSuccess` happen on the host, `decodePayload`, `body` and `encodeSuccess` in the worker.
 *
 * @category models
 * @since 0.1.0
 */
export const places = ["encodePayload", "decodePayload", "body", "encodeSuccess", "decodeSuccess"] as const

/**
 * - `fails`: a typed failure, of the schema or of the task. `throws`: a defect. `exits`: the worker exits with code 9.
 *   `crashes`: an uncaught exception while the body runs.
 *
 * @category models
 * @since 0.1.0
 */
export const ways = ["fails", "throws", "exits", "crashes"] as const

type Place = (typeof places)[number]

/** The fault and its place. Travels to the worker as payload and back as result. */
interface Plan {
  readonly at: Place | "nowhere"
  readonly how: (typeof ways)[number]
}

// Set by the layer, since schemas have no services. Cases with such tasks have one worker at a time.
let exitWorker: Effect.Effect<never> = Effect.die(new Error("only a worker exits"))

const pass =
  (place: Place) =>
  (plan: Plan, options: SchemaAST.ParseOptions): Effect.Effect<Plan, SchemaIssue.Issue> => {
    if (plan.at !== place) return Effect.succeed(plan)
    switch (plan.how) {
      case "fails":
        return Effect.fail(new SchemaIssue.InvalidValue({ message: "refused by the test" }, plan, options))
      case "exits":
        return exitWorker
      default:
        throw new Error("thrown by the test")
    }
  }

const crossing = (encode: Place, decode: Place) => {
  const Plan = Schema.Struct({ at: Schema.Literals([...places, "nowhere"]), how: Schema.Literals(ways) })
  return Plan.pipe(
    Schema.decodeTo(Schema.toType(Plan), {
      decode: SchemaGetter.transformEffect(pass(decode)),
      encode: SchemaGetter.transformEffect(pass(encode))
    })
  )
}

/**
 * Returns its payload, unless a fault strikes on the way.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Journey = Task.make("Journey", {
  payload: crossing("encodePayload", "decodePayload"),
  success: crossing("encodeSuccess", "decodeSuccess"),
  error: Refusal
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Journey.toLayer(
  Effect.map(Saboteur, (saboteur) => {
    exitWorker = saboteur.exit(9)
    return (plan) => {
      if (plan.at !== "body") return Effect.succeed(plan)
      switch (plan.how) {
        case "fails":
          return Effect.fail(new Refusal({ details: { value: 28, tags: [] } }))
        case "throws":
          return Effect.die(new Error("thrown by the test"))
        case "exits":
          return saboteur.exit(9)
        case "crashes":
          return Effect.andThen(saboteur.throwLater(new Error("thrown by the test")), Effect.never)
      }
    }
  })
)
