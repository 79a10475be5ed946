/**
 * Conformance cases: SERVICE, how services end, and start again.
 *
 * @since 0.2.0
 */
import * as SharedService from "@heddle/core/SharedService"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import {
  type Case,
  expect,
  expectEqual,
  expectFailure,
  expectInterrupted,
  expectReason,
  expectSuccess,
  makeCase
} from "./Harness.ts"
import { awaitState, awaitWaiting, dieBefore, patient, start, started, waiting } from "./service.steps.ts"
import { Call, Refused, StartInside, Store, Unserved, words } from "./service.tasks.ts"
import * as Signal from "./Signal.ts"
import { occupy, open } from "./Steps.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot } from "./Watch.ts"

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

const ends: ReadonlyArray<Case> = [
  makeCase(
    "a service whose worker dies fails the running call, the waiting ones and all later ones, typed, at once, everywhere: S288",
    { size: 3 },
    Effect.gen(function* () {
      yield* awaitReady(3)
      const { signal, store } = yield* start()
      const { worker } = yield* SharedService.snapshot(store)
      const gone = yield* Effect.forkChild(Effect.exit(SharedService.awaitLost(store)), started)
      const calls = yield* dieBefore(store, signal, [store.get({ key: "a" })])
      expectEqual(expectReason(yield* calls.running, "WorkerLost").phase, "run", "the running call")
      for (const exit of [
        ...(yield* calls.queued),
        yield* Effect.exit(store.get({ key: "a" })),
        yield* Fiber.join(gone)
      ]) {
        const lost = expectReason(exit, "ServiceLost")
        expectEqual([lost.service, lost.by, lost.restarts], ["Store", "worker", 0], "what is lost")
        expectEqual([lost.exit?.worker, lost.exit?.exitCode], [worker, 9], "how its worker ended")
      }
      expectEqual(yield* Call({ store, method: "get" }), "ServiceLost", "in a task")
      expectEqual((yield* SharedService.snapshot(store)).state, "down", "its state")
      yield* awaitReady(3)
      const again = yield* start()
      expectEqual(yield* again.store.get({ key: "a" }), 0, "another service")
    }),
    patient
  ),
  makeCase(
    "closing a service interrupts its methods, waits for them, releases the state once, and gives its worker back: S288, G2, G3",
    { size: 2 },
    Effect.gen(function* () {
      const { close, signal, store } = yield* start({ lingers: 5 })
      const { worker } = yield* SharedService.snapshot(store)
      const running = yield* waiting(store, signal)
      const queued = yield* Effect.forkChild(Effect.exit(store.get({ key: "a" })), started)
      const inTask = yield* TaskPool.fork(Call, { store, method: "get" })
      yield* awaitWaiting(store, 2)
      yield* close
      expectEqual([Signal.read(signal, words.finalized), Signal.read(signal, words.released)], [1, 1])
      expectEqual(expectReason(yield* Fiber.await(running), "Interrupted").by, "pool")
      expectEqual(expectReason(yield* Fiber.join(queued), "ServiceLost").by, "scope")
      expectEqual(yield* inTask.await, "ServiceLost", "a call of a task that waited")
      const late = expectReason(yield* Effect.exit(store.get({ key: "a" })), "ServiceLost")
      expectEqual([late.service, late.by], ["Store", "scope"], "a late call")
      expectEqual(yield* Call({ store, method: "get" }), "ServiceLost", "a late call of a task")
      expectReason(yield* Effect.exit(SharedService.awaitLost(store)), "ServiceLost")
      yield* awaitSnapshot(
        ({ reservations, workers }) =>
          reservations.held === 0 &&
          workers.every((each) => each.worker !== worker && each.state === "ready"),
        "another worker in its place"
      )
    }),
    patient
  ),
  makeCase(
    "a state that is not released in time ends with its worker: S288, G4",
    { size: 2, grace: 20 },
    Effect.gen(function* () {
      const { close, signal } = yield* start({ lingers: 600_000, grace: 20 })
      yield* close
      expectEqual(Signal.read(signal, words.released), 0, "released")
      yield* awaitReady(2)
    }),
    patient
  ),
  {
    name: "a pool drains while a service has nothing to do; closing the pool first closes the service, and releases its state: S288, G2",
    timeout: 30_000,
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* open(harness, { size: 2 })
          const { close, signal, store } = yield* pool.provide(start())
          yield* pool.provide(TaskPool.drain)
          const running = yield* waiting(store, signal)
          yield* pool.close
          expectReason(yield* Fiber.await(running), "Interrupted")
          expectEqual([Signal.read(signal, words.finalized), Signal.read(signal, words.released)], [1, 1])
          expectReason(yield* Effect.exit(store.get({ key: "a" })), "PoolClosed")
          yield* close
        })
      )
  },
  makeCase(
    "a start that fails is typed, releases what it had acquired, and leaves no worker reserved: S290",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const refused = expectFailure(yield* Effect.exit(Effect.scoped(Store.start({ signal, refuse: true }))))
      expect(refused instanceof Refused && refused.what === "the start", "the failure's class")
      expectEqual([Signal.read(signal, words.started), Signal.read(signal, words.released)], [1, 1])
      const died = yield* Effect.exit(Effect.scoped(Store.start({ signal, dieFrom: 1 })))
      expectReason(died, "WorkerLost")
      yield* awaitSnapshot(
        ({ busy, reservations, total }) => reservations.held === 0 && busy === 0 && total === 2,
        "an idle pool"
      )
      expectReason(yield* Effect.exit(Effect.scoped(Unserved.start())), "UnknownTask")
      const inside = yield* Effect.exit(StartInside({ signal }))
      expectReason(inside, "HostOnly")
    }),
    patient
  ),
  makeCase(
    "a start waits for an idle worker no longer than it may, and an interrupted one leaves nothing: S290, G3",
    { size: 2 },
    Effect.gen(function* () {
      const occupied = yield* occupy(2)
      expectReason(yield* Effect.exit(start({ startTimeout: 20 })), "DeadlineExceeded")
      const interrupted = yield* Effect.forkChild(start(), started)
      yield* awaitSnapshot(({ reservations }) => reservations.waiting === 1, "a start that waits")
      yield* Fiber.interrupt(interrupted)
      expectInterrupted(yield* Fiber.await(interrupted))
      yield* occupied.release
      yield* awaitSnapshot(
        ({ busy, reservations }) => busy === 0 && reservations.held + reservations.waiting === 0,
        "an idle pool"
      )
    }),
    patient
  ),
  makeCase(
    "a reference of another pool is refused where it is sent, typed; its own pool is none the wiser: S290",
    { size: 2 },
    (harness) =>
      Effect.gen(function* () {
        const other = yield* open(harness, { size: 1 })
        const { store } = yield* start()
        const refused = expectReason(
          yield* Effect.exit(other.provide(Call({ store, method: "get" }))),
          "Malformed"
        )
        expect(refused.detail.includes("another pool"), `the detail is ${refused.detail}`)
        expectEqual(yield* Call({ store, method: "get" }), "0", "on its own pool")
      }),
    patient
  )
]

