import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Supervisor from "../../../src/Supervisor.ts"
import { atOnce, listen, stateOf, Troupe, turns } from "../../support/troupe.ts"

/** A body that ignores its interruption until `release` is done. */
const deaf = (release: Deferred.Deferred<void>) => Effect.uninterruptible(Deferred.await(release))

/** Stops a supervisor with one deaf child; returns the events, and the time of the stop in milliseconds. */
const stopOf = (shutdown: Supervisor.ChildOptions["shutdown"], release: Deferred.Deferred<void>) =>
  Effect.gen(function* () {
    const released: Array<string> = []
    const child = Supervisor.child({
      id: "deaf",
      shutdown,
      start: Effect.acquireRelease(Effect.void, () => Effect.sync(() => released.push("released"))),
      run: () => deaf(release)
    })
    const supervisor = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
    const heard = listen(supervisor, "ChildStopping", "ChildStopped", "ChildStuck", "ChildGone")
    let isOver = false
    const stopping = yield* Effect.forkChild(
      Effect.andThen(
        supervisor.stop,
        Effect.sync(() => (isOver = true))
      )
    )
    yield* turns
    return { supervisor, heard, stopping, released, isOver: () => isOver }
  })

describe("shutdown", () => {
  it.effect(
    "a child that ends within its grace ended by shutdown, and the stop waits for its finalizers: S113",
    () =>
      Effect.gen(function* () {
        const child = Supervisor.child({
          id: "slow",
          shutdown: "1 second",
          start: Effect.acquireRelease(Effect.void, () => Effect.sleep("400 millis"))
        })
        const supervisor = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
        const heard = listen(supervisor, "ChildStopping", "ChildStopped")
        const stopping = yield* Effect.forkChild(supervisor.stop)
        yield* TestClock.adjust("399 millis")
        assert.deepStrictEqual(heard, ["ChildStopping slow"])
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(stopping)
        assert.deepStrictEqual(heard, ["ChildStopping slow", "ChildStopped slow shutdown 400"])
      })
  )

  it.effect(
    "past its grace its scope is closed under it; one that this frees was killed after the limit: S113",
    () =>
      Effect.gen(function* () {
        const socket = Deferred.makeUnsafe<void>()
        const child = Supervisor.child({
          id: "reader",
          shutdown: "1 second",
          start: Effect.acquireRelease(Effect.void, () => Deferred.succeed(socket, undefined)),
          run: () => deaf(socket)
        })
        const supervisor = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
        const heard = listen(supervisor, "ChildStopped", "ChildStuck")
        const stopping = yield* Effect.forkChild(supervisor.stop)
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(heard, [])
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(stopping)
        assert.deepStrictEqual(heard, ["ChildStopped reader killed 1000"])
      })
  )

  it.effect(
    "one that ignores even that is stuck: the stop is bounded, says so, and the child keeps its state: S113, G4",
    () =>
      Effect.gen(function* () {
        const release = Deferred.makeUnsafe<void>()
        const { heard, isOver, released, stopping, supervisor } = yield* stopOf("2 seconds", release)
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(released, ["released"])
        yield* TestClock.adjust("999 millis")
        assert.isFalse(isOver())
        yield* TestClock.adjust("1 millis")
        yield* Fiber.join(stopping)
        assert.deepStrictEqual(heard, ["ChildStopping deaf", "ChildStuck deaf"])
        assert.strictEqual((yield* supervisor.snapshot).state, "stopped")
        assert.strictEqual(yield* stateOf(supervisor, "deaf"), "stuck")
        yield* Deferred.succeed(release, undefined)
        yield* turns
        assert.strictEqual(yield* stateOf(supervisor, "deaf"), "stopped")
      })
  )

  it.effect(
    "brutal gives no grace: interrupted, its scope closed at once, bounded by the limit of force: S113",
    () =>
      Effect.gen(function* () {
        const release = Deferred.makeUnsafe<void>()
        const { isOver, released, stopping } = yield* stopOf("brutal", release)
        assert.deepStrictEqual([released, isOver()], [["released"], false])
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(stopping)
        const listening = yield* stopOf("brutal", Deferred.makeUnsafe())
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(listening.heard, ["ChildStopping deaf", "ChildStuck deaf"])
        const troupe = new Troupe()
        const quick = Supervisor.tree({ id: "app", children: [troupe.child("a", { shutdown: "brutal" })] })
        const supervisor = yield* Supervisor.make(quick)
        const heard = listen(supervisor, "ChildStopped")
        yield* supervisor.stop
        assert.deepStrictEqual(heard, ["ChildStopped a killed 0"])
      })
  )

  it.effect("infinity waits for as long as it takes: S113", () =>
    Effect.gen(function* () {
      const release = Deferred.makeUnsafe<void>()
      const { heard, isOver, stopping } = yield* stopOf("infinity", release)
      yield* TestClock.adjust("100 days")
      assert.isFalse(isOver())
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(heard, [
        "ChildStopping deaf",
        `ChildStopped deaf shutdown ${100 * 24 * 3600 * 1000}`
      ])
    })
  )

  it.effect("graces count one after the other, from the last child to the first: S113, G2", () =>
    Effect.gen(function* () {
      const slow = (id: string) =>
        Supervisor.child({ id, start: Effect.acquireRelease(Effect.void, () => Effect.sleep("1 second")) })
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({ id: "app", children: [slow("a"), slow("b"), slow("c")] })
      )
      const heard = listen(supervisor, "ChildStopping", "ChildStopped")
      const stopping = yield* Effect.forkChild(supervisor.stop)
      for (const _ of [1, 2, 3]) yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopping)
      assert.deepStrictEqual(
        heard,
        ["c", "b", "a"].flatMap((id) => [`ChildStopping ${id}`, `ChildStopped ${id} shutdown 1000`])
      )
    })
  )
})

