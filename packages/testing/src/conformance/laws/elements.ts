/**
 * Laws of streaming tasks: a stream is whole or says that it is not, and its producer is never far ahead.
 *
 * @since 0.2.0
 */
import * as TaskError from "@heddle/core/TaskError"
import type * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { draw } from "../../internal/current.ts"
import { expect, expectEqual } from "../suite/Harness.ts"
import * as Signal from "../suite/Signal.ts"
import { range } from "../suite/Steps.ts"
import { Count, CountNested, CountOne, Double, words } from "../suite/stream.tasks.ts"
import { type Law, make } from "./Law.ts"

/** How the handler's stream goes on after its last element. */
const lasts = [undefined, "fails", "dies", "exits", "waits"] as const

/** How the consumer ends. */
const consumers = ["whole", "take", "fail", "interrupt"] as const

/** One run of one stream. */
interface Seen {
  readonly what: string
  readonly elements: ReadonlyArray<number>
  readonly exit: Exit.Exit<unknown, unknown>
  readonly end: number
  readonly last: (typeof lasts)[number]
  readonly consumer: (typeof consumers)[number]
  readonly signal: Signal.Signal
  /** The counts of the handler when the stream had ended. */
  readonly before: ReadonlyArray<number>
}

const countsOf = (signal: Signal.Signal): Array<number> =>
  [words.begun, words.made, words.finalized].map((word) => Signal.read(signal, word))

const most = 5

const consume = (
  stream: Stream.Stream<number, unknown, TaskPool.TaskPool>,
  consumer: Seen["consumer"],
  patience: number,
  elements: Array<number>
): Effect.Effect<Exit.Exit<unknown, unknown>, never, TaskPool.TaskPool> => {
  const keep = (element: number) => Effect.sync(() => void elements.push(element))
  switch (consumer) {
    case "whole":
      return Effect.exit(Stream.runForEach(stream, keep))
    case "take":
      return Effect.exit(Stream.runForEach(Stream.take(stream, most), keep))
    case "fail":
      return Effect.exit(
        Stream.runForEach(stream, (n) =>
          Effect.andThen(keep(n), n === most ? Effect.fail("enough") : Effect.void)
        )
      )
    case "interrupt":
      return Effect.gen(function* () {
        const reading = yield* Effect.forkChild(Stream.runForEach(stream, keep))
        yield* Effect.sleep(patience)
        yield* Fiber.interrupt(reading)
        return yield* Fiber.await(reading)
      })
  }
}

/** `isAlone`: no other stream runs, so one may end its worker, or go on until the patience of its consumer is over. */
const oneStream = Effect.fnUntraced(function* (isAlone: boolean) {
  const end = yield* draw("command", 30)
  const last = lasts[yield* draw("command", isAlone ? lasts.length : 3)]!
  const consumer = consumers[yield* draw("command", consumers.length)]!
  const together = 1 + (yield* draw("command", 12))
  const patience = 1 + (yield* draw("delay", 8))
  const kind = (yield* draw("command", 3)) as 0 | 1 | 2
  const signal = Signal.make()
  const payload = { signal, end, ...(last === undefined ? undefined : { last }), together }
  const stream = [
    Count(payload),
    CountOne(payload),
    Stream.map(CountNested({ ...payload, most: 1_000 }), (n) => n - 1)
  ][kind]!
  const elements: Array<number> = []
  const exit = yield* consume(stream, last === "waits" ? "interrupt" : consumer, patience, elements)
  const what = `${["a stream", "one at a time", "nested"][kind]}, ${end} then ${last ?? "the end"}, ${consumer}`
  return { what, elements, exit, end, last, consumer, signal, before: countsOf(signal) } satisfies Seen
})

const failureOf = (exit: Exit.Exit<unknown, unknown>): unknown =>
  exit._tag === "Failure" ? exit.cause.reasons.find(Cause.isFailReason)?.error : undefined

const checkWhole = ({ before, consumer, elements, end, exit, last, signal, what }: Seen): void => {
  expectEqual(elements, range(elements.length), `${what}: a prefix, in order, each once`)
  expect(elements.length <= end, `${what}: ${elements.length} elements`)
  // After the consumer has gone on, the handler does nothing more.
  expectEqual(
    countsOf(signal),
    before,
    `${what}: what the handler did in all, and before the consumer went on`
  )
  const [begun = 0, , finalized = 0] = before
  const failure = failureOf(exit)
  const isLost = TaskError.isTaskError(failure) && failure.reason._tag === "WorkerLost"
  if (isLost) return expectEqual(failure.reason.elements, elements.length, `${what}: what the loss says`)
  if (last !== "exits") expectEqual(finalized, begun, `${what}: finalizers, for the streams that have begun`)
  if (consumer !== "whole" || last === "waits") return
  expectEqual(elements.length, end, `${what}: the whole of it`)
  if (last === undefined) expect(Exit.isSuccess(exit), `${what}: it ends well`)
  if (last === "fails") expect(failure !== undefined, `${what}: it fails, typed`)
  if (last === "dies") expect(Exit.isFailure(exit) && failure === undefined, `${what}: it dies`)
}

export const streamsAreWhole: Law = make({
  name: "a stream is whole, or says that it is not",
  numbers: ["S231", "S232", "S233", "S236", "G3", "G13"],
  states:
    "elements come in order, each once, all before the end; a loss says how many came; the finalizers run before the consumer goes on",
  pool: { size: 2, grace: "10 seconds", restarts: { intensity: 1_000 } },
  program: Effect.gen(function* () {
    const seen: Array<Seen> = []
    for (let i = 0; i < 4; i++) seen.push(yield* oneStream(true))
    seen.push(...(yield* Effect.forEach(range(3), () => oneStream(false), { concurrency: 3 })))
    yield* Effect.sleep(30)
    return seen
  }),
  check: (seen) => seen.forEach(checkWhole)
})

/** The buffer of {@link Count}, and one array of the handler's own stream. */
const buffer = 8

export const streamsHoldBack: Law = make({
  name: "a producer is never far ahead",
  numbers: ["S237", "S238", "G14"],
  states:
    "what a producer has made and its consumer has not asked beyond is the buffer at most, in both directions",
  pool: { size: 1, grace: "10 seconds" },
  program: Effect.gen(function* () {
    const ahead: Array<number> = []
    const pause = Effect.flatMap(draw("delay", 4), (millis) =>
      millis === 0 ? Effect.void : Effect.sleep(millis)
    )
    const signal = Signal.make()
    let taken = 0
    yield* Stream.runForEach(Count({ signal, end: 40 }), () =>
      Effect.gen(function* () {
        yield* pause
        ahead.push(Signal.read(signal, words.made) - taken++)
      })
    )
    const made = { count: 0, most: 0 }
    const doubled = Signal.make()
    const inputs = Stream.map(Stream.rechunk(Stream.range(1, 40), 1), (n) => {
      made.most = Math.max(made.most, ++made.count - Signal.read(doubled, words.made))
      return n
    })
    const sum = yield* Stream.runFold(
      Stream.tap(Double({ signal: doubled }, inputs), () => pause),
      () => 0,
      (all, n) => all + n
    )
    return { ahead: Math.max(...ahead), inputs: made.most, taken, sum }
  }),
  check: ({ ahead, inputs, sum, taken }) => {
    expectEqual([taken, sum], [40, 40 * 41], "the whole of it")
    expect(ahead <= buffer + 1, `the handler was ${ahead} elements ahead`)
    // The output holds the handler back as well, so the inputs may be a buffer ahead of that.
    expect(inputs <= buffer + 1, `the caller was ${inputs} elements ahead`)
  }
})
