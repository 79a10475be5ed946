// A lock between the host and real threads, whose owners die.
import { assert, it, layer, vi } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { awaitReady } from "@heddle/testing/conformance/suite/Watch"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Exit from "effect/Exit"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import type { SharedError } from "../src/SharedError.ts"
import * as SharedMutex from "../src/SharedMutex.ts"
import { Add, Die, Wait, ways } from "./fixtures/sharedMutex.tasks.ts"

vi.setConfig({ testTimeout: 60_000 })

const entry = new URL("./fixtures/sharedMutex.worker.ts", import.meta.url)
const threads = TaskPool.layer({ size: 3, startTimeout: "1 minute", grace: 0 }).pipe(
  Layer.provide(NodeThreads.layer({ entry, resourceLimits: { maxOldGenerationSizeMb: 48 } }))
)

const setUp = Effect.gen(function* () {
  return { mutex: yield* SharedMutex.make({ name: "ledger" }), words: yield* SharedArray.make("i32", 4) }
})

/** Waits until the word is at least so large: a thread has said so. */
const until = (words: SharedArray.SharedArray<"i32">, index: number, least = 1): Effect.Effect<void> =>
  Effect.suspend(() => {
    const found = words.atomic.load(index)
    if (found >= least) return Effect.void
    const waiting = Atomics.waitAsync(words.array, index, found)
    const change = Effect.promise(async () => void (await waiting.value))
    return Effect.andThen(change, until(words, index, least))
  })

const reasonOf = <A, R>(effect: Effect.Effect<A, SharedError, R>) =>
  Effect.match(effect, { onFailure: ({ reason }) => reason._tag as string, onSuccess: () => "locked" })

/** Fibers that wait have lined up. */
const lined = (mutex: SharedMutex.SharedMutex, count: number): Effect.Effect<void> =>
  Effect.suspend(() =>
    mutex.snapshot().waiting.length >= count
      ? Effect.void
      : Effect.andThen(
          Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve))),
          lined(mutex, count)
        )
  )

it.effect("fibers of one thread take turns in order, and each runs alone: S301", () =>
  Effect.gen(function* () {
    const { mutex } = yield* setUp
    const log: Array<string> = []
    const turn = (name: string) =>
      SharedMutex.withLock(
        mutex,
        Effect.gen(function* () {
          log.push(`${name} in`)
          yield* Effect.yieldNow
          log.push(`${name} out`)
        })
      )
    yield* Effect.all([turn("a"), turn("b"), turn("c")], { concurrency: "unbounded" })
    assert.deepStrictEqual(log, ["a in", "a out", "b in", "b out", "c in", "c out"])
    assert.isFalse(mutex.isHeld)
  }).pipe(Effect.scoped)
)

it.effect("a fiber that holds the lock cannot take it again, unless the lock is reentrant: S135, S302", () =>
  Effect.gen(function* () {
    const { mutex } = yield* setUp
    const again = yield* SharedMutex.make({ reentrant: true })
    const twice = (lock: SharedMutex.SharedMutex) =>
      reasonOf(SharedMutex.withLock(lock, SharedMutex.withLock(lock, Effect.void)))
    assert.strictEqual(yield* twice(mutex), "Deadlocked")
    assert.strictEqual(yield* twice(again), "locked")
    const inSync = SharedMutex.withLock(
      again,
      Effect.sync(() => SharedMutex.withLockSync(again, () => 7))
    )
    assert.strictEqual(yield* inSync, 7)
    assert.isFalse(again.isHeld)
  }).pipe(Effect.scoped)
)

it.effect(
  "an interrupted waiter leaves no trace, also when the lock was handed over at that moment: S136, S303",
  () =>
    Effect.gen(function* () {
      const { mutex } = yield* setUp
      for (let round = 0; round < 200; round++) {
        const gate = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(SharedMutex.withLock(mutex, Deferred.await(gate)), {
          startImmediately: true
        })
        const waiter = yield* Effect.forkChild(SharedMutex.withLock(mutex, Effect.void), {
          startImmediately: true
        })
        const last = yield* Effect.forkChild(SharedMutex.withLock(mutex, Effect.succeed("had it")), {
          startImmediately: true
        })
        if (round % 2 === 0) yield* Deferred.succeed(gate, undefined)
        for (let turn = 0; turn < round % 7; turn++) yield* Effect.yieldNow
        yield* Fiber.interrupt(waiter)
        yield* Deferred.succeed(gate, undefined)
        assert.strictEqual(yield* Fiber.join(last), "had it")
        yield* Fiber.join(holder)
        assert.deepStrictEqual(mutex.snapshot(), { holder: undefined, waiting: [], ownersDied: 0 })
      }
    }).pipe(Effect.scoped)
)

