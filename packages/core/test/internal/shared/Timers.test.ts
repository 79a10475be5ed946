import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { Timers } from "../../../src/internal/shared/Timers.ts"

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

describe("limits that judge others by the host's clock", () => {
  /** Turns that a test lets pass one by one, and a diary of what was heard and judged. */
  const stage = Effect.map(Effect.context(), (context) => {
    const turns: Array<() => void> = []
    const diary: Array<string> = []
    const ears = { hear: (): void => void diary.push("hear") }
    const clock = new Timers(
      context,
      (callback) => turns.push(callback),
      () => ears.hear()
    )
    const pass = () => {
      for (const turn of turns.splice(0)) turn()
    }
    return { clock, diary, ears, pass }
  })

  it.effect(
    "S217: what has arrived is heard, a turn passes, that is heard as well, and then it judges: G4",
    () =>
      Effect.gen(function* () {
        const { clock, diary, pass } = yield* stage
        clock.limit(
          10,
          () => diary.push("judge"),
          () => diary.push("due")
        )
        yield* TestClock.adjust(9)
        assert.deepStrictEqual(diary, [])
        yield* TestClock.adjust(1)
        assert.deepStrictEqual(diary, ["due", "hear"])
        pass()
        assert.deepStrictEqual(diary, ["due", "hear"])
        pass()
        assert.deepStrictEqual(diary, ["due", "hear", "hear", "judge"])
        pass()
        assert.strictEqual(diary.length, 4)
      })
  )

  for (const [when, passes] of [
    ["before it is due", -1],
    ["when it is due", 0],
    ["while its turn passes", 1]
  ] as const) {
    it.effect(`S217: a limit that is ended ${when} judges nothing: G4`, () =>
      Effect.gen(function* () {
        const { clock, diary, pass } = yield* stage
        const cancel = clock.limit(10, () => diary.push("judge"))
        if (passes >= 0) yield* TestClock.adjust(10)
        if (passes === 1) pass()
        cancel()
        yield* TestClock.adjust(10)
        pass()
        pass()
        assert.notInclude(diary, "judge")
      })
    )
  }

  it.effect("S217: what is heard may end the limit that hears it: G4", () =>
    Effect.gen(function* () {
      const { clock, diary, ears, pass } = yield* stage
      const cancel = clock.limit(10, () => diary.push("judge"))
      let heard = 0
      ears.hear = () => (heard++ === 0 ? cancel() : undefined)
      yield* TestClock.adjust(10)
      pass()
      pass()
      assert.deepStrictEqual(diary, [])
    })
  )

  it.effect(
    "S217: limits of one turn are judged together; a later one gets a whole turn of its own: G4",
    () =>
      Effect.gen(function* () {
        const { clock, diary, pass } = yield* stage
        for (const name of ["a", "b"]) clock.limit(10, () => diary.push(name))
        clock.limit(11, () => diary.push("late"))
        yield* TestClock.adjust(10)
        pass()
        yield* TestClock.adjust(1)
        pass()
        assert.deepStrictEqual(diary, ["hear", "hear", "hear", "a", "b"])
        pass()
        assert.deepStrictEqual(diary.slice(5), ["hear", "late"])
      })
  )

  it.effect("S217: without a platform's turn a turn of the scheduler passes; infinity is never: G4", () =>
    Effect.gen(function* () {
      const clock = yield* timers
      const judged: Array<string> = []
      clock.limit(10, () => judged.push("ten"))
      clock.limit(Infinity, () => judged.push("never"))()
      yield* TestClock.adjust(10)
      while (judged.length === 0) yield* Effect.yieldNow
      assert.deepStrictEqual(judged, ["ten"])
    })
  )
})
