// Permits, events and latches between the host and real threads, whose owners die.
import { assert, layer, vi } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { awaitUntil } from "@heddle/testing/conformance/suite/Signal"
import { awaitReady } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedEvent from "../src/SharedEvent.ts"
import * as SharedLatch from "../src/SharedLatch.ts"
import * as SharedSemaphore from "../src/SharedSemaphore.ts"
import {
  Acquire,
  AwaitEvent,
  Go,
  Nest,
  Pulse,
  Release,
  Take,
  Use,
  Users,
  Violations
} from "./fixtures/sharedPermits.tasks.ts"
import { usePermits } from "./fixtures/usePermits.ts"
import { seeded } from "./support/random.ts"
import { refusedBy } from "./support/refusals.ts"

vi.setConfig({ testTimeout: 120_000 })

const entry = new URL("./fixtures/sharedPermits.worker.ts", import.meta.url)
const threads = TaskPool.layer({ size: 3, startTimeout: "1 minute", grace: 0 }).pipe(
  Layer.provide(NodeThreads.layer({ entry }))
)

const now = { startImmediately: true } as const
const users = 3

const setUp = (permits: number, options?: SharedSemaphore.Options) =>
  Effect.gen(function* () {
    // The workers that died before are replaced.
    yield* awaitReady(3)
    return {
      semaphore: yield* SharedSemaphore.make(permits, options),
      words: yield* SharedArray.make("i32", Users + users)
    }
  })

const waits = (semaphore: SharedSemaphore.SharedSemaphore, count: number) =>
  awaitUntil(() => semaphore.snapshot().waiting.length === count, `${count} that wait`)

const sayGo = (words: SharedArray.SharedArray<"i32">) => {
  words.atomic.store(Go, 1)
  Atomics.notify(words.array, Go)
}

/** The host as a user of permits. */
const useHere = (
  { semaphore, words }: Effect.Success<ReturnType<typeof setUp>>,
  times: number,
  next: (bound: number) => number
) =>
  Effect.repeat(
    Effect.suspend(() => {
      const permits = 1 + next(semaphore.permits)
      const { begin, end } = usePermits(words, { user: 2, users, permits, bound: semaphore.permits })
      const body = Effect.andThen(Effect.sync(begin), Effect.andThen(Effect.yieldNow, Effect.sync(end)))
      return SharedSemaphore.withPermits(semaphore, permits, body)
    }),
    { times: times - 1 }
  )

