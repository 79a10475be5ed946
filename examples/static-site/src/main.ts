/** `node src/main.ts [--from DIR] [--out DIR] [--size N] [--limit N] [--quiet]` */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Runtime from "effect/Runtime"
import { Command } from "effect/cli"
import { join, resolve } from "node:path"
import { build, writeIndex } from "./build.ts"
import { compare } from "./compare.ts"
import { discover } from "./discover.ts"
import { flags, type Options } from "./options.ts"
import { prepare } from "./output.ts"
import * as Progress from "./progress.ts"
import { built, compared } from "./summary.ts"

class SiteIncomplete extends Data.TaggedError("SiteIncomplete") {
  /** The summary has told it already; what is left to say is the exit code. */
  override readonly [Runtime.errorReported] = false
}

const site = Effect.fnUntraced(function* (options: Options) {
  const out = resolve(options.out)
  const say = (text: string) => (options.quiet ? Effect.void : Console.log(text))

  const limit = Option.getOrUndefined(options.limit)
  const { sources, packages, found } = yield* discover(options.from, limit)
  const limited = sources.length < found ? ` (limited: there are ${found})` : ""
  yield* say(`${sources.length} pages${limited} of ${packages.length} packages, on ${options.size} workers`)
  yield* prepare(out)

  const inFlight = options.size * 4
  const mode = options.quiet ? "quiet" : process.stdout.isTTY ? "live" : "lines"
  const [duration, outcomes] = yield* Effect.gen(function* () {
    const size = sources.reduce((sum, source) => sum + source.size, 0)
    const progress = yield* Progress.make({ pages: sources.length, size }, mode)
    return yield* build(sources, { out, inFlight, progress })
  }).pipe(Effect.scoped, Effect.timed)
  yield* writeIndex(outcomes, packages, out)
  yield* Console.log(built(outcomes, { millis: Duration.toMillis(duration), workers: options.size }))

  if (outcomes.some(({ result }) => Result.isSuccess(result))) {
    yield* say("Measuring what the pool gained…")
    yield* Console.log(compared(yield* compare(outcomes, inFlight), options.size))
  }
  yield* Console.log(`Open ${join(out, "index.html")}`)
  return yield* outcomes.every(({ result }) => Result.isSuccess(result)) ? Effect.void : new SiteIncomplete()
})

const pool = (size: number) =>
  TaskPool.layer({ size }).pipe(
    Layer.provide(NodeThreads.layer({ entry: new URL("./worker.ts", import.meta.url) }))
  )

Command.make("static-site", flags, (options) =>
  site(options).pipe(
    Effect.onInterrupt(() => Console.error("Interrupted: every page that was written is complete.")),
    Effect.provide(pool(options.size))
  )
).pipe(
  Command.withDescription("Builds a site from the docs of all installed packages, on a pool of workers"),
  Command.run({ version: "0.1.0" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
