/**
 * A pool of simulated workers, against a list of who runs and a list of who waits.
 *
 * No task takes any time: each runs until a command ends it, so what is to be seen after a command is one thing, whatever
 * the schedule.
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
import type { Model } from "../../Model.ts"
import * as SimulatedWorkers from "../../SimulatedWorkers.ts"

const which = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

/**
 * - `Submit`: somebody calls the task.
 * - `Finish`: the body of a task ends, or will as soon as it is run. `task` counts, around in a circle, those without an
 *   outcome.
 * - `Interrupt`: a caller is interrupted; counted likewise.
 * - `Crash`: the worker of a task dies. `task` counts those that run.
 * - `Resize`: the pool is to have so many workers; those that are too many end what they run.
 * - `Close`: the pool's scope closes.
 */
export const PoolCommand = Schema.Union([
  Schema.TaggedStruct("Submit", {}),
  Schema.TaggedStruct("Finish", { task: which }),
  Schema.TaggedStruct("Interrupt", { task: which }),
  Schema.TaggedStruct("Crash", { task: which }),
  Schema.TaggedStruct("Resize", { size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })) }),
  Schema.TaggedStruct("Close", {})
])

export type PoolCommand = typeof PoolCommand.Type

type Outcome = "pending" | "done" | "interrupted" | "lost" | "closed" | "wrong"

/** `running`: the tasks whose handlers run. `outcomes`: of each task, in the order of submission. */
export interface PoolObservation {
  readonly outcomes: ReadonlyArray<Outcome>
  readonly running: ReadonlyArray<number>
}

interface State extends PoolObservation {
  readonly isOpen: boolean
  readonly size: number
  readonly queue: ReadonlyArray<number>
  /** Tasks that end as soon as they run. */
  readonly finished: ReadonlyArray<number>
}

/**
 * - `size`: of the pool, as the model has it.
 * - `pool`: more options of the real one.
 * - `workers`: options of its workers, such as latency. Faults would be news to the model.
 */
export interface PoolModelOptions {
  readonly size?: number | undefined
  readonly pool?: TaskPool.PoolOptions | undefined
  readonly workers?: Omit<SimulatedWorkers.Options, "faults"> | undefined
}

interface Real {
  readonly submit: Effect.Effect<void, unknown, Scope.Scope>
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
    initial: { isOpen: true, size, outcomes: [], running: [], queue: [], finished: [] },
    isEnabled: (state, command) => {
      if (command._tag === "Submit") return true
      if (command._tag === "Close" || command._tag === "Resize") return state.isOpen
      return targetOf(state, command) !== undefined
    },
    next: (state, command) => fill(apply(state, command)),
    expected: ({ outcomes, running }) => ({ outcomes, running: running.toSorted((a, b) => a - b) }),
    start: start(size, options),
    perform: (real, command, before) => {
      if (command._tag === "Submit") return real.submit
      if (command._tag === "Close") return real.close
      if (command._tag === "Resize") return real.resize(command.size)
      const target = targetOf(before, command)!
      if (command._tag === "Finish") return real.finish(target)
      return command._tag === "Interrupt" ? real.interrupt(target) : real.crash(target)
    },
    observe: (real) => real.observe
  }
}

// ----------------------------------------------------------------------------
// the reference
// ----------------------------------------------------------------------------

type Targeted = Exclude<PoolCommand, { readonly _tag: "Submit" | "Resize" | "Close" }>

/** The task that a command means, if there is one. */
const targetOf = ({ finished, queue, running }: State, { _tag, task }: Targeted): number | undefined => {
  const waiting = _tag === "Finish" ? queue.filter((other) => !finished.includes(other)) : queue
  const candidates = _tag === "Crash" ? running : [...running, ...waiting]
  return candidates[task % candidates.length]
}

const settle = (state: State, task: number, outcome: Outcome): State => ({
  ...state,
  outcomes: state.outcomes.with(task, outcome),
  running: state.running.filter((other) => other !== task),
  queue: state.queue.filter((other) => other !== task)
})

