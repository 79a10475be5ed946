/**
 * Conformance cases: CAPTURES: each payload and each result is a value of its own, frozen at the moment of the handover.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { EchoAndChange, Mutable, Reuse, ReuseMoved, ReuseSync } from "./captures.tasks.ts"
import { type Case, expectEqual, expectFailure, expectReason, makeCase } from "./Harness.ts"
import { occupy, range } from "./Steps.ts"
import { Add, Echo } from "./tasks.ts"

const numbers = range(20)
const boxes = numbers.map((n) => ({ n, parts: [n] }))

/** The boxes of a task returning one object, for each way of making many calls. */
const inEveryWay = (task: typeof Reuse | typeof ReuseSync): Effect.Effect<void, unknown, TaskPool.TaskPool> =>
  Effect.gen(function* () {
    expectEqual(yield* TaskPool.forEach(task, numbers), boxes, "forEach")
    expectEqual(yield* TaskPool.forEach(task, numbers, { chunkSize: 20 }), boxes, "one chunk")
    expectEqual(yield* Effect.forEach(numbers, (n) => task(n), { concurrency: "unbounded" }), boxes, "calls")
    expectEqual(yield* Stream.runCollect(TaskPool.stream(task, numbers)), boxes, "stream")
  })

const results: ReadonlyArray<Case> = [
  makeCase(
    "a module function returning the same array each time gives each caller its own numbers: S201, G10",
    { size: 2 },
    Effect.gen(function* () {
      const squares = numbers.map((n) => [n * n])
      const lists = (found: ReadonlyArray<Float64Array>) => found.map((array) => Array.from(array))
      expectEqual(lists(yield* TaskPool.forEach(Mutable.square, numbers)), squares, "forEach")
      const chunk = TaskPool.forEach(Mutable.square, numbers, { chunkSize: 20 })
      expectEqual(lists(yield* chunk), squares, "one chunk")
      const calls = Effect.forEach(numbers, (n) => Mutable.square(n), { concurrency: "unbounded" })
      expectEqual(lists(yield* calls), squares, "calls")
    })
  ),
  makeCase(
    "a handler returning the same object each time gives each caller a copy of its moment: S201",
    { size: 2 },
    Effect.gen(function* () {
      yield* inEveryWay(Reuse)
      yield* inEveryWay(ReuseSync)
    })
  ),
  makeCase(
    "a result growing with every item arrives at its length of each moment: S201",
    { size: 1 },
    Effect.gen(function* () {
      const found = yield* TaskPool.forEach(Mutable.remember, numbers, { chunkSize: 20 })
      expectEqual(
        found.map(({ all, last }) => [last, all.length]),
        numbers.map((n) => [n, n + 1])
      )
    })
  ),
  makeCase(
    "a handler failing with the same object each time gives each caller a copy of its moment: S201, G9",
    { size: 1 },
    Effect.gen(function* () {
      const calls = numbers.map((n) => Effect.exit(Mutable.refuse(n)))
      const exits = yield* Effect.all(calls, { concurrency: "unbounded" })
      expectEqual(
        exits.map((exit) => expectFailure(exit)),
        numbers.map((n) => ({ _tag: "Odd", n, trail: [n] }))
      )
    })
  ),
  makeCase(
    "results holding one object arrive as separate objects, in a chunk and in calls alike: S201",
    { size: 2 },
    Effect.gen(function* () {
      const calls = range(40).map(() => Reuse(1))
      const apart = yield* Effect.all(calls, { concurrency: "unbounded" })
      const together = yield* TaskPool.forEach(Reuse, range(40), { chunkSize: 40 })
      for (const found of [apart, together]) {
        expectEqual([new Set(found).size, new Set(found.map(({ parts }) => parts)).size], [40, 40])
      }
    })
  ),
  makeCase(
    "bytes moved twice by a handler are gone the second time, in a chunk as in two calls: S201",
    { size: 1 },
    Effect.gen(function* () {
      const chunk = yield* Effect.exit(TaskPool.forEach(ReuseMoved, [1, 2], { chunkSize: 2 }))
      expectEqual(expectReason(chunk, "NotSerializable").side, "worker", "the second of a chunk")
      const call = yield* Effect.exit(ReuseMoved(3))
      expectEqual(expectReason(call, "NotSerializable").side, "worker", "a call after it")
    })
  )
]

const items: ReadonlyArray<Case> = [
  makeCase(
    "a function changing its argument changes neither the next item nor the caller's object: S202",
    { size: 2 },
    Effect.gen(function* () {
      const counter = { n: 0 }
      const same = range(20).map(() => counter)
      const ones = same.map(() => 1)
      expectEqual(yield* TaskPool.forEach(Mutable.next, same), ones, "forEach")
      expectEqual(yield* TaskPool.forEach(Mutable.next, same, { chunkSize: 20 }), ones, "one chunk")
      const calls = same.map((box) => Mutable.next(box))
      expectEqual(yield* Effect.all(calls, { concurrency: "unbounded" }), ones, "calls")
      expectEqual(counter.n, 0, "the caller's")
    })
  ),
  makeCase(
    "within one payload shared objects stay shared, and a circle stays a circle: S202",
    { size: 1 },
    Effect.gen(function* () {
      const shared = { n: 1 }
      const circle: { self?: unknown } = {}
      circle.self = circle
      const payload = { list: [shared, shared], map: new Map([["it", shared]]), circle }
      for (const sent of [payload, { list: payload.list, circle }]) {
        const back = (yield* Echo(sent)) as typeof payload
        expectEqual(back.list[0] === back.list[1], true, "shared by two items")
        expectEqual(back.circle.self === back.circle, true, "the circle")
        if (back.map !== undefined) expectEqual(back.map.get("it") === back.list[0], true, "in a map")
      }
    })
  )
]

