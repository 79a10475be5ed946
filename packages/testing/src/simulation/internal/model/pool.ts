/**
 * A pool of simulated workers, against `poolReference.ts`: each task runs until a command ends the task.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { Model } from "./model.ts"
import * as SimulatedWorkers from "../../SimulatedWorkers.ts"
import {
  apply,
  fill,
  isEnabled,
  type Outcome,
  type PoolCommand,
  runningOf,
  type State,
  targetOf
} from "./poolReference.ts"

export { PoolCommand } from "./poolReference.ts"

/** `running`: the tasks whose handlers run. `outcomes`: of each task, in the order of submission. */
export interface PoolObservation {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly running: ReadonlyArray<number>
}

/**
 * - `size`: of the pool, as the model has it.
 * - `pool`: more options of the real pool.
 * - `workers`: options of its workers, such as latency. The model knows no faults.
 */
export interface PoolModelOptions {
  readonly size?: number | undefined
  readonly pool?: TaskPool.PoolOptions | undefined
  readonly workers?: Omit<SimulatedWorkers.Options, "faults"> | undefined
}

interface Real {
  readonly submit: Effect.Effect<void, unknown, Scope.Scope>
  readonly nest: (caller: number) => Effect.Effect<void>
  readonly finish: (task: number) => Effect.Effect<void>
  readonly interrupt: (task: number) => Effect.Effect<void>
  readonly crash: (task: number) => Effect.Effect<void>
  readonly resize: (size: number) => Effect.Effect<void>
  readonly close: Effect.Effect<void>
  readonly observe: Effect.Effect<PoolObservation>
}

export const pool = (options: PoolModelOptions = {}): Model<State, PoolCommand, Real, PoolObservation> => {
  const { size = 2 } = options
  return {
    initial: { isOpen: true, size, tasks: [] },
    isEnabled,
    next: (state, command) => fill(apply(state, command)),
    expected: (state) => ({
      outcomes: state.tasks.map(({ outcome }) => outcome),
      running: runningOf(state)
    }),
    start: start(size, options),
    perform: (real, command, before) => {
      if (command._tag === "Submit") return real.submit
      if (command._tag === "Close") return real.close
      if (command._tag === "Resize") return real.resize(command.size)
      return real[verbs[command._tag]](targetOf(before, command)!)
    },
    observe: (real) => real.observe
  }
}

const verbs = { Nest: "nest", Finish: "finish", Interrupt: "interrupt", Crash: "crash" } as const

// ----------------------------------------------------------------------------
// commands to tasks, and their outcomes
// ----------------------------------------------------------------------------

/** A command to the body of a task: call another task, or end. */
type Order = { readonly call: number } | "end"

interface Job {
  readonly caller: number | undefined
  outcome: Outcome
  /** The next order, which may be given before the body runs. */
  order: Deferred.Deferred<Order>
  /** Its caller, a handler, loses patience. */
  readonly patience: Deferred.Deferred<void>
}

/** The tasks so far. A first outcome stays; later ones are ignored. */
class Jobs {
  private readonly jobs: Array<Job> = []

  readonly add = (caller: number | undefined): number =>
    this.jobs.push({
      caller,
      outcome: "pending",
      order: Deferred.makeUnsafe(),
      patience: Deferred.makeUnsafe()
    }) - 1

  readonly get = (key: number): Job => this.jobs[key]!

  readonly note = (key: number, outcome: Outcome): Effect.Effect<void> =>
    Effect.sync(() => {
      const job = this.get(key)
      if (job.outcome === "pending") job.outcome = outcome
    })

  readonly tell = (key: number, order: Order): Effect.Effect<void> =>
    Effect.suspend(() => Deferred.succeed(this.get(key).order, order))

  readonly heed = (key: number): Effect.Effect<Order> =>
    Effect.map(
      Effect.suspend(() => Deferred.await(this.get(key).order)),
      (order) => {
        this.get(key).order = Deferred.makeUnsafe()
        return order
      }
    )

  /** Tasks with a caller unable to report; `all`: no handler can report. */
  orphan(all: boolean): void {
    const isLost = (key: number | undefined): boolean =>
      key !== undefined && (this.get(key).outcome === "lost" || isLost(this.get(key).caller))
    for (const job of this.jobs) {
      const { caller, outcome } = job
      if (outcome === "pending" && caller !== undefined && (all || isLost(caller))) job.outcome = "orphaned"
    }
  }

