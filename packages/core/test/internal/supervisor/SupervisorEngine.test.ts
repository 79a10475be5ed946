import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as Supervisor from "../../../src/Supervisor.ts"
import { type RestartsExceeded, type StartFailed, SupervisorError } from "../../../src/SupervisorError.ts"
import { atOnce, listen, stateOf, Troupe, turns } from "../../support/troupe.ts"

const ends = {
  normally: Exit.void,
  "by shutdown": Exit.interrupt(),
  "by crash": Exit.fail("boom"),
  "by defect": Exit.die(new Error("boom"))
}

describe("restart types", () => {
  const matrix = {
    permanent: ["again", "again", "again", "again"],
    transient: ["kept", "kept", "again", "again"],
    temporary: ["dropped", "dropped", "dropped", "dropped"]
  } as const
  for (const restart of ["permanent", "transient", "temporary"] as const) {
    Object.entries(ends).forEach(([how, exit], column) => {
      const fate = matrix[restart][column]!
      it.effect(`a ${restart} child that ends ${how} is ${fate}: S108`, () =>
        Effect.gen(function* () {
          const troupe = new Troupe()
          const children = [troupe.child("a", { restart }), troupe.child("b")]
          const supervisor = yield* Supervisor.make(Supervisor.tree({ id: "app", children, ...atOnce }))
          troupe.take()
          yield* troupe.end("a", exit)
          assert.strictEqual(troupe.take(), fate === "again" ? "-a +a" : "-a")
          const { specs, active } = yield* supervisor.countChildren
          assert.deepStrictEqual(
            { specs, active },
            {
              again: { specs: 2, active: 2 },
              kept: { specs: 2, active: 1 },
              dropped: { specs: 1, active: 1 }
            }[fate]
          )
        })
      )
    })
  }
})

describe("strategies", () => {
  const replaced = {
    oneForOne: "-b +b",
    oneForAll: "-b -c -a +a +b +c",
    restForOne: "-b -c +b +c"
  }
  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    it.effect(
      `${strategy} replaces exactly what it names, and a third crash in the period ends it: S109`,
      () =>
        Effect.gen(function* () {
          const troupe = new Troupe()
          const supervisor = yield* Supervisor.make(
            Supervisor.tree({
              id: "app",
              strategy,
              intensity: 2,
              children: troupe.children("a", "b", "c"),
              ...atOnce
            })
          )
          assert.strictEqual(troupe.take(), "+a +b +c")
          for (const _ of [1, 2]) {
            yield* troupe.crash("b")
            assert.strictEqual(troupe.take(), replaced[strategy])
          }
          yield* troupe.crash("b")
          assert.strictEqual(troupe.take(), "-b -c -a")
          const error = yield* Effect.flip(supervisor.await)
          assert.strictEqual(error.reason._tag, "RestartsExceeded")
        })
    )
  }

  it.effect("temporary siblings end with a restart of all, and are never started again: S109", () =>
    Effect.gen(function* () {
      for (const strategy of ["oneForAll", "restForOne"] as const) {
        const troupe = new Troupe()
        const children = [
          troupe.child("a"),
          troupe.child("t", { restart: "temporary" }),
          troupe.child("b", { restart: "transient" })
        ]
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({ id: "app", strategy, children, ...atOnce })
        )
        const heard = listen(supervisor, "ChildRemoved")
        troupe.take()
        yield* troupe.crash("a")
        assert.strictEqual(troupe.take(), "-a -b -t +a +b")
        assert.deepStrictEqual(heard, ["ChildRemoved t"])
        assert.strictEqual((yield* supervisor.countChildren).specs, 2)
      }
    })
  )

  it.effect("a transient child that had ended is started again with its siblings, as in OTP: S109", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const children = [troupe.child("a"), troupe.child("b", { restart: "transient" })]
      yield* Supervisor.make(Supervisor.tree({ id: "app", strategy: "oneForAll", children, ...atOnce }))
      yield* troupe.end("b", Exit.void)
      troupe.take()
      yield* troupe.crash("a")
      assert.strictEqual(troupe.take(), "-a +a +b")
    })
  )
})

