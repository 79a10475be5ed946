/**
 * Conformance cases: MAP, streams and the bounds of read-ahead.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import { type Case, expect, expectEqual, expectFailure, expectReason, makeCase } from "./Harness.ts"
import { Broken, DoubleOrFall, Item, item } from "./map.tasks.ts"
import { makeJournal, Mark, readJournal } from "./queue.tasks.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, range } from "./Steps.ts"
import { Sabotage } from "./tasks.ts"

type Payload = typeof Item.payload.Type

/** An endless input. Counts the drawn items, and how often readers gave the input up. */
const endless = <A>(make: (index: number) => A) => {
  const seen = { drawn: 0, returned: 0 }
  function* generate() {
    try {
      for (;;) yield make(seen.drawn++)
    } finally {
      seen.returned++
    }
  }
  return { seen, inputs: { [Symbol.iterator]: generate } as Iterable<A> }
}

/** Permitted read-ahead of streams and maps beyond the items in flight: the buffer of Effect's own streams. */
const buffer = 16

const bounds: ReadonlyArray<Case> = [
  makeCase(
    "forEach over an endless generator reads ahead 2 × size inputs; an interruption gives the generator up once: G7",
    { size: 2, queue: { capacity: 1 } },
    Effect.gen(function* () {
      const signal = Signal.make()
      const { inputs, seen } = endless((id): Payload => ({ id, how: "wait", signal }))
      const map = yield* Effect.forkChild(TaskPool.forEach(Item, inputs, { chunkSize: 1 }))
      yield* Signal.awaitAtLeast(signal, item.started, 2)
      expect(seen.drawn <= 4, `${seen.drawn} were drawn`)
      yield* Fiber.interrupt(map)
      expectEqual([seen.returned, Signal.read(signal, item.cleaned)], [1, 2], "given up, cleaned")
      expect(seen.drawn <= 4, `${seen.drawn} were drawn`)
    })
  ),
  makeCase(
    "an endless generator is given up at the first failure, after a bounded number of further inputs: G7",
    { size: 2 },
    Effect.gen(function* () {
      const { inputs, seen } = endless((id): Payload => ({ id, how: id === 5_000 ? "fail" : "answer" }))
      expectEqual(
        expectFailure(yield* Effect.exit(TaskPool.forEach(Item, inputs))),
        new Broken({ id: 5_000 })
      )
      expectEqual(seen.returned, 1, "given up")
      // At most four chunks of 4,096 are in flight.
      expect(seen.drawn <= 5_000 + 4 * 4_096, `${seen.drawn} were drawn`)
    })
  ),
  makeCase(
    "a stream with a stalled consumer draws no more than its bound in flight, from an endless input: G7",
    { size: 2 },
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const { inputs, seen } = endless((id): Payload => ({ id }))
      const found: Array<number> = []
      const reading = yield* TaskPool.stream(Item, inputs, { concurrency: 3 }).pipe(
        Stream.tap((id) =>
          Effect.andThen(
            Effect.sync(() => found.push(id)),
            latch.await
          )
        ),
        Stream.take(500),
        Stream.runDrain,
        Effect.forkChild
      )
      yield* Signal.awaitUntil(() => found.length === 1, "the first result")
      // The items in flight end; afterwards nothing more may happen.
      yield* TaskPool.drain
      yield* Effect.sleep(20)
      yield* TaskPool.drain
      expect(seen.drawn <= 1 + 3 + buffer, `${seen.drawn} were drawn for one result`)
      yield* latch.open
      yield* Fiber.join(reading)
      expectEqual(found, range(500), "results")
      expect(seen.drawn <= 500 + 3 + buffer, `${seen.drawn} were drawn for 500 results`)
    })
  ),
  makeCase(
    "a stream ending early gives its generator up, as forEach does: G2",
    { size: 1 },
    Effect.gen(function* () {
      const { inputs, seen } = endless((id): Payload => ({ id }))
      const taken = TaskPool.stream(Item, inputs, { concurrency: 2 }).pipe(Stream.take(3), Stream.runCollect)
      expectEqual(yield* taken, range(3))
      expectEqual(seen.returned, 1, "given up")
    })
  ),
  makeCase(
    "at most `concurrency` tasks of a stream are in flight, while the workers are slow: G7",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const { inputs, seen } = endless((id): Payload => ({ id, signal, at: 1 }))
      const reading = yield* TaskPool.stream(Item, inputs, { concurrency: 5 }).pipe(
        Stream.take(20),
        Stream.runCollect,
        Effect.forkChild
      )
      const { counts } = yield* awaitSnapshot(({ queue }) => queue.length === 4, "one runs, four are queued")
      expectEqual(counts.submitted, 5, "submitted")
      expect(seen.drawn <= 5 + buffer, `${seen.drawn} were drawn`)
      yield* Signal.add(signal, item.open)
      expectEqual(yield* Fiber.join(reading), range(20))
    })
  )
]

