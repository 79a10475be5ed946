import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import type { AnyHandler } from "../../../../src/internal/model/handler.ts"
import { type HandlerFunction, CompiledHandler } from "../../../../src/internal/worker/handlers/handlers.ts"
import { type Items, type Launch, runItems } from "../../../../src/internal/worker/handlers/items.ts"
import { isExit } from "../../../../src/internal/model/genuine.ts"
import { Job, type JobExit } from "../../../../src/internal/worker/Job.ts"
import * as Claims from "../../../../src/protocol/claims/Claims.ts"
import { Refused } from "../../../../src/protocol/values/Clonable.ts"
import * as SharedChunk from "../../../../src/protocol/values/SharedChunk.ts"
import * as Task from "../../../../src/Task.ts"
import { Malformed } from "../../../../src/TaskError.ts"

const jobOf = (payload: unknown) => {
  const words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(1)))
  const ticket = Claims.offer(words, 0)
  const route = { number: 0, name: "Task", module: undefined, compiled: undefined, count: 0, millis: 0 }
  const job = new Job(
    { words, claimCapacity: 1 },
    true,
    Claims.refOf(1, 0, ticket),
    route,
    payload,
    undefined
  )
  job.claim()
  return { job, interrupt: () => Claims.interrupt(words, 0, ticket) }
}

const launch: Launch = (effect, onExit) => {
  if (isExit(effect)) return effect
  const fiber = Effect.runFork(effect)
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return exit
  fiber.addObserver(onExit)
  return undefined
}

interface Outcome {
  readonly exit: JobExit
  readonly ran: number
}

const runOn = (handler: CompiledHandler, job: Job): Promise<Outcome> =>
  new Promise((resolve) => {
    runItems(
      job,
      handler,
      launch,
      (f) => f(),
      {},
      (exit, ran) => resolve({ exit, ran })
    )
  })

const Finite = Task.make("Number", { payload: Schema.Finite, success: Schema.Finite, error: Schema.String })

const compiled = (run: (n: number) => unknown, task: Task.AnyTask = Finite): CompiledHandler => {
  const found = new CompiledHandler(task[TypeId], { kind: "effect", run }, Context.empty())
  // Proven short, so the flag is read once per 64 items.
  found.measure.add(0.001, 100)
  return found
}

const numbers = (count: number) => Float64Array.from({ length: count }, (_, n) => n)

const answers = ({ exit }: Outcome): ReadonlyArray<unknown> => {
  if (exit._tag === "Failure") throw new Error(Cause.pretty(exit.cause))
  return Array.from((exit.value as Items).encoded)
}

