/**
 * Tasks of the group CANCEL, and their layer.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"

/**
 * The words of the signals of {@link Occupy}.
 *
 * - `arrived`, `passed`: how many began, and how many got through the gate.
 * - `open`: the gate; a case opens it.
 * - `running`, `most`: how many are in the handler right now, clean-up included, and the maximum so far.
 * - `cleaning`, `cleaned`: how many clean-ups began, and how many ended.
 *
 * @category constants
 * @since 0.1.0
 */
export const occupy = {
  arrived: 0,
  open: 1,
  running: 2,
  most: 3,
  passed: 4,
  cleaning: 5,
  cleaned: 6
} as const

/**
 * Waits for its gate, then returns the number of its arrival. Interrupted, cleans up for `cleanup` milliseconds;
 * with `deaf` the handler ignores the interruption and waits for the gate. Counts in its signal; see {@link occupy}.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Occupy = Task.make("Occupy", {
  payload: {
    signal: Signal.Words,
    cleanup: Schema.optionalKey(Schema.Finite),
    deaf: Schema.optionalKey(Schema.Boolean)
  },
  success: Schema.Int
})

/**
 * Interrupts itself: at once, or after a suspension.
 *
 * @category tasks
 * @since 0.1.0
 */
export const InterruptSelf = Task.make("InterruptSelf", {
  payload: { suspended: Schema.Boolean },
  success: Schema.Never
})

/**
 * Runs for ever, and dies with `new Error("clean-up broke")` in its finalizer. Word 0 of its signal counts starts.
 *
 * @category tasks
 * @since 0.1.0
 */
export const BreakCleanup = Task.make("BreakCleanup", {
  payload: { signal: Signal.Words },
  success: Schema.Never
})

/**
 * Runs for ever; interrupted, dies of the abort reason in its handler's `signal`. Word 0 counts starts.
 *
 * @category tasks
 * @since 0.1.0
 */
export const TellReason = Task.make("TellReason", {
  payload: { signal: Signal.Words },
  success: Schema.Never
})

/**
 * Calls {@link TellReason}, aborts the call with an error "nested", and dies of the resulting cause.
 *
 * @category tasks
 * @since 0.1.0
 */
export const TellReasonNested = Task.make("TellReasonNested", {
  payload: { signal: Signal.Words },
  success: Schema.Never
})

const describe = (reason: unknown): string =>
  reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)

const describeAll = (cause: Cause.Cause<unknown>): string =>
  cause.reasons
    .map((reason) => {
      if (reason._tag === "Interrupt") return "interruption"
      const found: unknown = reason._tag === "Fail" ? reason.error : reason.defect
      return `${reason._tag === "Fail" ? "Interrupted " : ""}${describe(found)}`
    })
    .join("; ")

const crashes = {
  signal: Signal.Words,
  how: Schema.Literals(["exit", "throw"])
}

/**
 * Runs for ever; interrupted, its clean-up ends the worker: with exit code 5, or by `new Error("thrown by the test")`. Word 0
 * of its signal counts starts.
 *
 * @category tasks
 * @since 0.1.0
 */
export const CrashCleanup = Task.make("CrashCleanup", { payload: crashes, success: Schema.Never })

/**
 * Starts a {@link CrashCleanup}, interrupts the task by its handle, and returns the receipt: its tag, the exit code, the
 * message of the cause.
 *
 * @category tasks
 * @since 0.1.0
 */
export const CrashNested = Task.make("CrashNested", {
  payload: crashes,
  success: Schema.Array(Schema.Unknown)
})

/**
 * A receipt in short: its tag, the exit code, the message of the cause.
 *
 * @category getters
 * @since 0.1.0
 */
export const summary = (receipt: TaskPool.Receipt): ReadonlyArray<unknown> => {
  if (receipt._tag !== "crashed") return [receipt._tag]
  const { cause, exitCode } = receipt.exit
  return [receipt._tag, exitCode, cause instanceof Error ? cause.message : cause]
}

const enter = (signal: Signal.Signal): number => {
  const { arrived, most, running } = occupy
  const now = Signal.addUnsafe(signal, running)
  Signal.raiseUnsafe(signal, most, now)
  return Signal.addUnsafe(signal, arrived)
}

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool | Saboteur> = Layer.mergeAll(
  Occupy.toLayer(({ cleanup = 0, deaf = false, signal }) => {
    const count = (word: keyof typeof occupy, by = 1) => Signal.add(signal, occupy[word], by)
    const wait = Effect.andThen(Signal.awaitAtLeast(signal, occupy.open, 1), count("passed"))
    const cleanUp = Effect.gen(function* () {
      yield* count("cleaning")
      yield* Effect.sleep(cleanup)
      yield* count("cleaned")
    })
    const body = Effect.acquireUseRelease(
      Effect.sync(() => enter(signal)),
      (arrival) => Effect.as(wait, arrival),
      (_, exit) => Effect.andThen(Exit.hasInterrupts(exit) ? cleanUp : Effect.void, count("running", -1))
    )
    // From its first step on, so no request to end can slip in before.
    return deaf ? Effect.uninterruptible(body) : body
  }),
  InterruptSelf.toLayer(({ suspended }) =>
    suspended ? Effect.andThen(Effect.sleep(1), Effect.interrupt) : Effect.interrupt
  ),
  TellReason.toLayer(({ signal }, context) => {
    const told = context.signal
    return Effect.andThen(Signal.add(signal, 0), Effect.never).pipe(
      Effect.ensuring(Effect.suspend(() => Effect.die(new Error(`told ${describe(told.reason)}`))))
    )
  }),
  TellReasonNested.toLayer(({ signal }) =>
    Effect.gen(function* () {
      const controller = new AbortController()
      const run = TaskPool.run(TellReason, { signal }, { signal: controller.signal })
      const called = yield* Effect.forkChild(run, { startImmediately: true })
      yield* Signal.awaitAtLeast(signal, 0, 1)
      controller.abort(Object.assign(new Error("nested"), { name: "Leave" }))
      const exit = yield* Fiber.await(called)
      return yield* Effect.die(exit._tag === "Failure" ? describeAll(exit.cause) : "a success")
    })
  ),
  BreakCleanup.toLayer(({ signal }) =>
    Effect.andThen(Signal.add(signal, 0), Effect.never).pipe(
      Effect.ensuring(Effect.die(new Error("clean-up broke")))
    )
  ),
  CrashCleanup.toLayer(
    Effect.map(Saboteur, (saboteur) => ({ how, signal }) => {
      const crash =
        how === "exit"
          ? saboteur.exit(5)
          : Effect.andThen(saboteur.throwLater(new Error("thrown by the test")), Effect.never)
      return Effect.andThen(Signal.add(signal, 0), Effect.never).pipe(Effect.ensuring(crash))
    })
  ),
  CrashNested.toLayer((payload) =>
    Effect.gen(function* () {
      const handle = yield* TaskPool.fork(CrashCleanup, payload)
      yield* Signal.awaitAtLeast(payload.signal, 0, 1)
      return summary(yield* handle.interrupt)
    }).pipe(Effect.scoped, Effect.orDie)
  )
)
