import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as TestClock from "effect/testing/TestClock"
import * as Supervisor from "../../../src/Supervisor.ts"
import type { RestartsExceeded } from "../../../src/SupervisorError.ts"
import type { SupervisorEvent } from "../../../src/SupervisorEvent.ts"
import { listen, stateOf, Troupe, turns } from "../../support/troupe.ts"

const everySecond = { backoff: Schedule.spaced("1 second") }

/** Adds a child with a slow start, which fails on the test's command. */
const slowToFail = (gate: Deferred.Deferred<void>, isBad: () => boolean, log: Array<string>) =>
  Supervisor.child({
    id: "loop",
    start: Effect.suspend(() => {
      if (!isBad()) return Effect.void
      log.push("try")
      return Effect.andThen(Deferred.await(gate), Effect.fail("no"))
    }),
    run: () => (isBad() ? Effect.never : Effect.sleep("1 second"))
  })

describe("a child in a restart loop", () => {
  const looping = (strategy: "oneForOne" | "oneForAll" | "restForOne") =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          strategy,
          intensity: 1000,
          children: troupe.children("a", "loop", "c"),
          ...everySecond
        })
      )
      troupe.failStarts("loop")
      yield* troupe.crash("loop")
      for (const _ of [1, 2, 3]) yield* TestClock.adjust("1 second")
      troupe.take()
      return { troupe, supervisor }
    })

  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    it.effect(`${strategy}: it can be queried; restarting and deleting it are refused, typed: S114`, () =>
      Effect.gen(function* () {
        const { supervisor } = yield* looping(strategy)
        assert.strictEqual(yield* stateOf(supervisor, "loop"), "backingOff")
        for (const ask of [supervisor.restartChild, supervisor.deleteChild]) {
          const { reason } = yield* Effect.flip(ask("loop"))
          assert.strictEqual(reason._tag, "WrongState")
          assert.include(reason.message, "restarting")
        }
        const { specs } = yield* supervisor.countChildren
        assert.strictEqual(specs, 3)
      })
    )

    it.effect(`${strategy}: terminating it ends the loop, and its siblings run on or are started: S114`, () =>
      Effect.gen(function* () {
        const { supervisor, troupe } = yield* looping(strategy)
        yield* supervisor.terminateChild("loop")
        yield* TestClock.adjust("10 seconds")
        yield* turns
        const states = (yield* supervisor.snapshot).children.map((child) => child.state)
        assert.deepStrictEqual(states, ["running", "stopped", "running"])
        assert.notInclude(troupe.take(), "loop")
        yield* supervisor.deleteChild("loop")
        assert.strictEqual((yield* supervisor.countChildren).specs, 2)
      })
    )

    it.effect(`${strategy}: stopping the supervisor during a back-off does not wait for it: S114, G2`, () =>
      Effect.gen(function* () {
        const { supervisor, troupe } = yield* looping(strategy)
        yield* supervisor.stop
        assert.isTrue([...troupe.alive.values()].every((n) => n === 0))
        yield* TestClock.adjust("10 seconds")
        assert.notInclude(troupe.take(), "+")
      })
    )
  }

  it.effect("while a slow start hangs, it can be terminated, and the supervisor be stopped: S114", () =>
    Effect.gen(function* () {
      for (const way of ["terminate", "stop"] as const) {
        const gate = Deferred.makeUnsafe<void>()
        const log: Array<string> = []
        let isBad = false
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({ id: "app", children: [slowToFail(gate, () => isBad, log)], backoff: "none" })
        )
        isBad = true
        yield* TestClock.adjust("1 second")
        yield* turns
        assert.deepStrictEqual(log, ["try"])
        assert.strictEqual(yield* stateOf(supervisor, "loop"), "starting")
        const { reason } = yield* Effect.flip(supervisor.restartChild("loop"))
        assert.include(reason.message, "restarting")
        yield* way === "stop" ? supervisor.stop : supervisor.terminateChild("loop")
        assert.strictEqual(yield* stateOf(supervisor, "loop"), "stopped")
      }
    })
  )
})

