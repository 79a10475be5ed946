/**
 * Conformance cases: CHANNEL, tasks and host that send to each other.
 *
 * @since 0.2.0
 */
import * as Channel from "@heddle/core/Channel"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import {
  Between,
  Consume,
  ConsumeChunks,
  Endure,
  Greet,
  Mirror,
  Moving,
  Produce,
  ProduceChunks,
  Relay,
  sendChunks,
  Spoil,
  Spoilt,
  Toil
} from "./channel.tasks.ts"
import { pipes } from "./channel.pipes.ts"
import { channelReason, numbers } from "./channel.steps.ts"
import { type Case, expect, expectEqual, expectFailure, expectReason, makeCase, withPool } from "./Harness.ts"

const all = { concurrency: "unbounded" } as const

// ----------------------------------------------------------------------------
// order
// ----------------------------------------------------------------------------

const toWorker = (["take", "takeUpTo", "each", "stream"] as const).map((how) =>
  makeCase(
    `what the host sends arrives in a worker in order, by ${how}, then the end: S260, G15`,
    { size: 1 },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 16 })
      const consumer = yield* Effect.forkScoped(Consume({ input: receiver, how }))
      yield* sender.sendAll(numbers(0, 200))
      yield* sender.end
      expectEqual(yield* Fiber.join(consumer), numbers(0, 200), "elements")
    })
  )
)

const moved = ([1, 256] as const).map((capacity) =>
  makeCase(
    `what a schema transfers leaves its sender and arrives whole, with a capacity of ${capacity}; a try moves nothing: S260, G10`,
    { size: 2 },
    Effect.gen(function* () {
      const between = yield* Channel.make(Moving, { capacity })
      const fromHost = yield* Channel.make(Moving, { capacity })
      const found = yield* Effect.all(
        [
          ProduceChunks({ out: between.sender }),
          ConsumeChunks({ input: between.receiver }),
          sendChunks(fromHost.sender),
          ConsumeChunks({ input: fromHost.receiver })
        ],
        all
      )
      expectEqual(found, [[0, 0, 0, 4], numbers(0, 12), [0, 0, 0, 4], numbers(0, 12)], "chunks")
    })
  )
)

const toHost = (["send", "sendAll", "sink"] as const).map((how) =>
  makeCase(
    `what a worker sends by ${how} arrives on the host in order, then the end: S260, G15`,
    { size: 1 },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 16 })
      const producer = yield* Effect.forkScoped(Produce({ from: 0, count: 200, out: sender, how, end: true }))
      expectEqual(yield* Stream.runCollect(receiver.stream), numbers(0, 200), "elements")
      yield* Fiber.join(producer)
    })
  )
)

const between = [1, 2].map((size) =>
  makeCase(
    `two tasks on a pool of ${size} send to each other through a third, with a capacity of 1: S260, S261`,
    { size },
    Effect.gen(function* () {
      const a = yield* Channel.make(Schema.Int, { capacity: 1 })
      const b = yield* Channel.make(Schema.Int, { capacity: 1 })
      // The receivers come first: on a pool of one, they must not keep the sender from its slot.
      const consumer = yield* Effect.forkScoped(Consume({ input: b.receiver }))
      const relay = yield* Effect.forkScoped(Relay({ input: a.receiver, out: b.sender }))
      yield* Produce({ from: 0, count: 50, out: a.sender, end: true })
      yield* Fiber.join(relay)
      expectEqual(
        yield* Fiber.join(consumer),
        numbers(0, 50).map((n) => 2 * n),
        "elements"
      )
    })
  )
)

const nested = [1, 3].map((size) =>
  makeCase(
    `a task on a pool of ${size} calls a sender and a receiver of one channel: S260, S261`,
    { size },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 4 })
      expectEqual(yield* Between({ out: sender, input: receiver, count: 40 }), numbers(0, 40), "elements")
    })
  )
)

const many = makeCase(
  "of three senders and three receivers none gets an element twice, none is lost, each sender's order is kept: S262, G15",
  { size: 3 },
  Effect.gen(function* () {
    const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 8 })
    const consumers = yield* Effect.forEach(["take", "each", "stream"] as const, (how) =>
      Effect.forkScoped(Consume({ input: receiver, how }))
    )
    yield* Effect.all(
      [0, 1000, 2000].map((from) => Produce({ from, count: 100, out: sender })),
      all
    )
    yield* sender.end
    const got = yield* Effect.forEach(consumers, Fiber.join)
    const inOrder = got.flat().toSorted((a, b) => a - b)
    expectEqual(
      inOrder,
      [0, 1000, 2000].flatMap((from) => numbers(from, 100)),
      "elements"
    )
    for (const list of got) {
      for (const from of [0, 1000, 2000]) {
        const own = list.filter((n) => n >= from && n < from + 1000)
        expectEqual(
          own,
          own.toSorted((a, b) => a - b),
          "the order of one sender"
        )
      }
    }
  })
)

