/**
 * Conformance cases: QUEUE, and the snapshots of a pool meanwhile (OBS).
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import { type Case, expectEqual, expectReason, expectSuccess, makeCase } from "./Harness.ts"
import { joinAll, mark, queueOrder } from "./queue.order.ts"
import { makeJournal, readJournal } from "./queue.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, occupy, range } from "./Steps.ts"
import { Add, Fail, Gate, gate, Nothing } from "./tasks.ts"

const bounds: ReadonlyArray<Case> = [
  makeCase(
    "with capacity 2 and reject, the fourth task is refused at once and typed; the others run: S063, G7",
    { size: 1, queue: { capacity: 2, strategy: "reject" } },
    Effect.gen(function* () {
      const journal = makeJournal(3)
      const busy = yield* occupy(1)
      const [b, c, d] = yield* mark(journal, [1, 2, 3])
      // The gate is shut: only a refusal can have ended the call.
      expectEqual(expectReason(yield* Effect.exit(d!.await), "QueueFull").capacity, 2, "capacity")
      expectEqual((yield* TaskPool.snapshot).queue.length, 2, "queued")
      yield* busy.release
      expectEqual((yield* joinAll([b!, c!])).map(expectSuccess), [1, 2])
      expectEqual(readJournal(journal), [1, 2], "what ran")
    })
  ),
  makeCase(
    "with capacity 0 and reject, a task is taken by a free worker only: S063, G7",
    { size: 1, queue: { capacity: 0, strategy: "reject" } },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      expectEqual(expectReason(yield* Effect.exit(Nothing()), "QueueFull").capacity, 0, "capacity")
      yield* busy.release
      expectEqual(yield* Add({ a: 1, b: 2 }), 3)
    })
  ),
  makeCase(
    "with capacity 0 and suspend, callers wait outside of the queue for a free worker: S063, G7",
    { size: 2, queue: { capacity: 0 } },
    Effect.gen(function* () {
      yield* awaitSnapshot(
        ({ workers }) => workers.filter((w) => w.state === "ready").length === 2,
        "two ready"
      )
      const journal = makeJournal(2)
      const busy = yield* occupy(2)
      const handles = yield* mark(journal, [1, 2])
      const { queue } = yield* TaskPool.snapshot
      expectEqual([queue.length, queue.waiting, queue.capacity], [0, 2, 0], "length, waiting, capacity")
      yield* busy.open
      expectEqual((yield* joinAll(handles)).map(expectSuccess), [1, 2])
    })
  ),
  makeCase(
    "with shed-oldest, a full queue drops the longest waiting task, of any priority: G7",
    { size: 1, queue: { capacity: 2, strategy: "shed-oldest" } },
    Effect.gen(function* () {
      const journal = makeJournal(4)
      const busy = yield* occupy(1)
      // The oldest would run last, and the newest first.
      const priorities = [5, 0, 0, -5]
      const handles = yield* mark(journal, [1, 2, 3, 4], (_, index) => ({ priority: priorities[index]! }))
      for (const shed of handles.slice(0, 2)) {
        expectEqual(expectReason(yield* Effect.exit(shed.await), "Shed").capacity, 2, "capacity")
      }
      yield* busy.open
      expectEqual((yield* joinAll(handles.slice(2))).map(expectSuccess), [3, 4])
      expectEqual(readJournal(journal), [4, 3], "what ran")
    })
  ),
  makeCase(
    "with shed-oldest and capacity 0, the newcomer itself is shed: G7",
    { size: 1, queue: { capacity: 0, strategy: "shed-oldest" } },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      expectEqual(expectReason(yield* Effect.exit(Nothing()), "Shed").capacity, 0, "capacity")
      yield* busy.release
      yield* Nothing()
    })
  ),
  makeCase(
    "with suspend, 20 callers before a queue of 3 are not counted, and run in their order after the queue: G7, G8",
    { size: 1, queue: { capacity: 3 } },
    Effect.gen(function* () {
      const journal = makeJournal(23)
      const busy = yield* occupy(1)
      const handles = yield* mark(journal, range(23))
      const { counts, queue } = yield* TaskPool.snapshot
      expectEqual([queue.length, queue.waiting, counts.rejected], [3, 20, 0], "length, waiting, rejected")
      yield* busy.open
      yield* joinAll(handles)
      expectEqual(readJournal(journal), range(23), "order")
    })
  ),
  makeCase(
    "a worker's backlog is bounded by measured time, under any earlier load: G7",
    { size: 1, concurrency: 2 },
    Effect.gen(function* () {
      // `Nothing` is measured as short; how long a gate takes is not known.
      for (let i = 0; i < 50; i++) yield* Nothing()
      const [a, b, c] = [Signal.make(), Signal.make(), Signal.make()]
      const first = yield* TaskPool.fork(Gate, { signal: a })
      yield* TaskPool.fork(Gate, { signal: b })
      yield* Signal.awaitAtLeast(b, gate.arrived, 1)
      yield* Signal.add(a, gate.open)
      yield* first.await
      yield* TaskPool.fork(Gate, { signal: c })
      yield* Signal.awaitAtLeast(c, gate.arrived, 1)
      const waiting = yield* Effect.forEach(range(20), () => TaskPool.fork(Nothing, undefined))
      const { queue, workers } = yield* TaskPool.snapshot
      expectEqual(
        [queue.length, workers[0]!.ahead],
        [20, 0],
        "queued, and held ahead of two that may never end"
      )
      for (const signal of [b, c]) yield* Signal.add(signal, gate.open)
      for (const exit of yield* joinAll(waiting)) expectSuccess(exit)
    })
  )
]

const pictures: ReadonlyArray<Case> = [
  makeCase(
    "4 workers and 6 tasks: at each step the picture adds up, total = busy + idle: S161",
    { size: 4 },
    Effect.gen(function* () {
      const picture = Effect.map(TaskPool.snapshot, ({ busy, idle, queue, total, workers }) => {
        expectEqual(total, busy + idle, "total = busy + idle")
        expectEqual(total, workers.length, "total is the number of workers")
        return [total, busy, idle, queue.length]
      })
      yield* awaitSnapshot(
        ({ workers }) => workers.filter((w) => w.state === "ready").length === 4,
        "four ready"
      )
      expectEqual(yield* picture, [4, 0, 4, 0], "before")
      const signal = Signal.make()
      const handles = yield* Effect.forEach(range(6), (at) => TaskPool.fork(Gate, { signal, at: at + 1 }))
      yield* Signal.awaitAtLeast(signal, gate.arrived, 4)
      expectEqual(yield* picture, [4, 4, 0, 2], "six tasks")
      for (const [opened, expected] of [
        [1, [4, 4, 0, 1]],
        [2, [4, 4, 0, 0]],
        [3, [4, 3, 1, 0]],
        [6, [4, 0, 4, 0]]
      ] as const) {
        yield* Signal.add(signal, gate.open, opened - Signal.read(signal, gate.open))
        for (const handle of handles.slice(0, opened)) yield* handle.await
        // The next task is handed out when all callers of this turn have been told.
        let seen = yield* picture
        for (let i = 0; i < 1000 && !Equal.equals(seen, expected); i++) {
          yield* Effect.sleep(1)
          seen = yield* picture
        }
        expectEqual(seen, [...expected], `${opened} gates open`)
      }
      yield* Effect.exit(Fail({ value: 1 }))
      expectEqual(yield* picture, [4, 0, 4, 0], "after an error")
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const queue: ReadonlyArray<Case> = [...bounds, ...queueOrder, ...pictures]
