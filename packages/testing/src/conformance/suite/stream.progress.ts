/**
 * Conformance cases: STREAM, the progress that a handler reports.
 *
 * @since 0.2.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Case, expect, expectDefect, expectEqual, makeCase } from "./Harness.ts"
import { range } from "./Steps.ts"
import { one } from "./stream.steps.ts"
import { Report, ReportNested } from "./stream.tasks.ts"
import { Add } from "./tasks.ts"

/**
 * Reports of single tasks, of maps and of called tasks.
 *
 * @category cases
 * @since 0.2.0
 */
export const progress: ReadonlyArray<Case> = [
  makeCase(
    "a handler's progress reaches onProgress in order, the last report before the outcome: S283",
    one,
    Effect.gen(function* () {
      for (const spins of [false, true]) {
        const seen: Array<TaskPool.Progress> = []
        const onProgress = (each: TaskPool.Progress) => seen.push(each)
        expectEqual(yield* TaskPool.run(Report, { steps: 20, spins }, { onProgress }), "done")
        const done = seen.map((each) => each.done)
        expectEqual(
          done,
          done.toSorted((a, b) => a - b),
          "in order"
        )
        const last = seen.at(-1)
        expectEqual([last?.done, last?.total, last?.note], [20, 20, "step 20"], "the last one")
        expect(!spins || seen.length <= 2, `a single turn sent ${seen.length} reports`)
      }
    })
  ),
  makeCase(
    "a handle's progress is a stream that ends with the task; nobody looks, nothing is sent: S283",
    one,
    Effect.gen(function* () {
      const handle = yield* TaskPool.fork(Report, { steps: 20, spins: false })
      const seen = yield* Stream.runCollect(handle.progress)
      expectEqual(yield* handle.await, "done")
      expect(seen.length > 0 && seen.at(-1)?.done === 20, "the last report came")
      expectEqual(yield* Stream.runCollect(handle.progress), [], "after the end")
    })
  ),
  makeCase(
    "forEach and stream count their items; a listener that throws is a defect of the call: S284, G9",
    { size: 2 },
    Effect.gen(function* () {
      const seen: Array<TaskPool.Progress> = []
      const onProgress = (each: TaskPool.Progress) => seen.push(each)
      yield* TaskPool.forEach(
        Add,
        range(100).map((a) => ({ a, b: 1 })),
        { onProgress, chunkSize: 10 }
      )
      expectEqual(
        seen.map((each) => [each.done, each.total]),
        range(10).map((i) => [10 * (i + 1), 100])
      )
      seen.length = 0
      const inputs = Stream.map(Stream.range(1, 50), (a) => ({ a, b: 1 }))
      yield* Stream.runDrain(TaskPool.stream(Add, inputs, { onProgress, chunkSize: 10 }))
      expectEqual([seen.at(-1)?.done, seen.at(-1)?.total], [50, undefined])
      const throwing = TaskPool.forEach(Add, [{ a: 1, b: 1 }], {
        onProgress: () => {
          throw new Error("thrown by the test")
        }
      })
      expectEqual((expectDefect(yield* Effect.exit(throwing)) as Error).message, "thrown by the test")
    })
  ),
  makeCase(
    "the progress of a called task reaches the handler that called it: S283",
    one,
    Effect.gen(function* () {
      expectEqual(yield* ReportNested({ steps: 10 }), 10)
    })
  )
]
