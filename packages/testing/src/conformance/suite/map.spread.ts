/**
 * Conformance cases: MAP: functions of several parameters, by each operation.
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
  expectReason,
  expectSuccess,
  makeCase,
  withPool
} from "./Harness.ts"
import { Plain } from "./map.tasks.ts"
import { AddPairs } from "./nest.tasks.ts"

const pairs: ReadonlyArray<readonly [number, number]> = Array.from({ length: 200 }, (_, n) => [n, 2 * n])
const sums = pairs.map(([a, b]) => a + b)

/**
 * @category cases
 * @since 0.1.0
 */
export const mapSpread: ReadonlyArray<Case> = [
  {
    name: "a function of several parameters gets all of them, by each operation: S205",
    run: (harness) =>
      withPool(
        harness,
        { size: 1 },
        Effect.scoped(
          Effect.gen(function* () {
            const { add } = Plain
            expectEqual(yield* add(1, 2), 3, "called")
            expectEqual(yield* add.spread([1, 2]), 3, "called with a list")
            expectEqual(yield* TaskPool.run(add.spread, [1, 2], { priority: 1 }), 3, "run with options")
            expectEqual(yield* TaskPool.forEach(add.spread, pairs), sums, "mapped")
            expectEqual(
              yield* TaskPool.forEach(add.spread, new Set(pairs), { chunkSize: 7 }),
              sums,
              "in chunks"
            )
            const into = new Float64Array(pairs.length)
            expectEqual(
              Array.from(yield* TaskPool.forEach(add.spread, pairs, { into })),
              sums,
              "into an array"
            )
            for (const inputs of [pairs, Stream.fromIterable(pairs)]) {
              expectEqual(yield* Stream.runCollect(TaskPool.stream(add.spread, inputs)), sums, "streamed")
            }
            const oneByOne = TaskPool.stream(add.spread, pairs, { chunkSize: 1 })
            expectEqual(yield* Stream.runCollect(oneByOne), sums, "streamed one by one")
            const handle = yield* TaskPool.fork(add.spread, [3, 4], { priority: 1 })
            expectEqual(yield* handle.await, 7, "forked")
            const [one] = yield* TaskPool.broadcast(add.spread, [5, 6])
            expectEqual(expectSuccess(one!.exit), 11, "broadcast")
          })
        )
      )
  },
  makeCase(
    "omitted optional parameters get their defaults; a list is a single argument of a unary function: S205",
    { size: 1 },
    Effect.gen(function* () {
      const { inBase, joined, total } = Plain
      expectEqual(yield* TaskPool.forEach(inBase, [8, 9]), ["8", "9"])
      expectEqual(yield* TaskPool.forEach(inBase.spread, [[8], [9, 2]]), ["8", "1001"])
      expectEqual(yield* TaskPool.forEach(joined, ["a", "b"]), ["a", "b"])
      expectEqual(yield* TaskPool.forEach(joined.spread, [["a"], ["a", "b", "c"]]), ["a", "a-b-c"])
      const lists = [
        [1, 2],
        [3, 4]
      ]
      expectEqual(yield* TaskPool.forEach(total, lists), [3, 7])
      expectEqual(yield* TaskPool.run(total, [1, 2], { priority: 1 }), 3)
      expectEqual(yield* TaskPool.forEach(total.spread, [[[1, 2]], [[3, 4]]]), [3, 7])
    })
  ),
  makeCase(
    "a handler calls a function of several parameters, and maps over the function: S205",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* AddPairs(pairs.slice(0, 5)), [sums.slice(0, 5), sums.slice(0, 5)])
    })
  ),
  makeCase(
    "anything but a list of arguments is a defect, and an unclonable value is named by its argument: S205, G10",
    { size: 1 },
    Effect.gen(function* () {
      const untyped = Plain.add.spread as unknown as typeof Plain.double
      const one = Effect.asVoid(TaskPool.run(untyped, 1))
      for (const run of [one, Effect.asVoid(TaskPool.forEach(untyped, [1, 2]))]) {
        const defect = expectDefect(yield* Effect.exit(run))
        expect(String(defect).includes("add.spread takes a list of arguments"), String(defect))
      }
      const unclonable = [1, { save: () => {} }] as const
      for (const run of [Plain.types(...unclonable), TaskPool.run(Plain.types.spread, unclonable)]) {
        expectEqual(expectReason(yield* Effect.exit(run), "NotSerializable").path, "$args[1].save")
      }
    })
  )
]