layer(threads, { excludeTestServices: true })("between threads", (it) => {
  it.effect.each([{ owned: true }, { owned: false }])(
    "two workers and the host never have more permits than there are, in either form (owned: $owned): S310, S135",
    ({ owned }) =>
      Effect.gen(function* () {
        const shared = yield* setUp(4, { owned })
        const use = { ...shared, users, times: 2000 }
        yield* Effect.all(
          [
            Use({ ...use, user: 0, seed: 1, sync: true }),
            Use({ ...use, user: 1, seed: 2, sync: false }),
            useHere(shared, 1000, seeded(3))
          ],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(shared.words.atomic.load(Violations), 0)
        const left = { available: 4, held: [], waiting: [], ownersDied: 0 }
        assert.deepStrictEqual(shared.semaphore.snapshot(), left)
      }).pipe(Effect.scoped)
  )

  it.effect("of an owner that exits are neither lost nor made, 20 times: S313, G17", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 20; seed++) {
        const next = seeded(seed)
        const bound = 1 + next(4)
        const shared = yield* setUp(bound)
        const use = { ...shared, users, times: 200 }
        const sync = next(2) === 0
        const dying = yield* Effect.forkChild(
          Effect.exit(Use({ ...use, user: 0, seed, sync, exitAt: next(150) })),
          now
        )
        const living = yield* Effect.forkChild(
          Use({ ...use, user: 1, seed: seed + 100, sync: next(2) === 0 }),
          now
        )
        const here = yield* Effect.forkChild(useHere(shared, 100, next), now)
        assert.isTrue(Exit.isFailure(yield* Fiber.join(dying)))
        assert.strictEqual(shared.semaphore.snapshot().ownersDied, 1)
        yield* Fiber.join(living)
        yield* Fiber.join(here)
        assert.deepStrictEqual(
          { seed, violations: shared.words.atomic.load(Violations), ...shared.semaphore.snapshot() },
          { seed, violations: 0, available: bound, held: [], waiting: [], ownersDied: 1 }
        )
      }
    }).pipe(Effect.scoped)
  )

  it.effect("of an owner that exits are free before its task is told lost: S313, G17", () =>
    Effect.gen(function* () {
      const { semaphore } = yield* setUp(3)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(Acquire({ semaphore, permits: 2, exits: true }))))
      assert.deepStrictEqual(semaphore.snapshot(), { available: 3, held: [], waiting: [], ownersDied: 1 })
    }).pipe(Effect.scoped)
  )

  it.effect.each([{ sync: false }, { sync: true }])(
    "a waiter that dies as the first of the line vanishes, and so does its claim (sync: $sync): S313, G17",
    ({ sync }) =>
      Effect.gen(function* () {
        const { semaphore, words } = yield* setUp(2)
        yield* SharedSemaphore.acquire(semaphore)
        const take = { semaphore, words, permits: 2 }
        const dying = yield* Effect.forkChild(Effect.exit(Take({ ...take, sync, exits: !sync })), now)
        yield* waits(semaphore, 1)
        const behind = yield* Effect.forkChild(Take({ ...take, permits: 1, sync: false }), now)
        yield* waits(semaphore, 2)
        // A synchronous wait is ended by force.
        if (sync) yield* Fiber.interrupt(dying)
        else {
          sayGo(words)
          assert.isTrue(Exit.isFailure(yield* Fiber.join(dying)))
        }
        assert.strictEqual(yield* Fiber.join(behind), "done")
        yield* SharedSemaphore.release(semaphore)
        assert.deepStrictEqual(semaphore.snapshot(), { available: 2, held: [], waiting: [], ownersDied: 0 })
      }).pipe(Effect.scoped)
  )

  it.effect("a release wakes the first of the line in each form, wherever it comes from: S310, S314", () =>
    Effect.gen(function* () {
      const { semaphore, words } = yield* setUp(2, { owned: false })
      for (const sync of [true, false]) {
        assert.strictEqual(yield* Acquire({ semaphore, permits: 2, exits: false }), "done")
        const take = yield* Effect.forkChild(Take({ semaphore, words, permits: 1, sync }), now)
        yield* waits(semaphore, 1)
        yield* SharedSemaphore.release(semaphore)
        assert.strictEqual(yield* Fiber.join(take), "done")
        assert.strictEqual(yield* Release({ semaphore, permits: 1 }), "done")
      }
      assert.strictEqual(semaphore.available, 2)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "permits without owners stay taken when their taker dies, until somebody releases them: S314",
    () =>
      Effect.gen(function* () {
        const { semaphore } = yield* setUp(2, { owned: false })
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Acquire({ semaphore, permits: 2, exits: true }))))
        assert.strictEqual(semaphore.available, 0)
        yield* SharedSemaphore.release(semaphore, 2)
        assert.strictEqual(semaphore.available, 2)
      }).pipe(Effect.scoped)
  )

  it.effect("a thread releases neither what another one owns, nor past the bound: S135, S312", () =>
    Effect.gen(function* () {
      const { semaphore } = yield* setUp(2)
      yield* SharedSemaphore.acquire(semaphore)
      assert.strictEqual(yield* Release({ semaphore, permits: 1 }), "NotOwner")
      assert.strictEqual(yield* Release({ semaphore, permits: 3 }), "TooMany")
      const signal = yield* SharedSemaphore.make(2, { owned: false })
      assert.strictEqual(yield* Release({ semaphore: signal, permits: 1 }), "TooMany")
      assert.deepStrictEqual([semaphore.available, signal.available], [1, 2])
    }).pipe(Effect.scoped)
  )

  it.effect("a synchronous call does not wait while its thread has permits: S319", () =>
    Effect.gen(function* () {
      const { semaphore } = yield* setUp(3)
      assert.strictEqual(yield* Nest({ semaphore, permits: 2 }), "done")
      yield* SharedSemaphore.acquire(semaphore)
      assert.strictEqual(yield* Nest({ semaphore, permits: 2 }), "WouldBlock")
      assert.strictEqual(semaphore.available, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("a wait in a worker ends at its limit, and at the end of the scope, in each form: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { semaphore, words } = yield* Scope.provide(setUp(2), scope)
      yield* SharedSemaphore.acquire(semaphore)
      const take = { semaphore, words, permits: 2 }
      assert.strictEqual(yield* Take({ ...take, sync: true, timeout: 30 }), "WouldBlock")
      assert.deepStrictEqual(semaphore.snapshot().waiting, [])
      const first = yield* Effect.forkChild(Take({ ...take, sync: true }), now)
      yield* waits(semaphore, 1)
      const second = yield* Effect.forkChild(Take({ ...take, sync: false }), now)
      yield* waits(semaphore, 2)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], ["Disposed", "Disposed"])
      assert.match(yield* refusedBy(SharedSemaphore.release(semaphore)), /^Disposed/)
    })
  )

  it.effect.each([{ sync: true }, { sync: false }])(
    "an event that a worker sets and clears at once lets the host go on (sync: $sync): S315",
    ({ sync }) =>
      Effect.gen(function* () {
        const event = yield* SharedEvent.make()
        for (let round = 0; round < 20; round++) {
          const ready = yield* SharedLatch.make(1)
          const pulse = yield* Effect.forkChild(Pulse({ event, ready, sync }), now)
          const here = yield* Effect.forkChild(SharedEvent.await(event), now)
          yield* SharedLatch.countDown(ready)
          yield* Fiber.join(here)
          assert.strictEqual(yield* Fiber.join(pulse), "done")
          assert.isFalse(event.isSet)
        }
      }).pipe(Effect.scoped)
  )

  it.effect("an event lets workers go on that wait for it in each form: S315", () =>
    Effect.gen(function* () {
      const event = yield* SharedEvent.make()
      const ready = yield* SharedLatch.make(2)
      const workers = yield* Effect.forEach([true, false], (sync) =>
        Effect.forkChild(AwaitEvent({ event, ready, sync }), now)
      )
      yield* SharedLatch.await(ready)
      yield* SharedEvent.set(event)
      assert.deepStrictEqual(yield* Effect.forEach(workers, Fiber.join), ["done", "done"])
    }).pipe(Effect.scoped)
  )

  it.effect("a wait for an event ends at its limit, and at the end of the scope, in each form: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const event = yield* Scope.provide(SharedEvent.make(), scope)
      const ready = yield* SharedLatch.make(3)
      assert.strictEqual(yield* AwaitEvent({ event, ready, sync: true, timeout: 30 }), "WouldBlock")
      const workers = yield* Effect.forEach([true, false], (sync) =>
        Effect.forkChild(AwaitEvent({ event, ready, sync }), now)
      )
      yield* SharedLatch.await(ready)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(yield* Effect.forEach(workers, Fiber.join), ["Disposed", "Disposed"])
    }).pipe(Effect.scoped)
  )
})
