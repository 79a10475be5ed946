// The promises of the types. Lines under `@ts-expect-error` must not compile.
/* oxlint-disable vitest/expect-expect -- a line that must not compile is the assertion */
/** @effect-diagnostics floatingEffect:off missingEffectError:off missingEffectContext:off */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as Task from "../src/Task.ts"
import * as TaskError from "../src/TaskError.ts"
import * as TaskPool from "../src/TaskPool.ts"
import type { TaskHandlers } from "../src/TaskRunner.ts"
import type { WorkerTransport } from "../src/WorkerTransport.ts"
import type * as Fixture from "./fixtures/module.ts"

class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { limit: Schema.Int }) {}
class Other extends Schema.TaggedError<Other>()("Other", {}) {}

const Count = Task.make("Count", { payload: { limit: Schema.Int }, success: Schema.String, error: TooLarge })
const Tick = Task.make("Tick")
const Every = Task.make("Every", {
  payload: { a: Schema.optionalKey(Schema.Int), b: Schema.optionalKey(Schema.String) },
  success: Schema.Int
})
const Hashing = Task.make("Hashing", { payload: Schema.Uint8Array, success: Schema.String })
const When = Task.make("When", { payload: Schema.DateFromString, success: Schema.DateFromString })

class Hash extends TaskPool.Service<Hash>()("test/Hash") {}
class Config extends Context.Service<Config, { readonly limit: number }>()("test/Config") {}

declare const transport: Layer.Layer<WorkerTransport>
const Module = Task.fromModule<typeof Fixture>(new URL("file:///module.ts"))

describe("a call", () => {
  it("payload, success and error are those of the schemas, and the pool is required", () => {
    expectTypeOf(Count).parameters.toEqualTypeOf<[payload: { readonly limit: number }]>()
    expectTypeOf(Count({ limit: 3 })).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError, TaskPool.TaskPool>
    >()
    expectTypeOf(Count.key).toEqualTypeOf<"Count">()
  })

  it("a task without schemas takes nothing, gives nothing, and fails with `TaskError` alone", () => {
    expectTypeOf(Tick()).toEqualTypeOf<Effect.Effect<void, TaskError.TaskError, TaskPool.TaskPool>>()
    Tick(undefined)
    // @ts-expect-error: there is no payload
    Tick(1)
  })

  it("a payload whose fields are all optional may be left out", () => {
    Every()
    Every({})
    Every({ a: 1, b: "b" })
    // @ts-expect-error: a is a number
    Every({ a: "1" })
    // @ts-expect-error: there is no c
    Every({ c: 1 })
  })

  it("a payload that is a schema of its own is taken as its decoded type", () => {
    expectTypeOf(Hashing).parameters.toEqualTypeOf<[payload: Uint8Array]>()
    expectTypeOf(When).parameters.toEqualTypeOf<[payload: Date]>()
    expectTypeOf(When(new Date())).toEqualTypeOf<
      Effect.Effect<Date, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: it is encoded by the library, not by the caller
    When("2020-01-01")
  })

  it("a wrong payload does not compile: G10", () => {
    // @ts-expect-error: it is required
    Count()
    // @ts-expect-error: limit is a number
    Count({ limit: "3" })
    // @ts-expect-error: limit is missing
    Count({})
    // @ts-expect-error: there is no such field
    Count({ limit: 3, limits: 4 })
    // @ts-expect-error: a call is unary
    Count({ limit: 3 }, { priority: 1 })
  })

  it("can be handed to Effect's combinators as it is", () => {
    expectTypeOf(Effect.forEach([{ limit: 1 }], Count)).toEqualTypeOf<
      Effect.Effect<Array<string>, TooLarge | TaskError.TaskError, TaskPool.TaskPool>
    >()
    expectTypeOf(Effect.all([Count({ limit: 1 }), Tick()])).toEqualTypeOf<
      Effect.Effect<[string, void], TooLarge | TaskError.TaskError, TaskPool.TaskPool>
    >()
  })

  it("schemas that need services are not for tasks", () => {
    const needy = Schema.String as Schema.Codec<string, string, Config>
    // @ts-expect-error: nobody could provide Config while it decodes
    Task.make("Needy", { payload: needy })
  })

  it("options take what they say", () => {
    Task.make("Options", {
      timeout: "1 second",
      grace: "infinity",
      priority: -1,
      validate: "none",
      span: true
    })
    // @ts-expect-error: no such option
    Task.make("Options", { timeOut: 5 })
    // @ts-expect-error: no such policy
    Task.make("Options", { validate: "sender" })
  })

  it("any task fits a list of tasks", () => {
    const all: ReadonlyArray<Task.AnyTask> = [Count, Tick, Every, Hashing, Module.sync, Count.on(Hash)]
    expectTypeOf(all[0]!).toExtend<Task.AnyTask>()
    const u: unknown = Count
    if (Task.isTask(u)) expectTypeOf(u).toEqualTypeOf<Task.AnyTask>()
  })

  it("transfer leaves the types of a schema alone", () => {
    const Pixels = Task.transfer(Schema.Uint8Array, (bytes) => {
      expectTypeOf(bytes).toEqualTypeOf<Uint8Array>()
      return [bytes.buffer as ArrayBuffer]
    })
    const Invert = Task.make("Invert", { payload: { pixels: Pixels }, success: Pixels })
    expectTypeOf(Invert({ pixels: new Uint8Array(1) })).toEqualTypeOf<
      Effect.Effect<Uint8Array, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: a Date can neither be copied nor moved by this list
    Task.transfer(Schema.Uint8Array, () => [new Date()])
  })
})

