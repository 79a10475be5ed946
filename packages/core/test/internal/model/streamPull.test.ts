import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type ElementsPull, forEachArray, fromOpened } from "../../../src/internal/model/streamPull.ts"

/** Opens a task of the given arrays, and notes when it is opened and closed. */
const opened = (arrays: ReadonlyArray<ReadonlyArray<number>>, log: Array<string> = []) =>
  Effect.gen(function* () {
    log.push("opened")
    yield* Scope.addFinalizer(
      yield* Effect.scope,
      Effect.sync(() => log.push("closed"))
    )
    let at = 0
    return Effect.suspend(() => {
      const next = arrays[at++]
      return next === undefined ? Cause.done() : Effect.succeed(next)
    }) as ElementsPull
  })

describe("fromOpened", () => {
  it("has the shape of a stream of Effect: S282", () => {
    const shapeOf = (u: object) => ({
      own: Reflect.ownKeys(u).toSorted(),
      proto: Reflect.ownKeys(Object.getPrototypeOf(u) as object).toSorted()
    })
    const [ours, theirs] = [fromOpened(opened([])), Stream.fromPull(Effect.succeed(Cause.done()))]
    assert.deepStrictEqual(shapeOf(ours), shapeOf(theirs))
    assert.deepStrictEqual(shapeOf(ours.channel), shapeOf(theirs.channel))
    assert.isTrue(Stream.isStream(ours) && Channel.isChannel(ours.channel))
  })

  it.effect("opens with the first pull, once per run, and closes with the run: S282", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const stream = fromOpened(opened([[1, 2], [3]], log))
      assert.deepStrictEqual(log, [])
      assert.deepStrictEqual(yield* Stream.runCollect(stream), [1, 2, 3])
      assert.deepStrictEqual(yield* stream.pipe(Stream.take(1), Stream.runCollect), [1])
      assert.deepStrictEqual(log, ["opened", "closed", "opened", "closed"])
    })
  )

  it.effect("works with the operators of Effect, and fails as its task does: S282", () =>
    Effect.gen(function* () {
      const stream = fromOpened(opened([[1, 2], [3]]))
      const both = stream.pipe(
        Stream.map((n) => n * 10),
        Stream.concat(stream),
        Stream.rechunk(2)
      )
      assert.deepStrictEqual(yield* Stream.runCollect(both), [10, 20, 30, 1, 2, 3])
      assert.deepStrictEqual(
        (yield* Stream.runCollect(Stream.merge(stream, stream))).toSorted(),
        [1, 1, 2, 2, 3, 3]
      )
      assert.deepStrictEqual(
        yield* Effect.exit(Stream.runDrain(fromOpened(Effect.fail("full")))),
        Exit.fail("full")
      )
    })
  )
})

describe("forEachArray", () => {
  const kept: Array<ReadonlyArray<unknown>> = []
  const keep = (elements: ReadonlyArray<unknown>) => Effect.sync(() => void kept.push(elements))
  const failed = (error: unknown) => ["failed", error]

  it.effect("hands on the arrays of a stream of Effect, and then its failure, mapped: S282", () =>
    Effect.gen(function* () {
      kept.length = 0
      const stream = Stream.concat(Stream.concat(Stream.range(1, 3), Stream.make(4)), Stream.fail("end"))
      const exit = yield* Effect.exit(forEachArray(stream, keep, failed))
      assert.deepStrictEqual(kept.flat(), [1, 2, 3, 4])
      assert.deepStrictEqual(exit, Exit.fail(["failed", "end"]))
      assert.deepStrictEqual(yield* Effect.exit(forEachArray(Stream.empty, keep, failed)), Exit.void)
    })
  )

  it.effect("does not map a failure of the receiver, and closes the stream: S282", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const stream = Stream.ensuring(
        Stream.range(1, 3),
        Effect.sync(() => log.push("closed"))
      )
      const exit = yield* Effect.exit(forEachArray(stream, () => Effect.fail("refused"), failed))
      assert.deepStrictEqual(exit, Exit.fail("refused"))
      const fiber = yield* Effect.forkChild(forEachArray(stream, () => Effect.never, failed))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(log, ["closed", "closed"])
    })
  )
})
