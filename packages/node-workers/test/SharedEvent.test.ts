// Events and latches within one thread.
import { assert, describe, it, vi } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Realm from "../src/internal/memory/realm.ts"
import * as SharedEvent from "../src/SharedEvent.ts"
import * as SharedLatch from "../src/SharedLatch.ts"
import { refusedBy, refusedSync } from "./support/refusals.ts"
import { endSleeps } from "./support/sleepers.ts"

const now = { startImmediately: true } as const

/** Waiters have heard of what happened by now. */
const turn = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** Counts the sleeps that begin, as long as the scope is open. */
const countSleeps = Effect.gen(function* () {
  const spy = vi.spyOn(Atomics, "waitAsync")
  yield* Effect.addFinalizer(() => Effect.sync(() => spy.mockRestore()))
  return () => spy.mock.calls.length
})

describe("an event", () => {
  it.effect("lets everybody go on who waits when it is set, and who comes while it is set: S315", () =>
    Effect.gen(function* () {
      const event = yield* SharedEvent.make()
      let gone = 0
      const going = Effect.andThen(
        SharedEvent.await(event),
        Effect.sync(() => gone++)
      )
      const waiters = yield* Effect.replicateEffect(Effect.forkChild(going, now), 5)
      yield* turn
      assert.deepStrictEqual([event.isSet, gone], [false, 0])
      yield* SharedEvent.set(event)
      yield* SharedEvent.set(event)
      for (const waiter of waiters) yield* Fiber.join(waiter)
      yield* going
      SharedEvent.awaitSync(event)
      assert.deepStrictEqual([event.isSet, gone], [true, 6])
      yield* SharedEvent.clear(event)
      yield* SharedEvent.clear(event)
      const again = yield* Effect.forkChild(going, now)
      yield* turn
      assert.deepStrictEqual([event.isSet, gone], [false, 6])
      SharedEvent.setSync(event)
      yield* Fiber.join(again)
    }).pipe(Effect.scoped)
  )

  it.effect("that is cleared at once lets those go on who waited, and no later ones: S315", () =>
    Effect.gen(function* () {
      const event = yield* SharedEvent.make()
      const early = yield* Effect.forkChild(SharedEvent.await(event), now)
      SharedEvent.setSync(event)
      SharedEvent.clearSync(event)
      const late = yield* Effect.forkChild(SharedEvent.await(event), now)
      yield* Fiber.join(early)
      yield* turn
      assert.isUndefined(late.pollUnsafe())
      SharedEvent.setSync(event)
      yield* Fiber.join(late)
    }).pipe(Effect.scoped)
  )

  it.effect("is waited for by one sleep of the thread, of which interrupted fibers leave nothing: S316", () =>
    Effect.gen(function* () {
      const sleeps = yield* countSleeps
      const event = yield* SharedEvent.make()
      const wait = Effect.forkChild(SharedEvent.await(event), now)
      for (let round = 0; round < 100; round++) {
        const [first, second] = [yield* wait, yield* wait]
        yield* Fiber.interrupt(round % 2 === 0 ? first : second)
        if (round % 3 === 0) yield* turn
        yield* Fiber.interrupt(first)
        yield* Fiber.interrupt(second)
      }
      yield* turn
      assert.strictEqual(endSleeps(event), 0)
      assert.isAtMost(sleeps(), 200)
      const before = sleeps()
      const waiters = yield* Effect.replicateEffect(wait, 50)
      assert.strictEqual(sleeps() - before, 1)
      for (const waiter of waiters.slice(1)) yield* Fiber.interrupt(waiter)
      SharedEvent.setSync(event)
      yield* Fiber.join(waiters[0]!)
    }).pipe(Effect.scoped)
  )

  it.effect("whose setter dies before it wakes anybody lets them go on all the same: S315, G17", () =>
    Effect.gen(function* () {
      const event = yield* SharedEvent.make()
      const setter = Realm.birth()
      const waiter = yield* Effect.forkChild(SharedEvent.await(event), now)
      const { gate } = event as unknown as { readonly gate: { at: number; segment: { words: Int32Array } } }
      Atomics.store(gate.segment.words, gate.at, 1)
      yield* turn
      assert.isUndefined(waiter.pollUnsafe())
      Realm.gone(setter.agent, 41)
      yield* Fiber.join(waiter)
    }).pipe(Effect.scoped)
  )

  it.effect("does not block the host, and is Disposed with its scope: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const event = yield* Scope.provide(SharedEvent.make({ name: "start" }), scope)
      const sync = () => SharedEvent.awaitSync(event, { timeout: 10 })
      assert.match(refusedSync(sync), /^WouldBlock/)
      const waiters = yield* Effect.replicateEffect(
        Effect.forkChild(refusedBy(SharedEvent.await(event)), now),
        3
      )
      yield* Scope.close(scope, Exit.void)
      for (const waiter of waiters) assert.match(yield* Fiber.join(waiter), /^Disposed/)
      for (const operation of [SharedEvent.set, SharedEvent.clear, SharedEvent.await]) {
        assert.match(yield* refusedBy(operation(event)), /^Disposed/)
      }
      assert.match(refusedSync(sync), /^Disposed/)
      assert.isTrue(event.isDisposed)
    })
  )
})

