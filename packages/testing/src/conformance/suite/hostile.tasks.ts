/**
 * Tasks of the group HOSTILE: each brings a hostile value to one place of a worker.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { makeHostile } from "./hostile.values.ts"
import type * as hostileModule from "./hostile.module.ts"
import { Echo, Sleep } from "./tasks.ts"

/** The number of a hostile value. */
const payload = { value: Schema.Int }

/**
 * Where a hostile value enters in a worker.
 *
 * - `success`, `field`: the success of a handler, and a part of the success. `answer`: a return value in place of an Effect;
 *   `lateAnswer`: the same within an Effect, after a wait.
 * - `failure`, `die`, `throw`, `reject`: the failure, defect, throw and rejection of a handler.
 * - `cause`: a failure, a defect and an interruption together. `finalizer`: the defect of a finalizer.
 * - `wrapped`: the cause, the parts and a field of an error as defect.
 * - `log`, `logCause`, `annotation`, `span`: log entries beside the reply.
 * - `nested`, `nestedReason`: the payload of a nested call, and the reason for giving a nested call up.
 *
 * @category models
 * @since 0.1.0
 */
export const Place = Schema.Literals([
  "success",
  "field",
  "answer",
  "lateAnswer",
  "failure",
  "die",
  "throw",
  "reject",
  "cause",
  "finalizer",
  "wrapped",
  "log",
  "logCause",
  "annotation",
  "span",
  "nested",
  "nestedReason"
])

/**
 * Calls a task and gives the call up, for this reason.
 *
 * @category running
 * @since 0.1.0
 */
export const givenUp = (
  run: typeof TaskPool.run,
  reason: unknown
): Effect.Effect<unknown, unknown, TaskPool.TaskPool> =>
  Effect.suspend(() => {
    const controller = new AbortController()
    return Effect.all(
      [
        run(Sleep, { millis: 60_000 }, { signal: controller.signal }),
        Effect.delay(
          Effect.sync(() => controller.abort(reason)),
          1
        )
      ],
      { concurrency: "unbounded" }
    )
  })

/** A user's value in a place of another type. */
const enter = (place: typeof Place.Type, hostile: any): Effect.Effect<any, any, TaskPool.TaskPool> => {
  switch (place) {
    case "success":
      return Effect.succeed(hostile)
    case "field":
      return Effect.succeed({ list: [{ n: hostile }] })
    case "answer":
      return hostile
    case "lateAnswer":
      return Effect.flatMap(Effect.sleep(1), () => hostile)
    case "failure":
      return Effect.fail(hostile)
    case "die":
      return Effect.die(hostile)
    case "throw":
      throw hostile
    case "reject":
      return Effect.promise(() => Promise.reject(hostile))
    case "cause":
      return Effect.failCause(
        Cause.fromReasons([
          Cause.makeFailReason(hostile),
          Cause.makeDieReason(hostile),
          Cause.makeInterruptReason()
        ])
      )
    case "finalizer":
      return Effect.ensuring(Effect.sleep(1), Effect.die(hostile))
    case "wrapped":
      return Effect.die(
        Object.assign(new AggregateError([hostile, new Error("part")], "wrapping", { cause: hostile }), {
          field: hostile
        })
      )
    case "log":
      return Effect.logWarning(hostile, "and", hostile)
    case "logCause":
      return Effect.logError("failing", Cause.combine(Cause.die(hostile), Cause.fail(hostile)))
    case "annotation":
      return Effect.annotateLogs(Effect.logWarning("annotated"), { hostile })
    case "span":
      return Effect.withSpan(Effect.annotateCurrentSpan("late", hostile), "span", { attributes: { hostile } })
    case "nested":
      return Echo(hostile)
    case "nestedReason":
      return givenUp(TaskPool.run, hostile)
  }
}

/**
 * Takes and gives anything, and declares no failure.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Open = Task.make("HostileOpen", {
  payload: { ...payload, place: Place },
  success: Schema.Unknown
})

/**
 * The declared failure of {@link Strict}.
 *
 * @category errors
 * @since 0.1.0
 */
export class Declared extends Schema.TaggedError<Declared>()("Declared", { code: Schema.Int }) {}

/**
 * The same with schemas unfit for a hostile value.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Strict = Task.make("HostileStrict", {
  payload: { ...payload, place: Place },
  success: Schema.Struct({ list: Schema.Array(Schema.Struct({ n: Schema.Int })) }),
  error: Declared
})

/**
 * The same with transforming schemas, and a failure of any type.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Transforming = Task.make("HostileTransforming", {
  payload: { ...payload, place: Place },
  success: Schema.Option(Schema.Unknown),
  error: Schema.Union([Declared, Schema.Defect({ includeStack: true })])
})

/**
 * Served by a plain function, returning or throwing the value.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Plain = Task.make("HostilePlain", {
  payload: { ...payload, throws: Schema.Boolean },
  success: Schema.Unknown
})

/**
 * The functions of `hostile.module.ts`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Module = Task.fromModule<typeof hostileModule>(new URL("./hostile.module.ts", import.meta.url))

/**
 * Takes a struct of numbers.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Narrow = Task.make("HostileNarrow", {
  payload: { n: Schema.Finite, text: Schema.optionalKey(Schema.String) },
  success: Schema.Finite
})

/**
 * A class as payload.
 *
 * @category models
 * @since 0.1.0
 */
export class Parcel extends Schema.Class<Parcel>("Parcel")({ content: Schema.Option(Schema.Unknown) }) {}

/**
 * Takes a value made and transformed before the crossing.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Wide = Task.make("HostileWide", { payload: Parcel, success: Schema.Void })

/** Calls as plain JavaScript would, ignoring the schemas. */
const handle: (payload: {
  readonly place: typeof Place.Type
  readonly value: number
}) => Effect.Effect<any, never, TaskPool.TaskPool> = ({ place, value }) =>
  enter(place, makeHostile(value)) as Effect.Effect<any, never, TaskPool.TaskPool>

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool> = Layer.mergeAll(
  Open.toLayer(handle),
  Strict.toLayer(handle),
  Transforming.toLayer(handle),
  Plain.toLayerSync(({ throws, value }) => {
    const hostile: unknown = makeHostile(value)
    if (throws) throw hostile
    return hostile
  }),
  Narrow.toLayer(({ n }) => Effect.succeed(n)),
  Wide.toLayer(() => Effect.void)
)
