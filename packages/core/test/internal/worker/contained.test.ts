import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Exit } from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as contained from "../../../src/internal/worker/contained.ts"

/** Not an Effect, and Effect's run loop cannot print the value. */
const unprintable: any = Object.create(null)

const defectOf = (exit: Exit<unknown, unknown>): unknown =>
  exit._tag === "Failure" && exit.cause.reasons[0]?._tag === "Die" ? exit.cause.reasons[0].defect : undefined

describe("a fiber whose run loop throws", () => {
  it("dies of that at once: S209, G1", () => {
    const exit = contained.run(Context.empty(), unprintable) as Exit<unknown, unknown>
    assert.instanceOf(defectOf(exit), TypeError)
  })

  it("dies of that after it was suspended, its finalizers included: S209, G1, G3", () => {
    let resume: (effect: Effect.Effect<void>) => void = () => {}
    let isFinalized = false
    const waiting = Effect.callback<void>((callback) => {
      resume = callback
    })
    const program = Effect.flatMap(waiting, (): Effect.Effect<void> => unprintable).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          isFinalized = true
        })
      )
    )
    const fiber = contained.run(Context.empty(), program) as Fiber<unknown, unknown>
    resume(Effect.void)
    const exit = fiber.pollUnsafe()
    assert.instanceOf(exit && defectOf(exit), TypeError)
    assert.isTrue(isFinalized)
  })

  it("lets through what an observer throws, once: S209", () => {
    let resume: (effect: Effect.Effect<void>) => void = () => {}
    const fiber = contained.run(
      Context.empty(),
      Effect.callback<void>((callback) => {
        resume = callback
      })
    ) as Fiber<unknown, unknown>
    let heard = 0
    fiber.addObserver(() => {
      heard++
      throw new Error("an observer's own")
    })
    assert.throws(() => resume(Effect.void), "an observer's own")
    assert.strictEqual(heard, 1)
    assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
  })
})
