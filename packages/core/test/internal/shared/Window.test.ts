// A window of calls over a stream, without a pool: its order, its bound, and how it ends.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import { assert, describe, it } from "@effect/vitest"
import { mapInWindow } from "../../../src/internal/shared/Window.ts"

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Calls that wait for a latch each, and count what runs. */
const calls = (count: number) => {
  const latches = numbers(count).map(() => Latch.makeUnsafe())
  const seen = { running: 0, most: 0, begun: 0 }
  const call = (n: number) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        seen.begun++
        seen.most = Math.max(seen.most, ++seen.running)
      }),
      () => Effect.as(latches[n]!.await, n),
      () =>
        Effect.andThen(
          Effect.yieldNow,
          Effect.sync(() => void seen.running--)
        )
    )
  return { call, seen, open: (n: number) => latches[n]!.openUnsafe() }
}

const turns = (count: number) => Effect.forEach(numbers(count), () => Effect.yieldNow, { discard: true })

describe("a window of calls", () => {
  for (const ordered of [true, false]) {
    it.effect(`gives every result once, of calls that answer at once (ordered ${ordered})`, () =>
      Effect.gen(function* () {
        const stream = mapInWindow(Stream.fromIterable(numbers(1_000)), (n) => Effect.succeed(n), {
          concurrency: 7,
          ordered
        })
        assert.deepStrictEqual(yield* Stream.runCollect(stream), numbers(1_000))
      })
    )
  }

  it.effect("G7: begins no more than its width, and draws on as results are read", () =>
    Effect.gen(function* () {
      const { call, open, seen } = calls(6)
      const found: Array<number> = []
      const options = { concurrency: 3, ordered: true }
      const reading = yield* Effect.forkChild(
        Stream.runForEach(mapInWindow(Stream.fromIterable(numbers(6)), call, options), (n) =>
          Effect.sync(() => found.push(n))
        )
      )
      yield* turns(20)
      open(1)
      open(2)
      yield* turns(20)
      assert.deepStrictEqual([found, seen.begun], [[], 3])
      open(0)
      yield* turns(20)
      assert.deepStrictEqual([found, seen.begun], [[0, 1, 2], 6])
      for (const n of [5, 4, 3]) open(n)
      yield* Fiber.join(reading)
      assert.deepStrictEqual([found, seen.most, seen.running], [numbers(6), 3, 0])
    })
  )

  it.effect("gives results as they come where no order is asked for", () =>
    Effect.gen(function* () {
      const { call, open } = calls(3)
      const options = { concurrency: 3, ordered: false }
      const reading = yield* Effect.forkChild(
        Stream.runCollect(mapInWindow(Stream.fromIterable(numbers(3)), call, options))
      )
      for (const n of [2, 0, 1]) {
        yield* turns(20)
        open(n)
      }
      assert.deepStrictEqual(yield* Fiber.join(reading), [2, 0, 1])
    })
  )

  it.effect(
    "S215, G9: what the clean-up of an interrupted call dies of joins the failure; the interruption does not",
    () =>
      Effect.gen(function* () {
        const call = (n: number) =>
          n === 2
            ? Effect.fail("first")
            : Effect.onInterrupt(Effect.never, () => Effect.die(`clean-up of ${n}`))
        const options = { concurrency: 3, ordered: true }
        const stream = mapInWindow(Stream.fromIterable(numbers(9)), call, options)
        const exit = yield* Effect.exit(Stream.runDrain(stream))
        const reasons = Exit.isFailure(exit) ? exit.cause.reasons : []
        assert.deepStrictEqual(
          reasons.map((reason) =>
            Cause.isFailReason(reason)
              ? reason.error
              : Cause.isDieReason(reason)
                ? reason.defect
                : reason._tag
          ),
          ["first", "clean-up of 0", "clean-up of 1"]
        )
      })
  )

  it.effect("S215: a call that ends the stream while it begins is waited for", () =>
    Effect.gen(function* () {
      const { call, open, seen } = calls(3)
      let reading: Fiber.Fiber<unknown, unknown> | undefined
      const ending = (n: number) =>
        Effect.suspend(() => {
          if (n === 1) reading!.interruptUnsafe()
          return call(n)
        })
      const options = { concurrency: 1, ordered: true }
      reading = yield* Effect.forkChild(
        Stream.runDrain(mapInWindow(Stream.fromIterable(numbers(3)), ending, options))
      )
      yield* turns(20)
      open(0)
      yield* Fiber.await(reading)
      assert.strictEqual(seen.running, 0)
      yield* turns(20)
      assert.strictEqual(seen.running, 0)
    })
  )

  it.effect("inputs that break are told after the results of what they gave before", () =>
    Effect.gen(function* () {
      const found: Array<number> = []
      const inputs = Stream.concat(Stream.fromIterable(numbers(3)), Stream.fail("broken"))
      const stream = mapInWindow(inputs, (n) => Effect.as(Effect.yieldNow, n), {
        concurrency: 8,
        ordered: true
      })
      const exit = yield* Effect.exit(Stream.runForEach(stream, (n) => Effect.sync(() => found.push(n))))
      assert.deepStrictEqual(exit, Exit.fail("broken"))
      assert.deepStrictEqual(found, numbers(3))
    })
  )
})
