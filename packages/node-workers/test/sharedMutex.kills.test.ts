// A lock whose contenders are ended by force, at any instruction, over and over.
//
//   HEDDLE_KILLS=10000 vitest run …      so many kills; 60 by default
import process from "node:process"
import { assert, layer, vi } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { awaitUntil } from "@heddle/testing/conformance/suite/Signal"
import { awaitReady, only, recordEvents } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedMutex from "../src/SharedMutex.ts"
import { contend } from "./fixtures/contend.ts"
import { Contend, Wait, WaitSync } from "./fixtures/sharedMutex.tasks.ts"
import { seeded } from "./support/random.ts"

const kills = Number(process.env["HEDDLE_KILLS"] ?? 60)

vi.setConfig({ testTimeout: 60_000 + 2000 * kills })

const entry = new URL("./fixtures/sharedMutex.worker.ts", import.meta.url)
const threads = TaskPool.layer({ size: 2, startTimeout: "1 minute", grace: 0, silence: 200 }).pipe(
  Layer.provide(NodeThreads.layer({ entry }))
)

const now = { startImmediately: true } as const

const setUp = Effect.gen(function* () {
  yield* awaitReady(2)
  return { mutex: yield* SharedMutex.make(), words: yield* SharedArray.make("i32", 5) }
})

const turn = Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve)))

/** The next one has the lock, or there is a reason. */
const mustLock = (mutex: SharedMutex.SharedMutex, words: SharedArray.SharedArray<"i32">) => {
  const { enter, repair } = contend(words)
  return SharedMutex.withLock(mutex, Effect.sync(enter), { recover: () => Effect.sync(repair) }).pipe(
    Effect.timeoutOrElse({
      duration: "20 seconds",
      orElse: () => Effect.die(new Error(`nobody has the lock: ${JSON.stringify(mutex.snapshot())}`))
    })
  )
}

layer(threads, { excludeTestServices: true })("between threads that are ended by force", (it) => {
  it.effect(`a lock keeps order and goes on, through ${kills} deaths: S307, G17`, () =>
    Effect.gen(function* () {
      const { mutex, words } = yield* setUp
      const next = seeded(kills)
      const begin = (sync: boolean) =>
        Effect.gen(function* () {
          const before = words.atomic.load(3)
          const fiber = yield* Effect.forkChild(Contend({ mutex, words, sync }), now)
          yield* awaitUntil(() => words.atomic.load(3) !== before, "a contender")
          return fiber
        })
      let older = yield* begin(true)
      for (let round = 0; round < kills; round++) {
        const younger = yield* begin(next(5) > 0)
        for (let turns = next(20); turns > 0; turns--) yield* turn
        yield* Fiber.interrupt(older)
        yield* mustLock(mutex, words)
        assert.strictEqual(words.atomic.load(2), 0, `violations after round ${round}`)
        older = younger
      }
      yield* Fiber.interrupt(older)
      yield* mustLock(mutex, words)
      const { holder, ownersDied, waiting } = mutex.snapshot()
      assert.deepStrictEqual([holder, waiting], [undefined, []])
      // Most of a contender's time is under the lock.
      if (kills >= 100) assert.isAbove(ownersDied, 0)
      assert.isAtMost(ownersDied, kills + 1)
    }).pipe(Effect.scoped)
  )

  it.effect("a waiter that dies vanishes from the line, and leaves no mark: S307, G17", () =>
    Effect.gen(function* () {
      const { mutex, words } = yield* setUp
      yield* SharedMutex.withLock(
        mutex,
        Effect.gen(function* () {
          const waiter = yield* Effect.forkChild(Contend({ mutex, words, sync: true }), now)
          yield* awaitUntil(() => mutex.snapshot().waiting.length === 1, "a waiter")
          yield* Fiber.interrupt(waiter)
          yield* awaitUntil(() => mutex.snapshot().waiting.length === 0, "no waiter")
        })
      )
      assert.deepStrictEqual(mutex.snapshot(), { holder: undefined, waiting: [], ownersDied: 0 })
      assert.isFalse(mutex.isInconsistent)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "a thread that waits outside of its event loop is seen to be parked, and is left alone: S308, G4",
    () =>
      Effect.gen(function* () {
        const { mutex, words } = yield* setUp
        const events = yield* recordEvents
        const waiter = yield* SharedMutex.withLock(
          mutex,
          Effect.gen(function* () {
            const fiber = yield* Effect.forkChild(WaitSync({ mutex, words }), now)
            yield* awaitUntil(() => only(events, "WorkerSilent").length > 0, "a silent worker")
            return fiber
          })
        )
        assert.strictEqual(yield* Fiber.join(waiter), "locked")
        assert.deepStrictEqual(
          only(events, "WorkerSilent").map(({ activity }) => activity),
          ["parked"]
        )
        assert.strictEqual(only(events, "WorkerTerminating").length, 0)
      }).pipe(Effect.scoped)
  )

  it.effect("a synchronous wait ends at its limit, and at the end of the lock's scope: S304, S305", () =>
    Effect.gen(function* () {
      const { words } = yield* setUp
      const scope = yield* Scope.make()
      const mutex = yield* Scope.provide(SharedMutex.make(), scope)
      yield* SharedMutex.withLock(
        mutex,
        Effect.gen(function* () {
          assert.strictEqual(yield* WaitSync({ mutex, words, timeout: 30 }), "WouldBlock")
          assert.deepStrictEqual(mutex.snapshot().waiting, [])
          const sync = yield* Effect.forkChild(WaitSync({ mutex, words }), now)
          const effect = yield* Effect.forkChild(Wait({ mutex, words, sync: false }), now)
          yield* awaitUntil(() => mutex.snapshot().waiting.length === 2, "two threads that wait")
          yield* Scope.close(scope, Exit.void)
          assert.deepStrictEqual(
            [yield* Fiber.join(sync), yield* Fiber.join(effect)],
            ["Disposed", "Disposed"]
          )
        })
      )
    })
  )
})
