// Permits within one thread: who gets them, and what is refused.
import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Realm from "../src/internal/memory/realm.ts"
import * as SharedSemaphore from "../src/SharedSemaphore.ts"
import { seeded } from "./support/random.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"
import { endSleeps } from "./support/sleepers.ts"

const now = { startImmediately: true } as const

const free = (semaphore: SharedSemaphore.SharedSemaphore) => {
  const { available, held, waiting } = semaphore.snapshot()
  return { available, held, waiting }
}

const untouched = (permits: number) => ({ available: permits, held: [], waiting: [] })

/** Has permits until the gate opens. */
const hold = (semaphore: SharedSemaphore.SharedSemaphore, permits: number) =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const holding = SharedSemaphore.withPermits(semaphore, permits, Deferred.await(gate))
    const fiber = yield* Effect.forkChild(holding, now)
    return Effect.andThen(Deferred.succeed(gate, undefined), Fiber.join(fiber))
  })

describe.each([true, false])("permits (owned: %s)", (owned) => {
  it.effect("are given up to the bound, in order: small requests do not overtake a large one: S310", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(3, { name: "slots", owned })
      const log: Array<string> = []
      const fork = (name: string, permits: number) =>
        Effect.gen(function* () {
          const gate = yield* Deferred.make<void>()
          const running = Effect.andThen(
            Effect.sync(() => log.push(name)),
            Deferred.await(gate)
          )
          const fiber = yield* Effect.forkChild(
            running.pipe(SharedSemaphore.withPermits(semaphore, permits)),
            now
          )
          return Effect.andThen(Deferred.succeed(gate, undefined), Fiber.join(fiber))
        })
      const a = yield* fork("a", 1)
      const b = yield* fork("b", 1)
      const c = yield* fork("c", 3)
      const d = yield* fork("d", 1)
      assert.deepStrictEqual(log, ["a", "b"])
      assert.strictEqual(semaphore.available, 1)
      // Only the first has its place in the line of threads; the others stand behind it.
      assert.strictEqual(semaphore.snapshot().waiting.length, 1)
      assert.isUndefined(yield* SharedSemaphore.tryPermits(semaphore, 1, Effect.succeed(1)))
      yield* a
      yield* Effect.yieldNow
      assert.deepStrictEqual(log, ["a", "b"])
      yield* b
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.deepStrictEqual(log, ["a", "b", "c"])
      yield* c
      yield* d
      assert.deepStrictEqual(log, ["a", "b", "c", "d"])
      assert.deepStrictEqual(free(semaphore), untouched(3))
    }).pipe(Effect.scoped)
  )

  it.effect("return however the effect ends: S310", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(2, { owned })
      const have = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.exit(SharedSemaphore.withPermits(semaphore, 2, effect))
      assert.deepStrictEqual(yield* have(Effect.succeed(1)), Exit.succeed(1))
      assert.deepStrictEqual(yield* have(Effect.fail("no")), Exit.fail("no"))
      assert.isTrue(Exit.hasDies(yield* have(Effect.die("defect"))))
      assert.isTrue(Exit.hasInterrupts(yield* have(Effect.interrupt)))
      assert.throws(() =>
        SharedSemaphore.withPermitsSync(semaphore, 2, () => {
          throw new Error("from the body")
        })
      )
      assert.strictEqual(
        SharedSemaphore.withPermitsSync(semaphore, 2, () => semaphore.available),
        0
      )
      const tried = SharedSemaphore.tryPermits(
        semaphore,
        2,
        Effect.sync(() => semaphore.available)
      )
      assert.strictEqual(yield* tried, 0)
      assert.deepStrictEqual(free(semaphore), untouched(2))
    }).pipe(Effect.scoped)
  )

  it.effect("are neither lost nor made by interruptions at any moment: S311", () =>
    Effect.gen(function* () {
      const next = seeded(owned ? 1 : 2)
      const semaphore = yield* SharedSemaphore.make(3, { owned })
      for (let round = 0; round < 300; round++) {
        const open = yield* hold(semaphore, 1 + next(3))
        const taking = (permits: number) =>
          next(2) === 0
            ? SharedSemaphore.withPermits(semaphore, permits, Effect.yieldNow)
            : Effect.onExit(SharedSemaphore.acquire(semaphore, permits), ({ _tag }) =>
                _tag === "Success" ? Effect.orDie(SharedSemaphore.release(semaphore, permits)) : Effect.void
              )
        const waiters = yield* Effect.replicateEffect(
          Effect.suspend(() => Effect.forkChild(taking(1 + next(3)), now)),
          3
        )
        const last = yield* Effect.forkChild(
          SharedSemaphore.withPermits(semaphore, 3, Effect.succeed("had them")),
          now
        )
        const opened = yield* Effect.forkChild(open, { startImmediately: round % 2 === 0 })
        for (let turn = next(7); turn > 0; turn--) yield* Effect.yieldNow
        if (next(2) === 0) yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        for (const waiter of waiters) if (next(3) > 0) yield* Fiber.interrupt(waiter)
        yield* Fiber.join(opened)
        for (const waiter of waiters) yield* Fiber.await(waiter)
        assert.strictEqual(yield* Fiber.join(last), "had them")
        assert.deepStrictEqual({ round, ...free(semaphore) }, { round, ...untouched(3) })
      }
    }).pipe(Effect.scoped)
  )

  it.live("a wait that is cut off as the first of the line leaves no trace: S311", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(2, { owned })
      const open = yield* hold(semaphore, 1)
      const late = Effect.timeout(SharedSemaphore.withPermits(semaphore, 2, Effect.void), 1)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(late)))
      assert.deepStrictEqual(semaphore.snapshot().waiting, [])
      assert.strictEqual(endSleeps(semaphore), 0)
      assert.strictEqual(yield* SharedSemaphore.withPermits(semaphore, 1, Effect.succeed(1)), 1)
      yield* open
      assert.deepStrictEqual(free(semaphore), untouched(2))
    }).pipe(Effect.scoped)
  )

  it.effect("of which more are asked for than there are, or none, are refused: S135, S312", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(2, { owned })
      const many = SharedSemaphore.withPermits(semaphore, 3, Effect.void)
      assert.match(yield* refusedBy(many), /^TooMany .* 2$/)
      assert.match(yield* refusedBy(SharedSemaphore.tryPermits(semaphore, 3, Effect.void)), /^TooMany/)
      assert.match(yield* refusedBy(SharedSemaphore.acquire(semaphore, 3)), /^TooMany/)
      assert.match(
        refusedSync(() => SharedSemaphore.withPermitsSync(semaphore, 3, () => 1)),
        /^TooMany/
      )
      for (const none of [0, -1, 1.5, NaN, "1" as never]) {
        const taking = SharedSemaphore.withPermits(semaphore, none, Effect.void)
        assert.match(yield* refusedBy(taking), /^InvalidSize permits/)
        assert.match(yield* refusedBy(SharedSemaphore.release(semaphore, none)), /^InvalidSize permits/)
        assert.match(yield* refusedBy(Effect.scoped(SharedSemaphore.make(none))), /^InvalidSize permits/)
      }
      assert.deepStrictEqual(free(semaphore), untouched(2))
    }).pipe(Effect.scoped)
  )

  it.effect("that somebody waits for when the scope closes, and later, are Disposed: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const semaphore = yield* Scope.provide(SharedSemaphore.make(2, { owned }), scope)
      const open = yield* hold(semaphore, 1)
      const taking = refusedBy(SharedSemaphore.withPermits(semaphore, 2, Effect.void))
      const waiters = yield* Effect.replicateEffect(Effect.forkChild(taking, now), 3)
      yield* Scope.close(scope, Exit.void)
      for (const waiter of waiters) assert.match(yield* Fiber.join(waiter), /^Disposed/)
      yield* open
      assert.match(yield* taking, /^Disposed/)
      assert.match(
        refusedSync(() => SharedSemaphore.withPermitsSync(semaphore, 1, () => 1)),
        /^Disposed/
      )
      assert.isTrue(semaphore.isDisposed)
    })
  )

  it.effect("that are not free are refused to a synchronous call of the host: S319", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(2, { owned })
      const open = yield* hold(semaphore, 1)
      const sync = (permits: number) => () => SharedSemaphore.withPermitsSync(semaphore, permits, () => 1)
      assert.strictEqual(sync(1)(), 1)
      assert.match(refusedSync(sync(2)), /^WouldBlock/)
      yield* open
      assert.strictEqual(sync(2)(), 1)
      assert.deepStrictEqual(free(semaphore), untouched(2))
    }).pipe(Effect.scoped)
  )
})