describe("errors", () => {
  it("a task may declare `TaskError` as its own: nested calls type-check", () => {
    const Outer = Task.make("Outer", {
      success: Schema.String,
      error: Schema.Union([TaskError.TaskError, TooLarge])
    })
    expectTypeOf(Outer()).toEqualTypeOf<
      Effect.Effect<string, TaskError.TaskError | TooLarge, TaskPool.TaskPool>
    >()
    const layer = Outer.toLayer(() => Count({ limit: 1 }))
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool>>()
    // @ts-expect-error: what it does not declare it may not fail with
    Task.make("Undeclared", { success: Schema.String }).toLayer(() => Count({ limit: 1 }))
  })

  it("catchTag takes them out one by one", () => {
    const caught = Count({ limit: 1 }).pipe(Effect.catchTag("TooLarge", ({ limit }) => Effect.succeed(limit)))
    expectTypeOf(caught).toEqualTypeOf<
      Effect.Effect<string | number, TaskError.TaskError, TaskPool.TaskPool>
    >()
    const never = caught.pipe(Effect.catchTag("TaskError", (error) => Effect.succeed(error.reason._tag)))
    expectTypeOf<Effect.Error<typeof never>>().toBeNever()
  })

  it("catchReason narrows to the fields of that reason", () => {
    const caught = Count({ limit: 1 }).pipe(
      Effect.catchReason("TaskError", "WorkerLost", (reason) => {
        expectTypeOf(reason).toEqualTypeOf<TaskError.WorkerLost>()
        expectTypeOf(reason.phase).toEqualTypeOf<"queue" | "run" | "reply" | "stop">()
        return Effect.succeed(reason.running)
      })
    )
    expectTypeOf<Effect.Success<typeof caught>>().toEqualTypeOf<string | ReadonlyArray<string>>()
    Count({ limit: 1 }).pipe(
      // @ts-expect-error: there is no such reason
      Effect.catchReason("TaskError", "WorkerLots", () => Effect.void)
    )
  })

  it("orDieTaskError leaves the task's own error", () => {
    expectTypeOf(Count({ limit: 1 }).pipe(Task.orDieTaskError)).toEqualTypeOf<
      Effect.Effect<string, TooLarge, TaskPool.TaskPool>
    >()
    expectTypeOf(Task.orDieTaskError(Tick())).toEqualTypeOf<Effect.Effect<void, never, TaskPool.TaskPool>>()
  })
})

