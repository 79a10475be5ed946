/**
 * Tasks of the group WIRE: values surviving the boundary, and data crossing beside a payload.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schema from "effect/Schema"

// ----------------------------------------------------------------------------
// values surviving the boundary
// ----------------------------------------------------------------------------

/**
 * @category models
 * @since 0.1.0
 */
export class Point extends Schema.Class<Point>("Point")({ x: Schema.Finite, y: Schema.Finite }) {
  get norm(): number {
    return Math.hypot(this.x, this.y)
  }
}

/**
 * One value of each kind.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Values = Schema.Struct({
  option: Schema.Option(Schema.Int),
  duration: Schema.Duration,
  hashMap: Schema.HashMap(Schema.String, Schema.Int),
  date: Schema.Date,
  map: Schema.ReadonlyMap(Schema.String, Schema.Date),
  set: Schema.ReadonlySet(Schema.Int),
  point: Point,
  bytes: Schema.Uint8Array,
  bigint: Schema.BigInt,
  url: Schema.URL
})

/**
 * Returns its values, and the worker's view of each.
 *
 * @category tasks
 * @since 0.1.0
 */
export const EchoValues = Task.make("EchoValues", {
  payload: { values: Values },
  success: Schema.Struct({ values: Values, seen: Schema.Array(Schema.String) })
})

const Beside = Schema.Struct({
  option: Schema.Option(Schema.NullishOr(Schema.Number)),
  data: Schema.Union([
    Schema.Null,
    Schema.Undefined,
    Schema.Number,
    Schema.String,
    Schema.BigInt,
    Schema.Date,
    Schema.Uint8Array,
    Schema.Symbol,
    Schema.Duration
  ])
})

/**
 * Returns a value of many kinds, beside an encoded part.
 *
 * @category tasks
 * @since 0.1.0
 */
export const EchoBeside = Task.make("EchoBeside", {
  payload: Beside,
  success: Beside
})

/**
 * Returns the worker's view of a record's keys and prototype, and whether its realm was changed.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Inspect = Task.make("Inspect", {
  payload: {
    record: Schema.Record(Schema.String, Schema.Unknown),
    anything: Schema.Unknown,
    known: Schema.Struct({ a: Schema.Int })
  },
  success: Schema.Struct({
    polluted: Schema.Boolean,
    prototypes: Schema.Boolean,
    echo: Schema.Record(Schema.String, Schema.Unknown)
  })
})

const survivors = Layer.mergeAll(
  EchoValues.toLayer(({ values }) =>
    Effect.sync(() => {
      const { bigint, bytes, date, duration, hashMap, map, option, point, set, url } = values
      return {
        values,
        seen: [
          String(Option.getOrThrow(option)),
          String(Duration.toMillis(duration)),
          String(Option.getOrThrow(HashMap.get(hashMap, "one"))),
          String(date.getTime()),
          String(map.get("then")?.getTime()),
          String(set.has(3)),
          `${point instanceof Point} ${point.norm}`,
          bytes.join(),
          String(bigint + 1n),
          url.hostname
        ]
      }
    })
  ),
  EchoBeside.toLayerSync((value) => value),
  Inspect.toLayer(({ anything, known, record }) =>
    Effect.sync(() => {
      const isPlain = (value: unknown) => Object.getPrototypeOf(value) === Object.prototype
      return {
        polluted:
          "polluted" in {} ||
          "polluted" in record ||
          "polluted" in (anything as object) ||
          "polluted" in known,
        prototypes: isPlain(record) && isPlain(anything) && isPlain(known),
        echo: record
      }
    })
  )
)

// ----------------------------------------------------------------------------
// data crossing beside the payload
// ----------------------------------------------------------------------------

/**
 * Listed by the pools of its cases.
 *
 * @category references
 * @since 0.1.0
 */
export const Tenant = Context.Reference<string>("@heddle/testing/conformance/Tenant", {
  defaultValue: () => "nobody"
})

/**
 * Listed by no pool.
 *
 * @category references
 * @since 0.1.0
 */
export const Unlisted = Context.Reference<string>("@heddle/testing/conformance/Unlisted", {
  defaultValue: () => "default"
})

/**
 * The handler's view of its caller's context.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Around = Task.make("Around", {
  success: Schema.Struct({
    level: Schema.String,
    annotations: Schema.Record(Schema.String, Schema.Unknown),
    span: Schema.Option(
      Schema.Struct({ traceId: Schema.String, spanId: Schema.String, sampled: Schema.Boolean })
    ),
    tenant: Schema.String,
    unlisted: Schema.String
  }),
  span: false
})

/**
 * The same, with a span for each call.
 *
 * @category tasks
 * @since 0.1.0
 */
export const AroundSpan = Task.make("AroundSpan", { success: Around.success, span: true })

/**
 * Logs `message` at every level, with an annotation and a log span of its own; with `cause`, a failure as well.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Speak = Task.make("Speak", { payload: { message: Schema.Unknown } })

/**
 * Dies of `new RangeError("outer")`, caused by a `TypeError` "inner", with fields of its own.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Collapse = Task.make("Collapse", { success: Schema.Never })

const around = Effect.gen(function* () {
  const parent = yield* Effect.option(Effect.currentParentSpan)
  return {
    level: yield* References.MinimumLogLevel,
    annotations: yield* References.CurrentLogAnnotations,
    span: Option.map(parent, ({ sampled, spanId, traceId }) => ({ sampled, spanId, traceId })),
    tenant: yield* Tenant,
    unlisted: yield* Unlisted
  }
})

const collapse = (): never => {
  throw Object.assign(new RangeError("outer", { cause: new TypeError("inner", { cause: "innermost" }) }), {
    code: "E_OUTER",
    details: { list: [1, 2], at: new Date(0) }
  })
}

const companions = Layer.mergeAll(
  Around.toLayer(() => around),
  AroundSpan.toLayer(() => around),
  Speak.toLayer(({ message }) =>
    Effect.gen(function* () {
      yield* Effect.logTrace(message)
      yield* Effect.logDebug(message)
      yield* Effect.logInfo(message)
      yield* Effect.logWarning(message)
      yield* Effect.logError(message, () => "a function")
      yield* Effect.logFatal(message)
    }).pipe(Effect.annotateLogs("own", "worker's"), Effect.withLogSpan("speaking"))
  ),
  Collapse.toLayer(() => Effect.sync(collapse))
)

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers> = Layer.mergeAll(survivors, companions)