describe("intensity", () => {
  it.effect(
    "crashes that are further apart than the period go on for ever; two within it end the supervisor: S111",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({
            id: "app",
            intensity: 1,
            period: "1 second",
            children: troupe.children("a"),
            ...atOnce
          })
        )
        for (const _ of [1, 2, 3, 4]) {
          yield* troupe.crash("a")
          yield* TestClock.adjust("2100 millis")
        }
        assert.strictEqual(yield* stateOf(supervisor, "a"), "running")
        yield* troupe.crash("a")
        yield* TestClock.adjust("500 millis")
        assert.strictEqual((yield* supervisor.snapshot).recentRestarts, 1)
        yield* troupe.crash("a")
        const { reason } = yield* Effect.flip(supervisor.await)
        assert.strictEqual(reason._tag, "RestartsExceeded")
        assert.deepStrictEqual(
          (reason as RestartsExceeded).restarts.map(({ child, reason: why }) => [child, why]),
          [
            ["a", "crash"],
            ["a", "crash"]
          ]
        )
      })
  )

  it.effect("a restart of all counts once, not once per child: S111", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const supervisor = yield* Supervisor.make(
        Supervisor.tree({
          id: "app",
          strategy: "oneForAll",
          intensity: 1,
          children: troupe.children("a", "b", "c", "d"),
          ...atOnce
        })
      )
      yield* troupe.crash("c")
      const { recentRestarts, state } = yield* supervisor.snapshot
      assert.deepStrictEqual([recentRestarts, state], [1, "running"])
    })
  )

  for (const strategy of ["oneForOne", "oneForAll", "restForOne"] as const) {
    it.effect(
      `${strategy}: attempts that fail count; past the intensity the siblings stop, and the cause is kept: S112, G11`,
      () =>
        Effect.gen(function* () {
          const troupe = new Troupe()
          const supervisor = yield* Supervisor.make(
            Supervisor.tree({
              id: "app",
              strategy,
              intensity: 3,
              children: troupe.children("a", "b"),
              ...atOnce
            })
          )
          troupe.failStarts("b")
          troupe.take()
          yield* troupe.crash("b")
          const again = strategy === "oneForAll" ? "-b -a +a -a +a -a +a -a" : "-b -a"
          assert.strictEqual(troupe.take(), again)
          const { message, reason } = yield* Effect.flip(supervisor.await)
          assert.deepStrictEqual(
            (reason as RestartsExceeded).restarts.map((end) => end.reason),
            ["crash", "startFailed", "startFailed", "startFailed"]
          )
          assert.strictEqual(
            message,
            'app: more than 3 restarts within 10000 ms; last: child "b": b cannot start'
          )
        })
    )
  }
})

describe("escalation", () => {
  it.effect(
    "a supervisor that gives up is a child that crashed; its parent starts it again, then gives up too: S112, G11",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const inner = Supervisor.tree({
          id: "inner",
          intensity: 1,
          children: troupe.children("b", "c"),
          ...atOnce
        })
        const outer = yield* Supervisor.make(
          Supervisor.tree({
            id: "outer",
            intensity: 1,
            children: [troupe.child("a"), inner, troupe.child("d")],
            ...atOnce
          })
        )
        assert.strictEqual(troupe.take(), "+a +b +c +d")
        yield* troupe.crash("b")
        assert.strictEqual(troupe.take(), "-b +b")
        yield* troupe.crash("b")
        assert.strictEqual(troupe.take(), "-b -c +b +c")
        yield* troupe.crash("b")
        yield* troupe.crash("b")
        assert.strictEqual(troupe.take(), "-b +b -b -c -d -a")
        const error = yield* Effect.flip(outer.await)
        const cause = (error.reason as RestartsExceeded).restarts.at(-1)!.cause!
        const below = cause.reasons.map((one) => (one._tag === "Fail" ? one.error : one))[0]
        assert.instanceOf(below, SupervisorError)
        assert.strictEqual(below.supervisor, "outer/inner")
      })
  )

  it.effect("a transient supervisor that gave up is started again: giving up is no orderly end: S112", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const inner = Supervisor.tree({
        id: "inner",
        restart: "transient",
        intensity: 0,
        children: troupe.children("b")
      })
      yield* Supervisor.make(Supervisor.tree({ id: "outer", children: [inner], ...atOnce }))
      troupe.take()
      yield* troupe.crash("b")
      assert.strictEqual(troupe.take(), "-b +b")
    })
  )
})