describe("a handler", () => {
  it("gets the decoded payload and a context, and its layer requires the registry of a worker", () => {
    const layer = Count.toLayer((payload, context) => {
      expectTypeOf(payload).toEqualTypeOf<{ readonly limit: number }>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
      expectTypeOf(context.isInterrupted()).toEqualTypeOf<boolean>()
      return payload.limit > 9 ? Effect.fail(new TooLarge({ limit: 9 })) : Effect.succeed("ok")
    })
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers>>()
  })

  it("the services of a handler are required by its layer", () => {
    const layer = Count.toLayer(() => Effect.map(Config, ({ limit }) => String(limit)))
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers | Config>>()
  })

  it("may be made by an Effect, whose needs and failures are those of the layer", () => {
    const layer = Count.toLayer(
      Effect.gen(function* () {
        const { limit } = yield* Config
        if (limit < 0) return yield* new Other()
        return (payload: { readonly limit: number }) => Effect.succeed(String(payload.limit + limit))
      })
    )
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, Other, TaskHandlers | Config>>()
  })

  it("a handler with the wrong success or error does not compile", () => {
    // @ts-expect-error: a string is wanted
    Count.toLayer(() => Effect.succeed(1))
    // @ts-expect-error: it may not fail with that
    Count.toLayer(() => Effect.fail(new Other()))
    // @ts-expect-error: an Effect is wanted
    Count.toLayer(() => "text")
    // @ts-expect-error: an Effect is wanted, not a promise
    Count.toLayer(async () => "text")
    // @ts-expect-error: the payload has a number
    Count.toLayer(({ limit }: { readonly limit: string }) => Effect.succeed(limit))
    // @ts-expect-error: it has no failure
    Tick.toLayer(() => Effect.fail("no"))
  })
})

describe("a handler that is a plain function", () => {
  it("answers a success itself, and its layer requires the registry of a worker", () => {
    const layer = Count.toLayerSync((payload, context) => {
      expectTypeOf(payload).toEqualTypeOf<{ readonly limit: number }>()
      expectTypeOf(context.isInterrupted()).toEqualTypeOf<boolean>()
      return String(payload.limit)
    })
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers>>()
    Task.make("Any", { success: Schema.Unknown }).toLayerSync(() => 1)
    Tick.toLayerSync(() => {})
  })

  it("may be made by an Effect, whose needs and failures are those of the layer", () => {
    const layer = Count.toLayerSync(
      Effect.gen(function* () {
        const { limit } = yield* Config
        if (limit < 0) return yield* new Other()
        return (payload: { readonly limit: number }) => String(payload.limit + limit)
      })
    )
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, Other, TaskHandlers | Config>>()
  })

  it("a sync handler that returns the wrong type, an Effect or a promise does not compile", () => {
    // @ts-expect-error: a string is wanted
    Count.toLayerSync(() => 1)
    // @ts-expect-error: a string is wanted, not an Effect
    Count.toLayerSync(() => Effect.succeed("text"))
    // @ts-expect-error: a string is wanted, not a promise
    Count.toLayerSync(async () => "text")
    // @ts-expect-error: nothing would wait for the promise
    Tick.toLayerSync(async () => {})
    // @ts-expect-error: it has no result
    Tick.toLayerSync(() => 1)
    // @ts-expect-error: the payload has a number
    Count.toLayerSync(({ limit }: { readonly limit: string }) => limit)
  })
})

