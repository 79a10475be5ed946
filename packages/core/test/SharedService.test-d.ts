// The promises of the types. Lines under `@ts-expect-error` must not compile.
/* oxlint-disable vitest/expect-expect -- a line that must not compile is the assertion */
/** @effect-diagnostics floatingEffect:off missingEffectError:off missingEffectContext:off */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { describe, expectTypeOf, it } from "vitest"
import * as SharedService from "../src/SharedService.ts"
import * as Task from "../src/Task.ts"
import type { TaskError } from "../src/TaskError.ts"
import * as TaskPool from "../src/TaskPool.ts"
import type { TaskHandlers } from "../src/TaskRunner.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}
class Missing extends Schema.TaggedError<Missing>()("Missing", {}) {}
class Config extends Context.Service<Config, { readonly limit: number }>()("test/Config") {}
class Disk extends Context.Service<Disk, { readonly path: string }>()("test/Disk") {}
class Own extends TaskPool.Service<Own>()("test/Own") {}

const Store = SharedService.make("Store", {
  payload: { size: Schema.Int },
  error: Refused,
  methods: {
    get: { payload: { key: Schema.String }, success: Schema.Int, error: Missing },
    find: { payload: { key: Schema.optionalKey(Schema.String) }, success: Schema.Int },
    clear: {}
  }
})
const Plain = SharedService.make("Plain", { methods: { ping: { success: Schema.String } } })

type Reference = (typeof Store)["schema"]["Type"]
declare const store: Reference
declare const plain: (typeof Plain)["schema"]["Type"]

describe("a service", () => {
  it("has a function for each method, typed by its schemas, which requires nothing", () => {
    expectTypeOf(store.get({ key: "a" })).toEqualTypeOf<Effect.Effect<number, Missing | TaskError>>()
    expectTypeOf(store.find()).toEqualTypeOf<Effect.Effect<number, TaskError>>()
    expectTypeOf(store.find({ key: "a" }, { timeout: 5 })).toEqualTypeOf<Effect.Effect<number, TaskError>>()
    expectTypeOf(store.clear()).toEqualTypeOf<Effect.Effect<void, TaskError>>()
    expectTypeOf(store.clear(undefined, { priority: 1 })).toEqualTypeOf<Effect.Effect<void, TaskError>>()
    // @ts-expect-error: a payload is missing
    store.get()
    // @ts-expect-error: not the payload
    store.get({ key: 1 })
    // @ts-expect-error: no such method
    store.drop()
  })

  it("starts with its payload and its own error, on the default pool or another", () => {
    expectTypeOf(Store.start({ size: 1 })).toEqualTypeOf<
      Effect.Effect<Reference, Refused | TaskError, TaskPool.TaskPool | Scope.Scope>
    >()
    expectTypeOf(Plain.start(undefined, { restart: "fresh" })).toEqualTypeOf<
      Effect.Effect<(typeof Plain)["schema"]["Type"], TaskError, TaskPool.TaskPool | Scope.Scope>
    >()
    expectTypeOf(Plain.on(Own).start()).toEqualTypeOf<
      Effect.Effect<(typeof Plain)["schema"]["Type"], TaskError, Own | Scope.Scope>
    >()
    // @ts-expect-error: a payload is missing
    Store.start()
    // @ts-expect-error: no such option
    Plain.start(undefined, { restart: "always" })
  })

  it("is implemented by a function for each method; what acquiring and methods need is what the layer needs", () => {
    const layer = Store.toLayer(({ size }) =>
      Effect.gen(function* () {
        const { limit } = yield* Config
        yield* Effect.addFinalizer(() => Effect.void)
        if (size > limit) return yield* new Refused()
        return Store.of({
          get: ({ key }) => (key === "" ? Effect.fail(new Missing()) : Effect.succeed(size)),
          find: ({ key }, { isInterrupted }) =>
            Effect.succeed((key?.length ?? 0) + (isInterrupted() ? 1 : 0)),
          clear: () => Effect.asVoid(Disk)
        })
      })
    )
    expectTypeOf(layer).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers | Config | Disk>>()
    const pinging = Plain.toLayer(Effect.succeed({ ping: () => Effect.succeed("pong") }))
    expectTypeOf(pinging).toEqualTypeOf<Layer.Layer<never, never, TaskHandlers>>()
    // @ts-expect-error: a method is missing
    Store.of({ get: () => Effect.succeed(1), clear: () => Effect.void })
    // @ts-expect-error: not the success
    Plain.toLayer(Effect.succeed({ ping: () => Effect.succeed(1) }))
    // @ts-expect-error: a failure that is not declared
    Plain.toLayer(Effect.succeed({ ping: () => Effect.fail("no") }))
    // @ts-expect-error: acquiring may not fail
    Plain.toLayer(Effect.fail("no"))
  })

  it("travels in the payload of a task", () => {
    const Use = Task.make("Use", { payload: { store: Store.schema }, success: Schema.Array(Store.schema) })
    Use({ store })
    // @ts-expect-error: no reference
    Use({ store: {} })
    // @ts-expect-error: a reference to another service
    Use({ store: plain })
    Use.toLayer(({ store: received }) => Effect.succeed([received]))
  })
})
