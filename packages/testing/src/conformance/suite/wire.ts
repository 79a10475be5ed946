/**
 * Conformance cases: WIRE: moving values, and values impossible to send.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { type Case, expectEqual, expectReason, expectSuccess, makeCase } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { occupy, range } from "./Steps.ts"
import { Echo, Gate, gate, Sabotage } from "./tasks.ts"
import { Kept, makeUnclonable, Move, MoveBack, MoveTwice, ReplyUnclonable, Unclonable } from "./wire.tasks.ts"
import { onOneWorker, wireMisfits } from "./wire.misfits.ts"
import { wireRealms } from "./wire.realms.ts"
import { wireSecurity } from "./wire.security.ts"
import { wireBrands } from "./wire.brands.ts"
import { wireValues } from "./wire.values.ts"

/** Side, reason, and path of a refusal to send. */
const unsent = <A, E>(exit: Exit.Exit<A, E>): ReadonlyArray<string> => {
  const { path, side, what } = expectReason(exit, "NotSerializable")
  return [side, what, path]
}

const bytesOf = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(1)

const moving: ReadonlyArray<Case> = [
  {
    name: "a buffer moves to the worker and another buffer moves back: each sender is left with 0 bytes: S098",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const bytes = bytesOf(1_000)
          const back = yield* Move({ bytes })
          expectEqual(
            [bytes.byteLength, back.byteLength, back[999]],
            [0, 1_000, 2],
            "here, back, its last byte"
          )
          expectEqual(yield* Kept(), 0, "in the worker")
        })
      )
  },
  {
    name: "the buffers of a chunk move together, both ways: S098",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const inputs = range(5).map((i) => ({ bytes: bytesOf(i + 1) }))
          const found = yield* TaskPool.forEach(Move, inputs, { chunkSize: 5 })
          expectEqual(
            inputs.map(({ bytes }) => bytes.byteLength),
            [0, 0, 0, 0, 0],
            "here"
          )
          expectEqual(
            found.map((bytes) => bytes.byteLength),
            [1, 2, 3, 4, 5],
            "back"
          )
        })
      )
  },
  makeCase(
    "a moving payload leaves its owner at the call, with a free worker and without: S098, S203",
    { size: 1 },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      const [first, second] = [bytesOf(8), bytesOf(9)]
      const kept = yield* TaskPool.fork(Move, { bytes: first })
      const gone = yield* TaskPool.fork(Move, { bytes: second })
      expectEqual([first.byteLength, second.byteLength], [0, 0], "while queued")
      yield* gone.interrupt
      yield* busy.open
      expectEqual((yield* kept.await).byteLength, 8)
    })
  ),
  makeCase(
    "a task refused by a full pool takes nothing: its bytes stay with their owner: S098, S203",
    { size: 1, queue: { capacity: 1, strategy: "reject" } },
    Effect.gen(function* () {
      const busy = yield* occupy(1)
      const queued = yield* TaskPool.fork(Echo, 1)
      const bytes = bytesOf(8)
      expectReason(yield* Effect.exit(Move({ bytes })), "QueueFull")
      expectEqual(bytes.byteLength, 8, "refused")
      yield* busy.open
      yield* queued.await
      expectEqual((yield* Move({ bytes })).byteLength, 8, "sent again")
    })
  ),
  {
    name: "a buffer named twice, by one field or by two, moves once and arrives in both: S105",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const bytes = bytesOf(8)
          expectEqual(yield* MoveTwice({ bytes, same: bytes }), 8)
          expectEqual(bytes.byteLength, 0, "here")
        })
      )
  },
  {
    name: "a detached buffer is refused, typed, naming its path; the values beside the buffer stay: S105",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const [bytes, same] = [bytesOf(8), bytesOf(8)]
          yield* Move({ bytes: same })
          expectEqual(unsent(yield* Effect.exit(Move({ bytes: same }))), ["host", "payload", "$.bytes"])
          expectEqual(unsent(yield* Effect.exit(MoveTwice({ bytes, same }))), ["host", "payload", "$.same"])
          expectEqual(bytes.byteLength, 8, "what stays")
          expectEqual(unsent(yield* Effect.exit(Echo({ deep: [same] }))), ["host", "payload", "$.deep[0]"])
        })
      )
  },
  {
    name: "after a refused send nothing has moved, and the bytes can be sent again: S105",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const bytes = bytesOf(8)
          const exit = yield* Effect.exit(Move({ bytes, rest: { f: () => {} } }))
          expectEqual(unsent(exit), ["host", "payload", "$.rest.f"])
          expectEqual(bytes.byteLength, 8, "here")
          expectEqual((yield* Move({ bytes })).byteLength, 8, "sent again")
        })
      )
  },
  {
    name: "a reply moving bytes beside a function, or moving detached bytes, is refused; the worker keeps both: S105",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const exit = yield* Effect.exit(MoveBack({ how: "unclonable" }))
          expectEqual(unsent(exit), ["worker", "reply", "$.rest.f"])
          expectEqual(yield* Kept(), 8, "in the worker")
          expectEqual(unsent(yield* Effect.exit(MoveBack({ how: "detached" }))), [
            "worker",
            "reply",
            "$.bytes"
          ])
          expectEqual((yield* MoveBack({ how: "well" })).bytes.byteLength, 8)
          expectEqual(yield* Kept(), 0, "in the worker, after a good one")
        })
      )
  },
  makeCase(
    "shared memory passes by reference: each side sees the other's writes: S098",
    { size: 1 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const handle = yield* TaskPool.fork(Gate, { signal, value: signal })
      yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
      yield* Signal.add(signal, gate.open)
      const back = (yield* handle.await) as Signal.Signal
      yield* Signal.add(signal, 7, 42)
      expectEqual(Signal.read(back, 7), 42, "through the words that came back")
    }),
    { needs: ["sharedMemory"] }
  )
]