describe("requirements", () => {
  it("`TaskPool` goes when its layer is provided; `WorkerTransport` stays until a transport is", () => {
    const pooled = Count({ limit: 1 }).pipe(Effect.provide(TaskPool.layer({ size: 2 })))
    expectTypeOf(pooled).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError, WorkerTransport>
    >()
    expectTypeOf(pooled.pipe(Effect.provide(transport))).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError>
    >()
  })

  it("a task bound to another pool needs that pool", () => {
    const bound = Count.on(Hash)
    expectTypeOf(bound({ limit: 1 })).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError, Hash>
    >()
    const pooled = bound({ limit: 1 }).pipe(Effect.provide(TaskPool.layer()))
    // @ts-expect-error: Hash is still missing
    pooled satisfies Effect.Effect<string, TooLarge | TaskError.TaskError, WorkerTransport>
    expectTypeOf(bound({ limit: 1 }).pipe(Effect.provide(Hash.layer()))).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError, WorkerTransport>
    >()
    // @ts-expect-error: Config is no pool
    Count.on(Config)
  })

  it("the operations of a named pool need it too", () => {
    expectTypeOf(Hash.run(Count, { limit: 1 })).toEqualTypeOf<
      Effect.Effect<string, TooLarge | TaskError.TaskError, Hash>
    >()
    expectTypeOf<Effect.Services<typeof Hash.drain>>().toEqualTypeOf<Hash>()
    expectTypeOf<Effect.Services<typeof Hash.snapshot>>().toEqualTypeOf<Hash>()
  })
})

describe("operations take both kinds of task", () => {
  type Failed = TooLarge | TaskError.TaskError

  it("run", () => {
    expectTypeOf(TaskPool.run(Count, { limit: 1 }, { priority: 1 })).toEqualTypeOf<
      Effect.Effect<string, Failed, TaskPool.TaskPool>
    >()
    expectTypeOf(TaskPool.run(Tick, undefined)).toEqualTypeOf<
      Effect.Effect<void, TaskError.TaskError, TaskPool.TaskPool>
    >()
    expectTypeOf(TaskPool.run(Module.later, "text")).toEqualTypeOf<
      Effect.Effect<number, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: the payload is wrong
    TaskPool.run(Count, { limit: "1" })
    // @ts-expect-error: the argument is wrong
    TaskPool.run(Module.later, 1)
    // @ts-expect-error: no such option
    TaskPool.run(Count, { limit: 1 }, { prio: 1 })
    // @ts-expect-error: not a task
    TaskPool.run((payload: number) => Effect.succeed(payload), 1)
  })

  it("forEach", () => {
    expectTypeOf(TaskPool.forEach(Count, [{ limit: 1 }], { chunkSize: 2 })).toEqualTypeOf<
      Effect.Effect<Array<string>, Failed, TaskPool.TaskPool>
    >()
    expectTypeOf(TaskPool.forEach(Module.later, new Set(["a"]))).toEqualTypeOf<
      Effect.Effect<Array<number>, TaskError.TaskError, TaskPool.TaskPool>
    >()
    const into = new Float32Array(1)
    expectTypeOf(TaskPool.forEach(Module.later, ["a"], { into, chunkSize: 2 })).toEqualTypeOf<
      Effect.Effect<typeof into, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: its results are strings
    TaskPool.forEach(Count, [{ limit: 1 }], { into })
    // @ts-expect-error: its results are no bigints
    TaskPool.forEach(Module.later, ["a"], { into: new BigInt64Array(1) })
    // @ts-expect-error: the inputs are wrong
    TaskPool.forEach(Count, ["1"])
    // @ts-expect-error: the inputs are wrong
    TaskPool.forEach(Module.later, [1])
  })

  it("stream: the errors and needs of the input join in", () => {
    expectTypeOf(TaskPool.stream(Count, [{ limit: 1 }])).toEqualTypeOf<
      Stream.Stream<string, Failed, TaskPool.TaskPool>
    >()
    const source = {} as Stream.Stream<{ readonly limit: number }, Other, Config>
    expectTypeOf(TaskPool.stream(Count, source, { ordered: false })).toEqualTypeOf<
      Stream.Stream<string, Failed | Other, TaskPool.TaskPool | Config>
    >()
    expectTypeOf(TaskPool.stream(Module.later, Stream.make("a"))).toEqualTypeOf<
      Stream.Stream<number, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: the inputs are wrong
    TaskPool.stream(Count, Stream.make("a"))
  })

  it("fork: the scope is required, the handle knows the task's types", () => {
    expectTypeOf(TaskPool.fork(Count, { limit: 1 })).toEqualTypeOf<
      Effect.Effect<TaskPool.TaskHandle<string, Failed>, TaskError.TaskError, TaskPool.TaskPool | Scope.Scope>
    >()
    const handle = {} as TaskPool.TaskHandle<number, never>
    expectTypeOf(handle.await).toEqualTypeOf<Effect.Effect<number, TaskError.TaskError>>()
    expectTypeOf(handle.interrupt).toEqualTypeOf<Effect.Effect<TaskPool.Receipt>>()
    expectTypeOf(TaskPool.fork(Module.later, "a")).toEqualTypeOf<
      Effect.Effect<
        TaskPool.TaskHandle<number, TaskError.TaskError>,
        TaskError.TaskError,
        TaskPool.TaskPool | Scope.Scope
      >
    >()
  })

  it("broadcast: an exit per worker", () => {
    const all = TaskPool.broadcast(Count, { limit: 1 })
    expectTypeOf<Effect.Success<typeof all>[number]["exit"]>().toEqualTypeOf<Exit.Exit<string, Failed>>()
  })
})

