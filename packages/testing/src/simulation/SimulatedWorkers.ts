/**
 * `SimulatedWorkers`: workers in memory, with the production runner, protocol and codec, and faults on request.
 *
 * Frames are cloned as between threads; each worker's code runs apart, and a termination may cut the code at any point. Time
 * follows `Clock`: under `Simulation` the whole pool is deterministic (G12); `TestClock` and the live clock
 * work as well.
 *
 * @since 0.1.0
 */
import type { TaskPool } from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Delay from "./Delay.ts"
import type { Death, Decide, Fault } from "./Fault.ts"
import { Current, type Handle } from "../internal/current.ts"
import { isExotic } from "./internal/exotic.ts"
import { FaultPlan } from "./internal/faultPlan.ts"
import { Ground, type HandlerStart } from "./internal/ground.ts"
import { own } from "./internal/own.ts"
import { SimulatedWorker } from "./internal/simulatedWorker.ts"

export {
  /**
   * A handler was called: on which worker, for which task, when.
   *
   * @category models
   * @since 0.1.0
   */
  type HandlerStart
} from "./internal/ground.ts"

/**
 * - `parallelism`: default size of a pool. Default 4.
 * - `sharedMemory`: whether host and worker see the same words, as threads do. Default true; false is as with
 *   processes.
 * - `latency`: how long a frame travels, either way, drawn per frame. Frames never overtake each other. Default none: a
 *   frame arrives in a later turn of the same moment.
 * - `startTime`: how long a worker takes before it builds its handlers. Default none.
 * - `cost`: how long a task computes, by its name: its worker processes nothing meanwhile, before the handler goes on.
 *   Default none: computing takes no time.
 * - `faults`: the faults; see `Fault`. A throw from this function, or from `cost`, harms no worker: the layer dies of
 *   the error when closing.
 * - `importModule`: the module of `Task.fromModule` under a URL; default is a real `import`. Either way a promise is
 *   involved, so such tasks need `Simulation.runPromise`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly parallelism?: number | undefined
  readonly sharedMemory?: boolean | undefined
  readonly latency?: Delay.Delay | undefined
  readonly startTime?: Delay.Delay | undefined
  readonly cost?: ((task: string) => Delay.Delay) | undefined
  readonly faults?: ReadonlyArray<Fault> | Decide | undefined
  readonly importModule?:
    | Readonly<Record<string, Record<string, unknown>>>
    | ((url: string) => Promise<Record<string, unknown>>)
    | undefined
}

/**
 * The test's view of the workers behind the pool's back, and the test's commands to them. Workers are numbered by spawn, from 1;
 * an unused number is a defect.
 *
 * - `spawned`: how often the pool asked for a worker, refused spawns included.
 * - `alive`: the living workers, in order.
 * - `starts`: every call of a handler so far, in order.
 * - `crash`: kills a worker at once, even a stuck worker; a dead worker dies no second time.
 * - `pause`, `resume`: a paused worker processes nothing, as if stopped by a signal; incoming frames are kept.
 * - `stray`: the worker posts a message outside of the private channel.
 * - `pauseHost`: nothing reaches the host for so long, then everything at once; see `Fault.hostPause`.
 * - `jumpClock`: time leaps, and nothing runs meanwhile; see `Fault.clockJump`.
 *
 * @category services
 * @since 0.1.0
 */
export class Control extends Context.Service<
  Control,
  {
    readonly spawned: Effect.Effect<number>
    readonly alive: Effect.Effect<ReadonlyArray<number>>
    readonly starts: Effect.Effect<ReadonlyArray<HandlerStart>>
    readonly crash: (worker: number, death?: Death) => Effect.Effect<void>
    readonly pause: (worker: number) => Effect.Effect<void>
    readonly resume: (worker: number) => Effect.Effect<void>
    readonly stray: (worker: number, message: unknown) => Effect.Effect<void>
    readonly pauseHost: (duration: Duration.Input) => Effect.Effect<void>
    readonly jumpClock: (duration: Duration.Input) => Effect.Effect<void>
  }
>()("@heddle/testing/SimulatedWorkers/Control") {}