describe("a latch", () => {
  it.effect("opens at 0 for those who wait and those who come later, and stays open: S315", () =>
    Effect.gen(function* () {
      const latch = yield* SharedLatch.make(3)
      const waiters = yield* Effect.replicateEffect(Effect.forkChild(SharedLatch.await(latch), now), 3)
      assert.strictEqual(yield* SharedLatch.countDown(latch), 2)
      yield* turn
      assert.deepStrictEqual([waiters[0]!.pollUnsafe(), latch.remaining], [undefined, 2])
      assert.match(
        refusedSync(() => SharedLatch.awaitSync(latch)),
        /^WouldBlock/
      )
      yield* Fiber.interrupt(waiters.pop()!)
      assert.strictEqual(SharedLatch.countDownSync(latch, 5), 0)
      for (const waiter of waiters) yield* Fiber.join(waiter)
      yield* SharedLatch.await(latch)
      SharedLatch.awaitSync(latch)
      assert.strictEqual(yield* SharedLatch.countDown(latch), 0)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses other counts, and is Disposed with its scope: S315, S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const latch = yield* Scope.provide(SharedLatch.make(2), scope)
      for (const none of [0, -1, 1.5, NaN, "1" as never]) {
        assert.match(yield* refusedBy(Effect.scoped(SharedLatch.make(none))), /^InvalidSize count/)
        assert.match(yield* refusedBy(SharedLatch.countDown(latch, none)), /^InvalidSize by/)
      }
      assert.strictEqual(latch.remaining, 2)
      const waiter = yield* Effect.forkChild(refusedBy(SharedLatch.await(latch)), now)
      yield* Scope.close(scope, Exit.void)
      assert.match(yield* Fiber.join(waiter), /^Disposed/)
      assert.match(yield* refusedBy(SharedLatch.countDown(latch)), /^Disposed/)
    })
  )
})

it.effect("options that do not exist, or are of another kind, are defects: S315", () =>
  Effect.gen(function* () {
    const refused = <A, E>(making: Effect.Effect<A, E, Scope.Scope>) =>
      Effect.map(Effect.exit(Effect.scoped(making)), (exit) => {
        const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, InvalidOption)
        return defect.option
      })
    assert.strictEqual(yield* refused(SharedEvent.make({ name: 7 as never })), "name")
    assert.strictEqual(yield* refused(SharedEvent.make({ set: true } as object)), "set")
    assert.strictEqual(yield* refused(SharedLatch.make(1, { name: 7 as never })), "name")
    const event = yield* SharedEvent.make()
    assert.throws(() => SharedEvent.awaitSync(event, { timeout: -1 }), InvalidOption)
  }).pipe(Effect.scoped)
)
