/**
 * Conformance cases: chunks: inputs in one message, and numbers in one buffer.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectReason,
  makeCase
} from "./Harness.ts"
import { Answers, Broken, DoubleOrFall, fatal, Halve, Item, Plain } from "./map.tasks.ts"
import { range } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { only, recordEvents } from "./Watch.ts"

const two = { size: 2 }

/** Enough for chunks of many items, whatever the measured duration of an item. */
const many = 500

const odd = [-0, 0, NaN, Infinity, -Infinity, Number.MIN_VALUE, Number.MAX_SAFE_INTEGER, 0.1]

const same = (left: ReadonlyArray<unknown>, right: ReadonlyArray<unknown>): boolean =>
  left.length === right.length && left.every((value, i) => Object.is(value, right[i]))

/** Inputs of numbers, as lists and as every typed array. */
const numbers: ReadonlyArray<readonly [name: string, inputs: Iterable<number | bigint>]> = [
  ["a list of numbers", [...range(many), ...odd]],
  ["a list of numbers and others", [...range(many), 1n]],
  ["Int8Array", Int8Array.from(range(many))],
  ["Uint8ClampedArray", Uint8ClampedArray.from(range(many))],
  ["Int32Array", Int32Array.from(range(many))],
  ["Float32Array", Float32Array.from([...range(many), ...odd])],
  ["Float64Array", Float64Array.from([...range(many), ...odd])],
  ["BigInt64Array", BigInt64Array.from(range(many).map(BigInt))],
  ["a part of a typed array", Float64Array.from(range(2 * many)).subarray(7, 7 + many)]
]