const unclonable: ReadonlyArray<Case> = [
  ...Unclonable.literals.map((what): Case => ({
    name: `a payload with a ${what} is refused on the host, a reply in the worker, both naming the path: S099, S101`,
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const { close, value } = makeUnclonable(what)
          const exit = yield* Effect.exit(Echo({ list: [1, { it: value }] }))
          close()
          expectEqual(unsent(exit), ["host", "payload", "$.list[1].it"])
          const reply = yield* Effect.exit(ReplyUnclonable({ what }))
          expectEqual(unsent(reply), ["worker", "reply", "$.users[1].it"])
          const chunk = TaskPool.forEach(ReplyUnclonable, [{ what }, { what }], { chunkSize: 2 })
          expectEqual(unsent(yield* Effect.exit(chunk)), ["worker", "reply", "$[0].users[1].it"])
        })
      )
  })),
  {
    name: "of a batch of 20 only the three unclonable payloads are refused; the others succeed: S099",
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const isBad = (i: number) => i === 0 || i === 7 || i === 19
          const exits = yield* Effect.forEach(
            range(20),
            (i) => Effect.exit(Echo(isBad(i) ? { i, save: () => {} } : { i })),
            { concurrency: "unbounded" }
          )
          exits.forEach((exit, i) => {
            if (isBad(i)) expectEqual(unsent(exit), ["host", "payload", "$.save"])
            else expectEqual(expectSuccess(exit), { i })
          })
          const { counts } = yield* TaskPool.snapshot
          expectEqual([counts.rejected, counts.succeeded], [3, 18], "refused, succeeded")
        })
      )
  },
  makeCase(
    "the same before the worker is ready: a queued unclonable payload is refused at the send: S099",
    { size: 1 },
    Effect.gen(function* () {
      yield* Effect.exit(Sabotage({ how: "exit" }))
      const [bad, good] = yield* Effect.all([
        TaskPool.fork(Echo, { save: () => {} }),
        TaskPool.fork(Echo, { n: 1 })
      ])
      expectEqual((yield* TaskPool.snapshot).busy, 0, "workers that could have got them")
      expectEqual(unsent(yield* Effect.exit(bad.await)), ["host", "payload", "$.save"])
      expectEqual(yield* good.await, { n: 1 })
    })
  ),
  {
    name: "32 MiB of bytes and 16 million characters go there and back: S103",
    timeout: 60_000,
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          const sent = { bytes: new Uint8Array(32 * 1024 * 1024), text: "x".repeat(16_000_000) }
          sent.bytes[sent.bytes.length - 1] = 7
          const back = (yield* Echo(sent)) as typeof sent
          expectEqual(
            [back.bytes.length, back.bytes.at(-1), back.text.length],
            [sent.bytes.length, 7, 16_000_000]
          )
        })
      )
  }
]

/**
 * @category cases
 * @since 0.1.0
 */
export const wire: ReadonlyArray<Case> = [
  ...moving,
  ...unclonable,
  ...wireMisfits,
  ...wireValues,
  ...wireBrands,
  ...wireRealms,
  ...wireSecurity
]
