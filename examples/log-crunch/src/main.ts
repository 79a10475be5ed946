/** `node src/main.ts [--file FILE] [--size MB] [--workers N] [--first-errors N] [--compare] [--crossover] …` */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Command } from "effect/cli"
import { resolve } from "node:path"
import { compare } from "./compare.ts"
import { crossover } from "./crossover.ts"
import { logOf, usualFile } from "./log.ts"
import { flags, type Options } from "./options.ts"
import * as Progress from "./progress.ts"
import { type Log, run } from "./run.ts"
import { findings, headline } from "./summary.ts"
import { Crunch } from "./tasks.ts"
import { megabytes } from "./words.ts"

const pool = (size: number) =>
  TaskPool.layer({ size }).pipe(
    Layer.provide(NodeThreads.layer({ entry: new URL("./worker.ts", import.meta.url) }))
  )

const report = Effect.fnUntraced(function* (log: Log, options: Options) {
  const mode = options.quiet ? "quiet" : process.stdout.isTTY ? "live" : "lines"
  const [duration, found] = yield* Effect.gen(function* () {
    const show = yield* Progress.make(log.size, mode)
    return yield* run(log, Crunch, {
      workers: options.workers,
      firstErrors: Option.getOrUndefined(options.firstErrors),
      onFound: (_, so) => show(so)
    })
  }).pipe(Effect.scoped, Effect.timed)
  const facts = { millis: Duration.toMillis(duration), size: log.size, workers: options.workers }
  yield* Console.log(`${headline(found, facts)}\n\n${findings(found)}`)
})

const program = Effect.fnUntraced(function* (options: Options) {
  const { rounds, workers } = options
  const say = (text: string) => (options.quiet ? Effect.void : Console.log(text))
  const recipe = { size: Math.round(options.size * 1e6), seed: options.seed, badEvery: options.badEvery }
  const file = Option.getOrElse(options.file, () => usualFile(recipe))
  const log = yield* logOf(resolve(file), recipe, say)
  yield* say(`${log.file}: ${megabytes(log.size)}, on ${workers} ${workers === 1 ? "worker" : "workers"}`)

  yield* report(log, options)
  const onPool = (part: Log) => run(part, Crunch, { workers })
  if (options.compare) {
    yield* say("\nMeasuring what the pool gains…")
    yield* Console.log(yield* compare(log, onPool(log), { rounds, workers }))
  }
  if (options.crossover) {
    yield* say("\nMeasuring from which size on it gains…")
    const onNewPool = (part: Log) => onPool(part).pipe(Effect.provide(pool(workers), { local: true }))
    yield* Console.log(yield* crossover(log, onPool, onNewPool, rounds))
  }
})

Command.make("log-crunch", flags, (options) =>
  program(options).pipe(
    Effect.onInterrupt(() => Console.error("Interrupted: every worker has closed its file.")),
    Effect.provide(pool(options.workers))
  )
).pipe(
  Command.withDescription("Counts what is in a log of JSON lines, on a pool of workers"),
  Command.run({ version: "0.1.0" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
