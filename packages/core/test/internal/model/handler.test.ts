import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { CurrentHandler, isInterrupted, setCurrent } from "../../../src/internal/model/handler.ts"

const handler = (answer: boolean) => ({
  signal: new AbortController().signal,
  isInterrupted: () => answer,
  progress: () => {}
})

describe("whether the running task was interrupted", () => {
  it("is false outside of handlers", () => {
    assert.isFalse(isInterrupted())
  })

  it("is asked of the handler that runs synchronously: S049", () => {
    const outer = setCurrent(handler(true))
    assert.isTrue(isInterrupted())
    assert.isUndefined(outer)
    setCurrent(outer)
    assert.isFalse(isInterrupted())
  })

  it("is asked of a fiber's own handler after the fiber was suspended: S049", () => {
    const later = Effect.andThen(Effect.yieldNow, Effect.sync(isInterrupted))
    const run = (answer: boolean) =>
      Effect.runPromise(Effect.provideService(later, CurrentHandler, handler(answer)))
    return Promise.all([run(true), run(false)]).then((answers) => {
      assert.deepStrictEqual(answers, [true, false])
    })
  })

  it("is asked of the inner of two handlers, and of the outer one again afterwards", () => {
    const first = setCurrent(handler(false))
    const second = setCurrent(handler(true))
    assert.isTrue(isInterrupted())
    setCurrent(second)
    assert.isFalse(isInterrupted())
    setCurrent(first)
  })
})
