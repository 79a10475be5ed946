// A queue between the host and real threads, whose producers and consumers die.
import { assert, layer, vi } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import { awaitUntil } from "@heddle/testing/conformance/suite/Signal"
import { awaitReady } from "@heddle/testing/conformance/suite/Watch"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Realm from "../src/internal/memory/realm.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import * as SharedArray from "../src/SharedArray.ts"
import * as SharedQueue from "../src/SharedQueue.ts"
import {
  Bad,
  Begun,
  Consume,
  isWhole,
  Item,
  itemOf,
  NumberOfThread,
  Offered,
  Produce,
  Ready,
  WaitForOne
} from "./fixtures/sharedQueue.tasks.ts"
import { seeded } from "./support/random.ts"

vi.setConfig({ testTimeout: 120_000 })

const entry = new URL("./fixtures/sharedQueue.worker.ts", import.meta.url)
const threads = TaskPool.layer({ size: 4, startTimeout: "1 minute", grace: 0 }).pipe(
  Layer.provide(NodeThreads.layer({ entry }))
)

const now = { startImmediately: true } as const

const setUp = (stride: number, options: SharedQueue.Options) =>
  Effect.gen(function* () {
    yield* awaitReady(4)
    return {
      queue: yield* SharedQueue.make(Item, options),
      words: yield* SharedArray.make("i32", 4),
      seen: yield* SharedArray.make("i32", 2 * stride),
      stride
    }
  })

