/** What the pool gains: against this one thread doing the same, and against `readline` alone. */
import * as Effect from "effect/Effect"
import { readlineAlone, runInline } from "./inline.ts"
import { inTurns, type Measured, type Spread, speedUp, spread } from "./measure.ts"
import type { Log } from "./run.ts"
import { columns, perSecond } from "./words.ts"

export const compare = Effect.fnUntraced(function* <E, R>(
  log: Log,
  onPool: Effect.Effect<unknown, E, R>,
  { rounds, workers }: { readonly rounds: number; readonly workers: number }
) {
  const { oneThread, pool, readline } = yield* inTurns(
    {
      pool: onPool,
      oneThread: Effect.sync(() => runInline(log)),
      readline: Effect.promise(() => readlineAlone(log))
    },
    rounds
  )
  const rate = (measured: ReadonlyArray<Measured>) =>
    spread(measured.map(({ millis }) => perSecond(log.size, millis)))
  const row = (name: string, measured: ReadonlyArray<Measured>): Array<string> => [
    `  ${name}`,
    `${shown(rate(measured), 0)} MB/s`,
    `${spread(measured.map(({ processors }) => processors)).median.toFixed(1)} processors`,
    measured === pool ? "" : `the pool is ${shown(speedUp(pool, measured), 2)}× as fast`
  ]
  return [
    `The same log ${rounds} times on each side, in turns, all warm; medians (min–max):`,
    ...columns([
      row(`the pool of ${workers}`, pool),
      row("this thread alone, the same work", oneThread),
      row("`readline` alone, lines only", readline)
    ])
  ].join("\n")
})

const shown = ({ max, median, min }: Spread, digits: number): string =>
  `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`
