/**
 * Conformance cases: CHANNEL, pipes; and the programs of Python's `multiprocessing` and `queue`, each also with the child killed.
 *
 * @since 0.2.0
 */
import * as Channel from "@heddle/core/Channel"
import * as Pipe from "@heddle/core/Pipe"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { Ask, Consume, Produce, Talk, Toil } from "./channel.tasks.ts"
import { channelReason, numbers } from "./channel.steps.ts"
import { type Case, expect, expectEqual, expectReason, makeCase } from "./Harness.ts"
import * as Tasks from "./tasks.ts"

const talks: ReadonlyArray<Case> = [
  makeCase(
    "the ends in the results of a chunk arrive as those of single tasks do, at once and after a wait: S261, G15",
    { size: 2 },
    Effect.gen(function* () {
      for (const most of [0, 1]) {
        const pipes = yield* Effect.forEach([1, 2, 3], () => Pipe.make(Schema.Int, Schema.Int))
        const inputs = pipes.map(({ b }) => ({ end: b, most }))
        // The inputs of a set are captured as they are drawn, those of a list with their chunk.
        const talking = yield* Effect.forkChild(
          TaskPool.forEach(Talk, most === 0 ? inputs : new Set(inputs), { chunkSize: 3 }),
          { startImmediately: true }
        )
        for (const { a } of most === 0 ? [] : pipes) {
          yield* a.send(1)
          expectEqual(yield* a.receive, 2, "the answer")
        }
        const ends = (yield* Fiber.join(talking)).flat()
        expectEqual(ends.length, 3, "ends")
        for (const [i, end] of ends.entries()) {
          yield* pipes[i]!.a.send(10 + i)
          expectEqual(yield* end.receive, 10 + i, "what the end receives here")
        }
      }
    })
  ),
  makeCase(
    "multiprocessing.Pipe: parent and child talk, and both hear that the pipe is closed: S270, G15",
    { size: 1 },
    Effect.gen(function* () {
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int, { buffer: 2 })
      const child = yield* Effect.forkScoped(Talk({ end: b }))
      for (const n of [1, 2, 3]) {
        yield* a.send(n)
        expectEqual(yield* a.receive, 2 * n, "the answer")
      }
      yield* a.end
      yield* Fiber.join(child)
      expectEqual(channelReason(yield* Effect.exit(a.receive))._tag, "Closed", "after the end")
      expectEqual(yield* a.closed, "closed", "the end")
    })
  ),
  makeCase(
    "multiprocessing.Pipe with the child killed: the parent hears PeerLost, once: S270, G15",
    { size: 1 },
    Effect.gen(function* () {
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int, { buffer: 2 })
      yield* Effect.forkScoped(Talk({ end: b, dieAt: 2 }))
      yield* a.send(1)
      expectEqual(yield* a.receive, 2, "the first answer")
      yield* a.send(2)
      const reason = channelReason(yield* Effect.exit(a.receive))
      expect(reason._tag === "PeerLost", `the reason is ${reason._tag}`)
      expectEqual(reason.taken + reason.uncertain, 2, "what was sent is accounted for")
      expectEqual(yield* a.closed, "lost", "the end")
      expectEqual(channelReason(yield* Effect.exit(a.send(3)))._tag, "PeerLost", "a send after it")
    })
  ),
  ...[1, 2].map((size) =>
    makeCase(
      `two tasks on a pool of ${size} talk through a pipe: S270, S261`,
      { size },
      Effect.gen(function* () {
        const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int, { buffer: 1 })
        const talk = yield* Effect.forkScoped(Talk({ end: b }))
        expectEqual(yield* Ask({ end: a, count: 20 }), 380, "the sum")
        yield* Fiber.join(talk)
      })
    )
  )
]

