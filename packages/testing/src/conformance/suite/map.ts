/**
 * Conformance cases: MAP.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectInterrupted,
  makeCase
} from "./Harness.ts"
import { mapSpread } from "./map.spread.ts"
import { mapStreams } from "./map.streams.ts"
import { Broken, Greet, Item, item, Plain } from "./map.tasks.ts"
import * as Signal from "./Signal.ts"
import { range } from "./Steps.ts"
import { Add, Nothing, Sleep } from "./tasks.ts"

type Payload = typeof Item.payload.Type

/** Durations of 0 to 6 ms in no order. */
const shuffled = (count: number): Array<{ readonly millis: number }> =>
  range(count).map((i) => ({ millis: ((i * 7919) % 13) / 2 }))

const ids = <A, E>(
  exit: Exit.Exit<A, E>
): { fails: Array<unknown>; dies: Array<unknown>; interrupts: number } => {
  const found = { fails: [] as Array<unknown>, dies: [] as Array<unknown>, interrupts: 0 }
  for (const reason of exit._tag === "Failure" ? exit.cause.reasons : []) {
    if (Cause.isFailReason(reason))
      found.fails.push(reason.error instanceof Broken ? reason.error.id : reason.error)
    else if (Cause.isDieReason(reason)) found.dies.push(String(reason.defect))
    else found.interrupts++
  }
  found.fails.sort()
  found.dies.sort()
  return found
}

/** Throws instead of giving the item at `index`. */
function* throwing(index: number) {
  for (const id of range(index)) yield { id }
  throw new Error("the input broke")
}

const results: ReadonlyArray<Case> = [
  makeCase(
    "forEach gives results in the order of its inputs, for any durations: S132",
    { size: 3 },
    Effect.gen(function* () {
      const inputs = shuffled(60)
      for (const options of [undefined, { chunkSize: 1 }, { chunkSize: 7 }, { concurrency: 2 }]) {
        const found = yield* TaskPool.forEach(Sleep, inputs, options)
        expectEqual(
          found,
          inputs.map(({ millis }) => millis),
          JSON.stringify(options)
        )
      }
    })
  ),
  makeCase(
    "forEach and stream over no input give no result, and submit nothing: S132",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* TaskPool.forEach(Add, []), [])
      expectEqual(yield* TaskPool.forEach(Add, new Set<{ a: number; b: number }>().values()), [])
      expectEqual(yield* Stream.runCollect(TaskPool.stream(Add, [])), [])
      expectEqual(yield* Stream.runCollect(TaskPool.stream(Add, Stream.empty, { chunkSize: 3 })), [])
      expectEqual((yield* TaskPool.snapshot).counts.submitted, 0, "submitted")
    })
  ),
  makeCase(
    "95 inputs with a chunkSize of 10 travel as 10 messages; an item counts as a task: S132",
    { size: 2 },
    Effect.gen(function* () {
      let messages = 0
      const pool = yield* TaskPool.TaskPool
      const unsubscribe = pool.subscribe(({ _tag }) => {
        if (_tag === "TaskSubmitted") messages++
      })
      const sums = yield* TaskPool.forEach(
        Add,
        range(95).map((a) => ({ a, b: a })),
        { chunkSize: 10 }
      )
      unsubscribe()
      expectEqual(
        sums,
        range(95).map((a) => 2 * a)
      )
      const { counts } = yield* TaskPool.snapshot
      expectEqual(
        [messages, counts.submitted, counts.succeeded],
        [10, 95, 95],
        "messages, submitted, succeeded"
      )
      for (const options of [{ chunkSize: 0 }, { chunkSize: 1.5 }, { concurrency: 0 }]) {
        const defect = expectDefect(yield* Effect.exit(TaskPool.forEach(Add, [{ a: 1, b: 1 }], options)))
        expect(defect instanceof TaskPool.InvalidOption, `${JSON.stringify(options)} gave ${String(defect)}`)
      }
    })
  ),
  makeCase(
    "100,000 items come back, each in its place: S132",
    { size: 2 },
    Effect.gen(function* () {
      const inputs = range(100_000).map((a) => ({ a, b: 1 }))
      const found = yield* TaskPool.forEach(Add, inputs)
      expectEqual(found.length, inputs.length)
      expect(
        found.every((sum, index) => sum === index + 1),
        "a result is not where it belongs"
      )
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "tasks of a module, void payloads and payloads of optional fields map like any other: S001, S132",
    { size: 2 },
    Effect.gen(function* () {
      expectEqual(
        yield* TaskPool.forEach(Plain.double, range(100)),
        range(100).map((n) => 2 * n)
      )
      expectEqual(yield* TaskPool.forEach(Plain.greet, ["a", "b"], { chunkSize: 2 }), ["hello a", "hello b"])
      expectEqual(
        yield* Stream.runCollect(TaskPool.stream(Plain.double, range(10))),
        range(10).map((n) => 2 * n)
      )
      expectEqual(
        yield* TaskPool.forEach(
          Nothing,
          range(100).map(() => undefined)
        ),
        range(100).map(() => undefined)
      )
      expectEqual(yield* TaskPool.forEach(Greet, [{}, { name: "you" }]), ["hello nobody", "hello you"])
    })
  ),
  makeCase(
    "run, forEach and fork take a missing payload of optional fields just as a call does: G10",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* Greet(), "hello nobody", "a call")
      expectEqual(yield* TaskPool.run(Greet, undefined), "hello nobody", "run")
      expectEqual(yield* TaskPool.forEach(Greet, [undefined]), ["hello nobody"], "forEach")
      expectEqual(yield* (yield* TaskPool.fork(Greet, undefined)).await, "hello nobody", "fork")
    })
  )
]

