/** The closing words. */
import * as Result from "effect/Result"
import type { Outcome } from "./build.ts"
import type { Comparison, Round } from "./compare.ts"
import { formatBytes } from "./site.ts"

/** Failures listed in full; the rest is only counted. */
const listed = 20

const seconds = (millis: number): string => `${(millis / 1000).toFixed(2)} s`

export const built = (
  outcomes: ReadonlyArray<Outcome>,
  options: { millis: number; workers: number }
): string => {
  const pages = outcomes.flatMap(({ result }) => (Result.isSuccess(result) ? [result.success] : []))
  const failures = outcomes.flatMap(({ result }) => (Result.isFailure(result) ? [result.failure] : []))
  const read = outcomes.reduce((sum, { source }) => sum + source.size, 0)
  const written = pages.reduce((sum, page) => sum + page.bytes, 0)
  const rate = (pages.length / options.millis) * 1000
  return [
    `Built ${pages.length} pages in ${seconds(options.millis)} on ${options.workers} workers (${rate.toFixed(0)} pages/s).`,
    `  read    ${formatBytes(read)} of Markdown and TypeScript`,
    `  wrote   ${formatBytes(written)} of HTML`,
    `  errors  ${failures.length}`,
    ...failures.slice(0, listed).map((failure) => `    ${failure._tag}: ${failure.message}`),
    ...(failures.length > listed ? [`    and ${failures.length - listed} more`] : [])
  ].join("\n")
}

const crowded = "  Other programs took a good part of the machine meanwhile: measure again when it is quiet."

export const compared = (comparison: Comparison, workers: number): string => {
  const { pages, of, rounds, oneThread, pool } = comparison
  const which = pages === of ? `all ${of} pages` : `${pages} of the ${of} pages`
  const side = (name: string, round: Round) =>
    `  ${name.padEnd(18)}  ${seconds(round.millis)}, with ${round.processors.toFixed(1)} processors`
  return [
    `The same work again: ${which}, both sides warm, the median of ${rounds} rounds in turns`,
    side("this thread alone", oneThread),
    side(`the pool of ${workers}`, pool),
    `  speed-up            ${(oneThread.millis / pool.millis).toFixed(2)}×`,
    ...(oneThread.processors < 0.85 ? [crowded] : [])
  ].join("\n")
}
