/**
 * The law of streams: `TaskPool.stream` ends only after the receipts of all its tasks.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expectEqual } from "../suite/Harness.ts"
import * as Signal from "../suite/Signal.ts"
import { range } from "../suite/Steps.ts"
import { draw } from "../../internal/current.ts"
import { Body, makeJournal, read } from "./Body.ts"
import { type Law, make } from "./Law.ts"

/**
 * How a stream ends: read to the end, cut by `Stream.take`, by a dying body, by a failing reader, by an
 * interruption of the reader.
 */
const ways = ["whole", "take", "body dies", "reader fails", "interrupt"] as const

const Settings = Schema.Struct({
  journal: Signal.Words,
  how: Schema.Literals(ways),
  ordered: Schema.Boolean,
  concurrency: Schema.Int,
  chunkSize: Schema.Int,
  patience: Schema.Finite
})

type Settings = typeof Settings.Type

const bodies = 6

/** The first body is short: a stream ending after the first body leaves others in the middle. */
const bodyOf = ({ how, journal }: Settings, id: number) => ({
  journal,
  id,
  work: id === 0 ? 1 : id === 1 && how === "body dies" ? -1 : how === "whole" ? 2 : 40,
  cleanup: 3
})

/** Streams bodies on the caller's pool, and returns when the stream has ended. */
const streamed = (settings: Settings): Effect.Effect<void, never, TaskPool.TaskPool> => {
  const { chunkSize, concurrency, how, ordered, patience } = settings
  const inputs = range(bodies).map((id) => bodyOf(settings, id))
  const stream = TaskPool.stream(Body, inputs, { chunkSize, concurrency, ordered })
  switch (how) {
    case "whole":
    case "body dies":
      return Effect.asVoid(Effect.exit(Stream.runDrain(stream)))
    case "take":
      return Effect.asVoid(Effect.exit(Stream.runDrain(Stream.take(stream, 1))))
    case "reader fails":
      return Effect.asVoid(Effect.exit(Stream.runForEach(stream, () => Effect.fail("enough"))))
    case "interrupt":
      return Effect.gen(function* () {
        const reading = yield* Effect.forkChild(Stream.runDrain(stream))
        yield* Effect.sleep(patience)
        yield* Fiber.interrupt(reading)
      })
  }
}

/**
 * Streams bodies from within a handler.
 *
 * @category tasks
 * @since 0.1.0
 */
export const StreamBodies = Task.make("StreamBodies", { payload: Settings })

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool> =
  StreamBodies.toLayer(streamed)

const variants = ([streamed, StreamBodies] as const).flatMap((run) =>
  ways.flatMap((how) => [true, false].map((ordered) => ({ run, how, ordered })))
)

export const streamsEnd: Law = make({
  name: "a stream ends after what it began",
  numbers: ["S215", "G3"],
  states:
    "a stream ends after all its started tasks have ended, clean-up included, on the host and in a handler, under any kind of end",
  pool: { size: 2, grace: "10 seconds" },
  program: Effect.gen(function* () {
    const seen: Array<{ readonly what: string; readonly journal: Signal.Signal; readonly before: unknown }> =
      []
    for (const { how, ordered, run } of variants) {
      const journal = makeJournal(bodies)
      const concurrency = 2 + (yield* draw("command", 2))
      const chunkSize = 1 + (yield* draw("command", 2))
      const patience = 1 + (yield* draw("delay", 12))
      yield* run({ journal, how, ordered, concurrency, chunkSize, patience })
      const where = run === streamed ? "on the host" : "in a handler"
      const what = `${how}, ${ordered ? "in order" : "unordered"}, ${where}`
      seen.push({ what, journal, before: read(journal) })
    }
    yield* Effect.sleep(30)
    return seen
  }),
  check: (seen) => {
    for (const { before, journal, what } of seen) {
      const lines = read(journal)
      expectEqual(lines, before, `${what}: what the bodies did in all, and before the stream ended`)
      const opened = lines.filter(({ phase }) => phase === "opened").length
      const closed = lines.filter(({ phase }) => phase === "closed").length
      expectEqual(closed, opened, `${what}: bodies that ended`)
    }
  }
})
