/**
 * Tasks of the group CHANNEL, and their layer: tasks that send and receive.
 *
 * @since 0.2.0
 */
import * as Channel from "@heddle/core/Channel"
import { ChannelError } from "@heddle/core/ChannelError"
import * as Pipe from "@heddle/core/Pipe"
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Saboteur } from "./Saboteur.ts"

/**
 * The error that ends a channel.
 *
 * @category models
 * @since 0.2.0
 */
export class Spoilt extends Schema.TaggedError<Spoilt>()("Spoilt", { line: Schema.Int }) {}

/**
 * Sends `count` numbers from `from` on, then perhaps ends the channel; dies before the one called `dieAt`.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Produce = Task.make("ChannelProduce", {
  payload: {
    from: Schema.Int,
    count: Schema.Int,
    out: Channel.Sender(Schema.Int),
    how: Schema.optionalKey(Schema.Literals(["send", "sendAll", "sink"])),
    end: Schema.optionalKey(Schema.Boolean),
    dieAt: Schema.optionalKey(Schema.Int)
  },
  success: Schema.Int,
  error: ChannelError
})

/**
 * A typed array, which moves where it can.
 *
 * @category schemas
 * @since 0.2.0
 */
export const Moving = Task.transfer(Schema.instanceOf(Float64Array<ArrayBuffer>), (chunk) => [chunk.buffer])

/** Sends chunks of four numbers, and answers how many of these its own handles still show afterwards. */
export const sendChunks = ({ send, sendAll, sendIfAvailable }: Channel.Sender<Float64Array<ArrayBuffer>>) =>
  Effect.gen(function* () {
    const [a, b, c, d] = [0, 4, 8, 12].map((from) => new Float64Array(numbers(from, 4)))
    yield* send(a!)
    // Two elements in one message, of one buffer.
    yield* sendAll([b!.subarray(0, 2), b!.subarray(2)])
    yield* sendAll([c!])
    yield* sendIfAvailable(d!)
    return [a, b, c, d].map((chunk) => chunk!.length)
  })

/**
 * Does that in a worker.
 *
 * @category tasks
 * @since 0.2.0
 */
export const ProduceChunks = Task.make("ChannelProduceChunks", {
  payload: { out: Channel.Sender(Moving) },
  success: Schema.Array(Schema.Int),
  error: ChannelError
})

/**
 * Takes the first four of such elements, and answers their numbers.
 *
 * @category tasks
 * @since 0.2.0
 */
export const ConsumeChunks = Task.make("ChannelConsumeChunks", {
  payload: { input: Channel.Receiver(Moving) },
  success: Schema.Array(Schema.Finite),
  error: ChannelError
})

/**
 * Takes elements until the channel ends, or `most` of them, and answers them. Dies after `dieAfter` of them.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Consume = Task.make("ChannelConsume", {
  payload: {
    input: Channel.Receiver(Schema.Int),
    how: Schema.optionalKey(Schema.Literals(["take", "takeUpTo", "each", "stream"])),
    most: Schema.optionalKey(Schema.Int),
    dieAfter: Schema.optionalKey(Schema.Int)
  },
  success: Schema.Array(Schema.Int),
  error: ChannelError
})

/**
 * Passes on what it receives, doubled, then ends the other channel.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Relay = Task.make("ChannelRelay", {
  payload: { input: Channel.Receiver(Schema.Int), out: Channel.Sender(Schema.Int) },
  error: ChannelError
})

/**
 * Gives back the ends that it was given.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Mirror = Task.make("ChannelMirror", {
  payload: { ends: Schema.Array(Channel.Sender(Schema.Int)) },
  success: Schema.Array(Channel.Sender(Schema.Int))
})

/**
 * Receives ends, and sends a number to each.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Greet = Task.make("ChannelGreet", {
  payload: { doors: Channel.Receiver(Channel.Sender(Schema.Int)) },
  error: ChannelError
})

/**
 * Calls `Produce` and `Consume` with two ends of one channel.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Between = Task.make("ChannelBetween", {
  payload: { out: Channel.Sender(Schema.Int), input: Channel.Receiver(Schema.Int), count: Schema.Int },
  success: Schema.Array(Schema.Int),
  error: Schema.Defect()
})

/**
 * Works off jobs, and is `done` with each; dies in the hands of the job `dieAt` unless it was delivered before.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Toil = Task.make("ChannelToil", {
  payload: {
    jobs: Channel.Receiver(Schema.Int, { acknowledge: true }),
    dieAt: Schema.optionalKey(Schema.Int)
  },
  success: Schema.Array(Schema.Tuple([Schema.Int, Schema.Boolean])),
  error: ChannelError
})

/**
 * Fails a channel after two elements, or receives until it fails.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Spoil = Task.make("ChannelSpoil", {
  payload: { out: Channel.Sender(Schema.Int, { error: Spoilt }) },
  error: ChannelError
})

/**
 * @category tasks
 * @since 0.2.0
 */
export const Endure = Task.make("ChannelEndure", {
  payload: { input: Channel.Receiver(Schema.Int, { error: Spoilt }) },
  success: Schema.Int,
  error: Schema.Union([Spoilt, ChannelError])
})

