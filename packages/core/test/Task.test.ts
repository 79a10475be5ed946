import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { TypeId } from "../src/internal/model/definition.ts"
import { type HandlerContext, setCurrent, TaskHandlers } from "../src/internal/model/handler.ts"
import type { PoolService } from "../src/internal/model/pool.ts"
import { codecOf } from "../src/protocol/values/Codec.ts"
import * as Task from "../src/Task.ts"
import { QueueFull, TaskError } from "../src/TaskError.ts"
import * as TaskPool from "../src/TaskPool.ts"

const none: Context.Context<any> = Context.makeUnsafe(new Map())

const invalid = (f: () => unknown): TaskPool.InvalidOption => {
  try {
    f()
  } catch (error) {
    assert.instanceOf(error, TaskPool.InvalidOption)
    return error
  }
  return assert.fail("it was taken")
}

/** A pool that answers each call with `answer(payload)`. */
const poolOf = (answer: (payload: unknown) => Effect.Effect<unknown>) =>
  ({
    begin: (_, payload, resume) => resume(answer(payload))
  }) satisfies Partial<PoolService> as unknown as PoolService

/** The pool's record of a call. */
const handedOver = (call: Effect.Effect<unknown, unknown, TaskPool.TaskPool>): unknown => {
  let seen: unknown
  const pool = poolOf((payload) => Effect.sync(() => void (seen = payload)))
  Effect.runSync(Effect.provideService(call, TaskPool.TaskPool, pool) as Effect.Effect<unknown>)
  return seen
}

describe("Task.make", () => {
  it("nothing said: a task without payload, result and failure, run at most once and without limits (G6)", () => {
    const { name, policy } = Task.make("Tick")[TypeId]
    assert.strictEqual(name, "Tick")
    assert.deepStrictEqual(policy, {
      idempotent: false,
      timeout: Infinity,
      queueTimeout: Infinity,
      priority: 0,
      grace: undefined,
      validate: "receiver",
      needsProcess: false,
      span: false
    })
  })

  it("everything said is taken", () => {
    const task = Task.make("All", {
      payload: { n: Schema.Int },
      idempotent: true,
      timeout: "2 seconds",
      queueTimeout: 50,
      priority: -100,
      grace: "infinity",
      validate: "both",
      needsProcess: true,
      span: true
    })
    assert.deepStrictEqual(task[TypeId].policy, {
      idempotent: true,
      timeout: 2000,
      queueTimeout: 50,
      priority: -100,
      grace: Infinity,
      validate: "both",
      needsProcess: true,
      span: true
    })
    assert.strictEqual(task.key, "All")
    assert.strictEqual((task as unknown as { name: string }).name, "All")
  })

  const wrong: ReadonlyArray<readonly [option: string, options: object]> = [
    ...[-1, NaN, "soon"].flatMap((value) => [
      ["timeout", { timeout: value }] as const,
      ["queueTimeout", { queueTimeout: value }] as const,
      ["grace", { grace: value }] as const
    ]),
    ...[1.5, 101, -101, NaN, "1"].map((priority) => ["priority", { priority }] as const)
  ]
  for (const [option, options] of wrong) {
    const text = JSON.stringify(options, (_, v: unknown) => (Number.isNaN(v) ? "NaN" : v))
    it(`${text} is refused, naming ${option}: S116`, () => {
      assert.strictEqual(invalid(() => Task.make("Bad", options)).option, option)
    })
  }

  it("a task needs a name: S116", () => {
    assert.strictEqual(invalid(() => Task.make("")).option, "name")
  })

  it("an option that does not exist, or a value that none knows, is refused, naming the field: S116, S159", () => {
    assert.strictEqual(invalid(() => Task.make("Bad", { timeOut: 5 } as any)).option, "timeOut")
    assert.strictEqual(invalid(() => Task.make("Bad", { validate: "sender" } as any)).option, "validate")
  })

  it("a task that moves its payload is refused as idempotent, wherever the transfer stands: G6", () => {
    const Moved = Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])
    for (const payload of [Moved, { pixels: Moved }, { inner: Schema.Struct({ pixels: Moved }) }]) {
      assert.strictEqual(
        invalid(() => Task.make("Move", { payload, idempotent: true } as any)).option,
        "idempotent"
      )
    }
    Task.make("Move", { payload: { pixels: Moved } })
    // A reply may move, because the worker makes a new reply.
    Task.make("Reply", { success: Moved, idempotent: true })
  })

  it("isTask knows tasks of both kinds, and nothing else", () => {
    const module = Task.fromModule<{ f: () => number }>(new URL("file:///m.ts"))
    for (const task of [Task.make("A"), module.f, Task.make("B").on(TaskPool.TaskPool)]) {
      assert.isTrue(Task.isTask(task))
    }
    for (const other of [undefined, null, "A", 1, {}, () => Effect.void, Effect.void, { key: "A" }, module]) {
      assert.isFalse(Task.isTask(other), inspect(other))
    }
  })
})