describe("many items of one task", () => {
  it("each is handled once and in order, whether it is answered at once, later, or by a number at all: G1", async () => {
    const Any = Task.make("Any", { payload: Schema.Finite, success: Schema.Unknown })
    const ways: ReadonlyArray<(n: number) => Effect.Effect<unknown>> = [
      (n) => Effect.succeed(n),
      (n) => Effect.sync(() => n),
      (n) => Effect.as(Effect.yieldNow, n),
      (n) => Effect.succeed(`${n}`)
    ]
    // Every order of two ways, in runs of different lengths.
    for (const [first, second, every] of ways.flatMap((a) =>
      ways.map((b, i) => [a, b, 3 + 20 * i] as const)
    )) {
      const handled: Array<number> = []
      const handler = compiled((n) => {
        handled.push(n)
        return n % every === every - 1 ? second(n) : first(n)
      }, Any)
      const found = answers(await runOn(handler, jobOf(numbers(200)).job))
      assert.deepStrictEqual(handled, Array.from(numbers(200)))
      assert.deepStrictEqual(found.map(Number), handled)
    }
  })

  it("the answers to a sharedChunk are put beside its items, which stay; answers of other kinds are a list: G6", async () => {
    const Any = Task.make("Any", { payload: Schema.Finite, success: Schema.Unknown })
    for (const at of [-1, 0, 63, 64, 199]) {
      const handler = compiled((n) => Effect.succeed(n === at ? "other" : -n), Any)
      const items = SharedChunk.items(SharedChunk.make(256), 200)
      items.set(numbers(200))
      const { exit } = await runOn(handler, jobOf(items).job)
      const { encoded } = (exit as Exit.Success<Items>).value
      assert.deepStrictEqual(
        Array.from(encoded as ArrayLike<unknown>),
        Array.from(numbers(200), (n) => (n === at ? "other" : -n))
      )
      assert.deepStrictEqual(Array.from(items), Array.from(numbers(200)))
      assert.strictEqual(SharedChunk.isShared(encoded) && encoded.buffer === items.buffer, at === -1)
    }
  })

  it("the first failure, defect or throw ends the rest, and nothing is handled twice: G9", async () => {
    const ends: ReadonlyArray<readonly [(n: number) => unknown, (cause: Cause.Cause<unknown>) => boolean]> = [
      [(n) => Effect.fail(`no ${n}`), Cause.hasFails],
      [(n) => Effect.die(new Error(`no ${n}`)), Cause.hasDies],
      [
        (n) => {
          throw new Error(`no ${n}`)
        },
        Cause.hasDies
      ]
    ]
    for (const [end, isExpected] of ends) {
      for (const at of [0, 1, 63, 64, 65, 130]) {
        let handled = 0
        const handler = compiled((n) => {
          handled++
          return n === at ? end(n) : Effect.succeed(n)
        })
        const { exit, ran } = await runOn(handler, jobOf(numbers(200)).job)
        assert.isTrue(
          exit._tag === "Failure" && isExpected(exit.cause),
          Exit.isFailure(exit) ? "" : "succeeded"
        )
        assert.deepStrictEqual([handled, ran], [at + 1, at + 1])
      }
    }
  })

  it("a payload or a success that does not fit fails the rest, and says where it was checked: G10", async () => {
    const inputs = numbers(100)
    inputs[70] = NaN
    const bad = await runOn(
      compiled((n) => Effect.succeed(n)),
      jobOf(inputs).job
    )
    const wrong = await runOn(
      compiled((n) => Effect.succeed(n === 70 ? Infinity : n)),
      jobOf(numbers(100)).job
    )
    for (const [{ exit, ran }, what] of [
      [bad, "payload"],
      [wrong, "success"]
    ] as const) {
      const error = exit._tag === "Failure" ? Cause.squash(exit.cause) : undefined
      assert.isTrue(
        error instanceof Malformed && error.what === what && error.side === "worker",
        String(error)
      )
      assert.strictEqual(ran, 71)
    }
  })

  it("an interruption is seen between two items; of short ones within 64: G4", async () => {
    const { interrupt, job } = jobOf(numbers(1000))
    let handled = 0
    const handler = compiled((n) => {
      handled++
      if (n === 100) interrupt()
      return Effect.succeed(n)
    })
    const { exit, ran } = await runOn(handler, job)
    assert.isTrue(exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause))
    assert.deepStrictEqual([handled, ran], [128, 128])
  })

  it("an item that waits holds the next ones back: G1", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const handled: Array<number> = []
    const running = runOn(
      compiled((n) => {
        handled.push(n)
        return n === 20 ? Effect.as(Deferred.await(gate), n) : Effect.succeed(n)
      }),
      jobOf(numbers(40)).job
    )
    assert.strictEqual(handled.length, 21)
    Deferred.doneUnsafe(gate, Effect.void)
    assert.deepStrictEqual(answers(await running), Array.from(numbers(40)))
  })

  describe("of a handler that is a plain function", () => {
    const sync = (run: AnyHandler, task: Task.AnyTask = Finite) =>
      new CompiledHandler(task[TypeId], { kind: "sync", run }, Context.empty())

    it("each answer is a success, as it was then: a number, or other data: G1", async () => {
      const Any = Task.make("Any", { payload: Schema.Finite, success: Schema.Unknown })
      const others = [{ a: 1 }, "text", undefined, [1]]
      const handled: Array<number> = []
      const handler = sync((n: number) => {
        handled.push(n)
        return n < 90 ? -n : others[n % others.length]
      }, Any)
      const found = answers(await runOn(handler, jobOf(numbers(200)).job))
      assert.deepStrictEqual(handled, Array.from(numbers(200)))
      for (const [n, answer] of found.entries()) {
        assert.deepStrictEqual(answer, n < 90 ? -n : others[n % others.length])
        assert.isFalse(
          typeof answer === "object" && others.includes(answer as never),
          "it is an object of its own"
        )
      }
    })

    it("an Effect as an answer is no data: it is refused where it stands, and nobody runs it: S201, G10", async () => {
      const Any = Task.make("Any", { payload: Schema.Finite, success: Schema.Unknown })
      const handler = sync((n: number) => (n === 3 ? Effect.sync(() => assert.fail("it ran")) : n), Any)
      const { exit, ran } = await runOn(handler, jobOf(numbers(20)).job)
      assert.strictEqual(ran, 4)
      const refusal = exit._tag === "Failure" ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(refusal, Refused)
      assert.match(refusal.path, /^\$\[3\]/)
    })

    it("a payload or a result that does not fit fails the rest, as Malformed and not as a defect: G10", async () => {
      const inputs = numbers(100)
      inputs[70] = NaN
      for (const [handler, items, what] of [
        [sync((n: number) => n), inputs, "payload"],
        [sync((n: number) => (n === 70 ? Infinity : n)), numbers(100), "success"],
        [sync((n: number) => (n === 70 ? "text" : n)), numbers(100), "success"],
        [sync((n: number) => (n === 70 ? Exit.succeed(n) : n)), numbers(100), "success"]
      ] as const) {
        const { exit, ran } = await runOn(handler, jobOf(items).job)
        const error = exit._tag === "Failure" ? Cause.squash(exit.cause) : undefined
        assert.isTrue(error instanceof Malformed && error.what === what, String(error))
        assert.strictEqual(ran, 71)
      }
    })

    it("an exception is a defect, and ends the rest: G9", async () => {
      let handled = 0
      const handler = sync((n: number) => {
        handled++
        if (n === 64) throw new RangeError("no")
        return n
      })
      const { exit } = await runOn(handler, jobOf(numbers(200)).job)
      assert.isTrue(exit._tag === "Failure" && Cause.hasDies(exit.cause))
      assert.strictEqual(handled, 65)
    })

    it("a handler may ask in the middle of an item whether it is interrupted: G4", async () => {
      const { interrupt, job } = jobOf(numbers(100))
      const seen: Array<boolean> = []
      const handler = sync((n: number, { isInterrupted }) => {
        if (n === 10) interrupt()
        seen.push(isInterrupted())
        return n
      })
      const { exit } = await runOn(handler, job)
      assert.isTrue(exit._tag === "Failure" && Cause.hasInterruptsOnly(exit.cause))
      assert.deepStrictEqual(seen, [...Array.from({ length: 10 }, () => false), true])
    })
  })

  it("a module's function is called with one argument, and answers numbers, other data, or Effects", async () => {
    const body: HandlerFunction = {
      kind: "module",
      run: (...args) => {
        const [n] = args as [number]
        if (args.length !== 1) throw new Error("more than an item")
        return n % 50 === 49 ? Effect.succeed(-n) : n % 50 === 48 ? { n } : n
      }
    }
    const handler = new CompiledHandler(Finite[TypeId], body, Context.empty())
    const found = answers(await runOn(handler, jobOf(numbers(100)).job))
    assert.deepStrictEqual(found[48], { n: 48 })
    assert.deepStrictEqual(found[49], -49)
    assert.deepStrictEqual(found[97], 97)
  })

  it("a handler that answers data where an Effect is due dies of a clear defect, an Exit by its looks too: S210", async () => {
    const looksSo = { "~effect/Effect": {}, "~effect/Exit": "~effect/Exit", _tag: "Success", value: 5 }
    for (const answered of [5, undefined, {}, looksSo]) {
      for (const at of [0, 70]) {
        const handler = compiled((n) => (n === at ? answered : Exit.succeed(n)))
        const { exit } = await runOn(handler, jobOf(numbers(100)).job)
        const [reason] = exit._tag === "Failure" ? exit.cause.reasons : []
        assert.match(String(reason?._tag === "Die" && reason.defect), /did not return an Effect.*toLayerSync/)
      }
    }
  })
})
