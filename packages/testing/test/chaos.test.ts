import { Task, TaskError, TaskPool } from "@heddle/core"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import { isDeepStrictEqual } from "node:util"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const Quick = Task.make("Quick", { payload: { n: Schema.Int }, success: Schema.Int })
const Again = Task.make("Again", { payload: { n: Schema.Int }, success: Schema.Int, idempotent: true })
const Slow = Task.make("Slow", { payload: { millis: Schema.Finite } })

/** In milliseconds, for the grace of a task, for that of its co-runners, and for a termination. */
const limit = 20

/** The offences of one run; collected during the run. */
class Witness {
  readonly problems: Array<string> = []
  private readonly started = new Set<number>()
  private next = 0

  /** A number of no other payload of this run. */
  readonly number = (): number => this.next++

  readonly handlers = Layer.mergeAll(
    Quick.toLayer(({ n }) => {
      if (this.started.has(n)) this.problems.push(`G6: ${n} started twice`)
      this.started.add(n)
      return Effect.succeed(n * 2)
    }),
    Again.toLayer(({ n }) => Effect.as(Effect.yieldNow, n)),
    Slow.toLayer(({ millis }) => Effect.onExit(Effect.sleep(millis), () => Effect.sleep(3)))
  )

  /** Interrupts an effect after so long, which must not take longer than the ladder does. */
  readonly cut = <A, E, R>(effect: Effect.Effect<A, E, R>, after: number) =>
    Effect.gen({ self: this }, function* () {
      const begin = yield* Clock.currentTimeMillis
      const result = yield* Effect.exit(Effect.timeoutOption(effect, after))
      const took = (yield* Clock.currentTimeMillis) - begin
      if (took > after + 3 * limit + 1) this.problems.push(`G4: took ${took} ms instead of ${after} ms`)
      return yield* result
    })

  /** Any use of a pool, picked by the seed; at most ten seconds, so only a bug waits for ever. */
  readonly anyUse = Effect.gen({ self: this }, function* () {
    const n = this.number()
    const millis = yield* Random.nextIntBetween(0, 50)
    const soon = yield* Random.nextIntBetween(1, 40)
    const inputs = Array.from({ length: millis }, () => ({ n: this.number() }))
    const right =
      <A>(expected: A) =>
      (actual: A) =>
        Effect.sync(() => {
          if (!isDeepStrictEqual(actual, expected))
            this.problems.push(`G1: ${String(actual)} is not ${String(expected)}`)
        })
    const uses: ReadonlyArray<Effect.Effect<unknown, TaskError.TaskError, TaskPool.TaskPool>> = [
      Effect.flatMap(Quick({ n }), right(n * 2)),
      Effect.flatMap(Again({ n }), right(n)),
      this.cut(Slow({ millis }), soon),
      TaskPool.run(Slow, { millis }, { timeout: soon, deadline: 60 }),
      this.cut(TaskPool.run(Slow, { millis }, { onInterrupt: "abandon" }), soon),
      Effect.flatMap(TaskPool.forEach(Quick, inputs), right(inputs.map((input) => input.n * 2))),
      this.cut(TaskPool.forEach(Slow, [{ millis }, { millis: soon }, { millis: 1 }]), soon)
    ]
    return yield* uses[yield* Random.nextIntBetween(0, uses.length - 1)]!
  }).pipe(Effect.timeoutOption("10 seconds"))
}

/** Rare faults at every possible place. */
const anyFault =
  (random: Random.Random): Fault.Decide =>
  ({ at }) => {
    const dice = Math.floor(random.nextDoubleUnsafe() * 300)
    if (at === "spawn") return [Fault.crashAtStart(), Fault.hangAtStart(), Fault.slowStart(30)][dice]
    if (at === "duringRun")
      return [Fault.hang(), Fault.stuck(30), Fault.stray("?"), Fault.crash(at, { after: 5 })][dice]
    if (at === "beforeReply")
      return [Fault.duplicateFrame(), Fault.malformedReply("?"), Fault.crash(at)][dice]
    return dice < 2 ? Fault.crash(at) : undefined
  }

interface Setting {
  readonly sharedMemory: boolean
  readonly concurrency: number
  readonly size: number
}

const program = (setting: Setting, witness: Witness) =>
  Effect.gen(function* () {
    const random = yield* Random.Random
    const workers = SimulatedWorkers.layer(witness.handlers, {
      sharedMemory: setting.sharedMemory,
      latency: { min: 0, max: 3 },
      faults: anyFault(random)
    })
    const { concurrency, size } = setting
    const pool = TaskPool.layer({
      size,
      concurrency,
      grace: 20,
      terminateTimeout: 20,
      queue: { capacity: 8 }
    })
    const uses = Effect.all(
      Array.from({ length: 25 }, () => Effect.exit(witness.anyUse)),
      { concurrency: "unbounded" }
    )
    return yield* Effect.provide(uses, Layer.provide(pool, workers))
  })

/** The offences of a run; empty for a good run. A pool unable to start reports the failure, rightly. */
const problemsOf = (result: Simulation.Result<ReadonlyArray<Exit.Exit<unknown, unknown>>, unknown>) => {
  const isExpected = (exit: Exit.Exit<unknown, unknown>) =>
    Exit.isSuccess(exit) || TaskError.isTaskError(Cause.squash(exit.cause))
  const exits: ReadonlyArray<Exit.Exit<unknown, unknown>> = Exit.isSuccess(result.exit)
    ? result.exit.value
    : [result.exit]
  const { fibers, timers } = result.left
  return [
    ...exits.filter((exit) => !isExpected(exit)).map(String),
    ...(fibers + timers + result.uncontrolled > 0 ? [`left: ${fibers} fibers, ${timers} timers`] : [])
  ]
}

const settings: ReadonlyArray<Setting> = [
  { sharedMemory: true, concurrency: 1, size: 1 },
  { sharedMemory: true, concurrency: 1, size: 3 },
  { sharedMemory: true, concurrency: 3, size: 2 },
  { sharedMemory: false, concurrency: 1, size: 3 },
  { sharedMemory: false, concurrency: 3, size: 2 }
]

describe("under any fault", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    for (const setting of settings) {
      it(`tasks settle once, in time, and nothing is left (${realism}, ${JSON.stringify(setting)}): G1, G2, G4, G6`, () => {
        for (let seed = 0; seed < 25; seed++) {
          const witness = new Witness()
          const result = Simulation.run(program(setting, witness), { seed, realism, maxSteps: 200_000 })
          const problems = [...witness.problems, ...problemsOf(result)]
          expect({ seed, problems }).toEqual({ seed, problems: [] })
        }
      })
    }
  }
})

describe("under any schedule", () => {
  it("a pool closing right after its opening stops its worker, without a termination: G2", () => {
    const workers = SimulatedWorkers.layer(new Witness().handlers)
    const open = Effect.provide(Effect.void, Layer.provide(TaskPool.layer({ size: 1 }), workers))
    for (let seed = 0; seed < 300; seed++) {
      const { exit, history } = Simulation.run(open, { seed, realism: "adversarial" })
      const last = history.events.at(-1)?.event
      expect({ seed, exit, last }).toEqual({ seed, exit: Exit.void, last: "worker 1 exited 0" })
    }
  })
})
