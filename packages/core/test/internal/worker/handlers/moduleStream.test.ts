import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { emitAnswer } from "../../../../src/internal/worker/handlers/moduleStream.ts"

class Odd extends Data.TaggedError("Odd")<{ readonly n: number }> {}

/** Emits an answer; returns the arrays that were emitted, and the exit. */
const emitted = (answer: unknown) =>
  Effect.gen(function* () {
    const arrays: Array<ReadonlyArray<unknown>> = []
    const exit = yield* Effect.exit(
      emitAnswer(answer, (elements) => Effect.sync(() => void arrays.push(elements)))
    )
    return { arrays, exit }
  })

const defectOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isDieReason)?.defect : undefined

function* count(n: number, log: Array<string> = []) {
  try {
    for (let i = 1; i <= n; i++) yield i
  } finally {
    log.push("closed")
  }
}

async function* countAsync(n: number, log: Array<string> = []) {
  for (const i of count(n, log)) yield await Promise.resolve(i)
}

const answers: ReadonlyArray<readonly [name: string, answer: () => unknown]> = [
  ["a Stream", () => Stream.make(1, 2, 3)],
  ["a generator", () => count(3)],
  ["an async generator", () => countAsync(3)],
  ["an array", () => [1, 2, 3]],
  ["a set", () => new Set([1, 2, 3])],
  ["a promise of a Stream", () => Promise.resolve(Stream.make(1, 2, 3))],
  ["an Effect of a generator", () => Effect.map(Effect.yieldNow, () => count(3))],
  ["an Effect that has succeeded with a Stream", () => Effect.succeed(Stream.make(1, 2, 3))]
]

describe("emitAnswer", () => {
  for (const [name, answer] of answers) {
    it.live(`${name} is emitted in order: S282`, () =>
      Effect.gen(function* () {
        const { arrays, exit } = yield* emitted(answer())
        assert.deepStrictEqual(arrays.flat(), [1, 2, 3])
        assert.deepStrictEqual(exit, Exit.void)
      })
    )
  }

  it.live("a generator is asked for its next element once the last one was taken: S282, G14", () =>
    Effect.gen(function* () {
      for (const make of [count, countAsync]) {
        const log: Array<string> = []
        const exit = yield* Effect.exit(emitAnswer(make(9, log), () => Effect.fail("full")))
        assert.deepStrictEqual(exit, Exit.fail("full"))
        assert.deepStrictEqual(log, ["closed"], make.name)
      }
      assert.deepStrictEqual((yield* emitted(count(2))).arrays, [[1], [2]])
    })
  )

  it.live("an interruption closes a generator, and does not wait for a pending step: S282, G3", () =>
    Effect.gen(function* () {
      for (const make of [count, countAsync]) {
        const log: Array<string> = []
        const fiber = yield* Effect.forkChild(emitAnswer(make(9, log), () => Effect.never))
        yield* Effect.yieldNow
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(log, ["closed"], make.name)
      }
      async function* stuck() {
        yield await new Promise(() => {})
      }
      const fiber = yield* Effect.forkChild(emitAnswer(stuck(), () => Effect.void))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
    })
  )

  it.live("a throw or a rejection is a defect; a failure arrives as plain data: S282, G9", () =>
    Effect.gen(function* () {
      const fall = () => {
        throw new Error("fell")
      }
      const thrown = yield* emitted(
        (function* () {
          yield 1
          fall()
        })()
      )
      assert.deepStrictEqual(thrown.arrays, [[1]])
      assert.strictEqual((defectOf(thrown.exit) as Error).message, "fell")
      const rejected = yield* emitted(
        (async function* () {
          yield await Promise.resolve(1)
          fall()
        })()
      )
      assert.deepStrictEqual(rejected.arrays, [[1]])
      assert.strictEqual((defectOf(rejected.exit) as Error).message, "fell")
      for (const failing of [Stream.fail(new Odd({ n: 1 })), Effect.fail(new Odd({ n: 1 }))]) {
        const { exit } = yield* emitted(failing)
        assert.isTrue(Exit.isFailure(exit))
        const found = Exit.isFailure(exit) ? exit.cause.reasons.find(Cause.isFailReason)?.error : undefined
        assert.containSubset(found, { _tag: "Odd", n: 1 })
        assert.notInstanceOf(found, Odd)
      }
    })
  )

  it.live("data with the key of a Stream is no stream: S210", () =>
    Effect.gen(function* () {
      for (const data of [JSON.parse(`{"~effect/Stream":{"_A":1},"channel":{}}`), 7, undefined, "text"]) {
        const { exit } = yield* emitted(data)
        assert.instanceOf(defectOf(exit), TypeError)
      }
    })
  )
})