const losses: ReadonlyArray<Case> = ([true, false] as const).map((ordered) =>
  makeCase(
    `Python's ${ordered ? "imap" : "imap_unordered"} over a lazy producer whose worker dies in the middle: typed, or whole; never a hang: S285, G1, G6`,
    { size: 1 },
    Effect.gen(function* () {
      const again = endless((n) => n)
      const whole = yield* TaskPool.stream(DoubleOrFall, again.inputs, { ordered, chunkSize: 100 }).pipe(
        Stream.take(2_000),
        Stream.runCollect
      )
      expectEqual(
        whole.toSorted((a, b) => a - b),
        range(2_000).map((n) => 2 * n),
        "an idempotent task"
      )
      expectEqual(again.seen.returned, 1, "the producer was given up")
      const once = endless((n) => ({
        how: n < 3 ? ("stray" as const) : ("exit" as const),
        message: "",
        code: 9
      }))
      const found: Array<number> = []
      const lost = TaskPool.stream(Sabotage, once.inputs, { ordered, concurrency: 1 })
      const exit = yield* Effect.exit(Stream.runForEach(lost, (each) => Effect.sync(() => found.push(each))))
      expectEqual(expectReason(exit, "WorkerLost").exitCode, 9, "a task that may not be run again")
      expectEqual(found, [42, 42, 42])
      expectEqual(once.seen.returned, 1, "the producer was given up")
    })
  )
)

const streams: ReadonlyArray<Case> = [
  makeCase(
    "a stream with a failing third item delivers the first two results, then the error: S129",
    { size: 4 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const found: Array<number> = []
      const inputs = range(4).map((id): Payload =>
        id < 2 ? { id } : { id, how: "fail", signal, at: id - 1 }
      )
      const reading = yield* TaskPool.stream(Item, inputs, { concurrency: 4 }).pipe(
        Stream.tap((id) => Effect.sync(() => found.push(id))),
        Stream.runDrain,
        Effect.forkChild
      )
      yield* awaitSnapshot(({ counts }) => counts.succeeded === 2, "two have answered")
      yield* Signal.add(signal, item.open)
      expectEqual(expectFailure(yield* Fiber.await(reading)), new Broken({ id: 2 }))
      expectEqual(found, [0, 1], "delivered before the error")
    })
  ),
  makeCase(
    "a stream fails at its first failure, interrupts the items in flight and waits for them: S129, S134",
    { size: 3 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const inputs = range(6).map((id): Payload =>
        id === 2 ? { id, how: "fail", signal, at: 1 } : { id, how: "wait", signal }
      )
      const reading = yield* Effect.forkChild(
        Stream.runCollect(TaskPool.stream(Item, inputs, { concurrency: 3 }))
      )
      yield* Signal.awaitAtLeast(signal, item.started, 3)
      yield* Signal.add(signal, item.open)
      expectEqual(expectFailure(yield* Fiber.await(reading)), new Broken({ id: 2 }))
      expectEqual(
        [Signal.read(signal, item.started), Signal.read(signal, item.cleaned)],
        [3, 2],
        "started, cleaned"
      )
    })
  ),
  makeCase(
    "inputs 4, 3, 2, 1, slowest first: 4 at a time, unordered gives 1, 2, 3, 4; otherwise 4, 3, 2, 1: S132",
    { size: 4 },
    Effect.gen(function* () {
      for (const [ordered, concurrency, expected] of [
        [true, 1, [4, 3, 2, 1]],
        [true, 4, [4, 3, 2, 1]],
        [false, 1, [4, 3, 2, 1]],
        [false, 4, [1, 2, 3, 4]]
      ] as const) {
        const signal = Signal.make()
        // Item n ends once n gates are open: each gate opens after the reply of the previous item.
        const inputs = [4, 3, 2, 1].map((id): Payload => ({ id, signal, at: concurrency === 1 ? 0 : id }))
        const before = (yield* TaskPool.snapshot).counts.succeeded
        const reading = yield* Effect.forkChild(
          Stream.runCollect(TaskPool.stream(Item, inputs, { ordered, concurrency }))
        )
        if (concurrency === 4) {
          for (const id of [1, 2, 3, 4]) {
            yield* Signal.add(signal, item.open)
            yield* awaitSnapshot(({ counts }) => counts.succeeded === before + id, `${id} have answered`)
          }
        }
        expectEqual(yield* Fiber.join(reading), [...expected], `ordered ${ordered}, ${concurrency} at a time`)
      }
    })
  ),
  makeCase(
    "with a queue of none a stream still runs every item once, in chunks and one by one: S132, G7",
    { size: 2, queue: { capacity: 0 } },
    Effect.gen(function* () {
      for (const chunkSize of [1, 7]) {
        const journal = makeJournal(100)
        const inputs = range(100).map((id) => ({ id, journal }))
        expectEqual(yield* Stream.runCollect(TaskPool.stream(Mark, inputs, { chunkSize })), range(100))
        expectEqual(
          readJournal(journal).toSorted((a, b) => a - b),
          range(100),
          "what ran"
        )
      }
    })
  )
]