describe("a release", () => {
  it.effect("past the bound of permits without owners changes nothing: S135, S312, S314", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(3, { owned: false })
      assert.match(yield* refusedBy(SharedSemaphore.release(semaphore)), /^TooMany .* 3$/)
      yield* SharedSemaphore.acquire(semaphore, 2)
      assert.match(yield* refusedBy(SharedSemaphore.release(semaphore, 3)), /^TooMany/)
      assert.strictEqual(semaphore.available, 1)
      yield* SharedSemaphore.release(semaphore, 2)
      assert.deepStrictEqual(free(semaphore), untouched(3))
    }).pipe(Effect.scoped)
  )

  it.effect("of permits that this thread has not acquired is refused where they are owned: S135, S312", () =>
    Effect.gen(function* () {
      const semaphore = yield* SharedSemaphore.make(3)
      assert.match(yield* refusedBy(SharedSemaphore.release(semaphore)), /^NotOwner/)
      // What `withPermits` has is nobody else's to release.
      const within = SharedSemaphore.withPermits(semaphore, 1, refusedBy(SharedSemaphore.release(semaphore)))
      assert.match(yield* within, /^NotOwner/)
      yield* SharedSemaphore.acquire(semaphore)
      assert.match(yield* refusedBy(SharedSemaphore.release(semaphore, 2)), /^NotOwner/)
      assert.deepStrictEqual(semaphore.snapshot().held, [{ agent: Realm.hostAgent, permits: 1 }])
      yield* SharedSemaphore.release(semaphore)
      assert.deepStrictEqual(free(semaphore), untouched(3))
    }).pipe(Effect.scoped)
  )
})

it.effect("options that do not exist, or are of another kind, are defects: S312", () =>
  Effect.gen(function* () {
    const refused = (options: object) =>
      Effect.map(Effect.exit(Effect.scoped(SharedSemaphore.make(1, options))), (exit) => {
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, InvalidOption)
        return defect.option
      })
    assert.strictEqual(yield* refused({ name: 7 }), "name")
    assert.strictEqual(yield* refused({ owned: "yes" }), "owned")
    assert.strictEqual(yield* refused({ bounded: true }), "bounded")
    const semaphore = yield* SharedSemaphore.make(1)
    for (const timeout of [NaN, -1, "1" as never]) {
      assert.throws(() => SharedSemaphore.withPermitsSync(semaphore, 1, () => 1, { timeout }), InvalidOption)
    }
  }).pipe(Effect.scoped)
)
