/** What the pool gained: the same pages once more, on the pool and on this one thread. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { join } from "node:path"
import { hrefOf, type Outcome, renderSource } from "./build.ts"
import type { Source } from "./discover.ts"
import { Highlighter } from "./highlight.ts"
import { renderPage } from "./page.ts"

export interface Comparison {
  readonly pages: number
  /** Of all pages that were built. */
  readonly of: number
  readonly rounds: number
  /** The median round of each side. */
  readonly oneThread: Round
  readonly pool: Round
}

export interface Round {
  readonly millis: number
  /** How many processors this process had meanwhile: less than it could use if others wanted them too. */
  readonly processors: number
}

const rounds = 3

/** The sample is one page in so many, but never fewer than so few. */
const oneIn = 12
const atLeast = 40

/** How long one side may take to become warm, in milliseconds: enough for a machine that has nothing else to do. */
const warmUpLimit = 4000

/**
 * Renders a sample on each side, in turns, so that a slower moment of the machine meets both. Both sides do all of the
 * work, reading and writing included. Both are warm: the pool has just built the site, and this thread renders the
 * sample until it gets no faster.
 */
export const compare = Effect.fnUntraced(function* (outcomes: ReadonlyArray<Outcome>, inFlight: number) {
  const fs = yield* FileSystem.FileSystem
  const out = yield* fs.makeTempDirectoryScoped({ prefix: "heddle-site-" })
  const highlighter = yield* Layer.build(Highlighter.layer)
  const pages = sample(outcomes)
  const onPool = Effect.forEach(pages, (source) => renderSource(source, out), {
    concurrency: inFlight,
    discard: true
  })
  const onThread = Effect.forEach(
    pages,
    (source) => renderPage({ ...source, output: join(out, hrefOf(source)) }, { isInterrupted: () => false }),
    { discard: true }
  ).pipe(Effect.provide(highlighter))

  yield* warmUp(onThread)
  yield* warmUp(onPool)
  const pool: Array<Round> = []
  const oneThread: Array<Round> = []
  for (let round = 0; round < rounds; round++) {
    pool.push(yield* measure(onPool))
    oneThread.push(yield* measure(onThread))
  }
  return {
    pages: pages.length,
    of: outcomes.length,
    rounds,
    oneThread: median(oneThread),
    pool: median(pool)
  } satisfies Comparison
}, Effect.scoped)

const warmUp = Effect.fnUntraced(function* <E, R>(effect: Effect.Effect<void, E, R>) {
  const started = performance.now()
  let best = Infinity
  while (performance.now() - started < warmUpLimit) {
    const { millis } = yield* measure(effect)
    if (millis > best * 0.95) return
    best = millis
  }
})

const measure = <E, R>(effect: Effect.Effect<void, E, R>) =>
  Effect.suspend(() => {
    const before = process.cpuUsage()
    return Effect.map(Effect.timed(effect), ([duration]): Round => {
      const millis = Duration.toMillis(duration)
      const { user, system } = process.cpuUsage(before)
      return { millis, processors: (user + system) / 1000 / millis }
    })
  })

const median = (measured: ReadonlyArray<Round>): Round => {
  const sorted = measured.toSorted((a, b) => a.millis - b.millis)
  return sorted[Math.floor(sorted.length / 2)] ?? { millis: 0, processors: 0 }
}

/** Every n-th page by effort, of those that were rendered, so that long and short ones have the share they have. */
export const sample = (outcomes: ReadonlyArray<Outcome>): Array<Source> => {
  const rendered = outcomes.flatMap(({ source, result }) =>
    Result.isSuccess(result) ? [{ source, millis: result.success.millis }] : []
  )
  const step = Math.max(1, Math.floor(rendered.length / Math.max(atLeast, rendered.length / oneIn)))
  return rendered
    .toSorted((a, b) => b.millis - a.millis)
    .filter((_, index) => index % step === Math.floor(step / 2))
    .map((page) => page.source)
}