describe("restarts of several children", () => {
  it.effect(
    "one_for_all while another child fails to restart: the attempt counts, and all are tried again: S112",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({
            id: "app",
            strategy: "oneForAll",
            children: troupe.children("a", "b", "c"),
            ...everySecond
          })
        )
        troupe.take()
        troupe.failStarts("b")
        yield* troupe.crash("c")
        assert.strictEqual(troupe.take(), "-c -b -a")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(troupe.take(), "+a -a")
        assert.strictEqual((yield* supervisor.snapshot).recentRestarts, 2)
        troupe.failStarts("b", false)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(troupe.take(), "+a +b +c")
      })
  )

  it.effect(
    "rest_for_one while a later child fails to restart: the next attempt begins with that one: S112",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        yield* Supervisor.make(
          Supervisor.tree({
            id: "app",
            strategy: "restForOne",
            children: troupe.children("a", "b", "c", "d"),
            ...everySecond
          })
        )
        troupe.take()
        troupe.failStarts("c")
        yield* troupe.crash("b")
        assert.strictEqual(troupe.take(), "-b -d -c")
        yield* TestClock.adjust("1 second")
        assert.strictEqual(troupe.take(), "+b")
        troupe.failStarts("c", false)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(troupe.take(), "+c +d")
      })
  )

  it.effect("an earlier child that crashes meanwhile takes the restart over, from itself on: S109", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          strategy: "restForOne",
          children: troupe.children("a", "b", "c"),
          ...everySecond
        })
      )
      troupe.take()
      yield* troupe.crash("c")
      yield* troupe.crash("a")
      assert.strictEqual(troupe.take(), "-c -a -b")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(troupe.take(), "+a +b +c")
      assert.strictEqual((yield* supervisor.snapshot).recentRestarts, 2)
    })
  )

  it.effect("a sibling that dies while it is being replaced is not counted: S109, S111", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const gate = Deferred.makeUnsafe<void>()
      const slow = Supervisor.child({
        id: "slow",
        start: Effect.acquireRelease(Effect.void, () => Deferred.await(gate))
      })
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          strategy: "oneForAll",
          intensity: 1,
          children: [...troupe.children("a", "b"), slow],
          backoff: "none"
        })
      )
      yield* troupe.crash("b")
      yield* troupe.crash("a")
      yield* Deferred.succeed(gate, undefined)
      yield* turns
      assert.strictEqual((yield* supervisor.snapshot).recentRestarts, 1)
      assert.strictEqual(troupe.take(), "+a +b -b -a +a +b")
    })
  )

  it.effect(
    "a sibling that is terminated while its turn to be replaced has not come stays stopped: S114",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const gate = Deferred.makeUnsafe<void>()
        const slow = Supervisor.child({
          id: "slow",
          start: Effect.acquireRelease(Effect.void, () => Deferred.await(gate))
        })
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({
            id: "app",
            strategy: "oneForAll",
            children: [...troupe.children("a", "b"), slow],
            backoff: "none"
          })
        )
        yield* troupe.crash("a")
        yield* supervisor.terminateChild("b")
        yield* Deferred.succeed(gate, undefined)
        yield* turns
        assert.strictEqual(yield* stateOf(supervisor, "b"), "stopped")
        assert.strictEqual(troupe.take(), "+a +b -a -b +a")
      })
  )

  it.effect("one_for_one restarts are apart: a child that backs off holds up no sibling: S109", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      yield* Supervisor.make(
        Supervisor.tree({ id: "app", children: troupe.children("a", "b"), ...everySecond })
      )
      troupe.take()
      yield* troupe.crash("a")
      yield* TestClock.adjust("500 millis")
      yield* troupe.crash("b")
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(troupe.take(), "-a -b +a")
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(troupe.take(), "+b")
    })
  )
})

describe("back-off", () => {
  const delaysOf = (supervisor: Supervisor.SupervisorService) => {
    const delays: Array<number> = []
    supervisor.subscribe((event: SupervisorEvent) => {
      if (event._tag === "RestartScheduled") delays.push(event.delay)
    })
    return delays
  }

  it.effect("the default is none, then about 50 ms, doubling up to 2 s, with jitter of a fifth: G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({ id: "app", intensity: 100, children: troupe.children("a") })
      )
      const delays = delaysOf(supervisor)
      for (let n = 0; n < 10; n++) {
        yield* troupe.crash("a")
        yield* TestClock.adjust("3 seconds")
      }
      const middles = [0, 50, 100, 200, 400, 800, 1600, 2000, 2000, 2000]
      assert.strictEqual(delays.length, middles.length)
      delays.forEach((delay, n) => {
        assert.isAtLeast(delay, middles[n]! * 0.8)
        assert.isAtMost(delay, middles[n]! * 1.2)
      })
    })
  )

  it.effect("a child that was up for a period begins its back-off anew: G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          children: troupe.children("a"),
          backoff: Schedule.exponential("1 second")
        })
      )
      const delays = delaysOf(supervisor)
      yield* troupe.crash("a")
      yield* TestClock.adjust("1 second")
      yield* troupe.crash("a")
      yield* TestClock.adjust("2 seconds")
      yield* TestClock.adjust("10 seconds")
      yield* troupe.crash("a")
      assert.deepStrictEqual(delays, [1000, 2000, 1000])
    })
  )

  it.effect("where the schedule ends the supervisor gives up, and says so: G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          intensity: 100,
          children: troupe.children("a", "b"),
          backoff: Schedule.recurs(2)
        })
      )
      const heard = listen(supervisor, "RestartsExceeded", "SupervisorStateChanged")
      for (const _ of [1, 2, 3]) yield* troupe.crash("a")
      const { message, reason } = yield* Effect.flip(supervisor.await)
      assert.strictEqual((reason as RestartsExceeded).limit, "backoff")
      assert.strictEqual(message, 'app: the schedule of its back-off has ended; last: child "a": a crashed')
      assert.deepStrictEqual(heard, [
        "RestartsExceeded a",
        "SupervisorStateChanged failing",
        "SupervisorStateChanged failed"
      ])
      assert.isTrue([...troupe.alive.values()].every((n) => n === 0))
    })
  )
})