describe("operations on functions of several parameters: S205", () => {
  type Ran<A> = Effect.Effect<A, TaskError.TaskError, TaskPool.TaskPool>
  const { add, later, most, nothing, sync, total } = Module
  const options = { priority: 1 }

  it("a function of several required parameters takes no single payload, in any operation", () => {
    // @ts-expect-error: b is missing
    TaskPool.run(add, 1, options)
    // @ts-expect-error: it is no function of one list
    TaskPool.run(add, [1, 2])
    // @ts-expect-error: b is missing
    TaskPool.forEach(add, [1, 2])
    // @ts-expect-error: it is no function of one list
    TaskPool.forEach(add, [[1, 2]])
    // @ts-expect-error: b is missing
    TaskPool.forEach(add, [1, 2], { into: new Float64Array(2) })
    // @ts-expect-error: b is missing
    TaskPool.forEach(add, new Float64Array(2))
    // @ts-expect-error: b is missing
    TaskPool.stream(add, [1, 2])
    // @ts-expect-error: b is missing
    TaskPool.stream(add, Stream.make(1, 2))
    // @ts-expect-error: b is missing
    TaskPool.fork(add, 1)
    // @ts-expect-error: b is missing
    TaskPool.broadcast(add, 1)
    // @ts-expect-error: b is missing
    Hash.run(add, 1)
  })

  it("its `spread` takes the list of its arguments, by each operation", () => {
    expectTypeOf(add.spread([1, 2])).toEqualTypeOf<Ran<number>>()
    expectTypeOf(TaskPool.run(add.spread, [1, 2], options)).toEqualTypeOf<Ran<number>>()
    expectTypeOf(TaskPool.forEach(add.spread, [[1, 2] as const])).toEqualTypeOf<Ran<Array<number>>>()
    TaskPool.forEach(add.spread, [
      [1, 2],
      [3, 4]
    ])
    TaskPool.forEach(add.spread, [[1, 2]], { into: new Float64Array(1), chunkSize: 1 })
    TaskPool.stream(add.spread, [[1, 2]], { ordered: false })
    TaskPool.stream(add.spread, Stream.make([1, 2] as const))
    TaskPool.fork(add.spread, [1, 2], options)
    TaskPool.broadcast(add.spread, [1, 2])
    // @ts-expect-error: b is missing
    TaskPool.run(add.spread, [1])
    // @ts-expect-error: one too many
    TaskPool.run(add.spread, [1, 2, 3])
    // @ts-expect-error: numbers are no lists of arguments
    TaskPool.forEach(add.spread, [1, 2])
    // @ts-expect-error: b is a number
    TaskPool.forEach(add.spread, [[1, "2"]])
    // @ts-expect-error: it is spread already
    void add.spread.spread
  })

  it("a function of one required parameter, or none, takes the payload as its argument; a list is one argument", () => {
    TaskPool.forEach(total, [
      [1, 2],
      [3, 4]
    ])
    TaskPool.run(later, "text")
    TaskPool.run(nothing, undefined)
    TaskPool.forEach(sync, [1, 2])
    TaskPool.forEach(most, new Float64Array(2))
    TaskPool.forEach(sync.spread, [[1], [2, 16]])
    TaskPool.forEach(most.spread, [[], [1], [1, 2, 3]])
    TaskPool.forEach(total.spread, [[[1, 2]]])
    // @ts-expect-error: base is a number
    TaskPool.forEach(sync.spread, [[1, "16"]])
    // @ts-expect-error: its one argument is a list
    TaskPool.forEach(total.spread, [[1, 2]])
  })
})

