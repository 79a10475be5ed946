import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Supervisor from "../../../src/Supervisor.ts"
import type { SupervisorError } from "../../../src/SupervisorError.ts"
import { atOnce, stateOf, Troupe, turns } from "../../support/troupe.ts"

const tagOf = <A>(ask: Effect.Effect<A, SupervisorError>) =>
  Effect.map(Effect.flip(ask), (error) => error.reason._tag)

const make = (troupe: Troupe, ...ids: ReadonlyArray<string>) =>
  Supervisor.make(Supervisor.tree({ id: "app", children: troupe.children(...ids), ...atOnce }))

describe("asking for what is not possible", () => {
  it.effect(
    "the same id again, terminating twice, restarting and deleting what runs, and unknown ids: S115",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const app = yield* make(troupe, "a")
        assert.strictEqual(yield* tagOf(app.startChild(troupe.child("a"))), "AlreadyStarted")
        assert.strictEqual(yield* tagOf(app.restartChild("a")), "WrongState")
        assert.strictEqual(yield* tagOf(app.deleteChild("a")), "WrongState")
        yield* app.terminateChild("a")
        yield* app.terminateChild("a")
        assert.strictEqual(yield* tagOf(app.startChild(troupe.child("a"))), "AlreadyPresent")
        for (const ask of [app.terminateChild, app.restartChild, app.deleteChild, app.child]) {
          assert.strictEqual(yield* tagOf<unknown>(ask("nobody")), "NotFound")
        }
        assert.strictEqual(troupe.take(), "+a -a")
      })
  )

  it.effect("a child that was terminated stays, is started by hand, and goes when it is deleted: S115", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* make(troupe, "a", "b")
      yield* app.terminateChild("a")
      assert.strictEqual(yield* stateOf(app, "a"), "stopped")
      yield* app.restartChild("a")
      assert.strictEqual(yield* stateOf(app, "a"), "running")
      yield* app.terminateChild("a")
      yield* app.deleteChild("a")
      assert.strictEqual(yield* tagOf(app.child("a")), "NotFound")
      yield* app.startChild(troupe.child("a"))
      assert.deepStrictEqual(yield* app.countChildren, { specs: 2, active: 2, supervisors: 0, workers: 2 })
      yield* app.stop
      assert.strictEqual(troupe.take(), "+a +b -a +a -a +a -a -b")
    })
  )

  it.effect("a temporary child that is terminated is forgotten: S115", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* make(troupe)
      yield* app.startChild(troupe.child("t", { restart: "temporary" }))
      yield* app.terminateChild("t")
      assert.strictEqual(yield* tagOf(app.child("t")), "NotFound")
    })
  )

  it.effect("a start by hand that fails is told to who asked, and counts for nothing: S115, G11", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* make(troupe, "a")
      troupe.failStarts("b")
      const error = yield* Effect.flip(app.startChild(troupe.child("b")))
      assert.strictEqual(error.message, 'app: child "b" failed to start: b cannot start')
      assert.strictEqual(yield* tagOf(app.child("b")), "NotFound")
      yield* app.terminateChild("a")
      troupe.failStarts("a")
      assert.strictEqual(yield* tagOf(app.restartChild("a")), "StartFailed")
      assert.strictEqual(yield* stateOf(app, "a"), "stopped")
      assert.strictEqual((yield* app.snapshot).recentRestarts, 0)
    })
  )

  it.effect("a supervisor that has stopped starts nothing any more: S115, G2", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* make(troupe, "a")
      yield* app.stop
      yield* app.stop
      assert.strictEqual(yield* tagOf(app.startChild(troupe.child("b"))), "NotRunning")
      assert.strictEqual(yield* tagOf(app.restartChild("a")), "NotRunning")
      yield* app.terminateChild("a")
      assert.strictEqual(troupe.take(), "+a -a")
    })
  )
})

