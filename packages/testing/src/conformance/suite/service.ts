/**
 * Conformance cases: SERVICE, state in one worker that is called from anywhere. The last ones are the program of Python's Manager.
 *
 * @since 0.2.0
 */
import * as Channel from "@heddle/core/Channel"
import * as SharedService from "@heddle/core/SharedService"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  type Case,
  expect,
  expectDefect,
  expectEqual,
  expectFailure,
  expectReason,
  makeCase
} from "./Harness.ts"
import { endings } from "./service.ends.ts"
import { awaitWaiting, patient, start, started, together, waiting } from "./service.steps.ts"
import { AddMany, Call, Collect, Pair, Raise, Refused, Spread, Store, words } from "./service.tasks.ts"
import * as Signal from "./Signal.ts"
import { range } from "./Steps.ts"

// ----------------------------------------------------------------------------
// state
// ----------------------------------------------------------------------------

const states: ReadonlyArray<Case> = [
  makeCase(
    "host and tasks of other workers call the same state, one method at a time, and no update is lost: S286",
    { size: 3 },
    Effect.gen(function* () {
      const { signal, store } = yield* start({ from: 5 })
      yield* Effect.all(
        [
          AddMany({ store, key: "a", count: 10 }),
          AddMany({ store, key: "a", count: 10 }),
          Effect.forEach(range(10), () => store.add({ key: "a", n: 1 }), together)
        ],
        together
      )
      expectEqual(yield* store.get({ key: "a" }), 35, "the sum")
      expectEqual(yield* store.get({ key: "b" }), 5, "another key")
      expectEqual(Signal.read(signal, words.most), 1, "methods at a time")
      expectEqual(Signal.read(signal, words.started), 1, "states")
      const { reservations } = yield* TaskPool.snapshot
      expectEqual(reservations.held, 1, "workers of services")
    }),
    patient
  ),
  makeCase(
    "references travel inside payloads, to tasks that hand them on, in results and through channels: S286",
    { size: 3 },
    Effect.gen(function* () {
      const one = yield* start()
      yield* Spread({
        to: [
          { key: "a", store: one.store },
          { key: "a", store: one.store }
        ],
        count: 3
      })
      expectEqual(yield* one.store.get({ key: "a" }), 6, "the sum")
      const { receiver, sender } = yield* Channel.make(Store.schema)
      const collecting = yield* Effect.forkChild(Collect({ from: receiver }), started)
      yield* sender.send(one.store)
      yield* sender.send(one.store)
      yield* sender.end
      const [back] = yield* Fiber.join(collecting)
      expectEqual(yield* back!.get({ key: "a" }), 8, "through the reference that came back")
      expectEqual((yield* SharedService.snapshot(back!)).state, "serving", "its state")
    }),
    patient
  ),
  makeCase(
    "two services of one definition have a worker and a state each, as many as the pool can spare: S286, S290",
    { size: 3 },
    Effect.gen(function* () {
      const one = yield* start()
      const other = yield* start({ from: 100 })
      yield* one.store.add({ key: "a", n: 1 })
      expectEqual(yield* one.store.get({ key: "a" }), 1, "one")
      expectEqual(yield* other.store.get({ key: "a" }), 100, "the other")
      const workers = [yield* SharedService.snapshot(one.store), yield* SharedService.snapshot(other.store)]
      expect(workers[0]!.worker !== workers[1]!.worker, "they share a worker")
      expectReason(yield* Effect.exit(start()), "AllReserved")
      yield* one.close
      yield* start()
    }),
    patient
  )
]

// ----------------------------------------------------------------------------
// outcomes
// ----------------------------------------------------------------------------