/**
 * A transport with workers serving these handlers. Every worker builds the layer for itself.
 *
 * **Gotchas**
 *
 * Handlers share the memory of the test, unlike the handlers of threads: a handler closing over the test's variables
 * works here and nowhere else. Build the layer inside of the simulation: the layer takes scheduler and clock from there.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  handlers: Layer.Layer<never, unknown, TaskHandlers | TaskPool>,
  given: Options = {}
): Layer.Layer<WorkerTransport | Control> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const options = own(given)
      const { cost, faults = [], parallelism = 4, sharedMemory = true } = options
      const host = yield* Effect.context()
      const random = yield* Random.Random
      const hook = new Hook()
      const drawn = (delay: Delay.Delay) => sampler(delay, random, Context.get(host, Current))
      const ground = new Ground(
        {
          handlers,
          faults: new FaultPlan(faults, hook.threw),
          sharedMemory,
          importModule: importer(options.importModule),
          latency: drawn(options.latency ?? 0),
          startTime: drawn(options.startTime ?? 0),
          cost: cost === undefined ? () => 0 : (task) => hook.call(() => drawn(cost(task))(), 0)
        },
        host
      )
      const workers: Array<SimulatedWorker | undefined> = []
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          for (const worker of workers) worker?.vanish()
          ground.close()
          hook.tell()
        })
      )
      const transport = WorkerTransport.of({
        name: "simulated",
        parallelism,
        sharedMemory,
        isExotic,
        isChecked: true,
        endOfTurn: ground.schedule,
        turn: ground.schedule,
        spawn: (start, listener) => {
          const number = workers.length + 1
          const fault = ground.options.faults.at("spawn", number)
          if (fault?._tag === "SpawnRefused") {
            workers.push(undefined)
            throw fault.cause
          }
          const worker = new SimulatedWorker(ground, number, start, listener)
          workers.push(worker)
          worker.launch(fault)
          return worker
        }
      })
      return Context.make(WorkerTransport, transport).pipe(Context.add(Control, controlOf(ground, workers)))
    })
  )

/** The test's own code, called by workers: an error from there is no worker's fault, and breaks the test at the layer's close. */
class Hook {
  private thrown: { readonly cause: unknown } | undefined

  readonly threw = (cause: unknown): void => {
    this.thrown ??= { cause }
  }

  call<A>(f: () => A, otherwise: A): A {
    try {
      return f()
    } catch (cause) {
      this.threw(cause)
      return otherwise
    }
  }

  tell(): void {
    if (this.thrown !== undefined) throw this.thrown.cause
  }
}

const controlOf = (
  ground: Ground,
  workers: ReadonlyArray<SimulatedWorker | undefined>
): Control["Service"] => {
  const on = (number: number, f: (worker: SimulatedWorker) => void) =>
    Effect.sync(() => {
      const worker = workers[number - 1]
      if (worker === undefined) throw new RangeError(`there is no worker ${number} of ${workers.length}`)
      f(worker)
    })
  return Control.of({
    spawned: Effect.sync(() => workers.length),
    alive: Effect.sync(() => workers.flatMap((worker) => (worker?.isGone === false ? [worker.number] : []))),
    starts: Effect.sync(() => [...ground.starts]),
    crash: (number, death = {}) => on(number, (worker) => worker.die(death)),
    pause: (number) => on(number, (worker) => worker.pause()),
    resume: (number) => on(number, (worker) => worker.resume()),
    stray: (number, message) => on(number, (worker) => worker.stray(message)),
    pauseHost: (duration) => Effect.sync(() => ground.pauseHost(Duration.toMillis(duration))),
    jumpClock: (duration) => Effect.sync(() => ground.jumpClock(Duration.toMillis(duration)))
  })
}

/** Steps of a distribution under exploration: the explorer shrinks a whole number. */
const parts = 100

const sampler = (
  delay: Delay.Delay,
  random: Random.Random,
  simulation: Handle | undefined
): (() => number) => {
  if (Delay.isFixed(delay)) {
    const millis = Delay.quantile(delay, 0)
    return () => millis
  }
  const part = () =>
    simulation?.explores === true
      ? simulation.drawUnsafe("delay", parts + 1) / parts
      : random.nextDoubleUnsafe()
  return () => Delay.quantile(delay, part())
}

const importer = (modules: Options["importModule"]): ((url: string) => Promise<Record<string, unknown>>) => {
  if (modules === undefined)
    return (url) => import(/* @vite-ignore */ url) as Promise<Record<string, unknown>>
  if (typeof modules === "function") return modules
  return async (url) => {
    const found = Object.hasOwn(modules, url) ? modules[url] : undefined
    if (found === undefined) throw new Error(`no module ${url} in importModule`)
    return found
  }
}
