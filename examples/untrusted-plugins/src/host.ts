/** Calls every plugin a few times, all of them beside each other on one small pool. */
import { TaskPool } from "@heddle/core"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { call, type Name, names } from "./plugins.ts"
import type { Table } from "./table.ts"
import { type Verdict, verdictOf } from "./verdict.ts"

export interface Report {
  readonly calls: number
  readonly verdicts: ReadonlyArray<Verdict>
  /** What the pool itself counted. */
  readonly counts: TaskPool.PoolSnapshot["counts"]
  /** Workers that serve when everything is over. */
  readonly serving: number
}

const callOnce = Effect.fnUntraced(function* (plugin: Name, table: Table) {
  yield* table.called(plugin)
  const [took, exit] = yield* Effect.timed(Effect.exit(call(plugin, "a text")))
  const verdict = verdictOf(exit)
  yield* table.settled(plugin, verdict, Duration.toMillis(took))
  return verdict
})

/** A worker that was lost at last may still be on its way back. */
const allServe = (size: number) =>
  TaskPool.snapshot.pipe(
    Effect.repeat({ until: ({ total }) => total === size, schedule: Schedule.spaced("20 millis") }),
    Effect.timeout("10 seconds")
  )

/** `rounds` calls of each plugin, as many at once as there are workers. */
export const callAll = Effect.fnUntraced(function* (rounds: number, size: number, table: Table) {
  const calls = Array.from({ length: rounds }, () => names).flat()
  const verdicts = yield* Effect.forEach(calls, (plugin) => callOnce(plugin, table), {
    concurrency: size
  })
  // The good one again, once for each worker: it is served, so the pool is healthy.
  yield* Effect.forEach(Array.from({ length: size }), () => call("upper", "after all"), { concurrency: size })
  const { counts, total } = yield* allServe(size)
  const report: Report = { calls: calls.length, verdicts, counts, serving: total }
  return report
})