layer(threads, { excludeTestServices: true })("between threads", (it) => {
  it.effect.each([
    { sync: false, batch: 1, upTo: 1 },
    { sync: false, batch: 40, upTo: 1 },
    { sync: false, batch: 7, upTo: 10 },
    { sync: true, batch: 1, upTo: 1 }
  ])(
    "of 20,000 records each comes exactly once, and each producer's in order ($sync, $batch, $upTo): S327",
    ({ batch, sync, upTo }) =>
      Effect.gen(function* () {
        const count = 10_000
        const { queue, ...shared } = yield* setUp(count, { capacity: 64, block: 16 })
        const consumer = Effect.forkChild(Consume({ queue, ...shared, upTo, sync }), now)
        const consumers = [yield* consumer, yield* consumer]
        const { words } = shared
        yield* Effect.forEach([0, 1], (producer) => Produce({ queue, words, producer, count, batch, sync }), {
          concurrency: "unbounded"
        })
        yield* queue.end
        const [one, two] = yield* Effect.forEach(consumers, Fiber.join)
        assert.strictEqual(one! + two!, 2 * count)
        assert.strictEqual(words.array[Bad], 0)
        assert.isTrue(shared.seen.array.every((times) => times === 1))
        assert.deepStrictEqual(queue.snapshot(), { size: 0, taken: 0, lost: 0 })
      }).pipe(Effect.scoped)
  )

  it.effect("a producer and a consumer that exit in the middle, 20 times: the books close: S328, G17", () =>
    Effect.gen(function* () {
      let losses = 0
      let deaths = 0
      for (let seed = 0; seed < 20; seed++) {
        const next = seeded(seed)
        const count = 400
        const { queue, seen, stride, words } = yield* setUp(count, { capacity: 8, block: 8 })
        const sync = seed % 4 === 0
        const consume = { queue, words, seen, stride, upTo: 1 + next(3), sync }
        const batch = sync ? 1 : 1 + next(12)
        const consumers = yield* Effect.forEach([{ exitAfter: 1 + next(100) }, {}], (more) =>
          Effect.forkChild(Effect.exit(Consume({ ...consume, ...more })), now)
        )
        const produce = { queue, words, count, batch, sync }
        yield* Effect.forEach(
          [{ producer: 0, exitAfter: 1 + next(300) }, { producer: 1 }],
          (which) => Effect.exit(Produce({ ...produce, ...which })),
          { concurrency: "unbounded" }
        )
        yield* queue.end
        const [dead, alive] = yield* Effect.forEach(consumers, Fiber.join)
        // The other one may have been so quick that this one did not come to its end.
        if (Exit.isFailure(dead!)) deaths++
        assert.isTrue(Exit.isSuccess(alive!), `seed ${seed}`)
        const { lost, size, taken } = queue.snapshot()
        const came = seen.array.reduce((sum, times) => sum + times, 0)
        assert.deepStrictEqual(
          { seed, bad: words.array[Bad], twice: seen.array.some((times) => times > 1), size, taken },
          { seed, bad: 0, twice: false, size: 0, taken: 0 }
        )
        assert.strictEqual(came + lost, words.array[Offered], `seed ${seed}`)
        if (lost > 0) {
          losses++
          const told = yield* Effect.flip(queue.checkLost)
          assert.deepInclude(told.reason, { _tag: "RecordLost", count: lost })
        }
        yield* queue.checkLost
      }
      assert.isAtLeast(deaths, 10)
      assert.isAbove(losses, 0)
    }).pipe(Effect.scoped)
  )

  it.effect("threads that are ended by force at any instruction, 20 times, stop nobody: S328, G17", () =>
    Effect.gen(function* () {
      for (let seed = 0; seed < 20; seed++) {
        const next = seeded(1000 + seed)
        const count = 10_000_000
        const { queue, words } = yield* setUp(1, { capacity: 4, block: 4 })
        // Counts of numbers, not of each record: the producers do not stop.
        const seen = yield* SharedArray.make("i32", 2_000_000)
        const stride = 1_000_000
        const producer = yield* Effect.forkChild(
          Produce({ queue, words, producer: 0, count, batch: 1, sync: true }),
          now
        )
        const consumer = yield* Effect.forkChild(
          Consume({ queue, words, seen, stride, upTo: 1, sync: true }),
          now
        )
        yield* awaitUntil(() => words.atomic.load(Ready) === 2, "both")
        yield* awaitUntil(() => words.atomic.load(Offered) > next(1000), "records")
        yield* Effect.all([Fiber.interrupt(producer), Fiber.interrupt(consumer)], {
          concurrency: "unbounded"
        })
        // Whatever they did, host and threads go on with the queue.
        yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 100 }), (_, i) => queue.offer(itemOf(1, i))),
          now
        )
        let rest = 0
        for (let mine = 0; mine < 100;) {
          const item = yield* queue.take
          assert.isTrue(isWhole(item))
          if (item.producer === 1) assert.strictEqual(item.number, mine++)
          else rest++
        }
        const { lost, size, taken } = queue.snapshot()
        const came = seen.array.reduce((sum, times) => sum + times, 0)
        assert.deepStrictEqual([words.array[Bad], size, taken], [0, 0, 0], `seed ${seed}`)
        assert.isTrue(seen.array.every((times) => times <= 1))
        // The consumer may have died between the record and its mark, the producer between the record and its count.
        assert.isAtLeast(came + lost + rest, words.array[Offered]! - 1, `seed ${seed}`)
        assert.isAtMost(came + lost + rest, words.array[Begun]!, `seed ${seed}`)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("threads alive have different numbers, also after others were ended by force: S309, G17", () =>
    Effect.gen(function* () {
      for (let round = 0; round < 5; round++) {
        const { queue, words } = yield* setUp(1, {})
        const consume = { queue, words, seen: words, stride: 0, upTo: 1, sync: true }
        const stuck = yield* Effect.forkChild(Consume(consume), now)
        yield* awaitUntil(() => words.atomic.load(Ready) === 1, "a consumer")
        yield* Effect.andThen(Fiber.interrupt(stuck), awaitReady(4))
        const numbered = yield* SharedArray.make("i32", 4)
        const numbers = yield* Effect.all(
          [0, 1, 2, 3].map(() => NumberOfThread({ words: numbered, of: 4 })),
          { concurrency: "unbounded" }
        )
        const { agent } = Realm.birth()
        Realm.gone(agent, 0)
        const all = [1, ...numbers, agent]
        assert.strictEqual(new Set(all).size, 6, `round ${round}: ${all.join()}`)
      }
    }).pipe(Effect.scoped)
  )

  it.effect(
    "a thread wakes for a record, for the end, for its time-out and for the end of the scope: S324, S329",
    () =>
      Effect.gen(function* () {
        const { queue, words } = yield* setUp(1, {})
        const both = (of: SharedQueue.SharedQueue<Item>) =>
          Effect.gen(function* () {
            const before = words.atomic.load(Ready)
            const waiters = yield* Effect.forEach([true, false], (sync) =>
              Effect.forkChild(WaitForOne({ queue: of, words, sync }), now)
            )
            yield* awaitUntil(() => words.atomic.load(Ready) === before + 2, "both")
            return Effect.forEach(waiters, Fiber.join)
          })
        const answers = yield* both(queue)
        yield* queue.offer(itemOf(0, 1))
        yield* queue.offer(itemOf(0, 2))
        assert.sameMembers(yield* answers, ["took 1", "took 2"])
        assert.strictEqual(yield* WaitForOne({ queue, words, sync: true, timeout: 20 }), "WouldBlock")
        const ended = yield* both(queue)
        yield* queue.end
        assert.deepStrictEqual(yield* ended, ["Ended", "Ended"])
        const scope = yield* Scope.make()
        const disposed = yield* both(yield* Scope.provide(SharedQueue.make(Item), scope))
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(yield* disposed, ["Disposed", "Disposed"])
      }).pipe(Effect.scoped)
  )
})