describe("starting by hand", () => {
  const slow = (gate: Deferred.Deferred<void>, log: Array<string>) =>
    Supervisor.child({
      id: "slow",
      start: Effect.andThen(
        Effect.acquireRelease(
          Effect.sync(() => log.push("open")),
          () => Effect.sync(() => log.push("closed"))
        ),
        Deferred.await(gate)
      )
    })

  it.effect("interrupting the start of a child stops the child, and waits: G3", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const app = yield* make(new Troupe())
      const asking = yield* Effect.forkChild(app.startChild(slow(Deferred.makeUnsafe(), log)))
      yield* turns
      assert.strictEqual(yield* stateOf(app, "slow"), "starting")
      yield* Fiber.interrupt(asking)
      assert.deepStrictEqual(log, ["open", "closed"])
      assert.strictEqual((yield* app.countChildren).specs, 0)
    })
  )

  it.effect("a supervisor that stops meanwhile ends it, and whoever asked is told: G2", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const app = yield* make(new Troupe())
      const asking = yield* Effect.forkChild(tagOf(app.startChild(slow(Deferred.makeUnsafe(), log))))
      yield* turns
      yield* app.stop
      assert.strictEqual(yield* Fiber.join(asking), "NotRunning")
      assert.deepStrictEqual(log, ["open", "closed"])
    })
  )

  it.effect("a start by hand is taken over by a restart of the siblings: G2", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const gate = Deferred.makeUnsafe<void>()
      const log: Array<string> = []
      const app = yield* Supervisor.make(
        Supervisor.tree({ id: "app", strategy: "oneForAll", children: [troupe.child("a")], ...atOnce })
      )
      const asking = yield* Effect.forkChild(app.startChild(slow(gate, log)))
      yield* turns
      yield* troupe.crash("a")
      assert.deepStrictEqual(log, ["open", "closed", "open"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(asking)
      assert.strictEqual(yield* stateOf(app, "slow"), "running")
    })
  )

  it.effect("a new child waits for a restart of several, for it comes after them: G2", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* Supervisor.make(
        Supervisor.tree({ id: "app", strategy: "restForOne", children: [troupe.child("a")] })
      )
      yield* troupe.crash("a")
      yield* troupe.crash("a")
      troupe.take()
      const asking = yield* Effect.forkChild(app.startChild(troupe.child("b")))
      yield* turns
      assert.strictEqual(troupe.take(), "")
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(asking)
      assert.strictEqual(troupe.take(), "+a +b")
    })
  )

  it.effect("a child may terminate itself in its first step: G3", () =>
    Effect.gen(function* () {
      const log: Array<string> = []
      const app = yield* make(new Troupe())
      const child = Supervisor.child({
        id: "self",
        start: Effect.acquireRelease(Effect.void, () => Effect.sync(() => log.push("closed"))),
        run: () => Effect.andThen(app.terminateChild("self"), Effect.never)
      })
      yield* app.startChild(child)
      yield* turns
      assert.deepStrictEqual(log, ["closed"])
      assert.strictEqual(yield* stateOf(app, "self"), "stopped")
    })
  )

  it.effect("a supervisor can be started by hand, and is counted as one", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const app = yield* make(troupe, "a")
      yield* app.startChild(Supervisor.tree({ id: "inner", children: troupe.children("b") }))
      assert.deepStrictEqual(yield* app.countChildren, { specs: 2, active: 2, supervisors: 1, workers: 1 })
      assert.strictEqual(troupe.take(), "+a +b")
    })
  )
})

