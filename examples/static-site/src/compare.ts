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
  /** The median round, in milliseconds. */
  readonly oneThread: number
  readonly pool: number
}

const rounds = 3

/** About how long one round on one thread should take, in milliseconds. */
const budget = 800

/** Most rounds that one side may take to become warm. */
const warmUps = 5

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
  const pool: Array<number> = []
  const oneThread: Array<number> = []
  for (let round = 0; round < rounds; round++) {
    pool.push(yield* millisOf(onPool))
    oneThread.push(yield* millisOf(onThread))
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
  let best = Infinity
  for (let round = 0; round < warmUps; round++) {
    const millis = yield* millisOf(effect)
    if (millis > best * 0.95) return
    best = millis
  }
})

const millisOf = <E, R>(effect: Effect.Effect<void, E, R>) =>
  Effect.map(Effect.timed(effect), ([duration]) => Duration.toMillis(duration))

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Every n-th page by effort, of those that were rendered, so that long and short ones have the share they have. */
export const sample = (outcomes: ReadonlyArray<Outcome>): Array<Source> => {
  const rendered = outcomes.flatMap(({ source, result }) =>
    Result.isSuccess(result) ? [{ source, millis: result.success.millis }] : []
  )
  const millis = rendered.reduce((sum, page) => sum + page.millis, 0)
  const step = Math.max(1, Math.ceil(millis / budget))
  return rendered
    .toSorted((a, b) => b.millis - a.millis)
    .filter((_, index) => index % step === Math.floor(step / 2))
    .map((page) => page.source)
}