const payloads: ReadonlyArray<Case> = [
  makeCase(
    "a task gets its payload as of the call, with a free worker and without one: S203, G10",
    { size: 1 },
    Effect.gen(function* () {
      const box = { n: 1, parts: [1] }
      const free = yield* TaskPool.fork(Echo, box)
      box.n = box.parts[0] = 2
      expectEqual(yield* free.await, { n: 1, parts: [1] }, "with a free worker")
      const busy = yield* occupy(1)
      const queued = yield* TaskPool.fork(Echo, box)
      box.n = box.parts[0] = 3
      yield* busy.open
      expectEqual(yield* queued.await, { n: 2, parts: [2] }, "queued")
    })
  ),
  makeCase(
    "twenty tasks forked with the same read buffer each get the content of their moment: S203",
    { size: 2 },
    Effect.gen(function* () {
      const buffer = new Uint8Array(4)
      const handles = yield* Effect.forEach(numbers, (n) => {
        buffer.fill(n)
        return TaskPool.fork(Echo, buffer)
      })
      const found = yield* Effect.forEach(handles, (handle) => handle.await)
      expectEqual(
        found.map((bytes) => Array.from(bytes as Uint8Array)),
        numbers.map((n) => [n, n, n, n])
      )
    })
  ),
  makeCase(
    "a generator yielding the same object again and again gives each item the content of its moment: S203",
    { size: 2 },
    Effect.gen(function* () {
      const box = { n: 0, parts: [0] }
      const changing = function* () {
        for (const n of numbers) {
          box.n = box.parts[0] = n
          yield box
        }
      }
      expectEqual(yield* TaskPool.forEach(Echo, changing()), boxes, "forEach")
      expectEqual(yield* TaskPool.forEach(Echo, changing(), { chunkSize: 7 }), boxes, "chunks of 7")
      for (const settings of [{}, { chunkSize: 7 }, { concurrency: 3 }]) {
        const found = yield* Stream.runCollect(TaskPool.stream(Echo, changing(), settings))
        expectEqual(found, boxes, `stream, ${JSON.stringify(settings)}`)
        const counted = yield* Stream.runCollect(TaskPool.stream(Mutable.next, changing(), settings))
        expectEqual(
          counted,
          numbers.map((n) => n + 1),
          `stream of a module, ${JSON.stringify(settings)}`
        )
      }
    })
  ),
  makeCase(
    "a handler's payload for a nested task counts as of the call: S203",
    { size: 2 },
    Effect.gen(function* () {
      expectEqual(yield* EchoAndChange({ many: false }), { n: 1, parts: [1] }, "fork")
      expectEqual(
        yield* EchoAndChange({ many: true }),
        [
          { n: 1, parts: [1] },
          { n: 1, parts: [2] }
        ],
        "forEach"
      )
    })
  ),
  makeCase(
    "a proxy of plain data is refused, alone and beside a date alike: S203, G10",
    { size: 1 },
    Effect.gen(function* () {
      const proxy = new Proxy({ n: 1 }, {})
      for (const payload of [proxy, { proxy }, { proxy, at: new Date(0) }]) {
        expectReason(yield* Effect.exit(Echo(payload)), "NotSerializable")
      }
      const whole = yield* Effect.exit(Echo(proxy))
      expectEqual(expectReason(whole, "NotSerializable").path, "$")
    })
  )
]

const refused: ReadonlyArray<Case> = [
  makeCase(
    "an unclonable payload takes no slot: the task behind gets the last one: S211, G7",
    { size: 1, queue: { capacity: 1, strategy: "reject" } },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      const bad = yield* TaskPool.fork(Echo, { save: () => {} })
      expectReason(yield* Effect.exit(bad.await), "NotSerializable")
      const good = yield* TaskPool.fork(Add, { a: 1, b: 2 })
      yield* busy.open
      expectEqual(yield* good.await, 3)
    })
  ),
  makeCase(
    "an unclonable payload sheds nobody, and its error has the reason: S211, G7",
    { size: 1, queue: { capacity: 1, strategy: "shed-oldest" } },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      const good = yield* TaskPool.fork(Add, { a: 1, b: 2 })
      const bad = yield* TaskPool.fork(Echo, { save: () => {} })
      expectReason(yield* Effect.exit(bad.await), "NotSerializable")
      yield* busy.open
      expectEqual(yield* Effect.exit(good.await), Exit.succeed(3))
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const captures: ReadonlyArray<Case> = [...results, ...items, ...payloads, ...refused]