it.effect("the host never blocks: a synchronous lock that would wait is refused: S304", () =>
  Effect.gen(function* () {
    const { mutex } = yield* setUp
    assert.strictEqual(
      SharedMutex.withLockSync(mutex, () => 1),
      1
    )
    const inside = Effect.sync(() => SharedMutex.withLockSync(mutex, () => 1))
    const other = SharedMutex.withLock(
      mutex,
      Effect.flatMap(Effect.forkChild(Effect.exit(inside), { startImmediately: true }), Fiber.join)
    )
    assert.match(String(yield* other), /WouldBlock|would block/)
  }).pipe(Effect.scoped)
)

it.effect(
  "those who wait when the scope closes, and those who come later, fail with Disposed: S139, S305",
  () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const mutex = yield* Scope.provide(SharedMutex.make(), scope)
      const gate = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(SharedMutex.withLock(mutex, Deferred.await(gate)), {
        startImmediately: true
      })
      const waiter = yield* Effect.forkChild(reasonOf(SharedMutex.withLock(mutex, Effect.void)), {
        startImmediately: true
      })
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(holder)
      assert.strictEqual(yield* Fiber.join(waiter), "Disposed")
      assert.strictEqual(yield* reasonOf(SharedMutex.withLock(mutex, Effect.void)), "Disposed")
    })
)

layer(threads, { excludeTestServices: true })("between threads", (shared) => {
  shared.effect("no addition of two workers and the host is lost, in either form: S301, G17", () =>
    Effect.gen(function* () {
      const { mutex, words } = yield* setUp
      const times = 3000
      const here = Effect.repeat(
        SharedMutex.withLock(
          mutex,
          Effect.sync(() => void (words.array[0]! += 1))
        ),
        { times: times - 1 }
      )
      const payload = { mutex, words, times }
      yield* Effect.all([Add({ ...payload, sync: true }), Add({ ...payload, sync: false }), here], {
        concurrency: "unbounded"
      })
      assert.strictEqual(words.array[0], 3 * times)
      assert.isFalse(mutex.isHeld)
    }).pipe(Effect.scoped)
  )

  shared.effect.each([...ways])(
    "a lock whose owner died is free before its task is told lost, and says who died until it is repaired (%s): S138, S306, G17",
    (way) =>
      Effect.gen(function* () {
        const { mutex, words } = yield* setUp
        // The workers that died before are replaced: the waiter has a thread of its own.
        yield* awaitReady(3)
        const dying = yield* Effect.forkChild(Effect.exit(Die({ mutex, words, way })))
        yield* until(words, 1)
        const waiting = yield* Effect.forkChild(Wait({ mutex, words, sync: false }))
        yield* until(words, 2)
        yield* lined(mutex, 1)
        words.atomic.store(3, 1)
        Atomics.notify(words.array, 3)
        // A loop is ended by force.
        if (way === "loop") yield* Fiber.interrupt(dying)
        else assert.isTrue(Exit.isFailure(yield* Fiber.join(dying)))
        assert.strictEqual(mutex.snapshot().ownersDied, 1)
        assert.strictEqual(yield* Fiber.join(waiting), "OwnerDied")
        assert.strictEqual(yield* reasonOf(SharedMutex.withLock(mutex, Effect.void)), "OwnerDied")
        assert.strictEqual(
          yield* reasonOf(SharedMutex.withLock(mutex, Effect.void, { recover: () => Effect.interrupt })).pipe(
            Effect.exit,
            Effect.map((exit) => exit._tag)
          ),
          "Failure"
        )
        assert.isTrue(mutex.isInconsistent)
        const repaired = SharedMutex.withLock(mutex, Effect.succeed("fine"), {
          recover: ({ lock }) => Effect.sync(() => assert.strictEqual(lock, "ledger"))
        })
        assert.strictEqual(yield* repaired, "fine")
        assert.strictEqual(yield* reasonOf(SharedMutex.withLock(mutex, Effect.void)), "locked")
      }).pipe(Effect.scoped)
  )
})
