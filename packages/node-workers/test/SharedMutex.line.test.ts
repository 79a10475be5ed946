// A lock within one thread: the line of its fibers, and what it refuses.
import { assert, describe, it, vi } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Ring from "@heddle/core/protocol/memory/ring"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Realm from "../src/internal/memory/realm.ts"
import { sleepSync } from "../src/internal/memory/waiting.ts"
import * as SharedMutex from "../src/SharedMutex.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"

const now = { startImmediately: true } as const

/** Holds the lock until the gate opens. */
const hold = (mutex: SharedMutex.SharedMutex) =>
  Effect.gen(function* () {
    const gate = yield* Deferred.make<void>()
    const holder = yield* Effect.forkChild(SharedMutex.withLock(mutex, Deferred.await(gate)), now)
    return { holder, open: Deferred.succeed(gate, undefined) }
  })

/** More than the frames that fit on the stack. */
const many = 20_000

it.effect("the lock guards an effect in a pipe as well, with options and without: S301", () =>
  Effect.gen(function* () {
    const mutex = yield* SharedMutex.make()
    const isHeld = Effect.sync(() => mutex.isHeld)
    assert.isTrue(yield* isHeld.pipe(SharedMutex.withLock(mutex)))
    assert.isTrue(yield* isHeld.pipe(SharedMutex.withLock(mutex, { recover: () => Effect.void })))
  }).pipe(Effect.scoped)
)

describe("the line of one thread's fibers", () => {
  it.effect("is as long as it likes: each has the lock once, and none on the stack of another: S301", () =>
    Effect.gen(function* () {
      const mutex = yield* SharedMutex.make()
      const { holder, open } = yield* hold(mutex)
      const order: Array<number> = []
      const waiters: Array<Fiber.Fiber<void, unknown>> = []
      for (let i = 0; i < many; i++) {
        const turn = Effect.sync(() => void order.push(i))
        waiters.push(yield* Effect.forkChild(SharedMutex.withLock(mutex, turn), now))
      }
      assert.deepStrictEqual(order, [])
      yield* open
      yield* Fiber.join(holder)
      for (const waiter of waiters) yield* Fiber.join(waiter)
      assert.isTrue(order.length === many && order.every((i, index) => i === index))
    }).pipe(Effect.scoped)
  )

  it.effect("of any length fails with Disposed when the scope closes: S305", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const mutex = yield* Scope.provide(SharedMutex.make({ name: "ledger" }), scope)
      const { holder, open } = yield* hold(mutex)
      const waiters: Array<Fiber.Fiber<string>> = []
      for (let i = 0; i < many; i++) {
        waiters.push(yield* Effect.forkChild(refusedBy(SharedMutex.withLock(mutex, Effect.void)), now))
      }
      yield* Scope.close(scope, Exit.void)
      // The holder holds on to what it has.
      for (const waiter of waiters) assert.match(yield* Fiber.join(waiter), /^Disposed/)
      yield* open
      yield* Fiber.join(holder)
      assert.isFalse(mutex.isHeld)
    })
  )

  it.live("a wait that is cut off by a time limit leaves no trace: S303", () =>
    Effect.gen(function* () {
      const mutex = yield* SharedMutex.make()
      const { holder, open } = yield* hold(mutex)
      const late = yield* Effect.exit(Effect.timeout(SharedMutex.withLock(mutex, Effect.void), 1))
      assert.isTrue(Exit.isFailure(late) && Cause.hasFails(late.cause))
      assert.deepStrictEqual(mutex.snapshot().waiting, [])
      yield* open
      yield* Fiber.join(holder)
      assert.strictEqual(yield* SharedMutex.withLock(mutex, Effect.succeed(1)), 1)
    }).pipe(Effect.scoped)
  )
})

describe("a disposal", () => {
  it.effect("just before a fiber, or a thread, falls asleep does not escape it: S305", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const mutex = yield* Scope.provide(SharedMutex.make(), scope)
      const other = Realm.birth()
      const { line } = mutex as unknown as { readonly line: { readonly ring: Ring.Ring } }
      Ring.tryEnter(line.ring, other.agent, 5)
      const waitAsync = Atomics.waitAsync.bind(Atomics) as (...args: ReadonlyArray<unknown>) => any
      const spy = vi.spyOn(Atomics, "waitAsync").mockImplementation((...args: ReadonlyArray<unknown>) => {
        Effect.runSync(Scope.close(scope, Exit.void))
        return waitAsync(...args)
      })
      yield* Effect.addFinalizer(() => Effect.sync(() => spy.mockRestore()))
      assert.match(yield* refusedBy(SharedMutex.withLock(mutex, Effect.void)), /^Disposed/)
      Realm.gone(other.agent, 41)
      assert.strictEqual(
        sleepSync(
          line.ring.words as Int32Array<SharedArrayBuffer>,
          0,
          1,
          performance.now() + 1000,
          () => true
        ),
        "awake"
      )
    }).pipe(Effect.scoped)
  )
})