describe("stuck children", () => {
  it.effect("a stuck child is never twice at once: the restart of all waits until it is gone: G2, G4", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const release = Deferred.makeUnsafe<void>()
      let running = 0
      let most = 0
      const deafOnce = Supervisor.child({
        id: "deaf",
        shutdown: "1 second",
        run: Effect.acquireUseRelease(
          Effect.sync(() => (most = Math.max(most, ++running))),
          () => Effect.andThen(deaf(release), Effect.never),
          () => Effect.sync(() => running--)
        )
      })
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          strategy: "oneForAll",
          children: [troupe.child("a"), deafOnce, troupe.child("c")],
          ...atOnce
        })
      )
      const heard = listen(supervisor, "ChildStuck", "ChildGone")
      troupe.take()
      yield* troupe.crash("a")
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(heard, ["ChildStuck deaf"])
      assert.strictEqual(troupe.take(), "-a -c +a")
      yield* Deferred.succeed(release, undefined)
      yield* turns
      assert.deepStrictEqual(heard.slice(0, 2), ["ChildStuck deaf", "ChildGone deaf"])
      assert.strictEqual(troupe.take(), "+c")
      assert.deepStrictEqual([running, most], [1, 1])
    })
  )

  it.effect("a supervisor whose restart waits for a stuck child can still be stopped: G4", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const child = Supervisor.child({
        id: "deaf",
        shutdown: "brutal",
        run: Effect.uninterruptible(Effect.never)
      })
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({ id: "app", strategy: "oneForAll", children: [child, troupe.child("a")], ...atOnce })
      )
      yield* troupe.crash("a")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* stateOf(supervisor, "deaf"), "stuck")
      yield* supervisor.stop
      assert.strictEqual(troupe.take(), "+a -a")
    })
  )
})

describe("finalizers", () => {
  it.effect(
    "a child that ends normally but fails in its finalizer has crashed, and its cause says why: S108, G9",
    () =>
      Effect.gen(function* () {
        let starts = 0
        const child = Supervisor.child({
          id: "a",
          restart: "transient",
          run: Effect.suspend(() =>
            ++starts > 1
              ? Effect.never
              : Effect.asVoid(
                  Effect.acquireRelease(Effect.void, () => Effect.die(new Error("lost the disk")))
                )
          )
        })
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({ id: "app", children: [child], ...atOnce })
        )
        yield* turns
        assert.strictEqual(starts, 2)
        const { lastCause } = yield* supervisor.child("a")
        assert.include(String(lastCause), "lost the disk")
      })
  )

  it.effect("a child that crashed is started again only after its finalizers have run: G3", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const child = Supervisor.child({
        id: "a",
        start: Effect.acquireRelease(
          Effect.sync(() => log.push("start")),
          (n) =>
            Effect.andThen(
              n === 1 ? Effect.sleep("1 second") : Effect.void,
              Effect.sync(() => log.push("released"))
            )
        ),
        run: (n) => (n === 1 ? Effect.fail("boom") : Effect.never)
      })
      yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child], ...atOnce }))
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(log, ["start"])
      yield* TestClock.adjust("1 millis")
      yield* turns
      assert.deepStrictEqual(log, ["start", "released", "start"])
    })
  )

  it.effect("a temporary child whose finalizers hang is stuck, and forgotten once it is gone: S108, G4", () =>
    Effect.gen(function* () {
      const release = Deferred.makeUnsafe<void>()
      const child = Supervisor.child({
        id: "a",
        restart: "temporary",
        shutdown: "1 second",
        start: Effect.acquireRelease(Effect.void, () => Deferred.await(release)),
        run: () => Effect.fail("boom")
      })
      const supervisor = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [child] }))
      const heard = listen(supervisor)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(heard, ["ChildStuck a", "ChildEnded a"])
      assert.strictEqual(yield* stateOf(supervisor, "a"), "stuck")
      yield* Deferred.succeed(release, undefined)
      yield* turns
      assert.deepStrictEqual(heard.slice(2), ["ChildGone a", "ChildRemoved a"])
      assert.strictEqual((yield* supervisor.countChildren).specs, 0)
    })
  )
})
