// A pool in two phases: first anything goes wrong, then nothing does any more, and everything must settle.
import { Task, TaskError, TaskPool } from "@heddle/core"
import { type Coverage, Delay, Explore, Faults, SimulatedWorkers, type Sometimes } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const Quick = Task.make("Quick", { payload: { n: Schema.Int }, success: Schema.Int })
const Again = Task.make("Again", { payload: { n: Schema.Int }, success: Schema.Int, idempotent: true })
const Slow = Task.make("Slow", { payload: { n: Schema.Int, millis: Schema.Finite }, success: Schema.Int })

/** The claimed moments of the soak; see `Sometimes`. */
export const moments = [
  "crash during hand-over",
  "crash between run and reply",
  "crash while closing",
  "interrupted in the queue",
  "settled after healing"
] as const

export interface Soak {
  readonly coverage: Coverage.Coverage
  readonly sometimes: Sometimes.Sometimes<(typeof moments)[number]>
}

/** In virtual time: longer than a start time-out, a grace, a termination and a back-off together. */
const longest = "1 minute"

const isOrderly = (exit: Exit.Exit<unknown, unknown>): boolean =>
  Exit.isSuccess(exit) ||
  Cause.hasInterruptsOnly(exit.cause) ||
  TaskError.isTaskError(Cause.squash(exit.cause))

/** Fails when a guarantee does not hold. `forgetful`: a handler forgets its own tasks, so the soak can fail. */
export const pool = ({ coverage, sometimes }: Soak, forgetful = false) =>
  Effect.gen(function* () {
    const problems: Array<string> = []
    const starts = new Map<number, number>()
    const outcomes = new Map<number, number>()
    const note = (map: Map<number, number>, n: number) => map.set(n, (map.get(n) ?? 0) + 1)
    const begin = (n: number) => Effect.sync(() => void note(starts, n))
    const handlers = Layer.mergeAll(
      Quick.toLayer(({ n }) => Effect.as(begin(n), forgetful ? n : 2 * n)),
      Again.toLayer(({ n }) => Effect.as(Effect.yieldNow, 2 * n)),
      Slow.toLayer(({ millis, n }) =>
        begin(n).pipe(
          Effect.andThen(Effect.onExit(Effect.sleep(millis), () => Effect.sleep(3))),
          Effect.as(2 * n)
        )
      )
    )

    const faults = yield* Faults.any({ budget: 1 + (yield* Explore.draw("command", 4)), coverage })
    const [size, sharedMemory] = [
      1 + (yield* Explore.draw("command", 3)),
      (yield* Explore.draw("command", 2)) === 0
    ]
    const workers = SimulatedWorkers.layer(handlers, {
      sharedMemory,
      latency: Delay.exponential(1, { max: 8 }),
      startTime: Delay.oneOf(0, 0, 5, 20),
      cost: () => ({ min: 0, max: 2 }),
      faults: faults.decide
    })
    const concurrency = 1 + (yield* Explore.draw("command", 2))
    const layer = TaskPool.layer({
      size,
      concurrency,
      grace: 20,
      terminateTimeout: 20,
      startTimeout: 500,
      queue: { capacity: 4 }
    })

    let next = 0
    /** One call: bounded, noted, and judged. */
    const call = Effect.gen(function* () {
      const n = next++
      const [kind, patience] = [yield* Explore.draw("command", 4), yield* Explore.draw("command", 40)]
      const bounded = { timeout: "10 seconds", deadline: "20 seconds" } as const
      const calls = [
        TaskPool.run(Quick, { n }, bounded),
        TaskPool.run(Again, { n }, bounded),
        TaskPool.run(Slow, { n, millis: patience }, bounded),
        TaskPool.run(Slow, { n, millis: 30 }, bounded).pipe(
          Effect.timeoutOption(patience + 1),
          Effect.map((option) => (option._tag === "Some" ? option.value : 2 * n))
        )
      ] as const
      const exit = yield* Effect.exit(calls[kind]!)
      note(outcomes, n)
      if (!isOrderly(exit)) problems.push(`G1: call ${n} ended with ${String(exit)}`)
      if (Exit.isSuccess(exit) && exit.value !== 2 * n) problems.push(`G1: call ${n} answered ${exit.value}`)
      if (kind === 3 && !starts.has(n)) sometimes.reachedUnsafe("interrupted in the queue")
    })
    const calls = Effect.all([call, call, call, call], { concurrency: "unbounded", discard: true })

    const uses = Effect.gen(function* () {
      yield* calls
      yield* faults.heal
      yield* Effect.sleep(longest)
      // No fault happens any more: the pool works, or has reported its failure.
      const settled = yield* Effect.exit(Effect.timeout(Quick({ n: next++ }), longest))
      const { busy, queue, state } = yield* TaskPool.snapshot
      if (Exit.isSuccess(settled)) sometimes.reachedUnsafe("settled after healing")
      else if (state !== "failed")
        problems.push(`healing: ${state}, but a call ended with ${String(settled)}`)
      if (busy + queue.length + queue.waiting > 0) problems.push("healing: the pool does not come to rest")
    })
    // Some callers leave while there is work: their pool closes in the middle.
    const early = yield* Explore.draw("command", 4)
    const cut = Effect.timeoutOption(uses, yield* Explore.draw("command", 60))
    const used = yield* Effect.exit(Effect.provide(early === 1 ? cut : uses, Layer.provide(layer, workers)))

    for (const { point } of yield* faults.injected) {
      if (point.at === "beforeRun") sometimes.reachedUnsafe("crash during hand-over")
      if (point.at === "afterRun") sometimes.reachedUnsafe("crash between run and reply")
      if (point.at === "stop") sometimes.reachedUnsafe("crash while closing")
    }
    if (!isOrderly(used)) problems.push(`the pool ended with ${String(used)}`)
    for (const [n, count] of starts) if (count > 1) problems.push(`G6: ${n} was started ${count} times`)
    for (const [n, count] of outcomes) if (count !== 1) problems.push(`G1: ${n} had ${count} outcomes`)
    if (problems.length > 0) return yield* Effect.die(new Error(problems.join("\n")))
  })