const outcomes: ReadonlyArray<Case> = [
  makeCase(
    "a method's failure arrives as its class, a defect as a defect, to the host and to a task; the service goes on: S287, G9",
    { size: 2 },
    Effect.gen(function* () {
      const { signal, store } = yield* start()
      const failed = expectFailure(yield* Effect.exit(store.fail({ what: "it" })))
      expect(failed instanceof Refused && failed.what === "it", "the failure's class")
      const defect = expectDefect(yield* Effect.exit(store.die()))
      expect(defect instanceof TypeError, "the defect's class")
      expectReason(yield* Effect.exit(store.get({ key: 3 as never })), "Malformed")
      expectEqual(yield* Call({ store, method: "fail" }), "Refused by method", "in a task")
      expectEqual(yield* Call({ store, method: "die" }), "TypeError: a bug of the method", "in a task")
      expectEqual(yield* Call({ store, method: "slow" }), "DeadlineExceeded", "in a task")
      expectEqual(Signal.read(signal, words.finalized), 1, "finalizers")
      expectEqual(yield* Call({ store, method: "get" }), "0", "in a task")
    }),
    patient
  ),
  makeCase(
    "interrupting a caller interrupts the method and waits for its finalizers; a waiting call never starts: S287, G3",
    { size: 3 },
    Effect.gen(function* () {
      const { signal, store } = yield* start()
      const running = yield* waiting(store, signal)
      const queued = yield* Effect.forkChild(store.wait(), started)
      yield* awaitWaiting(store, 1)
      const late = yield* Effect.exit(store.wait(undefined, { queueTimeout: 10 }))
      expectEqual(expectReason(late, "DeadlineExceeded").phase, "queue")
      yield* Fiber.interrupt(queued)
      expectEqual(Signal.read(signal, words.arrived), 1, "calls that started")
      yield* Fiber.interrupt(running)
      expectEqual(Signal.read(signal, words.finalized), 1, "finalizers of the caller on the host")
      const task = yield* TaskPool.fork(Call, { store, method: "wait" })
      yield* Signal.awaitAtLeast(signal, words.arrived, 2)
      expectEqual((yield* task.interrupt)._tag, "clean", "receipt of the task that called")
      expectEqual(Signal.read(signal, words.finalized), 2, "finalizers of the caller in a task")
      const aborted = new AbortController()
      const byMethod = yield* Effect.forkChild(
        Effect.exit(store.wait(undefined, { signal: aborted.signal })),
        started
      )
      yield* Signal.awaitAtLeast(signal, words.arrived, 3)
      aborted.abort()
      expectEqual(expectReason(yield* Fiber.join(byMethod), "Interrupted").by, "signal")
      expectEqual(yield* store.get({ key: "a" }), 0, "the service goes on")
    }),
    patient
  ),
  makeCase(
    "with a concurrency of 2 two methods run at a time, on a pool whose workers run one task at a time: S287",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const pair = yield* Pair.start({ signal })
      const one = yield* waiting(pair, signal)
      const two = yield* waiting(pair, signal, 2)
      const three = yield* Effect.forkChild(pair.get({ key: "a" }), started)
      yield* awaitWaiting(pair, 1)
      yield* Signal.add(signal, words.open)
      yield* Fiber.joinAll([one, two, three])
      expectEqual(Signal.read(signal, words.most), 2, "methods at a time")
    }),
    patient
  ),
  makeCase(
    "a pool whose queue is full refuses calls of the host, and never those of tasks: S287, G7",
    { size: 2, queue: { strategy: "reject", capacity: 1 } },
    Effect.gen(function* () {
      const { signal, store } = yield* start()
      const running = yield* waiting(store, signal)
      const queued = yield* Effect.forkChild(store.get({ key: "a" }), started)
      yield* awaitWaiting(store, 1)
      expectEqual(expectReason(yield* Effect.exit(store.get({ key: "a" })), "QueueFull").capacity, 1)
      const task = yield* TaskPool.fork(Call, { store, method: "get" })
      yield* awaitWaiting(store, 2)
      yield* Signal.add(signal, words.open)
      expectEqual(yield* task.await, "0", "the call of the task")
      yield* Fiber.joinAll([running, queued])
    }),
    patient
  ),
  makeCase(
    "a task that waits for a busy service leaves its slot to others: S287, S261",
    { size: 2 },
    Effect.gen(function* () {
      const { signal, store } = yield* start()
      const running = yield* waiting(store, signal)
      const asking = yield* TaskPool.fork(Call, { store, method: "get" })
      yield* awaitWaiting(store, 1)
      yield* Raise({ signal, word: words.open })
      expectEqual(yield* asking.await, "0", "the call of the task")
      yield* Fiber.join(running)
    }),
    patient
  ),
  makeCase(
    "a method that calls its own service, itself or through others, is Deadlocked at once, not stuck: S291",
    { size: 3 },
    Effect.gen(function* () {
      const { store } = yield* start()
      const { cycle } = expectReason(yield* Effect.exit(store.ask({ store, key: "a" })), "Deadlocked")
      expectEqual(cycle, ["Store.ask", "Store.get"], "the cycle")
      expectEqual(yield* Call({ store, method: "ask" }), "Deadlocked", "in a task")
      expectEqual(yield* store.via({ store }), "Deadlocked", "through a task")
      const other = yield* start()
      expectEqual(yield* store.ask({ store: other.store, key: "a" }), 0, "another service")
      expectEqual(yield* store.via({ store: other.store }), "0", "another service, through a task")
      expectEqual(yield* store.get({ key: "a" }), 0, "the service goes on")
    }),
    patient
  ),
  makeCase(
    "with a free place a method may call its own service: S291",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const pair = yield* Pair.start({ signal, from: 3 })
      expectEqual(yield* pair.ask({ store: pair, key: "a" }), 3, "the answer")
    }),
    patient
  )
]

// ----------------------------------------------------------------------------
// Python's Manager
// ----------------------------------------------------------------------------

const workers = 4

const python: ReadonlyArray<Case> = [
  makeCase(
    "multiprocessing.Manager: processes fill one dict through their proxies, and the parent reads it: S292",
    { size: 3 },
    Effect.gen(function* () {
      const { store: dict } = yield* start()
      yield* Effect.forEach(
        range(workers),
        (i) => AddMany({ store: dict, key: `key ${i}`, count: i + 1 }),
        together
      )
      const found = yield* Effect.forEach(range(workers), (i) => dict.get({ key: `key ${i}` }))
      expectEqual(found, [1, 2, 3, 4], "the dict")
    }),
    patient
  ),
  makeCase(
    "multiprocessing.Manager with the manager killed in the middle: children and parent end typed; Python's hang or raise EOFError: S292, S288",
    { size: 3 },
    Effect.gen(function* () {
      const { store: dict } = yield* start()
      const children = yield* Effect.forEach(range(workers), (i) =>
        Effect.forkChild(Effect.exit(AddMany({ store: dict, key: `key ${i}`, count: 100_000 })), started)
      )
      while ((yield* dict.get({ key: "key 0" })) < 2) yield* Effect.sleep(1)
      expectReason(yield* Effect.exit(dict.exit({ code: 9 })), "WorkerLost")
      for (const child of children) {
        const error = expectFailure(yield* Fiber.join(child))
        expect(
          error.reason._tag === "ServiceLost" || error.reason._tag === "WorkerLost",
          `a child ended with ${error.message}`
        )
      }
      expectEqual(
        expectReason(yield* Effect.exit(dict.get({ key: "key 0" })), "ServiceLost").service,
        "Store"
      )
    }),
    patient
  )
]

/**
 * The cases of this group.
 *
 * @category cases
 * @since 0.2.0
 */
export const service: ReadonlyArray<Case> = [...states, ...outcomes, ...endings, ...python]