  readonly outcomes = (): Array<Outcome> => this.jobs.map(({ outcome }) => outcome)
}

const Gated = Task.make("Gated", { payload: { key: Schema.Int }, success: Schema.Int })

/** Calls the task, and notes its outcome. */
const call = (jobs: Jobs, key: number): Effect.Effect<void, never, TaskPool.TaskPool> =>
  Effect.exit(Gated({ key })).pipe(
    Effect.flatMap((exit) => jobs.note(key, outcomeOf(key, exit))),
    Effect.onInterrupt(() => jobs.note(key, "interrupted"))
  )

/** Follows commands until one ends the task; then its own calls have to end first. */
const body = (jobs: Jobs, key: number): Effect.Effect<number, never, TaskPool.TaskPool> =>
  Effect.gen(function* () {
    const called: Array<Fiber.Fiber<void>> = []
    for (;;) {
      const order = yield* jobs.heed(key)
      if (order === "end") break
      const patience = Deferred.await(jobs.get(order.call).patience)
      called.push(yield* Effect.forkChild(Effect.raceFirst(call(jobs, order.call), patience)))
    }
    yield* Fiber.awaitAll(called)
    return key
  })

const outcomeOf = (key: number, exit: Exit.Exit<number, unknown>): Outcome => {
  if (Exit.isSuccess(exit)) return exit.value === key ? "done" : "wrong"
  // The calls of an ending handler end first, and report their end.
  if (Cause.hasInterruptsOnly(exit.cause)) return "interrupted"
  const error = Cause.squash(exit.cause)
  if (!TaskError.isTaskError(error)) return "wrong"
  const { _tag } = error.reason
  if (_tag === "WorkerLost") return "lost"
  return _tag === "PoolClosed" || (_tag === "Interrupted" && error.reason.by === "pool") ? "closed" : "wrong"
}

// ----------------------------------------------------------------------------
// the real pool
// ----------------------------------------------------------------------------

const start = (size: number, options: PoolModelOptions): Effect.Effect<Real, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const jobs = new Jobs()
    const callers = new Map<number, Fiber.Fiber<void>>()
    /** The worker of each task whose handler runs. */
    const workerOf = new Map<number, number>()
    const handlers = Gated.toLayer(({ key }) => {
      // Handlers are called one at a time, and this call was just noted.
      workerOf.set(key, Effect.runSync(control.starts).at(-1)!.worker)
      return Effect.onExit(body(jobs, key), () => Effect.sync(() => workerOf.delete(key)))
    })
    const workers = yield* Layer.build(SimulatedWorkers.layer(handlers, options.workers))
    const control: SimulatedWorkers.Control["Service"] = Context.get(workers, SimulatedWorkers.Control)
    const scope = yield* Scope.make()
    const service = yield* TaskPool.make({ size, ...options.pool }).pipe(
      Effect.provide(workers),
      Effect.provideService(Scope.Scope, scope)
    )
    const close = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => close)

    return {
      submit: Effect.gen(function* () {
        const key = jobs.add(undefined)
        const calling = Effect.provideService(call(jobs, key), TaskPool.TaskPool, service)
        callers.set(key, yield* Effect.forkScoped(calling))
      }),
      nest: (caller) => Effect.suspend(() => jobs.tell(caller, { call: jobs.add(caller) })),
      finish: (task) => jobs.tell(task, "end"),
      interrupt: (task) => {
        const caller = callers.get(task)
        return caller === undefined
          ? Effect.asVoid(Deferred.succeed(jobs.get(task).patience, undefined))
          : Fiber.interrupt(caller)
      },
      crash: (task) =>
        Effect.suspend(() => {
          const worker = workerOf.get(task)
          if (worker === undefined) return Effect.void
          for (const [other, where] of workerOf) if (where === worker) workerOf.delete(other)
          return control.crash(worker)
        }),
      resize: (to) => Effect.asVoid(Effect.forkIn(service.resize(to), scope)),
      close: Effect.suspend(() => {
        jobs.orphan(true)
        return close
      }),
      observe: Effect.sync(() => {
        jobs.orphan(false)
        return { outcomes: jobs.outcomes(), running: [...workerOf.keys()].toSorted((a, b) => a - b) }
      })
    }
  })
