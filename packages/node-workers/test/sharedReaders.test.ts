// A lock of readers and writers between the host and real threads, which die.
import { assert, layer, vi } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { awaitUntil } from "@heddle/testing/conformance/suite/Signal"
import { awaitReady } from "@heddle/testing/conformance/suite/Watch"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedRwLock from "../src/SharedRwLock.ts"
import { contendEffect } from "./fixtures/contendLoop.ts"
import { contendToRead, First, Second, Violations } from "./fixtures/contendToRead.ts"
import { Contend, SyncBesideReader, Wait } from "./fixtures/sharedReaders.tasks.ts"
import { seeded } from "./support/random.ts"
import { refusedBy } from "./support/refusals.ts"

vi.setConfig({ testTimeout: 120_000 })

const entry = new URL("./fixtures/sharedReaders.worker.ts", import.meta.url)
const threads = TaskPool.layer({ size: 3, startTimeout: "1 minute", grace: 0 }).pipe(
  Layer.provide(NodeThreads.layer({ entry }))
)

const now = { startImmediately: true } as const
const { withRead, withWrite } = SharedRwLock
const untouched = { readers: [], writer: undefined, waiting: [], ownersDied: 0 }

const setUp = Effect.gen(function* () {
  // The workers that died before are replaced.
  yield* awaitReady(3)
  return { lock: yield* SharedRwLock.make({ name: "pair" }), words: yield* SharedArray.make("i32", 3) }
})

const waits = (lock: SharedRwLock.SharedRwLock, count: number) =>
  awaitUntil(() => lock.snapshot().waiting.length === count, `${count} that wait`)

layer(threads, { excludeTestServices: true })("between threads", (it) => {
  it.effect("no write is lost, and no reader sees one half done, in either form: S317, G17", () =>
    Effect.gen(function* () {
      const { lock, words } = yield* setUp
      const contend = { lock, words, times: 3000 }
      yield* Effect.all(
        [
          Contend({ ...contend, seed: 1, sync: true }),
          Contend({ ...contend, seed: 2, sync: false }),
          contendEffect({ ...contend, seed: 3 })
        ],
        { concurrency: "unbounded" }
      )
      const next = [1, 2, 3].map((seed) => seeded(seed))
      const writes = next.flatMap((of) => Array.from({ length: 3000 }, () => of(3))).filter((n) => n === 0)
      assert.deepStrictEqual([...words.array], [writes.length, writes.length, 0])
      assert.deepStrictEqual(lock.snapshot(), untouched)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "a writer that exits marks the lock, a reader that exits does not, 20 times: S318, S138, G17",
    () =>
      Effect.gen(function* () {
        for (let seed = 0; seed < 20; seed++) {
          const next = seeded(seed)
          const { lock, words } = yield* setUp
          const contend = { lock, words, times: 300, sync: next(2) === 0 }
          const write = seed % 2 === 0
          const exitAt = { turn: next(200), write }
          const dying = yield* Effect.forkChild(Effect.exit(Contend({ ...contend, seed, exitAt })), now)
          const living = yield* Effect.forkChild(
            Contend({ ...contend, seed: seed + 100, sync: next(2) === 0 }),
            now
          )
          const here = yield* Effect.forkChild(
            contendEffect({ lock, words, times: 100, seed: seed + 200 }),
            now
          )
          assert.isTrue(Exit.isFailure(yield* Fiber.join(dying)))
          assert.strictEqual(lock.snapshot().ownersDied, Number(write))
          yield* Fiber.join(living)
          yield* Fiber.join(here)
          // Where nobody came behind the dead one, it is still marked.
          yield* withWrite(lock, Effect.void, { recover: () => Effect.sync(contendToRead(words).repair) })
          assert.strictEqual(words.array[First], words.array[Second])
          assert.deepStrictEqual(
            { seed, violations: words.array[Violations], ...lock.snapshot() },
            { seed, violations: 0, ...untouched, ownersDied: Number(write) }
          )
        }
      }).pipe(Effect.scoped)
  )

  it.effect(
    "what a dead writer marked is told before its task is told lost, until it is repaired: S318",
    () =>
      Effect.gen(function* () {
        const { lock, words } = yield* setUp
        const exitAt = { turn: 0, write: true }
        const dying = Contend({ lock, words, times: 1, seed: 1, sync: false, exitAt })
        assert.isTrue(Exit.isFailure(yield* Effect.exit(dying)))
        assert.isTrue(lock.isInconsistent)
        assert.match(yield* refusedBy(withRead(lock, Effect.void)), /^OwnerDied/)
        assert.strictEqual(yield* Wait({ lock, write: false, sync: true }), "OwnerDied")
        assert.strictEqual(yield* Wait({ lock, write: true, sync: false }), "OwnerDied")
        yield* withWrite(lock, Effect.void, { recover: () => Effect.void })
        assert.strictEqual(yield* Wait({ lock, write: true, sync: true }), "done")
      }).pipe(Effect.scoped)
  )

  it.effect("a synchronous call does not wait beside a fiber of its thread that reads: S319", () =>
    Effect.gen(function* () {
      const { lock } = yield* setUp
      const beside = yield* Effect.forkChild(SyncBesideReader({ lock }), now)
      yield* awaitUntil(() => lock.readers === 1, "a reader")
      const writer = yield* Effect.forkChild(withWrite(lock, Effect.succeed("alone")), now)
      assert.deepStrictEqual(yield* Fiber.join(beside), ["WouldBlock", "WouldBlock"])
      // Its fiber ended with its task.
      assert.strictEqual(yield* Fiber.join(writer), "alone")
      assert.deepStrictEqual(lock.snapshot(), untouched)
    }).pipe(Effect.scoped)
  )

  it.effect("a wait in a worker ends at its limit, and at the end of the scope, in each form: S319", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { lock } = yield* Scope.provide(setUp, scope)
      const gate = yield* Deferred.make<void>()
      const holder = yield* Effect.forkChild(withRead(lock, Deferred.await(gate)), now)
      assert.strictEqual(yield* Wait({ lock, write: true, sync: true, timeout: 30 }), "WouldBlock")
      assert.deepStrictEqual(lock.snapshot().waiting, [])
      const first = yield* Effect.forkChild(Wait({ lock, write: true, sync: true }), now)
      yield* waits(lock, 1)
      const second = yield* Effect.forkChild(Wait({ lock, write: false, sync: false }), now)
      yield* waits(lock, 2)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual([yield* Fiber.join(first), yield* Fiber.join(second)], ["Disposed", "Disposed"])
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(holder)
    })
  )
})
