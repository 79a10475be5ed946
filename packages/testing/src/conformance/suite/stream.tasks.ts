/**
 * Tasks of the group STREAM, and their layer.
 *
 * @since 0.2.0
 */
import * as StreamTask from "@heddle/core/StreamTask"
import * as Task from "@heddle/core/Task"
import { TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"
import { Refusal } from "./tasks.ts"

/**
 * The words of a signal of {@link Count}: how many streams have begun, how many elements were made, how many finalizers have run,
 * and how many elements the consumer says it has taken.
 *
 * @category constants
 * @since 0.2.0
 */
export const words = { begun: 0, made: 1, finalized: 2, taken: 3 } as const

const Counting = {
  signal: Schema.optionalKey(Signal.Words),
  /** The first number that is not emitted. Default: none, the stream has no end. */
  end: Schema.optionalKey(Schema.Int),
  /** What happens instead of the end. */
  last: Schema.optionalKey(Schema.Literals(["fails", "dies", "exits", "exitsOnceTaken", "waits"])),
  /** Elements per array of the stream. Default 1. */
  together: Schema.optionalKey(Schema.Int)
}

/**
 * Emits 0, 1, 2, …
 *
 * @category tasks
 * @since 0.2.0
 */
export const Count = StreamTask.make("Count", {
  payload: Counting,
  output: Schema.Int,
  error: Refusal,
  buffer: 8
})

/**
 * The same, and may be run again.
 *
 * @category tasks
 * @since 0.2.0
 */
export const CountAgain = StreamTask.make("CountAgain", {
  payload: Counting,
  output: Schema.Int,
  error: Refusal,
  buffer: 8,
  idempotent: true
})

/**
 * The same, one element at a time.
 *
 * @category tasks
 * @since 0.2.0
 */
export const CountOne = StreamTask.make("CountOne", {
  payload: Counting,
  output: Schema.Int,
  error: Refusal,
  buffer: 1
})

/**
 * Emits the double of each of its inputs, so many of them at most. Counts its inputs in `words.made`, and its end in `words.finalized`.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Double = StreamTask.make("Double", {
  payload: { signal: Schema.optionalKey(Signal.Words), most: Schema.optionalKey(Schema.Int) },
  input: Schema.Int,
  output: Schema.Int,
  buffer: 8
})

/**
 * Emits the same object again and again, one at a time, changed before each.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Reused = StreamTask.make("Reused", {
  payload: { count: Schema.Int },
  output: Schema.Struct({ n: Schema.Int, list: Schema.Array(Schema.Int) })
})

/**
 * Emits buffers, and moves them.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Moved = StreamTask.make("Moved", {
  payload: { count: Schema.Int },
  output: Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])
})

/**
 * Emits two values that can be sent, then one that cannot, or does not fit the schema.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Spoilt = StreamTask.make("Spoilt", {
  payload: { how: Schema.Literals(["function", "misfit"]) },
  output: Schema.Union([Schema.Int, Schema.Struct({ any: Schema.Any })])
})

/**
 * Calls {@link Count}, and emits one more than each of its elements, so many at most.
 *
 * @category tasks
 * @since 0.2.0
 */
export const CountNested = StreamTask.make("CountNested", {
  payload: { ...Counting, most: Schema.Int },
  output: Schema.Int,
  error: Schema.Union([Refusal, TaskError])
})

/**
 * Calls {@link Double} with so many numbers, and returns the sum of what comes back.
 *
 * @category tasks
 * @since 0.2.0
 */
export const SumNested = Task.make("SumNested", {
  payload: { count: Schema.Int },
  success: Schema.Int,
  error: TaskError
})

/**
 * Reports its progress from 1 to `steps`; with `spins`, in one turn.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Report = Task.make("Report", {
  payload: { steps: Schema.Int, spins: Schema.Boolean },
  success: Schema.String
})

/**
 * Calls {@link Report}, and returns how many steps the last report told.
 *
 * @category tasks
 * @since 0.2.0
 */
export const ReportNested = Task.make("ReportNested", {
  payload: { steps: Schema.Int },
  success: Schema.Int,
  error: TaskError
})

type CountPayload = { readonly [K in keyof typeof Counting]?: (typeof Counting)[K]["Type"] }

const handler =
  (saboteur: Saboteur["Service"]) =>
  ({ end = Infinity, last, signal, together = 1 }: CountPayload): Stream.Stream<number, Refusal> => {
    const step = (word: number, count = 1) =>
      Effect.sync(() => signal !== undefined && Signal.addUnsafe(signal, word, count))
    const arrays = Stream.unfold(0, (from) => {
      const to = Math.min(end, from + together)
      if (to === from) return Effect.undefined
      return Effect.as(step(words.made, to - from), [range(from, to), to] as const)
    })
    const taken = signal === undefined ? Effect.void : Signal.awaitAtLeast(signal, words.taken, end)
    const ends = {
      fails: Stream.fail(new Refusal({ details: { value: 1, tags: ["x"] } })),
      dies: Stream.die(new Error("thrown by the test")),
      exits: Stream.fromEffect(saboteur.exit(9)),
      exitsOnceTaken: Stream.fromEffect(Effect.andThen(taken, saboteur.exit(9))),
      waits: Stream.never
    }
    const elements = Stream.flattenIterable(arrays)
    const whole: Stream.Stream<number, Refusal> =
      last === undefined ? elements : Stream.concat(elements, ends[last])
    return Stream.unwrap(Effect.as(step(words.begun), Stream.ensuring(whole, step(words.finalized))))
  }

const range = (from: number, to: number): Array<number> =>
  Array.from({ length: to - from }, (_, i) => from + i)

/**
 * @category layers
 * @since 0.2.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool | Saboteur> = Layer.mergeAll(
  Count.toLayer(Effect.map(Saboteur, handler)),
  CountAgain.toLayer(Effect.map(Saboteur, handler)),
  CountOne.toLayer(Effect.map(Saboteur, handler)),
  Double.toLayer(({ most, signal }, { inputs }) => {
    const doubled = Stream.map(inputs, (n) => {
      if (signal !== undefined) Signal.addUnsafe(signal, words.made)
      return 2 * n
    })
    const ended = Effect.sync(() => signal !== undefined && Signal.addUnsafe(signal, words.finalized))
    return Stream.ensuring(most === undefined ? doubled : Stream.take(doubled, most), ended)
  }),
  Reused.toLayer(({ count }) => {
    const shared = { n: 0, list: [0] }
    return Stream.map(Stream.rechunk(Stream.range(1, count), 1), (n) => {
      shared.n = n
      shared.list[0] = n
      return shared
    })
  }),
  Moved.toLayer(({ count }) => Stream.map(Stream.range(1, count), (n) => new Uint8Array(4).fill(n))),
  Spoilt.toLayer(({ how }) =>
    Stream.make(1, 2, how === "function" ? { any: () => 1 } : ("text" as unknown as number))
  ),
  CountNested.toLayer(({ most, ...payload }) =>
    Count(payload).pipe(
      Stream.map((n) => n + 1),
      Stream.take(most)
    )
  ),
  SumNested.toLayer(({ count }) => Stream.runSum(Double({}, Stream.range(1, count)))),
  ReportNested.toLayer(({ steps }) => {
    let last = 0
    const onProgress = ({ done }: TaskPool.Progress) => {
      last = done
    }
    return Effect.map(TaskPool.run(Report, { steps, spins: false }, { onProgress }), () => last)
  }),
  Report.toLayer(({ spins, steps }, { progress }) =>
    Effect.gen(function* () {
      for (let done = 1; done <= steps; done++) {
        progress(done, steps, `step ${done}`)
        if (!spins) yield* Effect.sleep(1)
      }
      return "done"
    })
  )
)