const apply = (state: State, command: PoolCommand): State => {
  const { isOpen, outcomes, queue, running } = state
  if (command._tag === "Submit") {
    if (!isOpen) return { ...state, outcomes: [...outcomes, "closed"] }
    return { ...state, outcomes: [...outcomes, "pending"], queue: [...queue, outcomes.length] }
  }
  if (command._tag === "Close") {
    const closed = [...running, ...queue].reduce((before, task) => settle(before, task, "closed"), state)
    return { ...closed, isOpen: false }
  }
  if (command._tag === "Resize") return { ...state, size: command.size }
  const task = targetOf(state, command)!
  if (command._tag === "Interrupt") return settle(state, task, "interrupted")
  if (command._tag === "Crash") return settle(state, task, "lost")
  return running.includes(task)
    ? settle(state, task, "done")
    : { ...state, finished: [...state.finished, task] }
}

/** Whoever is first in line runs, while there is room. */
const fill = (state: State): State => {
  const [first, ...queue] = state.queue
  if (first === undefined || state.running.length >= state.size) return state
  const next = state.finished.includes(first)
    ? settle(state, first, "done")
    : { ...state, running: [...state.running, first], queue }
  return fill(next)
}

// ----------------------------------------------------------------------------
// the real one
// ----------------------------------------------------------------------------

const Gated = Task.make("Gated", { payload: { key: Schema.Int }, success: Schema.Int })

const start = (size: number, options: PoolModelOptions): Effect.Effect<Real, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const gates: Array<Deferred.Deferred<void>> = []
    const callers: Array<Fiber.Fiber<void>> = []
    const outcomes: Array<Outcome> = []
    /** The worker of each task whose handler runs. */
    const workerOf = new Map<number, number>()
    const handlers = Gated.toLayer(({ key }) => {
      // Handlers are called one at a time, and the call of this one was just noted.
      workerOf.set(key, Effect.runSync(control.starts).at(-1)!.worker)
      return Deferred.await(gates[key]!).pipe(
        Effect.as(key),
        Effect.onExit(() => Effect.sync(() => workerOf.delete(key)))
      )
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

    const submit = Effect.gen(function* () {
      const key = outcomes.push("pending") - 1
      gates.push(yield* Deferred.make<void>())
      const call = Effect.provideService(Gated({ key }), TaskPool.TaskPool, service)
      const noted = Effect.flatMap(Effect.exit(call), (exit) =>
        Effect.sync(() => void (outcomes[key] = outcomeOf(key, exit)))
      )
      callers.push(
        yield* Effect.forkScoped(
          Effect.onInterrupt(noted, () => Effect.sync(() => void (outcomes[key] = "interrupted")))
        )
      )
    })
    return {
      submit,
      close,
      resize: (to) => Effect.asVoid(Effect.forkIn(service.resize(to), scope)),
      finish: (task) => Effect.asVoid(Deferred.succeed(gates[task]!, undefined)),
      interrupt: (task) => Fiber.interrupt(callers[task]!),
      crash: (task) =>
        Effect.suspend(() => {
          const worker = workerOf.get(task)
          workerOf.delete(task)
          return worker === undefined ? Effect.void : control.crash(worker)
        }),
      observe: Effect.sync(() => ({
        outcomes: [...outcomes],
        running: [...workerOf.keys()].toSorted((a, b) => a - b)
      }))
    }
  })

const outcomeOf = (key: number, exit: Exit.Exit<number, unknown>): Outcome => {
  if (Exit.isSuccess(exit)) return exit.value === key ? "done" : "wrong"
  const error = Cause.squash(exit.cause)
  if (!TaskError.isTaskError(error)) return "wrong"
  const { _tag } = error.reason
  if (_tag === "WorkerLost") return "lost"
  return _tag === "PoolClosed" || (_tag === "Interrupted" && error.reason.by === "pool") ? "closed" : "wrong"
}