describe("the functions of a module", () => {
  it("sync and async functions keep their arguments and results", () => {
    expectTypeOf(Module.sync).parameters.toEqualTypeOf<[limit: number, base?: number | undefined]>()
    expectTypeOf(Module.sync(1, 2)).toEqualTypeOf<
      Effect.Effect<string, TaskError.TaskError, TaskPool.TaskPool>
    >()
    expectTypeOf(Module.later("a")).toEqualTypeOf<
      Effect.Effect<number, TaskError.TaskError, TaskPool.TaskPool>
    >()
    expectTypeOf(Module.nothing()).toEqualTypeOf<
      Effect.Effect<void, TaskError.TaskError, TaskPool.TaskPool>
    >()
    // @ts-expect-error: it takes a number
    Module.sync("1")
    // @ts-expect-error: it takes one
    Module.later()
  })

  it("the failure of an Effect is plain data: tag and fields, no methods, no class", () => {
    const call = Module.effectful(1)
    type Failure = Exclude<Effect.Error<typeof call>, TaskError.TaskError>
    const failure = {} as Failure
    expectTypeOf<Effect.Success<typeof call>>().toEqualTypeOf<number>()
    expectTypeOf<Failure["_tag"]>().toEqualTypeOf<"TooLarge">()
    expectTypeOf<Failure["limit"]>().toEqualTypeOf<number>()
    expectTypeOf<Failure>().not.toHaveProperty("describe")
    const caught = call.pipe(Effect.catchTag("TooLarge", ({ limit }) => Effect.succeed(limit)))
    expectTypeOf<Effect.Error<typeof caught>>().toEqualTypeOf<TaskError.TaskError>()
    // @ts-expect-error: the class stays behind
    failure satisfies Fixture.TooLarge
    class Whole extends Data.TaggedError("Whole")<{ readonly at: Date }> {}
    expectTypeOf<Task.Plain<Whole>["at"]>().toEqualTypeOf<Date>()
    expectTypeOf<Task.Plain<"text">>().toEqualTypeOf<"text">()
  })

  it("an Effect that needs services cannot be called", () => {
    // @ts-expect-error: nobody provides Service in a worker of plain modules
    Module.needy()
  })

  it("generators are streams, and what is no function is left out", () => {
    expectTypeOf<keyof typeof Module>().toEqualTypeOf<
      | "sync"
      | "add"
      | "total"
      | "most"
      | "later"
      | "effectful"
      | "needy"
      | "nothing"
      | "counting"
      | "countingLater"
    >()
    type Numbers = Stream.Stream<number, TaskError.TaskError, TaskPool.TaskPool>
    expectTypeOf(Module.counting.stream(3)).toEqualTypeOf<Numbers>()
    expectTypeOf(Module.countingLater.stream(3)).toEqualTypeOf<Numbers>()
    // @ts-expect-error: a class
    void Module.TooLarge
    // @ts-expect-error: a generator gives no single result
    void Module.counting(3)
    // @ts-expect-error: a number
    void Module.constant
  })

  it("a module may be bound to a pool of its own", () => {
    const OnHash = Task.fromModule<typeof Fixture, Hash>(new URL("file:///module.ts"), { pool: Hash })
    expectTypeOf(OnHash.later("a")).toEqualTypeOf<Effect.Effect<number, TaskError.TaskError, Hash>>()
    // @ts-expect-error: a module has no schemas
    Task.fromModule<typeof Fixture>(new URL("file:///module.ts"), { payload: Schema.String })
  })
})
