import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as References from "effect/References"
import { CallContext } from "../../../src/internal/shared/callContext.ts"

const settings = { references: [], platform: {} }

describe("what crosses with a task", () => {
  it.effect("a context that had nothing to say is not asked again; another one is", () =>
    Effect.gen(function* () {
      const crossing = new CallContext(settings)
      const here = Effect.sync(() => crossing.of(Fiber.getCurrent()!, false))
      const fiber = Fiber.getCurrent()!
      let asked = 0
      const getRef = (ref: never) => {
        asked++
        return fiber.getRef(ref)
      }
      const watched = { context: fiber.context, cache: fiber.cache, getRef }
      assert.isUndefined(crossing.of(watched as never, false))
      assert.strictEqual(asked, 1)
      assert.isUndefined(crossing.of(watched as never, false))
      assert.strictEqual(asked, 1)
      const annotated = yield* Effect.annotateLogs(here, "tenant", "a")
      assert.deepStrictEqual(annotated?.annotations, { tenant: "a" })
      const verbose = yield* Effect.provideService(here, References.MinimumLogLevel, "Trace")
      assert.strictEqual(verbose?.logLevel, "Trace")
      const spanned = yield* Effect.withSpan(here, "caller")
      assert.strictEqual(spanned?.trace?.length, 3)
      assert.isUndefined(yield* here)
    })
  )

  it.effect("a task that is to announce its start says so, whatever its context", () =>
    Effect.sync(() => {
      const crossing = new CallContext(settings)
      const fiber = Fiber.getCurrent()!
      assert.isUndefined(crossing.of(fiber, false))
      assert.deepStrictEqual(crossing.of(fiber, true), { announce: true })
      assert.isUndefined(crossing.of(fiber, false))
    })
  )

  it.effect("S146: what was forgotten is not kept", () =>
    Effect.sync(() => {
      const crossing = new CallContext(settings)
      crossing.of(Fiber.getCurrent()!, false)
      assert.include(Object.values(crossing), Fiber.getCurrent()!.context)
      crossing.forget()
      assert.notInclude(Object.values(crossing), Fiber.getCurrent()!.context)
    })
  )
})