/** How a reader leaves a stream while other tasks of the stream still run. */
const leavings: ReadonlyArray<
  readonly [
    string,
    (
      stream: Stream.Stream<number, unknown, TaskPool.TaskPool>
    ) => Effect.Effect<unknown, unknown, TaskPool.TaskPool>
  ]
> = [
  ["takes one result", (stream) => Stream.runCollect(Stream.take(stream, 1))],
  ["fails at the first result", (stream) => Stream.runForEach(stream, () => Effect.fail("enough"))],
  ["is interrupted at the first result", (stream) => Stream.runForEach(stream, () => Effect.interrupt)],
  [
    "goes on with another stream",
    (stream) => Stream.runCollect(Stream.take(Stream.concat(Stream.take(stream, 1), Stream.make(7)), 2))
  ]
]

/** A pool's remaining work with submitted tasks. */
const unfinished = Effect.map(TaskPool.snapshot, ({ busy, counts, queue }) => ({
  busy,
  queued: queue.length,
  unsettled: counts.submitted - counts.succeeded - counts.interrupted
}))

const ends: ReadonlyArray<Case> = leavings.map(([what, leave]) =>
  makeCase(
    `a stream whose reader ${what} ends after all its started tasks: S215, G3`,
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitSnapshot(({ total }) => total === 2, "two workers")
      for (const ordered of [true, false]) {
        for (const concurrency of [1, 2, 3]) {
          const signal = Signal.make()
          const inputs = range(6).map((id): Payload => (id === 0 ? { id } : { id, how: "wait", signal }))
          yield* Effect.exit(leave(TaskPool.stream(Item, inputs, { ordered, concurrency })))
          const at = `ordered ${ordered}, ${concurrency} at a time`
          expectEqual(yield* unfinished, { busy: 0, queued: 0, unsettled: 0 }, at)
          const [started, cleaned] = [item.started, item.cleaned].map((word) => Signal.read(signal, word))
          expectEqual(cleaned, started, `${at}: bodies that cleaned up`)
        }
      }
    })
  )
)

const drawing: ReadonlyArray<Case> = (["forEach", "stream"] as const).map((how) =>
  makeCase(
    `a ${how} interrupted from its own input ends after its started tasks, and starts none later: S215, G3`,
    { size: 2 },
    Effect.gen(function* () {
      let reading: Fiber.Fiber<unknown, unknown> | undefined
      let returned = 0
      function* inputs(): Generator<Payload> {
        try {
          yield { id: 0 }
          reading!.interruptUnsafe()
          yield { id: 1 }
          yield { id: 2 }
        } finally {
          returned++
        }
      }
      const one = { chunkSize: 1, concurrency: 1 }
      reading = yield* Effect.forkChild(
        how === "forEach"
          ? TaskPool.forEach(Item, inputs(), one)
          : Stream.runDrain(TaskPool.stream(Item, inputs(), one))
      )
      expect(Exit.hasInterrupts(yield* Fiber.await(reading)), "the reader was interrupted")
      const atEnd = yield* TaskPool.snapshot
      // A reader learning of its end inside of the input observes too little: the faulty submission follows later.
      yield* Effect.sleep(1)
      yield* TaskPool.drain
      expectEqual((yield* TaskPool.snapshot).counts, atEnd.counts, "counts, later and at the end")
      expectEqual(yield* unfinished, { busy: 0, queued: 0, unsettled: 0 })
      expectEqual(returned, 1, "given up")
    })
  )
)

/**
 * @category cases
 * @since 0.1.0
 */
export const mapStreams: ReadonlyArray<Case> = [...bounds, ...losses, ...streams, ...ends, ...drawing]
