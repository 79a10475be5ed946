/** What the pool gained: the same pages once more, on the pool and on this one thread. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
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
  /** Milliseconds for all rounds together. */
  readonly oneThread: number
  readonly pool: number
}

const rounds = 2

/** About how long one round on one thread may take, in milliseconds. */
const budget = 1500

/**
 * Renders a sample twice on each side, in turns, so that a slower moment of the machine meets both. Both sides do all
 * of the work, reading and writing included, and both are warm: the pool has just built the site, and this thread
 * renders the sample once before the clock starts.
 */
export const compare = Effect.fnUntraced(function* (outcomes: ReadonlyArray<Outcome>, inFlight: number) {
  const fs = yield* FileSystem.FileSystem
  const out = yield* fs.makeTempDirectoryScoped({ prefix: "heddle-site-" })
  const pages = sample(outcomes)
  const onPool = Effect.forEach(pages, (source) => renderSource(source, out), {
    concurrency: inFlight,
    discard: true
  })
  const onThread = Effect.forEach(
    pages,
    (source) => renderPage({ ...source, output: join(out, hrefOf(source)) }, { isInterrupted: () => false }),
    { discard: true }
  ).pipe(Effect.provide(Highlighter.layer))

  yield* onThread
  let [pool, oneThread] = [0, 0]
  for (let round = 0; round < rounds; round++) {
    pool += yield* millisOf(onPool)
    oneThread += yield* millisOf(onThread)
  }
  return { pages: pages.length, of: outcomes.length, rounds, oneThread, pool } satisfies Comparison
}, Effect.scoped)

const millisOf = <E, R>(effect: Effect.Effect<void, E, R>) =>
  Effect.map(Effect.timed(effect), ([duration]) => Duration.toMillis(duration))

/** Every n-th page by size, of those that were rendered, so that large and small ones have the share they have. */
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