describe("a call", () => {
  it("hands its payload over as it is", () => {
    const payload = { n: 1 }
    assert.strictEqual(handedOver(Task.make("N", { payload: { n: Schema.Int } })(payload)), payload)
  })

  it("without a payload: nothing for a void task, an empty object where every field is optional", () => {
    assert.isUndefined(handedOver(Task.make("Void")()))
    const task = Task.make("Optional", { payload: { n: Schema.optionalKey(Schema.Int) } })
    assert.deepStrictEqual(codecOf(task[TypeId]).host.encodePayload(handedOver(task())), {})
  })

  it("null is a payload like any other", () => {
    assert.isNull(handedOver(Task.make("Nullable", { payload: Schema.NullOr(Schema.String) })(null)))
    assert.isNull(handedOver(Task.make("Null", { payload: Schema.Null })(null)))
  })

  it("fields with a constructor default, which the types let a caller leave out, are filled in", () => {
    const task = Task.make("Defaults", {
      payload: { n: Schema.Int.pipe(Schema.withConstructorDefault(Effect.succeed(7))), text: Schema.String }
    })
    const payload = handedOver(task({ text: "a" }))
    const { host, worker } = codecOf(task[TypeId])
    assert.deepStrictEqual(worker.decodePayload(host.encodePayload(payload)), { n: 7, text: "a" })
  })

  it("describes work: nothing runs until the Effect does, and each run is a task of its own", () => {
    let runs = 0
    const pool = poolOf(() => Effect.sync(() => ++runs))
    const call = Task.make("Tick")()
    assert.strictEqual(runs, 0)
    const program = Effect.andThen(call, call).pipe(Effect.provideService(TaskPool.TaskPool, pool))
    Effect.runSync(program as Effect.Effect<unknown>)
    assert.strictEqual(runs, 2)
  })

  it("`on` takes it to another pool and leaves the original where it was", () => {
    class Hash extends TaskPool.Service<Hash>()("test/Hash") {}
    const pool = (name: string) => poolOf(() => Effect.succeed(name))
    const task = Task.make("Which", { success: Schema.String })
    const context = Context.make(TaskPool.TaskPool, pool("default")).pipe(
      Context.add(Hash as any, pool("hash"))
    ) as Context.Context<any>
    const both = Effect.all([task(), task.on(Hash)(), task.on(Hash).on(TaskPool.TaskPool)()])
    assert.deepStrictEqual(Effect.runSync(Effect.provideContext(both, context) as Effect.Effect<any>), [
      "default",
      "hash",
      "default"
    ])
  })
})

describe("Task.toLayer", () => {
  const build = <R>(layer: Layer.Layer<never, unknown, R>, extra: Context.Context<any> = none) => {
    const added: Array<Parameters<TaskHandlers["Service"]["add"]>[0]> = []
    const handlers = TaskHandlers.of({ add: (entry) => void added.push(entry) })
    const context: Context.Context<any> = Context.add(extra, TaskHandlers, handlers)
    const exit = Effect.runSyncExit(
      Effect.scoped(Layer.build(layer)).pipe(Effect.provideContext(context)) as Effect.Effect<unknown>
    )
    return { added, exit }
  }

  it("registers the handler with the services that were there", () => {
    class Config extends Context.Service<Config, number>()("test/Config") {}
    const task = Task.make("Tick")
    const handler = () => Effect.asVoid(Config)
    const { added } = build(task.toLayer(handler), Context.make(Config, 5))
    assert.strictEqual(added.length, 1)
    assert.strictEqual(added[0]!.definition, task[TypeId])
    assert.strictEqual(added[0]!.handler, handler)
    assert.strictEqual(Context.get(added[0]!.context as Context.Context<any>, Config), 5)
  })

  it("an Effect that makes the handler runs once per layer, before the handler is there: S015", () => {
    let made = 0
    const make = Effect.sync(() => {
      made++
      return () => Effect.void
    })
    const { added } = build(Task.make("Tick").toLayer(make))
    assert.deepStrictEqual([made, added.length], [1, 1])
  })

  it("a plain function is told from a handler that answers Effects; an Effect may make either", () => {
    const task = Task.make("Tick")
    const layers = [
      task.toLayer(() => Effect.void),
      task.toLayerSync(() => {}),
      task.toLayerSync(Effect.succeed(() => {}))
    ]
    assert.deepStrictEqual(
      layers.map((layer) => build(layer).added.map(({ kind }) => kind)),
      [["effect"], ["sync"], ["sync"]]
    )
  })

  it("a handler that is no function is refused, naming the task: S116", () => {
    const task = Task.make("Tick")
    const wrong: any = { not: "a function" }
    for (const { exit } of [build(task.toLayer(wrong)), build(task.toLayerSync(wrong))]) {
      const defect = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isDieReason)?.defect : undefined
      assert.instanceOf(defect, TaskPool.InvalidOption)
      assert.strictEqual(defect.option, "handler")
      assert.include(defect.message, "Tick")
    }
  })
})