const moves: ReadonlyArray<Case> = [
  makeCase(
    "an end moves: the old handle fails with Moved, a second move is refused, and the end can come back: S271",
    { size: 1 },
    Effect.gen(function* () {
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int)
      const talk = yield* Effect.forkScoped(Talk({ end: b, most: 1 }))
      yield* a.send(4)
      expectEqual(yield* a.receive, 8, "the answer")
      expectEqual(channelReason(yield* Effect.exit(b.send(1)))._tag, "Moved", "the old handle")
      expectReason((yield* Effect.exit(Talk({ end: b }))) as Exit.Exit<unknown, any>, "Malformed")
      const [back] = yield* Fiber.join(talk)
      yield* back!.send(5)
      expectEqual(yield* a.receive, 5, "through the end that came back")
      yield* a.send(6)
      expectEqual(yield* back!.receive, 6, "to the end that came back")
    })
  ),
  makeCase(
    "a task that ends closes its end, and what it sent arrives first: S271, G15",
    { size: 1 },
    Effect.gen(function* () {
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int)
      const asks = yield* Effect.exit(Ask({ end: b, count: 0 }))
      expectEqual(asks._tag, "Success", "outcome")
      expectEqual(channelReason(yield* Effect.exit(a.receive))._tag, "Closed", "receive")
      expectEqual(channelReason(yield* Effect.exit(a.send(1)))._tag, "Closed", "send")
      expectEqual(yield* a.closed, "closed", "the end")
    })
  ),
  makeCase(
    "a task that is interrupted in the queue closes the end that it carried: S271, G15",
    { size: 1 },
    Effect.gen(function* () {
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int)
      const busy = yield* Effect.forkScoped(Tasks.Sleep({ millis: 10_000 }), { startImmediately: true })
      const queued = yield* Effect.forkScoped(Talk({ end: b }), { startImmediately: true })
      yield* Fiber.interrupt(queued)
      expectEqual(channelReason(yield* Effect.exit(a.receive))._tag, "Closed", "receive")
      yield* Fiber.interrupt(busy)
    })
  ),
  makeCase(
    "an end travels in an element of a channel: S265, S271",
    { size: 1 },
    Effect.gen(function* () {
      const ends = yield* Channel.make(Pipe.End(Schema.Int, Schema.Int))
      const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int)
      yield* ends.sender.send(b)
      const there = yield* ends.receiver.take
      yield* there.send(3)
      expectEqual(yield* a.receive, 3, "an element")
      expectEqual(channelReason(yield* Effect.exit(b.receive))._tag, "Moved", "the old handle")
    })
  )
]

const queues: ReadonlyArray<Case> = [
  makeCase(
    "multiprocessing.SimpleQueue with the child killed between put and get: the parent's get ends, typed: S272, G15",
    { size: 1 },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int)
      yield* Effect.forkScoped(Produce({ from: 1, count: 3, out: sender, dieAt: 1 }))
      expectEqual(channelReason(yield* Effect.exit(receiver.take))._tag, "PeerLost", "reason")
    })
  ),
  makeCase(
    "multiprocessing.Queue full, with the only reader killed: put ends, typed: S272, G15",
    { size: 2 },
    Effect.gen(function* () {
      const { receiver, sender } = yield* Channel.make(Schema.Int, { capacity: 1 })
      yield* Effect.forkScoped(Consume({ input: receiver, dieAfter: 3 }))
      const put = yield* Effect.forkScoped(sender.sendAll(numbers(0, 1000)).pipe(Effect.exit))
      expectEqual(channelReason(yield* Fiber.join(put))._tag, "PeerLost", "reason")
    })
  ),
  makeCase(
    "multiprocessing.JoinableQueue with the worker killed before task_done: join ends, typed: S272, G15",
    { size: 2 },
    Effect.gen(function* () {
      const { join, receiver, sender } = yield* Channel.make(Schema.Int, { acknowledge: true })
      yield* sender.sendAll([1, 2])
      yield* sender.end
      yield* Effect.forkScoped(Toil({ jobs: receiver, dieAt: 2 }))
      expectEqual(channelReason(yield* Effect.exit(join))._tag, "PeerLost", "reason")
    })
  ),
  makeCase(
    "queue.Queue: two put and two threads get, one of which is killed; the other goes on: S272, G15",
    { size: 2 },
    Effect.gen(function* () {
      const { receiver, sender, snapshot } = yield* Channel.make(Schema.Int, {
        capacity: 4,
        onLost: "continue"
      })
      yield* Effect.forkScoped(Consume({ input: receiver, dieAfter: 3 }))
      const survivor = yield* Effect.forkScoped(Consume({ input: receiver }))
      // A task that waits leaves its slot to others: senders on its worker would die with it.
      yield* Effect.all(
        [0, 100].map((from) => sender.sendAll(numbers(from, 50))),
        {
          concurrency: "unbounded"
        }
      )
      yield* sender.end
      const got = yield* Fiber.join(survivor)
      const { taken, uncertain } = yield* snapshot
      expectEqual(taken + uncertain, 100, "all are accounted for")
      expect(got.length >= 97, `the survivor got ${got.length}`)
      expectEqual(new Set(got).size, got.length, "none twice")
    })
  )
]

/**
 * The cases of pipes, and of Python's programs.
 *
 * @category cases
 * @since 0.2.0
 */
export const pipes: ReadonlyArray<Case> = [...talks, ...moves, ...queues]
