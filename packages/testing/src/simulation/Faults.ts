/**
 * `Faults`: random faults at every possible place, up to a budget.
 *
 * The schedule's own choices decide the fault and its place, so `Explore` shrinks faults with the rest of its log.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Coverage } from "./Coverage.ts"
import * as Fault from "./Fault.ts"
import { Current } from "../internal/current.ts"
import { placeOf } from "./internal/faultPlan.ts"
import * as Prng from "../internal/prng.ts"

/**
 * - `budget`: how many faults one run may have. Default 3.
 * - `menu`: the possible faults, each at its own place. Default {@link menu}.
 * - `swarm`: each run leaves out about half of the menu, another half each time: some bugs need the _absence_ of a fault
 *   that would end the run first. Default true; the run without draws has the whole menu.
 * - `rate`: how likely a fault is, at each point. Default 0.05. Under `Explore`, its strategy decides.
 * - `coverage`: counts the injected faults.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly budget?: number | undefined
  readonly menu?: ReadonlyArray<Fault.Fault> | undefined
  readonly swarm?: boolean | undefined
  readonly rate?: number | undefined
  readonly coverage?: Coverage | undefined
}

/**
 * An injected fault, and its place.
 *
 * @category models
 * @since 0.1.0
 */
export interface Injected {
  readonly fault: Fault.Fault
  readonly point: Fault.Point
}

/**
 * The faults of one run.
 *
 * - `decide`: for the `faults` of `SimulatedWorkers`.
 * - `heal`: ends all faults. The first phase of a run shows safety under any fault; the second
 *   shows liveness: everything settles once the faults end.
 * - `injected`: the faults so far, in order.
 *
 * @category models
 * @since 0.1.0
 */
export interface Faults {
  readonly decide: Fault.Decide
  readonly heal: Effect.Effect<void>
  readonly injected: Effect.Effect<ReadonlyArray<Injected>>
}

const deaths: ReadonlyArray<Fault.Death> = [{ exitCode: 3 }, { signal: "SIGKILL" }, { outOfMemory: true }]

const crashes: ReadonlyArray<Fault.CrashAt> = [
  "beforeRun",
  "duringRun",
  "afterRun",
  "beforeReply",
  "afterReply",
  "idle",
  "stop"
]

/**
 * Every fault, each in every possible phase; times are some tens of milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export const menu: ReadonlyArray<Fault.Fault> = [
  Fault.spawnRefused(),
  Fault.slowStart(30),
  Fault.hangAtStart(),
  Fault.crashAtStart(),
  Fault.slowLink(15),
  ...crashes.flatMap((at) => deaths.map((death) => Fault.crash(at, { ...death, after: 2 }))),
  Fault.hang(),
  Fault.stuck(30),
  Fault.stopped(30),
  Fault.hangAtStop(),
  Fault.stray("stray"),
  Fault.clockJump(40),
  Fault.hostPause(40),
  Fault.lateFrame(25),
  Fault.dropFrame(),
  Fault.dropReply(),
  Fault.duplicateFrame(),
  Fault.malformedReply("malformed")
]

/** How many different halves of the menu there are, and the whole. */
const swarms = 32

/**
 * Any fault of the menu, at any possible place.
 *
 * **Example** (Under any fault, a task has an outcome, and in the end succeeds)
 *
 * ```ts
 * import { Task, TaskPool } from "@heddle/core"
 * import { Explore, Faults, SimulatedWorkers } from "@heddle/testing"
 * import { Effect, Layer, Schema } from "effect"
 *
 * const Double = Task.make("Double", { payload: { n: Schema.Int }, success: Schema.Int })
 * const handlers = Double.toLayer(({ n }) => Effect.succeed(2 * n))
 *
 * const program = Effect.gen(function* () {
 *   const faults = yield* Faults.any({ budget: 2 })
 *   const pool = TaskPool.layer({ size: 1, startTimeout: 100 })
 *   const workers = SimulatedWorkers.layer(handlers, { faults: faults.decide })
 *   const uses = Effect.gen(function* () {
 *     yield* Effect.exit(Effect.timeout(Double({ n: 1 }), "1 minute"))
 *     yield* faults.heal
 *     yield* Effect.sleep("10 seconds")
 *     return yield* Double({ n: 2 })
 *   })
 *   // A pool whose first worker cannot start says so.
 *   const used = yield* Effect.exit(Effect.provide(uses, Layer.provide(pool, workers)))
 *   if (used._tag === "Success" && used.value !== 4) return yield* Effect.die("wrong")
 * })
 *
 * const { failure } = await Explore.run(program, { schedules: 50 })
 * console.log(failure) // => undefined
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const any = (options: Options = {}): Effect.Effect<Faults> =>
  Effect.gen(function* () {
    const { budget = 3, coverage, rate = 0.05, swarm = true } = options
    const simulation = yield* Current
    const random = yield* Random.Random
    const explored = simulation?.explores === true ? simulation : undefined
    const below = (n: number) => Math.floor(random.nextDoubleUnsafe() * n)

    const subset = !swarm ? 0 : (explored?.drawUnsafe("command", swarms) ?? below(swarms))
    const byPlace = Map.groupBy(options.menu ?? menu, placeOf)
    const injected: Array<Injected> = []
    let isHealing = false

    /** An item of the list, numbered from 1; or zero. */
    const draw = (n: number): number => {
      if (explored !== undefined) return explored.drawUnsafe("fault", n + 1)
      return random.nextDoubleUnsafe() < rate ? 1 + below(n) : 0
    }
    const decide: Fault.Decide = (point) => {
      const possible = byPlace.get(point.at) ?? []
      if (isHealing || injected.length >= budget || possible.length === 0) return undefined
      const fault = possible[draw(possible.length) - 1]
      if (fault === undefined || isLeftOut(subset, fault)) return undefined
      injected.push({ fault, point })
      coverage?.count(fault)
      return fault
    }
    return {
      decide,
      heal: Effect.sync(() => {
        isHealing = true
      }),
      injected: Effect.sync(() => [...injected])
    }
  })

/** Subset 0 is the whole menu. A death by signal is left out apart from one by exit. */
const isLeftOut = (subset: number, fault: Fault.Fault): boolean =>
  subset > 0 && Prng.make(Prng.hash(`${subset} ${JSON.stringify(fault)}`), "draws").double() < 0.5