// ----------------------------------------------------------------------------
// restarts
// ----------------------------------------------------------------------------

const restarts: ReadonlyArray<Case> = [
  makeCase(
    "a service that starts again has a fresh state; references reconnect, what had not started waits, what ran is lost: S289",
    { size: 3 },
    Effect.gen(function* () {
      yield* awaitReady(3)
      const { signal, store } = yield* start({ restart: "fresh", from: 5 })
      yield* store.add({ key: "a", n: 1 })
      const calls = yield* dieBefore(store, signal, [store.add({ key: "a", n: 2 }), store.get({ key: "a" })])
      expectReason(yield* calls.running, "WorkerLost")
      const queued = yield* calls.queued
      expectEqual(queued.map(expectSuccess), [7, 7], "the calls that waited, in order")
      expectEqual(yield* Call({ store, method: "get" }), "7", "through a task")
      const { restarts: count, state } = yield* SharedService.snapshot(store)
      expectEqual([count, state, Signal.read(signal, words.started)], [1, "serving", 2])
    }),
    patient
  ),
  makeCase(
    "every start has the payload as it was when the service was started: S289, S203",
    { size: 2 },
    Effect.gen(function* () {
      const beginning = { signal: Signal.make(), from: 5 }
      const store = yield* Store.start(beginning, { restart: "fresh" })
      beginning.from = 9
      expectEqual(yield* store.again(), 2, "the answer of the second worker")
      expectEqual(yield* store.get({ key: "a" }), 5, "its state")
    }),
    patient
  ),
  makeCase(
    "an idempotent call that was under way runs again after the restart, and no other one: S289, G6",
    { size: 3 },
    Effect.gen(function* () {
      const { store } = yield* start({ restart: "fresh" })
      expectEqual(yield* store.again(), 2, "the answer of the second worker")
      expectReason(yield* Effect.exit(store.exit({ code: 9 })), "WorkerLost")
      yield* awaitState(store, "serving")
      const never = yield* start()
      expectReason(yield* Effect.exit(never.store.again()), "WorkerLost")
    }),
    patient
  ),
  makeCase(
    "a service that dies more often than it may stays down, and says how often it was restarted: S289, G11",
    { size: 3, restarts: { intensity: 100 } },
    Effect.gen(function* () {
      const { store } = yield* start({ restart: "fresh", intensity: 2, period: "1 hour" })
      for (const code of [1, 2, 3]) {
        yield* awaitState(store, "serving")
        expectReason(yield* Effect.exit(store.exit({ code })), "WorkerLost")
      }
      const lost = expectReason(yield* Effect.exit(store.get({ key: "a" })), "ServiceLost")
      expectEqual([lost.by, lost.restarts, lost.exit?.exitCode], ["worker", 2, 3], "why it is lost")
    }),
    patient
  ),
  makeCase(
    "a restart whose starts fail leaves the service down, typed, and the waiting calls with it: S289, S290",
    { size: 3, restarts: { intensity: 100 } },
    Effect.gen(function* () {
      const { signal, store } = yield* start({ restart: "fresh", intensity: 2, dieFrom: 2 })
      const calls = yield* dieBefore(store, signal, [store.get({ key: "a" })])
      expectReason(yield* calls.running, "WorkerLost")
      const lost = expectReason((yield* calls.queued)[0]!, "ServiceLost")
      expectEqual([lost.by, lost.restarts], ["start", 2], "why it is lost")
      expect(lost.failure?.includes("lost with its worker") === true, `the failure is ${lost.failure}`)
    }),
    patient
  ),
  makeCase(
    "closing a service while it starts again ends the start, and the calls that wait: S289, G2",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const { close, signal, store } = yield* start({ restart: "fresh" })
      const calls = yield* dieBefore(store, signal, [store.get({ key: "a" })])
      expectReason(yield* calls.running, "WorkerLost")
      yield* close
      const [exit] = yield* calls.queued
      if (Exit.isFailure(exit!)) expectReason(exit, "ServiceLost")
      expectReason(yield* Effect.exit(store.get({ key: "a" })), "ServiceLost")
      yield* awaitSnapshot(
        ({ reservations }) => reservations.held + reservations.waiting === 0,
        "no reservation"
      )
      yield* Tasks.Add({ a: 1, b: 2 })
    }),
    patient
  )
]

/**
 * Ends, failed starts, and restarts.
 *
 * @category cases
 * @since 0.2.0
 */
export const endings: ReadonlyArray<Case> = [...ends, ...restarts]
