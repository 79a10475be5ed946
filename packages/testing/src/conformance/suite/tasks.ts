/**
 * The contracts of the conformance tasks, served by `handlers.ts`. Groups with needs of their own
 * have further tasks in `<group>.tasks.ts`.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
import { Words } from "./Signal.ts"

/**
 * Returns its payload, of any clonable type.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Echo = Task.make("Echo", { payload: Schema.Unknown, success: Schema.Unknown })

/**
 * @category tasks
 * @since 0.1.0
 */
export const Add = Task.make("Add", {
  payload: { a: Schema.Finite, b: Schema.Finite },
  success: Schema.Finite
})

/**
 * Has neither payload nor result.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Nothing = Task.make("Nothing")

/**
 * Not served by any worker.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Unserved = Task.make("Unserved")

/**
 * The declared error of {@link Fail}.
 *
 * @category errors
 * @since 0.1.0
 */
export class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {
  details: Schema.Struct({ value: Schema.Finite, tags: Schema.Array(Schema.String) })
}) {}

/**
 * Fails with a {@link Refusal} of `value`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Fail = Task.make("Fail", {
  payload: { value: Schema.Finite },
  success: Schema.Never,
  error: Refusal
})

/**
 * The defect of {@link Die}.
 *
 * @category models
 * @since 0.1.0
 */
export const Thrown = Schema.Literals([
  "TypeError",
  "null",
  "undefined",
  "string",
  "symbol",
  "function",
  "cyclic cause",
  "throwing message"
])

/**
 * Throws a value; with `inEffect`, as a defect of its Effect, else from the handler itself.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Die = Task.make("Die", {
  payload: { what: Thrown, inEffect: Schema.optionalKey(Schema.Boolean) },
  success: Schema.Never
})

/**
 * Sleeps on the worker's clock, then returns `millis`. Word 0 of its signal counts starts, word 1 ends.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Sleep = Task.make("Sleep", {
  payload: { millis: Schema.Finite, signal: Schema.optionalKey(Words) },
  success: Schema.Finite
})

/**
 * The words of the signals of {@link Cleanup}.
 *
 * @category constants
 * @since 0.1.0
 */
export const cleanup = { started: 0, finalizing: 1, finalized: 2, done: 3 } as const

/**
 * Works for `work` milliseconds, with a finalizer of `cleanup` milliseconds. Counts in its signal; see
 * {@link cleanup}.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Cleanup = Task.make("Cleanup", {
  payload: { work: Schema.Finite, cleanup: Schema.Finite, signal: Schema.optionalKey(Words) },
  success: Schema.String
})

const sabotage = {
  /**
   * `exit`: with code `code`. `exitLater`: replies 42, and exits `millis` later. `throwLater`, `rejectLater`: the
   * handler never ends; `throwAfter`, `rejectAfter`: replies 42 first, and throws or rejects `millis` later. `stray`
   * posts `message` outside of the private channel, and replies 42; `post` posts on the private channel, and never ends.
   * `stderr` writes `message`, and exits with code `code`.
   */
  how: Schema.Literals([
    "exit",
    "exitLater",
    "throwLater",
    "throwAfter",
    "rejectLater",
    "rejectAfter",
    "spin",
    "exhaustHeap",
    "stray",
    "post",
    "stderr"
  ]),
  code: Schema.optionalKey(Schema.Int),
  millis: Schema.optionalKey(Schema.Finite),
  message: Schema.optionalKey(Schema.Unknown),
  /** Word 0 counts starts. */
  signal: Schema.optionalKey(Words)
}

/**
 * Harms its own worker; see `Saboteur`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Sabotage = Task.make("Sabotage", { payload: sabotage, success: Schema.Finite })

/**
 * The same, declared idempotent: the pool may run the task again.
 *
 * @category tasks
 * @since 0.1.0
 */
export const SabotageAgain = Task.make("SabotageAgain", {
  payload: sabotage,
  success: Schema.Finite,
  idempotent: true
})

/**
 * Calls native code for `nativeMillis`, immune to termination; see `Saboteur`. Observe its start with a
 * `timeout` in its options, by `TaskHandle.observe`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const BlockNative = Task.make("BlockNative", { success: Schema.Finite })

/**
 * Exits its worker at its first run by the count of its signal, and replies the number of the run afterwards. Declared
 * idempotent. Word 0 counts runs.
 *
 * @category tasks
 * @since 0.1.0
 */
export const CrashOnce = Task.make("CrashOnce", {
  payload: { signal: Words },
  success: Schema.Finite,
  idempotent: true
})

/**
 * Computes until interrupted, without giving the worker's event loop a turn where threads are real.
 * Word 0 of its signal counts starts, word 1 ends.
 *
 * @category tasks
 * @since 0.1.0
 */
export const SpinUntilInterrupted = Task.make("SpinUntilInterrupted", {
  payload: { signal: Words }
})

/**
 * Logs one message.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Log = Task.make("Log", {
  payload: { level: Schema.Literals(["Debug", "Info", "Warn", "Error"]), message: Schema.String }
})

/**
 * Returns the number of its worker, how often the layer was built in this worker, and how many `Where` have run there, this run
 * included.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Where = Task.make("Where", {
  success: Schema.Struct({ worker: Schema.Int, builds: Schema.Int, tasks: Schema.Int })
})

/**
 * Returns how often the task ran under this name in its worker, this run included.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Counter = Task.make("Counter", { payload: { name: Schema.String }, success: Schema.Int })

/**
 * The words of the signals of {@link Gate}.
 *
 * @category constants
 * @since 0.1.0
 */
export const gate = { arrived: 0, open: 1, running: 2, most: 3, passed: 4 } as const

/**
 * Waits until its gate is open: until the word `open` is at least `at` (default 1); then returns `value`. Counts
 * in its signal; see {@link gate}.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Gate = Task.make("Gate", {
  payload: { signal: Words, at: Schema.optionalKey(Schema.Int), value: Schema.optionalKey(Schema.Unknown) },
  success: Schema.Unknown
})