describe("beginning and end", () => {
  it.effect("children start one after the other, and stop in the reverse order: G2", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const slow = Deferred.makeUnsafe<void>()
      const children = [
        troupe.child("a"),
        Supervisor.child({ id: "slow", start: Deferred.await(slow) }),
        Supervisor.tree({ id: "inner", children: troupe.children("b", "c") }),
        troupe.child("d")
      ]
      const program = Effect.scoped(
        Effect.flatMap(Supervisor.make(Supervisor.tree({ id: "app", children })), () =>
          Effect.sync(() => troupe.log.push("|"))
        )
      )
      const fiber = yield* Effect.forkChild(program)
      yield* turns
      assert.strictEqual(troupe.take(), "+a")
      yield* Deferred.succeed(slow, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual(troupe.take(), "+b +c +d | -d -c -b -a")
    })
  )

  it.effect(
    "a first start that fails stops those before it, in reverse order, and is the typed reason: S116, G2",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        troupe.failStarts("c")
        const spec = Supervisor.tree({ id: "app", children: troupe.children("a", "b", "c", "d") })
        const error = yield* Effect.flip(Effect.scoped(Supervisor.make(spec)))
        assert.strictEqual(troupe.take(), "+a +b -b -a")
        assert.strictEqual((error.reason as StartFailed).child, "c")
        assert.strictEqual(error.message, 'app: child "c" failed to start: c cannot start')
      })
  )

  it.effect("a first start that fails below is a failed start above: the whole tree comes down: S116", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      troupe.failStarts("c")
      const inner = Supervisor.tree({ id: "inner", children: troupe.children("b", "c") })
      const spec = Supervisor.tree({ id: "app", children: [troupe.child("a"), inner, troupe.child("d")] })
      const error = yield* Effect.flip(Effect.scoped(Supervisor.make(spec)))
      assert.strictEqual(troupe.take(), "+a +b -b -a")
      assert.include(error.message, 'app: child "inner" failed to start')
      assert.include(error.message, 'app/inner: child "c" failed to start: c cannot start')
    })
  )

  it.effect(
    "interrupted while child 3 of 5 starts: it ends with its finalizers, then 2 and 1; 4 and 5 never start: G2, G3",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const third = Supervisor.child({
          id: "c",
          start: Effect.andThen(
            Effect.acquireRelease(
              Effect.sync(() => troupe.log.push("c?")),
              () => Effect.sync(() => troupe.log.push("-c"))
            ),
            Effect.never
          )
        })
        const children = [...troupe.children("a", "b"), third, ...troupe.children("d", "e")]
        const fiber = yield* Effect.forkChild(
          Effect.scoped(Supervisor.make(Supervisor.tree({ id: "app", children })))
        )
        yield* turns
        assert.strictEqual(troupe.take(), "+a +b c?")
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(troupe.take(), "-c -b -a")
      })
  )

  it.effect(
    "a child that crashes while its siblings still start is decided on when all have started: G11",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const slow = Deferred.makeUnsafe<void>()
        const children = [troupe.child("a"), Supervisor.child({ id: "slow", start: Deferred.await(slow) })]
        const fiber = yield* Effect.forkChild(
          Effect.scoped(
            Effect.andThen(
              Supervisor.make(Supervisor.tree({ id: "app", strategy: "oneForAll", children, ...atOnce })),
              turns
            )
          )
        )
        yield* turns
        yield* troupe.crash("a")
        assert.strictEqual(troupe.take(), "+a -a")
        yield* Deferred.succeed(slow, undefined)
        yield* Fiber.join(fiber)
        assert.strictEqual(troupe.take(), "+a -a")
      })
  )
})

describe("auto-shutdown", () => {
  const significant = { restart: "temporary", significant: true } as const

  it.effect(
    "any: the first significant child that ends stops all, in order, and the supervisor ends well: S118",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const children = [troupe.child("a"), troupe.child("s", significant), troupe.child("t", significant)]
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({ id: "app", autoShutdown: "any", children })
        )
        troupe.take()
        yield* troupe.crash("s")
        assert.strictEqual(troupe.take(), "-s -t -a")
        yield* supervisor.await
        assert.strictEqual((yield* supervisor.snapshot).state, "stopped")
      })
  )

  it.effect("all: only the last significant child that ends stops the others: S118", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const children = [troupe.child("a"), troupe.child("s", significant), troupe.child("t", significant)]
      yield* Supervisor.make(Supervisor.tree({ id: "app", autoShutdown: "all", children }))
      troupe.take()
      yield* troupe.end("t", Exit.void)
      assert.strictEqual(troupe.take(), "-t")
      yield* troupe.end("s", Exit.void)
      assert.strictEqual(troupe.take(), "-s -a")
    })
  )

  it.effect(
    "a transient one that crashes is restarted; one that ends normally counts; one that is stopped by hand never does: S118",
    () =>
      Effect.gen(function* () {
        const troupe = new Troupe()
        const children = [
          troupe.child("a"),
          troupe.child("s", { restart: "transient", significant: true }),
          troupe.child("t", significant)
        ]
        const supervisor = yield* Supervisor.make(
          Supervisor.tree({ id: "app", autoShutdown: "any", children, ...atOnce })
        )
        troupe.take()
        yield* troupe.crash("s")
        assert.strictEqual(troupe.take(), "-s +s")
        yield* supervisor.terminateChild("t")
        yield* turns
        assert.strictEqual(troupe.take(), "-t")
        yield* troupe.end("s", Exit.void)
        assert.strictEqual(troupe.take(), "-s -a")
      })
  )

  it.effect("nests upwards: a supervisor that was shut down is a significant child that ended: S118", () =>
    Effect.gen(function* () {
      const troupe = new Troupe()
      const inner = Supervisor.tree({
        id: "inner",
        restart: "transient",
        significant: true,
        autoShutdown: "any",
        children: [troupe.child("b"), troupe.child("s", significant)]
      })
      const outer = yield* Supervisor.make(
        Supervisor.tree({ id: "outer", autoShutdown: "all", children: [troupe.child("a"), inner] })
      )
      troupe.take()
      yield* troupe.end("s", Exit.void)
      assert.strictEqual(troupe.take(), "-s -b -a")
      yield* outer.await
    })
  )
})