const unread = makeCase(
  "a stream that stops gives back what it fetched, in order: S263, G15",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender, snapshot } = yield* Channel.make(Schema.Int, { capacity: 64 })
    yield* sender.sendAll(numbers(0, 60))
    expectEqual(yield* Consume({ input: receiver, how: "stream", most: 5 }), numbers(0, 5), "taken")
    const { ahead, queued, taken } = yield* snapshot
    expectEqual([queued, ahead, taken], [55, 0, 5], "left")
    yield* sender.end
    expectEqual(yield* Consume({ input: receiver }), numbers(5, 55), "the rest")
  })
)

const bounded = makeCase(
  "a sender in a worker is at most the capacity ahead: S264, G14",
  { size: 1 },
  Effect.gen(function* () {
    const { receiver, sender, snapshot } = yield* Channel.make(Schema.Int, { capacity: 10 })
    yield* Effect.forkScoped(Produce({ from: 0, count: 1000, out: sender }))
    for (let i = 0; i < 300; i++) {
      expectEqual(yield* receiver.take, i, "an element")
      const { ahead, queued, sent } = yield* snapshot
      expect(queued + ahead <= 10, `the channel holds ${queued} + ${ahead} elements`)
      expect(sent <= i + 11, `${sent} were sent when ${i + 1} were taken`)
    }
  })
)

const trying = makeCase(
  "at the capacity a try answers false, reject fails, dropOldest drops the oldest: S264, G14",
  { size: 1 },
  Effect.gen(function* () {
    const a = yield* Channel.make(Schema.Int, { capacity: 2 })
    expectEqual(
      [
        yield* a.sender.sendIfAvailable(1),
        yield* a.sender.sendIfAvailable(2),
        yield* a.sender.sendIfAvailable(3)
      ],
      [true, true, false],
      "tries"
    )
    const b = yield* Channel.make(Schema.Int, { capacity: 2, policy: "reject", name: "b" })
    yield* b.sender.sendAll([1, 2])
    const rejected = yield* Effect.exit(b.sender.send(3))
    expectEqual(channelReason(rejected)._tag, "Full", "reason")
    const fromWorker = yield* Effect.exit(Produce({ from: 0, count: 1, out: b.sender }))
    expectEqual(channelReason(fromWorker)._tag, "Full", "reason in the worker")
    const c = yield* Channel.make(Schema.Int, { capacity: 3, policy: "dropOldest" })
    yield* Produce({ from: 0, count: 10, out: c.sender, end: true })
    expectEqual(yield* Stream.runCollect(c.receiver.stream), [7, 8, 9], "what is left")
  })
)

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

const traveling = makeCase(
  "ends travel in results and in elements: S265",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender } = yield* Channel.make(Schema.Int)
    const [back] = yield* Mirror({ ends: [sender] })
    yield* back!.send(1)
    expectEqual(yield* receiver.take, 1, "through the end that came back")
    const doors = yield* Channel.make(Channel.Sender(Schema.Int))
    yield* doors.sender.send(sender)
    yield* doors.sender.end
    yield* Greet({ doors: doors.receiver })
    expectEqual(yield* receiver.take, 7, "through the end in an element")
  })
)

const failing = makeCase(
  "a channel that fails gives its error after what was sent, in both directions: S266, G15",
  { size: 1 },
  Effect.gen(function* () {
    const a = yield* Channel.make(Schema.Int, { error: Spoilt })
    yield* Spoil({ out: a.sender })
    expectEqual([yield* a.receiver.take, yield* a.receiver.take], [1, 2], "elements")
    const error = expectFailure(yield* Effect.exit(a.receiver.take))
    expect(error instanceof Spoilt && error.line === 3, `the error is ${String(error)}`)
    const b = yield* Channel.make(Schema.Int, { error: Spoilt })
    yield* b.sender.sendAll([1, 2])
    yield* b.sender.fail(new Spoilt({ line: 4 }))
    const other = expectFailure(yield* Effect.exit(Endure({ input: b.receiver })))
    expect(other instanceof Spoilt && other.line === 4, `the error is ${String(other)}`)
  })
)

const foreign = (harness: Parameters<Case["run"]>[0]) =>
  withPool(
    harness,
    { size: 1 },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int)
      const other = yield* Effect.exit(
        withPool(harness, { size: 1 }, Produce({ from: 0, count: 1, out: sender }))
      )
      expectReason(other as Exit.Exit<unknown, any>, "Malformed")
      yield* Produce({ from: 3, count: 1, out: sender })
      expectEqual(yield* receiver.take, 3, "the channel goes on")
    })
  )