describe("a synchronous call", () => {
  it.effect(
    "within a synchronous call that holds the lock waits for itself, unless the lock is reentrant: S302",
    () =>
      Effect.gen(function* () {
        const mutex = yield* SharedMutex.make({ name: "ledger" })
        const again = yield* SharedMutex.make({ reentrant: true })
        const twice = (lock: SharedMutex.SharedMutex) => () =>
          SharedMutex.withLockSync(lock, () => SharedMutex.withLockSync(lock, () => 7))
        // Outside of every fiber, as in a plain function that serves a task.
        const outside = yield* Effect.promise(async () => {
          await Promise.resolve()
          return [refusedSync(twice(mutex)), twice(again)()]
        })
        assert.deepStrictEqual(outside, ["Deadlocked a circle of waiters: ledger", 7])
        assert.isFalse(mutex.isHeld || again.isHeld)
      }).pipe(Effect.scoped)
  )

  it.effect("keeps out a fiber that it starts, also of a reentrant lock: S301, S302", () =>
    Effect.gen(function* () {
      const mutex = yield* SharedMutex.make({ reentrant: true })
      const log: Array<string> = []
      const started = SharedMutex.withLockSync(mutex, () => {
        const fiber = Effect.runFork(
          SharedMutex.withLock(
            mutex,
            Effect.sync(() => log.push("started"))
          )
        )
        log.push("call")
        return fiber
      })
      yield* Fiber.join(started)
      assert.deepStrictEqual(log, ["call", "started"])
    }).pipe(Effect.scoped)
  )

  it.effect("leaves the lock when its function throws: S304", () =>
    Effect.gen(function* () {
      const mutex = yield* SharedMutex.make()
      assert.throws(() =>
        SharedMutex.withLockSync(mutex, () => {
          throw new Error("from the body")
        })
      )
      assert.isFalse(mutex.isHeld)
    }).pipe(Effect.scoped)
  )
})

describe("options", () => {
  const refused = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.map(Effect.exit(effect), (exit) => {
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      assert.instanceOf(defect, InvalidOption)
      return defect.option
    })

  it.effect("that do not exist, or are of another kind, are defects: S302", () =>
    Effect.gen(function* () {
      const make = (options: object) => refused(Effect.scoped(SharedMutex.make(options)))
      assert.strictEqual(yield* make({ name: 7 }), "name")
      assert.strictEqual(yield* make({ reentrant: "yes" }), "reentrant")
      assert.strictEqual(yield* make({ nam: "x" }), "nam")
      const mutex = yield* SharedMutex.make()
      for (const timeout of [NaN, -1, "1"]) {
        const lock = Effect.sync(() => SharedMutex.withLockSync(mutex, () => 1, { timeout } as object))
        assert.strictEqual(yield* refused(lock), "timeout")
      }
      assert.isFalse(mutex.isHeld)
    }).pipe(Effect.scoped)
  )
})

describe("the obituary", () => {
  it.effect("is of the dead owner, whichever bystander dies before the repair: S306", () =>
    Effect.gen(function* () {
      const mutex = yield* SharedMutex.make()
      const owner = Realm.birth()
      const bystander = Realm.birth()
      // The place of a thread that died, as it would have left it.
      const { line } = mutex as unknown as { readonly line: { readonly ring: Ring.Ring } }
      assert.isDefined(Ring.tryEnter(line.ring, owner.agent, 5))
      Realm.gone(owner.agent, 41)
      Realm.gone(bystander.agent, 42)
      const heard = yield* Effect.flip(SharedMutex.withLock(mutex, Effect.void))
      assert.strictEqual(heard.reason._tag === "OwnerDied" && heard.reason.worker, 41)
      assert.strictEqual(mutex.snapshot().ownersDied, 1)
    }).pipe(Effect.scoped)
  )
})