const failures: ReadonlyArray<Case> = [
  makeCase(
    "the first failure fails forEach, interrupts the others, waits for their clean-up and runs no more: S134, G3",
    { size: 3 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const payload = (id: number): Payload =>
        id === 2 ? { id, how: "fail", signal, at: 1 } : { id, how: "wait", signal }
      const map = yield* Effect.forkChild(TaskPool.forEach(Item, range(20).map(payload), { chunkSize: 1 }))
      yield* Signal.awaitAtLeast(signal, item.started, 3)
      yield* Signal.add(signal, item.open)
      const exit = yield* Fiber.await(map)
      expectEqual(expectFailure(exit), new Broken({ id: 2 }))
      expectEqual(
        [Signal.read(signal, item.cleaned), Signal.read(signal, item.started)],
        [2, 3],
        "cleaned, started"
      )
      yield* TaskPool.drain
    })
  ),
  makeCase(
    "when one call of Effect.all fails, the others are interrupted and cleaned up before Effect.all returns: S134, G3",
    { size: 3 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const calls = range(3).map((id) =>
        id === 1 ? Item({ id, how: "fail", signal, at: 1 }) : Item({ id, how: "wait", signal })
      )
      const all = yield* Effect.forkChild(Effect.all(calls, { concurrency: "unbounded" }))
      yield* Signal.awaitAtLeast(signal, item.started, 3)
      yield* Signal.add(signal, item.open)
      expectEqual(ids(yield* Fiber.await(all)).fails, [1])
      expectEqual(Signal.read(signal, item.cleaned), 2, "clean-ups that have ended")
    })
  ),
  makeCase(
    "interrupting forEach with two in flight leaves done = [0, 1], and starts no fifth: S134",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const map = yield* Effect.forkChild(
        TaskPool.forEach(
          Item,
          range(10).map((id): Payload => ({ id, how: id < 2 ? "answer" : "wait", signal })),
          { chunkSize: 1, concurrency: 2 }
        )
      )
      yield* Signal.awaitAtLeast(signal, item.started, 4)
      yield* Fiber.interrupt(map)
      expectInterrupted(yield* Fiber.await(map))
      expectEqual(
        [Signal.read(signal, item.started), Signal.read(signal, item.cleaned)],
        [4, 2],
        "started, cleaned"
      )
      const { counts } = yield* TaskPool.snapshot
      expectEqual([counts.succeeded, counts.interrupted, counts.submitted], [2, 2, 4])
    })
  ),
  makeCase(
    "three bodies failing in one turn are all in the cause of forEach, two typed and one defect: S125, G9",
    { size: 1, concurrency: 3 },
    Effect.gen(function* () {
      const inputs = range(3).map((id): Payload => ({ id, how: id === 1 ? "die" : "fail", together: 3 }))
      const exit = yield* Effect.exit(TaskPool.forEach(Item, inputs, { chunkSize: 1 }))
      expectEqual(ids(exit), { fails: [0, 2], dies: ["Error: died 1"], interrupts: 0 })
    })
  ),
  makeCase(
    "a loser's broken clean-up joins the cause; the interruption does not: S125, G9",
    { size: 3 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const inputs: Array<Payload> = [
        { id: 0, how: "breaks", signal },
        { id: 1, how: "wait", signal },
        { id: 2, how: "fail", signal, at: 1 }
      ]
      const map = yield* Effect.forkChild(TaskPool.forEach(Item, inputs, { chunkSize: 1 }))
      yield* Signal.awaitAtLeast(signal, item.started, 3)
      yield* Signal.add(signal, item.open)
      expectEqual(ids(yield* Fiber.await(map)), { fails: [2], dies: ["Error: broke 0"], interrupts: 0 })
    })
  ),
  ...[
    { index: 3, chunkSize: 1 },
    { index: 6, chunkSize: 2 },
    { index: 6, chunkSize: 4 }
  ].map(({ chunkSize, index }) =>
    makeCase(
      `an input throwing after ${index} items, in chunks of ${chunkSize}, fails the map; the pool is reusable: S131`,
      { size: 2 },
      Effect.gen(function* () {
        const found: Array<number> = []
        const mapped = TaskPool.stream(Item, throwing(index), { chunkSize, concurrency: 1 }).pipe(
          Stream.tap((id) => Effect.sync(() => found.push(id))),
          Stream.runDrain
        )
        for (const effect of [TaskPool.forEach(Item, throwing(index), { chunkSize }), mapped]) {
          expectEqual(String(expectDefect(yield* Effect.exit(effect))), "Error: the input broke")
        }
        expectEqual(found, range(index), "delivered before the error")
        yield* TaskPool.drain
        expectEqual(yield* TaskPool.forEach(Item, [{ id: 7 }]), [7])
      })
    )
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const map: ReadonlyArray<Case> = [...results, ...failures, ...mapStreams, ...mapSpread]
