/** One run over a log: all of its parts, on whatever reads them. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { rangesOf } from "./ranges.ts"
import { Report } from "./report.ts"
import type { Found, Part } from "./tasks.ts"

export interface Log {
  readonly file: string
  /** In bytes. What is behind belongs to another log. */
  readonly size: number
}

export interface RunOptions {
  readonly workers: number
  /** Ends after so many bad lines. */
  readonly firstErrors?: number | undefined
  /** Called for each thing that is found, with all that is known by then. */
  readonly onFound?: (found: Found, report: Report) => void
}

/**
 * Twice as many parts as workers are asked for at once, so that the next one is there when a worker has done its own. Taking no
 * more from the stream is all it takes to stop early: it interrupts the workers that are at it, and waits until their files are closed.
 */
export const run = <E, R>(
  log: Log,
  read: (part: Part) => Stream.Stream<Found, E, R>,
  { firstErrors = Infinity, onFound = () => {}, workers }: RunOptions
) =>
  Effect.suspend(() => {
    const report = new Report()
    return Stream.fromIterable(rangesOf(log.size, workers)).pipe(
      Stream.flatMap((range) => read({ file: log.file, ...range }), { concurrency: workers * 2 }),
      Stream.runForEachWhile((found) =>
        Effect.sync(() => {
          report.add(found)
          onFound(found, report)
          return report.badLines < firstErrors
        })
      ),
      Effect.as(report)
    )
  })
