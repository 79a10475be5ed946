// Order and bounds where a worker's loop does not turn, as only a thread can show it.
import { assert, describe, it, vi } from "@effect/vitest"
import { Task, TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import { makeJournal, Mark, readJournal } from "@heddle/testing/conformance/suite/queue.tasks"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { awaitSnapshot, range } from "@heddle/testing/conformance/suite/Steps"
import type * as surroundings from "./fixtures/surroundings.module.ts"
import { threads } from "./support/threadsHarness.ts"

const Module = Task.fromModule<typeof surroundings>(
  new URL("./fixtures/surroundings.module.ts", import.meta.url)
)

/** Measured often enough, these are sent to a worker before it has answered the last ones. */
const warmUp = Effect.gen(function* () {
  const journal = makeJournal(200)
  for (const id of range(200)) yield* Mark({ journal, id })
})

const ready = (count: number) =>
  awaitSnapshot(
    ({ workers }) => workers.filter((w) => w.state === "ready").length === count,
    `${count} are ready`
  )

// A thread takes its time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe("a worker whose loop does not turn", () => {
  it.live("G8, S064: tasks measured as short run first come, first served behind a blocked thread", () =>
    withPool(
      threads,
      { size: 1 },
      Effect.gen(function* () {
        yield* warmUp
        const words = Signal.shared(2)
        const journal = makeJournal(300)
        const blocked = yield* TaskPool.fork(Module.block, words)
        yield* Signal.awaitAtLeast(words, 1, 1)
        const handles = yield* Effect.forEach(range(300), (id) => TaskPool.fork(Mark, { journal, id }))
        const { queue, workers } = yield* TaskPool.snapshot
        assert.deepStrictEqual([queue.length, workers[0]!.ahead], [300, 0])
        yield* Signal.add(words, 0)
        Atomics.notify(words, 0)
        yield* blocked.await
        yield* Effect.forEach(handles, (handle) => handle.await)
        assert.deepStrictEqual(readJournal(journal), range(300))
      })
    )
  )

  it.live(
    "G5, G8: short tasks that were sent ahead to a thread that then blocks are run by its idle neighbour",
    () =>
      withPool(
        threads,
        { size: 2 },
        Effect.gen(function* () {
          yield* ready(2)
          yield* warmUp
          const words = Signal.shared(2)
          // Measured as short, too: the thread that gets them is full of work that it has not begun.
          const open = Signal.shared(2)
          Signal.addUnsafe(open, 0)
          for (let i = 0; i < 50; i++) yield* TaskPool.run(Module.block, open)
          const journal = makeJournal(100)
          const blocked = yield* Effect.forEach(range(2), () => TaskPool.fork(Module.block, words))
          const handles = yield* Effect.forEach(range(100), (id) => TaskPool.fork(Mark, { journal, id }))
          yield* Signal.awaitAtLeast(words, 1, 1)
          if (Signal.read(words, 1) === 1) {
            // One thread blocks and the other one has everything else before it, or the second block too.
            yield* Signal.awaitUntil(
              () => Signal.read(words, 1) === 2 || Signal.read(journal) === 100,
              "the neighbour takes over"
            )
          }
          yield* Signal.add(words, 0)
          Atomics.notify(words, 0)
          yield* Effect.forEach([...blocked, ...handles], (handle) =>
            Effect.asVoid(handle.await as Effect.Effect<unknown>)
          )
          assert.deepStrictEqual(
            readJournal(journal).toSorted((a, b) => a - b),
            range(100)
          )
        })
      )
  )

  it.live("S068: two blocked threads are two threads; a third task waits for one of them", () =>
    withPool(
      threads,
      { size: 2 },
      Effect.gen(function* () {
        yield* ready(2)
        const words = Signal.shared(2)
        const handles = yield* Effect.forEach(range(3), () => TaskPool.fork(Module.block, words))
        yield* Signal.awaitAtLeast(words, 1, 2)
        const { busy, queue, workers } = yield* TaskPool.snapshot
        assert.deepStrictEqual([busy, queue.length, Signal.read(words, 1)], [2, 1, 2])
        yield* Signal.add(words, 0)
        Atomics.notify(words, 0)
        const ran = yield* Effect.forEach(handles, (handle) => handle.await)
        assert.deepStrictEqual(
          Array.from(new Set(ran)).toSorted(),
          workers.map(({ threadId }) => threadId!).toSorted()
        )
      })
    )
  )
})
