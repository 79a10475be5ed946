/**
 * Conformance cases: WIRE: values surviving the boundary, and data crossing beside a payload.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as References from "effect/References"
import { type Case, expect, expectDefect, expectEqual, expectSuccess, makeCase, withPool } from "./Harness.ts"
import { range } from "./Steps.ts"
import { Echo } from "./tasks.ts"
import {
  Around,
  AroundSpan,
  Collapse,
  EchoBeside,
  EchoValues,
  Point,
  Speak,
  Tenant,
  Unlisted
} from "./wire.values.tasks.ts"

const values = {
  option: Option.some(1),
  duration: Duration.seconds(2),
  hashMap: HashMap.make(["one", 1], ["two", 2]),
  date: new Date(86_400_000),
  map: new Map([["then", new Date(1_000)]]),
  set: new Set([1, 2, 3]),
  point: new Point({ x: 3, y: 4 }),
  bytes: new Uint8Array([1, 2, 3]),
  bigint: 12_345_678_901_234_567_890n,
  url: new URL("https://example.org/path")
}

const survival: ReadonlyArray<Case> = [
  makeCase(
    "Option, Duration, HashMap, Date, Map, Set, class, bytes, bigint and URL survive both ways, with their types: S107",
    { size: 1 },
    Effect.gen(function* () {
      for (const result of [
        yield* EchoValues({ values }),
        ...(yield* TaskPool.forEach(EchoValues, [{ values }], { chunkSize: 1 }))
      ]) {
        expectEqual(result.seen, [
          "1",
          "2000",
          "1",
          "86400000",
          "1000",
          "true",
          "true 5",
          "1,2,3",
          "12345678901234567891",
          "example.org"
        ])
        const back = result.values
        expect(Option.isOption(back.option), "an Option")
        expect(Duration.isDuration(back.duration), "a Duration")
        expect(HashMap.isHashMap(back.hashMap), "a HashMap")
        expect(back.point instanceof Point && back.point.norm === 5, "a Point")
        expect(
          back.map instanceof Map && back.set instanceof Set && back.url instanceof URL,
          "a Map, a Set, a URL"
        )
        expectEqual(
          [back.option, back.duration, back.hashMap, back.date, back.bigint, back.url.href],
          [values.option, values.duration, values.hashMap, values.date, values.bigint, values.url.href]
        )
      }
    })
  ),
  makeCase(
    "beside an encoded part, and in a union with an encoded part, every other value arrives unchanged: S204, G10",
    { size: 1 },
    Effect.gen(function* () {
      const option = Option.some(undefined)
      const data = [
        null,
        undefined,
        NaN,
        -0,
        "NaN",
        "10",
        10n,
        "1970-01-01T00:00:00.000Z",
        new Date(0),
        "AQI=",
        new Uint8Array([1, 2]),
        "Symbol(s)",
        Symbol.for("s"),
        Duration.infinity
      ]
      const payloads = data.map((value) => ({ option, data: value }))
      const alone = yield* Effect.forEach(payloads, (payload) => EchoBeside(payload))
      for (const replies of [alone, yield* TaskPool.forEach(EchoBeside, payloads)]) {
        expectEqual(
          replies.map((reply) => reply.data),
          data
        )
        expect(Object.is(replies[3]!.data, -0), "-0")
        for (const reply of replies) expectEqual(reply.option, option)
      }
    })
  ),
  makeCase(
    "undefined, NaN, -0, infinities, bigints, errors and cycles survive where the schema lets anything through: G10",
    { size: 1 },
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = {
        undefined,
        nan: NaN,
        zero: -0,
        inf: -Infinity,
        big: 2n ** 70n
      }
      cyclic["self"] = cyclic
      const back = (yield* Echo(cyclic)) as typeof cyclic
      expect(back["self"] === back && "undefined" in back, "a cycle, and a key without a value")
      expect(Object.is(back["nan"], NaN) && Object.is(back["zero"], -0), "NaN and -0")
      expectEqual([back["inf"], back["big"]], [-Infinity, 2n ** 70n])
      for (const value of [undefined, null, 0, "", false]) {
        expect(Object.is(yield* Echo(value), value), `${String(value)} came back as something else`)
      }
    })
  )
]

const context: ReadonlyArray<Case> = [
  makeCase(
    "log level, annotations, trace parent and listed references cross with each task, and stay with the task: G9",
    { size: 1, references: [Tenant] },
    Effect.gen(function* () {
      const plain = yield* Around()
      expectEqual(
        [plain.level, plain.annotations, plain.tenant, plain.unlisted],
        ["Info", {}, "nobody", "default"]
      )
      expect(Option.isNone(plain.span), "a span without a caller's")
      const span = yield* Effect.makeSpan("caller")
      const dressed = Around().pipe(
        Effect.provideService(References.MinimumLogLevel, "Debug"),
        Effect.annotateLogs({ request: 7, save: () => {} }),
        Effect.withParentSpan(span),
        Effect.provideService(Tenant, "acme"),
        Effect.provideService(Unlisted, "secret")
      )
      const [first, beside, chunk] = yield* Effect.all(
        [
          dressed,
          Around(),
          TaskPool.forEach(Around, [undefined]).pipe(Effect.provideService(Tenant, "chunk"))
        ],
        { concurrency: 3 }
      )
      expectEqual([first.level, first.tenant, first.unlisted], ["Debug", "acme", "default"])
      expectEqual(first.annotations["request"], 7, "an annotation")
      expectEqual(typeof first.annotations["save"], "string", "an annotation that cannot be cloned is shown")
      const { sampled, spanId, traceId } = span
      expectEqual(first.span, Option.some({ sampled, spanId, traceId }))
      expectEqual(beside, plain, "the one beside it")
      expectEqual(chunk[0]!.tenant, "chunk", "a chunk")
    })
  ),
  makeCase(
    "with `span`, each call has a span of its own, child of the caller's, around the handler: G9",
    { size: 1 },
    Effect.gen(function* () {
      const parent = yield* Effect.makeSpan("caller")
      const calls = yield* Effect.forEach(range(2), () => AroundSpan()).pipe(Effect.withParentSpan(parent))
      const [first, second] = calls.map(({ span }) => Option.getOrThrow(span))
      expectEqual([first!.traceId, second!.traceId], [parent.traceId, parent.traceId], "traces")
      expectEqual(new Set([parent.spanId, first!.spanId, second!.spanId]).size, 3, "spans")
    })
  ),
  {
    name: "a worker's log entries reach the caller's loggers, at the caller's level, annotated with worker and task: G9",
    run: (harness) => {
      const heard: Array<{ level: string; message: unknown; annotations: unknown; spans: Array<string> }> = []
      const logger = Logger.make(({ fiber, logLevel, message }) => {
        const annotations = { ...fiber.getRef(References.CurrentLogAnnotations) }
        const spans = fiber.getRef(References.CurrentLogSpans).map(([label]) => label)
        heard.push({ level: logLevel, message, annotations, spans })
      })
      const listening = Layer.merge(
        Logger.layer([logger]),
        Layer.succeed(References.MinimumLogLevel, "Debug")
      )
      return withPool(
        harness,
        { size: 1 },
        Effect.gen(function* () {
          yield* Effect.annotateLogs(Speak({ message: { deep: [1] } }), "request", 7)
          yield* Speak({ message: "quiet" }).pipe(Effect.provideService(References.MinimumLogLevel, "Error"))
          const { worker } = (yield* TaskPool.snapshot).workers[0]!
          const levels = ["Debug", "Info", "Warn", "Error", "Fatal", "Error", "Fatal"]
          expectEqual(
            heard.map(({ level }) => level),
            levels
          )
          const [debug, , , error] = heard
          expectEqual(debug!.message, [{ deep: [1] }], "the message")
          expect(
            typeof (error!.message as Array<unknown>)[1] === "string",
            "a function in a message is shown"
          )
          expectEqual(
            debug!.annotations,
            { worker, task: "Speak", own: "worker's", request: 7 },
            "annotations"
          )
          expectEqual(debug!.spans, ["speaking"], "log spans")
        })
      ).pipe(Effect.provide(listening))
    }
  },
  makeCase(
    "a defect keeps name, message, chain of causes and fields, and both stacks: the handler's and the caller's: G9",
    { size: 1 },
    Effect.gen(function* () {
      const caller = Effect.fn("theCaller")(function* () {
        return yield* Collapse()
      })
      for (const call of [caller(), caller().pipe(Effect.withSpan("outermost"))]) {
        const defect = expectDefect(yield* Effect.exit(call))
        expect(defect instanceof RangeError, String(defect))
        const {
          cause,
          code,
          details,
          message,
          name,
          stack = ""
        } = defect as RangeError & Record<string, unknown>
        expectEqual([name, message, code], ["RangeError", "outer", "E_OUTER"])
        expectEqual(details, { list: [1, 2], at: new Date(0) }, "fields")
        expect(cause instanceof TypeError && cause.message === "inner", "its cause")
        expectEqual(cause.cause, "innermost", "the cause of its cause")
        expect(stack.includes("wire.values.tasks"), `no file of the worker in ${stack}`)
        expect(stack.includes("collapse"), `no function of the worker in ${stack}`)
        expect(stack.includes("theCaller"), `no caller in ${stack}`)
        expect(/wire\.values\.[tj]s/.test(stack), `no file of the caller in ${stack}`)
      }
      const exits = yield* Effect.forEach(range(3), () => Effect.exit(Collapse()), { concurrency: 3 })
      for (const exit of exits)
        expect(exit._tag === "Failure" && Cause.hasDies(exit.cause), "each of a batch dies")
      expectSuccess(yield* Effect.exit(Echo(1)))
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const wireValues: ReadonlyArray<Case> = [...survival, ...context]