/**
 * Answers each number with its double, until the other side ends; then gives its end back or lets go of it. Dies instead of the answer
 * number `dieAt`.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Talk = Task.make("ChannelTalk", {
  payload: {
    end: Pipe.End(Schema.Int, Schema.Int),
    dieAt: Schema.optionalKey(Schema.Int),
    most: Schema.optionalKey(Schema.Int)
  },
  success: Schema.Array(Pipe.End(Schema.Int, Schema.Int)),
  error: ChannelError
})

/**
 * Asks `count` questions, and answers the sum of the answers.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Ask = Task.make("ChannelAsk", {
  payload: { end: Pipe.End(Schema.Int, Schema.Int), count: Schema.Int },
  success: Schema.Int,
  error: ChannelError
})

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

const consume = (
  { dieAfter = Infinity, how = "each", input, most = Infinity }: (typeof Consume.payload)["Type"],
  die: Effect.Effect<never>
): Effect.Effect<ReadonlyArray<number>, ChannelError> =>
  Effect.suspend(() => {
    const got: Array<number> = []
    const note = (n: number) =>
      Effect.suspend(() => {
        got.push(n)
        return got.length >= dieAfter ? die : Effect.void
      })
    const untilClosed = (step: Effect.Effect<unknown, ChannelError>) =>
      Effect.whileLoop({ while: () => got.length < most, body: () => step, step: () => {} }).pipe(
        Effect.catchReason("ChannelError", "Closed", () => Effect.void)
      )
    const all = {
      take: () => untilClosed(Effect.flatMap(input.take, note)),
      takeUpTo: () =>
        untilClosed(Effect.flatMap(input.takeUpTo(7), (ns) => Effect.forEach(ns, note, { discard: true }))),
      each: () => input.each(note),
      stream: () =>
        Stream.runForEach(most === Infinity ? input.stream : Stream.take(input.stream, most), note)
    }[how]
    return Effect.as(all(), got)
  })

/**
 * The handlers of these tasks.
 *
 * @category layers
 * @since 0.2.0
 */
export const layer: Layer.Layer<
  never,
  never,
  TaskHandlers | Saboteur | import("@heddle/core/TaskPool").TaskPool
> = Layer.mergeAll(
  ProduceChunks.toLayer(({ out }) => sendChunks(out)),
  ConsumeChunks.toLayer(({ input }) =>
    Effect.map(Stream.runCollect(Stream.take(input.stream, 4)), (chunks) =>
      chunks.flatMap((chunk) => Array.from(chunk))
    )
  ),
  Produce.toLayer(
    Effect.gen(function* () {
      const { exit } = yield* Saboteur
      return ({ count, dieAt, end = false, from, how = "send", out }) =>
        Effect.gen(function* () {
          const all = numbers(from, count)
          if (how === "sendAll") yield* out.sendAll(all)
          else if (how === "sink") yield* Stream.run(Stream.fromIterable(all), out.sink)
          else {
            for (const n of all) {
              if (n === dieAt) return yield* Effect.andThen(Effect.yieldNow, exit(9))
              yield* out.send(n)
            }
          }
          if (end) yield* out.end
          return count
        })
    })
  ),
  Consume.toLayer(
    Effect.gen(function* () {
      const { exit } = yield* Saboteur
      return (payload) => consume(payload, Effect.andThen(Effect.yieldNow, exit(9)))
    })
  ),
  Relay.toLayer(({ input, out }) =>
    Effect.andThen(
      input.each((n) => out.send(2 * n)),
      out.end
    )
  ),
  Mirror.toLayer(({ ends }) => Effect.succeed(ends)),
  Greet.toLayer(({ doors }) => doors.each((door) => door.send(7))),
  Between.toLayer(({ count, input, out }) =>
    Effect.all([Produce({ from: 0, count, out, end: true }), Consume({ input })], {
      concurrency: "unbounded"
    }).pipe(Effect.map(([, got]) => got))
  ),
  Toil.toLayer(
    Effect.gen(function* () {
      const { exit } = yield* Saboteur
      return ({ dieAt, jobs }) => {
        const seen: Array<readonly [number, boolean]> = []
        return Effect.as(
          jobs.each(({ redelivered, value }) =>
            Effect.suspend(() => {
              if (value === dieAt && !redelivered) return Effect.andThen(Effect.yieldNow, exit(9))
              seen.push([value, redelivered])
              return Effect.void
            })
          ),
          seen
        )
      }
    })
  ),
  Talk.toLayer(
    Effect.gen(function* () {
      const { exit } = yield* Saboteur
      return ({ dieAt, end, most = Infinity }) => {
        let answers = 0
        const step = Effect.flatMap(end.receive, (n) =>
          ++answers === dieAt ? Effect.andThen(Effect.yieldNow, exit(9)) : end.send(2 * n)
        )
        return Effect.whileLoop({ while: () => answers < most, body: () => step, step: () => {} }).pipe(
          Effect.as([end]),
          Effect.catchReason("ChannelError", "Closed", () => Effect.succeed([]))
        )
      }
    })
  ),
  Ask.toLayer(({ count, end }) =>
    Effect.gen(function* () {
      let sum = 0
      for (let n = 0; n < count; n++) {
        yield* end.send(n)
        sum += yield* end.receive
      }
      yield* end.end
      return sum
    })
  ),
  Spoil.toLayer(({ out }) => Effect.andThen(out.sendAll([1, 2]), out.fail(new Spoilt({ line: 3 })))),
  Endure.toLayer(({ input }) => {
    let sum = 0
    return Effect.as(
      input.each((n) => Effect.sync(() => (sum += n))),
      sum
    )
  })
)
