/** From which size on a pool pays: beginnings of the log, each on the pool and on this one thread. */
import * as Effect from "effect/Effect"
import { runInline } from "./inline.ts"
import { inTurns, type Spread, speedUp } from "./measure.ts"
import type { Log } from "./run.ts"
import { bytesText, columns } from "./words.ts"

/** In bytes; each one is four times the one before. */
const sizes = Array.from({ length: 8 }, (_, power) => 16_000 * 4 ** power)

/** Small sizes take microseconds: the more rounds, the less chance is in them. */
const roundsFor = (size: number, rounds: number): number => (size < 4e6 ? rounds * 5 : rounds)

interface Line {
  readonly size: number
  readonly warm: Spread
  readonly started: Spread
}

/**
 * `onPool` runs on a pool that is there; `onNewPool` starts one for this run and closes it. A size counts for the pool when its median
 * ratio is above 1, there and at each greater size.
 */
export const crossover = Effect.fnUntraced(function* <E, R>(
  log: Log,
  onPool: (log: Log) => Effect.Effect<unknown, E, R>,
  onNewPool: (log: Log) => Effect.Effect<unknown, E, R>,
  rounds: number
) {
  const lines: Array<Line> = []
  yield* inTurns({ pool: onPool(log), inline: Effect.sync(() => runInline(log)) }, 0)
  for (const size of [...sizes.filter((one) => one < log.size), log.size]) {
    const part = { file: log.file, size }
    const { inline, pool } = yield* inTurns(
      { pool: onPool(part), inline: Effect.sync(() => runInline(part)) },
      roundsFor(size, rounds)
    )
    const started = yield* inTurns(
      { pool: onNewPool(part), inline: Effect.sync(() => runInline(part)) },
      rounds
    )
    lines.push({ size, warm: speedUp(pool, inline), started: speedUp(started.pool, started.inline) })
  }
  return [
    "The pool against this thread alone, by the size of the log; above 1 the pool is faster; medians (min–max):",
    ...columns([
      ["  size", "a pool that is there", "a pool started for it"],
      ...lines.map(({ size, started, warm }) => [`  ${bytesText(size)}`, shown(warm), shown(started)])
    ]),
    `This thread alone wins ${where(lines, "warm")} where the pool is there, and ${where(lines, "started")} where it is started for the log.`
  ].join("\n")
})

const where = (lines: ReadonlyArray<Line>, side: "started" | "warm"): string => {
  const lost = lines.findLastIndex((line) => line[side].median <= 1)
  const first = lines[lost + 1]
  if (first === undefined) return "at every size that was tried"
  return lost < 0 ? "at none of these sizes" : `below ${bytesText(first.size)}`
}

const shown = ({ max, median, min }: Spread): string =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
