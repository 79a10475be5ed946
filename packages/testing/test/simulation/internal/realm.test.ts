import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Scheduler from "effect/Scheduler"
import { describe, expect, it } from "vitest"
import { Realm } from "../../../src/simulation/internal/realm.ts"
import { Simulation } from "@heddle/testing"

interface Inside {
  readonly realm: Realm
  readonly errors: ReadonlyArray<unknown>
  /** Runs an effect as the realm's own code. */
  readonly run: (effect: Effect.Effect<unknown>) => void
}

const simulate = <A>(body: (inside: Inside) => Effect.Effect<A>) =>
  Simulation.run(
    Effect.gen(function* () {
      const scheduler = yield* Scheduler.Scheduler
      const clock = yield* Clock.Clock
      const host = Effect.runForkWith(
        Context.make(Scheduler.Scheduler, scheduler).pipe(Context.add(Clock.Clock, clock))
      )
      const errors: Array<unknown> = []
      const realm = new Realm({
        scheduler,
        clock,
        dispatcher: scheduler.makeDispatcher(),
        after: (millis, f) => {
          const fiber = host(Effect.andThen(Effect.sleep(millis), Effect.sync(f)))
          return () => fiber.interruptUnsafe()
        },
        onUncaught: (error) => errors.push(error)
      })
      const fork = Effect.runForkWith(
        Context.make(Scheduler.Scheduler, realm.scheduler).pipe(Context.add(Clock.Clock, realm.clock))
      )
      return yield* body({ realm, errors, run: (effect) => realm.enter(() => void fork(effect)) })
    })
  )

/** Notes its start and its end, of any kind. */
const noting = (seen: Array<string>, effect: Effect.Effect<unknown>) =>
  Effect.ensuring(
    Effect.andThen(
      Effect.sync(() => seen.push("start")),
      effect
    ),
    Effect.sync(() => seen.push("end"))
  )

describe("a realm", () => {
  it("a dead realm runs no finalizer and leaves no timer", () => {
    const seen: Array<string> = []
    const result = simulate(({ realm, run }) => {
      run(noting(seen, Effect.sleep("1 hour")))
      realm.kill()
      return Effect.sleep("1 day")
    })
    expect(seen).toEqual(["start"])
    expect(result.left).toEqual({ fibers: 0, timers: 0 })
  })

  it("a realm dying in the middle of its own code stops at the next operation", () => {
    const seen: Array<string> = []
    simulate(({ realm, run }) => {
      run(
        noting(
          seen,
          Effect.sync(() => realm.kill())
        )
      )
      return Effect.sleep(1)
    })
    expect(seen).toEqual(["start"])
  })

  it("a held realm goes on at the same place", () => {
    const seen: Array<string> = []
    const result = simulate(({ realm, run }) =>
      Effect.gen(function* () {
        run(noting(seen, Effect.sleep(10)))
        const release = realm.hold()
        yield* Effect.sleep(100)
        expect(seen).toEqual(["start"])
        release()
        release()
        yield* Effect.sleep(0)
      })
    )
    expect(seen).toEqual(["start", "end"])
    expect(result.time).toBe(100)
  })

  it("code of a dead realm does not run when resumed from outside", () => {
    const seen: Array<string> = []
    simulate(({ realm, run }) =>
      Effect.gen(function* () {
        const deferred = yield* Deferred.make<void>()
        run(noting(seen, Deferred.await(deferred)))
        realm.kill()
        yield* Deferred.succeed(deferred, undefined)
        yield* Effect.sleep(1)
      })
    )
    expect(seen).toEqual(["start"])
  })

  it("a throw of its code outside of fibers stays inside the realm", () => {
    simulate(({ errors, realm }) =>
      Effect.sync(() => {
        realm.enter(() => {
          throw new Error("boom")
        })
        expect(errors).toEqual([new Error("boom")])
      })
    )
  })
})