describe("Task.fromModule", () => {
  const url = new URL("file:///some/where/primes.ts")
  const Primes = Task.fromModule<{ readonly count: (limit: number, base: number) => number }>(url, {
    timeout: "1 second"
  })

  it("a function is a task whose payload is the list of its arguments; one property, one task", () => {
    assert.deepStrictEqual(handedOver(Primes.count(10, 2)), [10, 2])
    assert.strictEqual(Primes.count, Primes.count)
    const definition = Primes.count[TypeId]
    assert.strictEqual(definition.name, "primes.ts#count")
    assert.deepStrictEqual(definition.module, { url: url.href, name: "count" })
    assert.strictEqual(definition.policy.timeout, 1000)
  })

  it("`spread` is the same function as a task of one payload, the list of its arguments; one property, one task: S205", () => {
    const { spread } = Primes.count
    assert.deepStrictEqual(handedOver(spread([10, 2])), [[10, 2]])
    assert.strictEqual(spread, Primes.count.spread)
    assert.deepStrictEqual(spread[TypeId], {
      ...Primes.count[TypeId],
      module: { url: url.href, name: "count", spread: true }
    })
    assert.isTrue(Task.isTask(spread))
  })

  it("its options are checked: S116", () => {
    assert.strictEqual(invalid(() => Task.fromModule(url, { priority: 1000 })).option, "priority")
  })

  it("its proxy answers undefined to symbols, `then` and `toJSON`, so that nobody takes it for more than it is: S159", async () => {
    const proxy = Primes as any
    for (const name of ["then", "toJSON", Symbol.iterator, Symbol.toPrimitive, Symbol.toStringTag]) {
      assert.isUndefined(proxy[name], String(name))
    }
    assert.strictEqual(await Promise.resolve(proxy), proxy)
    assert.strictEqual(JSON.stringify({ proxy }), '{"proxy":{}}')
    assert.isFalse(Task.isTask(proxy))
    assert.isFalse(Effect.isEffect(proxy))
    assert.isString(inspect(proxy))
  })

  it("its proxy has no prototype: `constructor` and `__proto__` are names like any other, and nothing is set: S156", () => {
    const proxy = Primes as any
    assert.isNull(Object.getPrototypeOf(proxy))
    assert.strictEqual(proxy.constructor[TypeId].name, "primes.ts#constructor")
    assert.isTrue(Task.isTask(proxy.__proto__))
    assert.deepStrictEqual(Object.keys(proxy), [])
    assert.isUndefined(({} as any).polluted)
  })
})

describe("Task.isInterrupted", () => {
  it("is false outside of a handler", () => {
    assert.isFalse(Task.isInterrupted())
    assert.isFalse(Effect.runSync(Effect.sync(Task.isInterrupted)))
  })

  it("inside, it is the handler's own, also when one runs within another: S049", () => {
    const context = (interrupted: boolean) => ({
      signal: AbortSignal.abort(),
      isInterrupted: () => interrupted,
      progress: () => {}
    })
    const within = <A>(current: HandlerContext, f: () => A): A => {
      const outer = setCurrent(current)
      const result = f()
      setCurrent(outer)
      return result
    }
    const seen = within(context(true), () => [
      Task.isInterrupted(),
      within(context(false), Task.isInterrupted),
      Task.isInterrupted()
    ])
    assert.deepStrictEqual(seen, [true, false, true])
    assert.isFalse(Task.isInterrupted())
  })
})

describe("Task.orDieTaskError", () => {
  const full = new TaskError({ task: "T", reason: new QueueFull({ capacity: 1 }) })

  it("a TaskError becomes a defect: G9", () => {
    const exit = Effect.runSyncExit(Task.orDieTaskError(Effect.fail(full)))
    assert.deepStrictEqual(exit, Exit.die(full))
  })

  it("everything else stays: values, own errors, defects, interruptions, and what stands beside a TaskError: G9", () => {
    const untouched: ReadonlyArray<Exit.Exit<unknown, unknown>> = [
      Exit.succeed(1),
      Exit.fail("own"),
      Exit.fail({ _tag: "Other" }),
      Exit.die(full),
      Exit.interrupt(3)
    ]
    for (const exit of untouched) assert.deepStrictEqual(Effect.runSyncExit(Task.orDieTaskError(exit)), exit)
    const [fail, die, own] = [
      Cause.makeFailReason(full),
      Cause.makeDieReason("d"),
      Cause.makeFailReason("own")
    ]
    const both = Exit.failCause(Cause.fromReasons<unknown>([fail, die, own]))
    assert.deepStrictEqual(
      Effect.runSyncExit(Task.orDieTaskError(both)),
      Exit.failCause(Cause.fromReasons<unknown>([Cause.makeDieReason(full), die, own]))
    )
  })
})