export const chunks: ReadonlyArray<Case> = [
  ...numbers.map(([name, inputs]) =>
    makeCase(
      `a map over ${name} gives the results of a loop, each number exactly: G1`,
      two,
      Effect.gen(function* () {
        const expected = Array.from(inputs)
        for (let round = 0; round < 3; round++) {
          const found = yield* TaskPool.forEach(Tasks.Echo, inputs)
          expect(Array.isArray(found), "it is a plain array")
          expect(same(found, expected), "the results are those of a loop")
        }
      })
    )
  ),
  makeCase(
    "a function of a module maps over a typed array, which stays the caller's: G1",
    two,
    Effect.gen(function* () {
      const inputs = Float64Array.from(range(many))
      for (let round = 0; round < 3; round++) {
        const found = yield* TaskPool.forEach(Plain.double, inputs)
        expect(
          same(
            found,
            range(many).map((n) => 2 * n)
          ),
          "each is doubled"
        )
      }
      expectEqual(inputs.length, many, "what is left of the inputs")
    })
  ),
  makeCase(
    "numeric results go into the caller's array, and forEach returns the array: S132",
    two,
    Effect.gen(function* () {
      const doubled = range(many).map((n) => 2 * n)
      for (let round = 0; round < 3; round++) {
        const room = new Float64Array(many + 1).fill(-1)
        for (const inputs of [range(many), Float64Array.from(range(many)), new Set(range(many))]) {
          const found = yield* TaskPool.forEach(Plain.double, inputs, { into: room })
          expect(found === room, "the answer is the array")
          expect(same(Array.from(room), [...doubled, -1]), "the results are those of a loop")
        }
        const ints = new Int32Array(3)
        yield* TaskPool.forEach(Plain.double, [1, 2, 3], { into: ints, chunkSize: 2 })
        expectEqual(Array.from(ints), [2, 4, 6])
      }
    })
  ),
  makeCase(
    "many numbers, of each kind of typed array and in chunks of each size, give the results of a loop: S132",
    two,
    Effect.gen(function* () {
      const total = 10_000
      const expected = range(total).map((n) => 2 * (n % 100))
      const small = range(total).map((n) => n % 100)
      const inputs = [Float64Array, Float32Array, Int16Array, Uint8ClampedArray].map((Kind) =>
        Kind.from(small)
      )
      for (const chunkSize of [undefined, 1_023, 1_024, 4_999]) {
        for (const input of inputs) {
          const into = new Float64Array(total)
          yield* TaskPool.forEach(Plain.double, input, { into, ...(chunkSize && { chunkSize }) })
          expect(same(Array.from(into), expected), `${input.constructor.name} by ${String(chunkSize)}`)
          expectEqual(input[99], 99, "an input afterwards")
        }
      }
      const twice = new Float64Array(total)
      const doubled = TaskPool.forEach(Plain.double, inputs[0]!, { into: twice })
      yield* Effect.all([doubled, TaskPool.forEach(DoubleOrFall, inputs[1]!, { into: twice })], {
        concurrency: "unbounded"
      })
      expect(same(Array.from(twice), expected), "two maps side by side")
    })
  ),
  makeCase(
    "a chunk of numbers whose worker dies in the middle is run again, with the same numbers: G6, S026",
    { size: 1 },
    Effect.gen(function* () {
      const events = yield* recordEvents
      const total = fatal + 500
      const into = new Float64Array(total)
      const inputs = Float64Array.from(range(total))
      yield* TaskPool.forEach(DoubleOrFall, inputs, { into, chunkSize: total })
      expect(
        same(
          Array.from(into),
          range(total).map((n) => 2 * n)
        ),
        "each is doubled once"
      )
      expectEqual(only(events, "TaskRequeued").length, 1, "chunks that were run again")
    })
  ),
  makeCase(
    "an array that is too short for the results is refused, and the pool goes on",
    two,
    Effect.gen(function* () {
      const into = new Float64Array(5)
      for (const inputs of [range(6), new Set(range(6))]) {
        const mapped = TaskPool.forEach(Plain.double, inputs, { into, chunkSize: 2 })
        const defect = expectDefect(yield* Effect.exit(mapped))
        expect(defect instanceof TaskPool.InvalidOption, `it died of ${String(defect)}`)
      }
      yield* TaskPool.drain
      yield* TaskPool.forEach(Plain.double, range(5), { into })
      expectEqual(Array.from(into), [0, 2, 4, 6, 8])
    })
  ),
  makeCase(
    "a function of a module may answer data, a promise or an Effect, item by item of one chunk: G1",
    two,
    Effect.gen(function* () {
      const various = (inputs: ReadonlyArray<number>) =>
        TaskPool.forEach(Answers.various as typeof Plain.double, inputs, { chunkSize: 64 })
      for (let round = 0; round < 3; round++) expectEqual(yield* various(range(many)), range(many))
      const defect = expectDefect(yield* Effect.exit(various([4, 5, 6, 7, 666, 8])))
      expectEqual(String(defect), "Error: the number of the beast")
    })
  ),
  makeCase(
    "a plain function serves calls and maps; a throw is a defect, an unfit result is Malformed: G9, G10",
    two,
    Effect.gen(function* () {
      const inputs = range(many).map((n) => 2 * n)
      for (let round = 0; round < 3; round++) {
        expectEqual(yield* Halve(7), 3.5)
        expect(same(yield* TaskPool.forEach(Halve, inputs), range(many)), "of a list")
        const into = new Float64Array(many)
        yield* TaskPool.forEach(Halve, Float64Array.from(inputs), { into })
        expect(same(Array.from(into), range(many)), "into an array")
      }
      const inMap = (n: number) => Effect.map(TaskPool.forEach(Halve, [2, 4, n, 6]), ([first = 0]) => first)
      for (const run of [Halve, inMap]) {
        const thrown = expectDefect(yield* Effect.exit(run(-1)))
        expect(thrown instanceof RangeError && thrown.message === "-1 is below zero", String(thrown))
        const exit = yield* Effect.exit(run(13))
        expectEqual(expectReason(exit, "Malformed").what, "success")
      }
    })
  ),
  makeCase(
    "results of numbers and others mixed come back in order: G1",
    two,
    Effect.gen(function* () {
      const inputs = range(many).map((n) => (n % 7 === 3 ? String(n) : n))
      for (let round = 0; round < 3; round++)
        expect(same(yield* TaskPool.forEach(Tasks.Echo, inputs), inputs), "the results")
    })
  ),
  makeCase(
    "items that are known to be short travel together, by forEach and by stream",
    two,
    Effect.gen(function* () {
      yield* TaskPool.forEach(Tasks.Echo, range(64), { chunkSize: 4 })
      const events = yield* recordEvents
      const inputs = range(many)
      expect(same(yield* TaskPool.forEach(Tasks.Echo, inputs), inputs), "the results of forEach")
      const sentByMap = only(events, "TaskSent").length
      const streamed = yield* Stream.runCollect(TaskPool.stream(Tasks.Echo, Stream.fromIterable(inputs)))
      expect(same(streamed, inputs), "the results of stream")
      const sentByStream = only(events, "TaskSent").length - sentByMap
      expect(sentByMap < many / 4, `${sentByMap} messages of forEach`)
      expect(sentByStream < many / 4, `${sentByStream} messages of stream`)
    })
  ),
  makeCase(
    "with a limit of its own each item travels alone, since the limit is per item: G1",
    two,
    Effect.gen(function* () {
      yield* TaskPool.forEach(Tasks.Echo, range(64), { chunkSize: 4 })
      const events = yield* recordEvents
      yield* TaskPool.forEach(Tasks.Echo, range(50), { timeout: "1 minute" })
      yield* Stream.runDrain(TaskPool.stream(Tasks.Echo, range(50), { timeout: "1 minute" }))
      expectEqual(only(events, "TaskSettled").length, 100, "tasks")
    })
  ),
  makeCase(
    "a stream delivers a throwing input's items first, then fails with the thrown error: S131",
    two,
    Effect.gen(function* () {
      yield* TaskPool.forEach(
        Item,
        range(64).map((id) => ({ id })),
        { chunkSize: 4 }
      )
      const inputs = function* () {
        for (let id = 0; id < 10; id++) yield { id }
        throw new Error("the input broke")
      }
      const found: Array<number> = []
      const exit = yield* Effect.exit(
        TaskPool.stream(Item, { [Symbol.iterator]: inputs }).pipe(
          Stream.runForEach((id) => Effect.sync(() => found.push(id)))
        )
      )
      expect(exit._tag === "Failure", "it fails")
      expect(
        same(found, range(found.length)) && found.length <= 10,
        `what came before, in order: ${found.join()}`
      )
    })
  ),
  makeCase(
    "the first failure in a chunk of numbers' neighbours is the failure of the map: G9",
    two,
    Effect.gen(function* () {
      const inputs = range(many).map((id) => ({
        id,
        how: id === 333 ? ("fail" as const) : ("answer" as const)
      }))
      expectEqual(expectFailure(yield* Effect.exit(TaskPool.forEach(Item, inputs))), new Broken({ id: 333 }))
    })
  )
]