describe("looking up", () => {
  it.effect("get gives what a child's start gave, wherever it stands, and the new one after a restart", () =>
    Effect.gen(function* () {
      let made = 0
      const fail = { now: Deferred.makeUnsafe<never, string>() }
      const Database = Supervisor.child({
        id: "database",
        start: Effect.sync(() => ({ number: ++made })),
        run: () => Deferred.await(fail.now)
      })
      const inner = Supervisor.tree({ id: "inner", children: [Database], ...atOnce })
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [inner] }))
      assert.strictEqual((yield* app.get(Database)).number, 1)
      const before = fail.now
      fail.now = Deferred.makeUnsafe()
      yield* Deferred.fail(before, "lost")
      yield* turns
      assert.strictEqual((yield* app.get(Database)).number, 2)
      yield* Effect.flatMap(app.supervisor("inner"), (below) => below.terminateChild("database"))
      assert.strictEqual(yield* tagOf(app.get(Database)), "WrongState")
      assert.strictEqual(
        yield* tagOf(app.get(Supervisor.child({ id: "database", run: Effect.never }))),
        "NotFound"
      )
    })
  )

  it.effect("a supervisor below is found by the names on the way, and answers like any other: S115", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const inner = Supervisor.tree({ id: "inner", children: troupe.children("b") })
      const outer = Supervisor.tree({ id: "outer", children: [inner, troupe.child("a")] })
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [outer] }))
      const below = yield* app.supervisor("outer", "inner")
      assert.deepStrictEqual((yield* below.countChildren).workers, 1)
      assert.strictEqual(yield* tagOf(app.supervisor("outer", "a")), "NotFound")
      assert.strictEqual(yield* tagOf(app.supervisor("outer", "nobody", "b")), "NotFound")
    })
  )
})

describe("dynamic children", () => {
  const sessions = (troupe: Troupe, restart: "permanent" | "transient" | "temporary", max = 3) =>
    Supervisor.dynamic({
      id: "sessions",
      max,
      child: (user: string) => troupe.child(user, { restart }),
      ...atOnce
    })

  it.effect("they are added at run time, up to the most, each under its own name: S115, G7", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const Sessions = sessions(troupe, "permanent", 2)
      const app = yield* Supervisor.make(Supervisor.tree({ id: "app", children: [Sessions] }))
      assert.strictEqual(yield* app.spawn(Sessions, "ada"), "ada")
      assert.strictEqual(yield* tagOf(app.spawn(Sessions, "ada")), "AlreadyStarted")
      yield* app.spawn(Sessions, "grace")
      assert.strictEqual(yield* tagOf(app.spawn(Sessions, "alan")), "TooManyChildren")
      const below = yield* app.supervisor("sessions")
      assert.strictEqual(yield* tagOf(below.startChild(troupe.child("x"))), "InvalidSpec")
      yield* below.terminateChild("ada")
      assert.strictEqual(yield* tagOf(below.child("ada")), "NotFound")
      yield* app.spawn(Sessions, "alan")
      assert.strictEqual(troupe.take(), "+ada +grace -ada +alan")
    })
  )

  it.effect(
    "a dynamic child that crashes is restarted by its type; one that ended for good is forgotten: S108",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const Sessions = sessions(troupe, "transient")
        const app = yield* Supervisor.make(Sessions)
        yield* app.spawn(Sessions, "ada")
        yield* troupe.crash("ada")
        assert.strictEqual(troupe.take(), "+ada -ada +ada")
        yield* troupe.end("ada", Exit.void)
        assert.strictEqual((yield* app.countChildren).specs, 0)
      })
  )

  it.effect("dynamic children stop together: three that take a second take one: S113", () =>
    Effect.gen(function* () {
      const Slow = Supervisor.dynamic({
        id: "slow",
        child: (id: string) =>
          Supervisor.child({ id, start: Effect.acquireRelease(Effect.void, () => Effect.sleep("1 second")) })
      })
      const app = yield* Supervisor.make(Slow)
      for (const id of ["a", "b", "c"]) yield* app.spawn(Slow, id)
      const stopping = yield* Effect.forkChild(app.stop)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(stopping)
    })
  )

  it.effect("a template's children fail to start, or end at once, without a trace: S115", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const Sessions = sessions(troupe, "temporary")
      const app = yield* Supervisor.make(Sessions)
      troupe.failStarts("ada")
      assert.strictEqual(yield* tagOf(app.spawn(Sessions, "ada")), "StartFailed")
      assert.strictEqual((yield* app.countChildren).specs, 0)
      const Elsewhere = sessions(troupe, "temporary")
      assert.strictEqual(yield* tagOf(app.spawn(Elsewhere, "ada")), "NotFound")
    })
  )
})
