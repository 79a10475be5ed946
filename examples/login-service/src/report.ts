/** What is printed of a phase. */
import type { Delay } from "./eventLoop.ts"
import type { Load } from "./load.ts"

const millis = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`

const percentile = (sorted: ReadonlyArray<number>, percent: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN

export const toLines = (title: string, load: Load, delay: Delay): ReadonlyArray<string> => {
  const answers = [...load.answers]
    .toSorted(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`)
  const retry = load.retryAfter.size === 0 ? [] : [`Retry-After: ${[...load.retryAfter].join(", ")}`]
  const { latencies, left } = load
  return [
    title,
    `  answers     ${[...answers, ...retry, ...(left === 0 ? [] : [`hung up: ${left}`])].join(", ")}`,
    ...(latencies.length === 0
      ? []
      : [`  latency     p50 ${millis(percentile(latencies, 50))}, p99 ${millis(percentile(latencies, 99))}`]),
    `  event loop  late by p50 ${millis(delay.p50)}, p99 ${millis(delay.p99)}, at most ${millis(delay.max)}`
  ]
}