const scoped = makeCase(
  "closing the scope of a channel is heard on both sides, typed: S267, G15",
  { size: 1 },
  Effect.gen(function* () {
    const task = yield* Effect.scoped(
      Effect.gen(function* () {
        const { join, receiver, sender } = yield* Channel.make(Schema.Int)
        const consumer = yield* Effect.forkDetach(Consume({ input: receiver, how: "stream" }))
        yield* sender.sendAll([1, 2, 3])
        // Until the receiver has begun, and waits for more.
        yield* join
        return consumer
      })
    )
    const reason = channelReason(yield* Fiber.await(task))
    expectEqual([reason._tag, (reason as any).by], ["Closed", "scope"], "reason")
  })
)

// ----------------------------------------------------------------------------
// joins and losses
// ----------------------------------------------------------------------------

const joined = makeCase(
  "a join completes when every element is done: S268",
  { size: 2 },
  Effect.gen(function* () {
    const { join, receiver, sender, snapshot } = yield* Channel.make(Schema.Int, { acknowledge: true })
    const workers = yield* Effect.all([1, 2].map(() => Effect.forkScoped(Toil({ jobs: receiver }))))
    yield* sender.sendAll(numbers(0, 50))
    yield* join
    expectEqual((yield* snapshot).unfinished, 0, "unfinished")
    yield* sender.end
    const done = (yield* Effect.forEach(workers, Fiber.join)).flat()
    expectEqual(
      done.map(([n]) => n).toSorted((a, b) => a - b),
      numbers(0, 50),
      "jobs"
    )
  })
)

const redelivered = makeCase(
  "a job in the hands of a dead worker goes to another one, once, marked: S268, G15",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender } = yield* Channel.make(Schema.Int, {
      acknowledge: true,
      redeliver: "once",
      onLost: "continue"
    })
    yield* sender.sendAll(numbers(0, 20))
    yield* sender.end
    const lost = yield* Effect.exit(Toil({ jobs: receiver, dieAt: 4 }))
    expectReason(lost as Exit.Exit<unknown, any>, "WorkerLost")
    const [first] = yield* Toil({ jobs: receiver })
    expectEqual(first, [4, true] as const, "the first job of the other worker")
  })
)

const childKilled = makeCase(
  "a receiver that dies ends the channel with PeerLost, which counts what was taken and what is uncertain: S269, G15",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 4 })
    const child = yield* Effect.forkScoped(Consume({ input: receiver, dieAfter: 10 }))
    const exit = yield* Effect.exit(Effect.forEach(numbers(0, 1000), sender.send, { discard: true }))
    const reason = channelReason(exit)
    expect(reason._tag === "PeerLost", `the reason is ${reason._tag}`)
    const { taken, uncertain } = reason
    expect(taken + uncertain >= 9 && taken + uncertain <= 10, `${taken} taken, ${uncertain} uncertain`)
    expectReason((yield* Fiber.await(child)) as Exit.Exit<unknown, any>, "WorkerLost")
  })
)

const parentReads = makeCase(
  "a sender that dies ends the channel with PeerLost, after what had arrived: S269, G15",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender } = yield* Channel.make(Schema.Int)
    yield* Effect.forkScoped(Produce({ from: 0, count: 100, out: sender, dieAt: 10 }))
    const got: Array<number> = []
    const exit = yield* Effect.exit(receiver.each((n) => Effect.sync(() => got.push(n))))
    expectEqual(channelReason(exit)._tag, "PeerLost", "reason")
    expectEqual(got, numbers(0, got.length), "a prefix")
    expect(got.length <= 10, `${got.length} elements`)
  })
)

const othersGoOn = makeCase(
  "with onLost: continue the others go on: S269, G15",
  { size: 2 },
  Effect.gen(function* () {
    const { receiver, sender, snapshot } = yield* Channel.make(Schema.Int, {
      onLost: "continue",
      capacity: 4
    })
    const child = yield* Effect.forkScoped(Consume({ input: receiver, dieAfter: 5 }))
    yield* sender.sendAll(numbers(0, 8))
    expectReason((yield* Fiber.await(child)) as Exit.Exit<unknown, any>, "WorkerLost")
    const survivor = yield* Effect.forkScoped(Consume({ input: receiver }))
    yield* sender.sendAll(numbers(8, 50))
    yield* sender.end
    const got = yield* Fiber.join(survivor)
    const { taken, uncertain } = yield* snapshot
    expectEqual(got, numbers(58 - got.length, got.length), "the last elements")
    expectEqual(taken + uncertain, 58, "all are accounted for")
  })
)

/**
 * The cases of the group.
 *
 * @category cases
 * @since 0.2.0
 */
export const channel: ReadonlyArray<Case> = [
  ...toWorker,
  ...toHost,
  ...moved,
  ...between,
  ...nested,
  many,
  unread,
  bounded,
  trying,
  traveling,
  failing,
  {
    name: "an end of another pool is refused, typed, and the channel goes on: S265",
    timeout: 30_000,
    run: foreign
  },
  scoped,
  joined,
  redelivered,
  childKilled,
  parentReads,
  othersGoOn,
  ...pipes
]
