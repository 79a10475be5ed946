import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Timers } from "../../../src/internal/shared/Timers.ts"
import { Delays } from "../../../src/internal/supervisor/Delays.ts"
import { SupervisedChild } from "../../../src/internal/supervisor/SupervisedChild.ts"
import { resolveChild } from "../../../src/internal/supervisor/settings.ts"
import * as Supervisor from "../../../src/Supervisor.ts"

type Backoff = Schedule.Schedule<unknown, Cause.Cause<unknown>>

const period = 1000
const doubling: Backoff = Schedule.exponential("10 millis", 2)

/** A child that has crashed at its start. */
const childOf = (cause: Cause.Cause<unknown> = Cause.fail("crash")): SupervisedChild => {
  const spec = Supervisor.child({ id: "poller", run: Effect.never })
  const owner = {
    context: Context.empty(),
    timers: new Timers(Context.empty()),
    terminateTimeout: 1,
    path: "app",
    emit: () => {},
    guard: (f: () => void) => f(),
    decide: () => {},
    onGone: () => {},
    below: () => undefined
  }
  const settings = resolveChild(spec, "child", "never", Context.empty() as Context.Context<any>)
  const child = new SupervisedChild(settings, owner, settings.body as never)
  child.end = { reason: "crash", cause }
  return child
}

const delaysOf = (schedule: Backoff | undefined) => {
  const thrown: Array<unknown> = []
  const delays = new Delays(schedule, period, (cause) => thrown.push(cause))
  const next = (child: SupervisedChild, now = 0) => Effect.runSync(delays.next(child, now))
  return { next, thrown }
}

describe("the delay before a restart", () => {
  it("is none without a schedule", () => {
    assert.strictEqual(delaysOf(undefined).next(childOf()), 0)
  })

  it("follows a run of the schedule for each child", () => {
    const { next } = delaysOf(doubling)
    const [a, b] = [childOf(), childOf()]
    assert.deepStrictEqual([next(a), next(a), next(b), next(a), next(b)], [10, 20, 10, 40, 20])
  })

  it("begins anew once the child has been up for a period", () => {
    const { next } = delaysOf(doubling)
    const child = childOf()
    child.hasStarted = true
    assert.deepStrictEqual([next(child, 1), next(child, period - 1), next(child, period)], [10, 20, 10])
  })

  it("depends on the cause of the child's end, which is the schedule's input", () => {
    const schedule: Backoff = Schedule.identity<Cause.Cause<unknown>>().pipe(
      Schedule.addDelay(({ input }) => Effect.succeed(Cause.hasDies(input) ? "1 second" : "1 millis"))
    )
    assert.strictEqual(delaysOf(schedule).next(childOf(Cause.fail("x"))), 1)
    assert.strictEqual(delaysOf(schedule).next(childOf(Cause.die("x"))), 1000)
  })

  it("is undefined when the schedule has ended: the supervisor gives up: G11", () => {
    const { next } = delaysOf(Schedule.recurs(2))
    const child = childOf()
    assert.deepStrictEqual([next(child), next(child), next(child)], [0, 0, undefined])
  })

  it("is none if the schedule throws, which is reported; the next one begins anew: S209", () => {
    let isBroken = true
    const error = new Error("schedule")
    const { next, thrown } = delaysOf(
      doubling.pipe(
        Schedule.addDelay(() => {
          if (isBroken) throw error
          return Effect.succeed(0)
        })
      )
    )
    const child = childOf()
    assert.strictEqual(next(child), 0)
    assert.deepStrictEqual(thrown, [error])
    isBroken = false
    assert.deepStrictEqual([next(child), next(child)], [10, 20])
  })
})
