import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Timers } from "../../../src/internal/engine/Timers.ts"

const timers = Effect.map(Effect.context(), (context) => new Timers(context))

describe("limits on the pool's clock", () => {
  it.effect("G12: a limit fires when the clock reaches it, once, and not before", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      const fired: Array<string> = []
      clock.after(100, () => fired.push("late"))
      clock.after(50, () => fired.push("soon"))
      yield* TestClock.adjust(49)
      assert.deepStrictEqual(fired, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(fired, ["soon"])
      yield* TestClock.adjust(1000)
      assert.deepStrictEqual(fired, ["soon", "late"])
    })
  )

  it.effect("a limit that was ended does not fire; ending it twice, or afterwards, does no harm", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      let fired = 0
      const cancel = clock.after(10, () => fired++)
      const done = clock.after(5, () => fired++)
      yield* TestClock.adjust(5)
      done()
      cancel()
      cancel()
      yield* TestClock.adjust(100)
      assert.strictEqual(fired, 1)
    })
  )

  it.effect("a limit may end itself, and begin another one", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      const fired: Array<number> = []
      const cancel = clock.after(5, () => {
        cancel()
        fired.push(1)
        clock.after(5, () => fired.push(2))
      })
      yield* TestClock.adjust(5)
      yield* TestClock.adjust(5)
      assert.deepStrictEqual(fired, [1, 2])
    })
  )

  it.effect("zero is now, in the same turn; infinity is never", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      let fired = 0
      for (const millis of [0, -1]) clock.after(millis, () => fired++)()
      assert.strictEqual(fired, 2)
      clock.after(Infinity, () => fired++)()
      yield* TestClock.adjust("100 days")
      assert.strictEqual(fired, 2)
    })
  )

  it.effect("G12: now is that clock's now, fractions of a millisecond included", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      const before = clock.now()
      yield* TestClock.adjust("1500 micros")
      assert.closeTo(clock.now() - before, 1.5, 1e-6)
    })
  )
})
