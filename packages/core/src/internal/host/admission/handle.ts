/**
 * Forked tasks and broadcasts: a task with any number of waiters, and a task run once on every worker.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { TaskDefinition } from "../../model/definition.ts"
import { own as ownOptions, type RunOptions, toMillis } from "../../model/options.ts"
import type { Receipt, TaskStatus } from "../../model/outcome.ts"
import type { BroadcastResult, ForkedTask } from "../../model/pool.ts"
import { PoolClosed, TaskError } from "../../../TaskError.ts"
import type { TaskState } from "../../machine/taskMachine.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import { HostTask, type OnSettled, type Pin } from "../tasks/HostTask.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import type { Progress } from "../../model/progress.ts"
import { checkListener, ProgressPort } from "../../shared/progress.ts"
import type { Settlement } from "../tasks/outcomes.ts"
import { cancel, setDeadline, submit } from "./submission.ts"

/** Submits a task owned by the scope: closing the scope interrupts the task and waits for its end (G2, G3). */
export const fork = (
  engine: PoolEngine,
  definition: TaskDefinition,
  payload: unknown,
  options?: RunOptions,
  pin?: Pin
): Effect.Effect<ForkedTask, TaskError, Scope.Scope> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const scope = yield* Scope.Scope
      if (scope.state._tag === "Closed") {
        return yield* new TaskError({ task: definition.name, reason: new PoolClosed({ state: "closed" }) })
      }
      // A child scope per task removes itself from the caller's scope when the task settles.
      const own = yield* Scope.fork(scope)
      const handle = yield* Effect.withFiber((fiber) =>
        Effect.sync(() => {
          const made = new Handle(
            engine,
            own,
            new ProgressPort(fiber, checkListener(ownOptions(options)?.onProgress))
          )
          const { port, settle } = made
          made.start(submit(engine, definition, payload, undefined, options, fiber, settle, pin, port))
          return made
        })
      )
      yield* Scope.addFinalizer(own, Effect.asVoid(handle.interrupt))
      return handle
    })
  )

class Handle implements ForkedTask {
  private readonly engine: PoolEngine
  private readonly own: Scope.Closeable
  private task: HostTask | undefined
  private settlement: Settlement | undefined
  private readonly waiters = new Set<(settlement: Settlement) => void>()

  readonly port: ProgressPort

  constructor(engine: PoolEngine, own: Scope.Closeable, port: ProgressPort) {
    this.engine = engine
    this.own = own
    this.port = port
  }

  start(submitted: HostTask | Exit.Exit<never, TaskError>): void {
    if (submitted instanceof HostTask) this.task = submitted
    else this.settle(submitted, "rejected", undefined)
  }

  readonly settle: OnSettled = (exit, outcome, receipt) => {
    if (this.settlement !== undefined) return
    const settlement = { exit, outcome, receipt }
    this.settlement = settlement
    for (const waiter of this.waiters) this.engine.events.guard("caller", () => waiter(settlement))
    this.waiters.clear()
    this.port.end()
    Effect.runFork(Scope.close(this.own, Exit.void))
  }

  get id(): number {
    return this.task?.id ?? 0
  }

  private readonly settled: Effect.Effect<Settlement> = Effect.callback((resume) => {
    if (this.settlement !== undefined) return resume(Effect.succeed(this.settlement))
    const waiter = (settlement: Settlement) => resume(Effect.succeed(settlement))
    this.waiters.add(waiter)
    return Effect.sync(() => this.waiters.delete(waiter))
  })

  readonly await = Effect.flatMap(this.settled, (settlement) => settlement.exit)

  readonly interrupt: Effect.Effect<Receipt> = Effect.suspend(() => {
    if (this.settlement === undefined && this.task !== undefined)
      this.engine.lifecycle.end(this.task, { _tag: "Handle" })
    return Effect.map(this.settled, (settlement) => settlement.receipt ?? this.freeReceipt())
  })

  /** Returns the receipt of a task which had ended before it was interrupted. */
  private freeReceipt(): Receipt {
    return {
      _tag: "clean",
      task: this.task?.name ?? "",
      id: this.id,
      worker: this.task?.lastWorker,
      millis: 0,
      casualties: []
    }
  }

  setDeadline(deadline: Parameters<ForkedTask["setDeadline"]>[0]): Effect.Effect<void> {
    return Effect.sync(() => {
      const { task } = this
      if (task !== undefined && task.state !== "settled") {
        setDeadline(this.engine, task, toMillis("deadline", deadline))
      }
    })
  }

  watchProgress(listener: (progress: Progress) => void, onEnd: () => void): () => void {
    const { port, settlement, task } = this
    if (settlement !== undefined || task === undefined) {
      onEnd()
      return () => {}
    }
    // A task that is not sent yet takes the wish along.
    const ask = () => task.holder?.tell(task, (frame) => Message.pushWatch(frame, task.ref))
    return port.watch(listener, onEnd, ask)
  }

  watch(listener: (status: TaskStatus) => void): () => void {
    const { task } = this
    const observer = (state: TaskState) => listener(statusOf(state))
    observer(task?.state ?? "settled")
    if (task === undefined || task.state === "settled") return () => {}
    task.observers ??= new Set()
    task.observers.add(observer)
    return () => void task.observers?.delete(observer)
  }
}

/** Maps a state to the public status. To an observer, terminating the worker is part of the interruption. */
const statusOf = (state: TaskState): TaskStatus => (state === "terminating" ? "interrupting" : state)

/** Turns a defect of the payload's own code into an exit, so the tasks on the other workers keep their caller. */
const submitted = (make: () => HostTask | Exit.Exit<never, any>): HostTask | Exit.Exit<never, any> => {
  try {
    return make()
  } catch (defect) {
    return Exit.die(defect)
  }
}

/** Runs a task once on every ready worker, except reserved workers; succeeds with the exit of each. */
export const broadcast = (
  engine: PoolEngine,
  definition: TaskDefinition,
  payload: unknown,
  options?: RunOptions
): Effect.Effect<ReadonlyArray<BroadcastResult<any, any>>, TaskError> =>
  Effect.withFiber((fiber) => {
    const refused = engine.refusal(definition)
    if (refused !== undefined) return Effect.fail(new TaskError({ task: definition.name, reason: refused }))
    return Effect.callback((resume) => {
      const workers = engine.fleet.workers.filter(
        ({ leaving, reserved, state }) => state === "ready" && !leaving && reserved !== "held"
      )
      const results: Array<BroadcastResult<any, any>> = []
      const tasks: Array<HostTask> = []
      let open = workers.length
      const done = (index: number, exit: Exit.Exit<any, any>) => {
        results[index] = { worker: workers[index]!.id, exit }
        if (--open === 0) resume(Effect.succeed(results))
      }
      workers.forEach((worker, index) => {
        const pin = { line: worker.pinned }
        const onSettled: OnSettled = (exit) => done(index, exit)
        const task = submitted(() =>
          submit(engine, definition, payload, undefined, options, fiber, onSettled, pin)
        )
        if (task instanceof HostTask) tasks.push(task)
        else done(index, task)
      })
      if (workers.length === 0) resume(Effect.succeed([]))
      return Effect.suspend(() =>
        Effect.forEach(tasks, (task) => cancel(engine, task), { concurrency: "unbounded", discard: true })
      )
    })
  })
