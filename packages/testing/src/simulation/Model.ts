/**
 * `Model`: a running system beside a reference of a few lines; after each command both must look the same.
 *
 * Commands are data, and commands without a meaning at their moment are skipped. So any list of commands is a test, and so is any
 * part of a failing list: generate and shrink lists with `fast-check`, with `effect/Arbitrary`, or by hand.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Formatter from "effect/Formatter"
import type { Model } from "./internal/model/model.ts"
import * as Simulation from "./Simulation.ts"

export {
  /**
   * - `initial`, `next`: the reference. `isEnabled`: whether a command has a meaning now; others are skipped.
   * - `expected`: the expected observation.
   * - `start`: the real system, in a scope closed at the end. `perform` applies a command to the system; `before` is
   *   the state of the reference before the command.
   * - `settle`: the virtual time until all consequences of a command have happened. Default 1 minute.
   * - `observe`: the actual observation. Compared by value.
   *
   * @category models
   * @since 0.1.0
   */
  type Model
} from "./internal/model/model.ts"
export {
  /**
   * A command to a pool.
   *
   * @category pools
   * @since 0.1.0
   */
  PoolCommand,
  /**
   * The observation of a pool after a command.
   *
   * @category pools
   * @since 0.1.0
   */
  type PoolObservation,
  /**
   * How the pool of a model is made.
   *
   * @category pools
   * @since 0.1.0
   */
  type PoolModelOptions,
  /**
   * A pool of simulated workers beside its reference. Each task runs, and calls others, until a command ends the task. The
   * reference lists the running tasks, their slots, and the queue.
   *
   * @category pools
   * @since 0.1.0
   */
  pool
} from "./internal/model/pool.ts"
export {
  /**
   * A command to a supervisor and its children.
   *
   * @category supervisors
   * @since 0.1.0
   */
  SupervisorCommand,
  /**
   * The observation of a supervisor after a command.
   *
   * @category supervisors
   * @since 0.1.0
   */
  type SupervisorObservation,
  /**
   * How the supervisor of a model is made.
   *
   * @category supervisors
   * @since 0.1.0
   */
  type SupervisorModelOptions,
  /**
   * A supervisor beside its reference. Each child runs until a command ends the child. The reference lists children and restarts.
   *
   * **Example** (The reach of a `oneForAll` restart)
   *
   * ```ts
   * import { Model } from "@heddle/testing"
   *
   * const isTree = Model.supervisor({ strategy: "oneForAll" })
   * Model.check(isTree, [
   *   { _tag: "Start", child: 0, restart: "permanent" },
   *   { _tag: "Start", child: 1, restart: "temporary" },
   *   { _tag: "Fail", child: 0 }
   * ])
   *
   * const isNot = Model.supervisor({ strategy: "oneForAll", tree: { strategy: "oneForOne" } })
   * try {
   *   Model.check(isNot, [
   *     { _tag: "Start", child: 0, restart: "permanent" },
   *     { _tag: "Start", child: 1, restart: "temporary" },
   *     { _tag: "Fail", child: 0 }
   *   ])
   * } catch (error) {
   *   console.log(error instanceof Model.Mismatch && error.commands.length) // => 3
   * }
   * ```
   *
   * @category supervisors
   * @since 0.1.0
   */
  supervisor
} from "./internal/model/supervisor.ts"

/**
 * Model and reality differ after a command, or reality failed.
 *
 * - `commands`: the performed commands; the difference shows after the last one.
 *
 * @category errors
 * @since 0.1.0
 */
export class Mismatch extends Data.TaggedError("Mismatch")<{
  readonly commands: ReadonlyArray<unknown>
  readonly expected: unknown
  readonly actual: unknown
}> {
  override get message(): string {
    return [
      `after ${this.commands.length} command${this.commands.length === 1 ? "" : "s"} the model and reality differ`,
      ...this.commands.map((command, index) => `  ${index + 1}. ${Formatter.format(command)}`),
      `expected: ${Formatter.format(this.expected)}`,
      `actual:   ${Formatter.format(this.actual)}`
    ].join("\n")
  }
}

/**
 * Performs the commands in order, and fails at the first difference. For `Explore`, which tries schedules too.
 *
 * @category running
 * @since 0.1.0
 */
export const program = <State, Command, Real, Observation>(
  model: Model<State, Command, Real, Observation>,
  commands: ReadonlyArray<Command>
): Effect.Effect<void, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const real = yield* model.start
      const done: Array<Command> = []
      let state = model.initial
      for (const command of commands) {
        if (model.isEnabled?.(state, command) === false) continue
        done.push(command)
        yield* model.perform(real, command, state)
        state = model.next(state, command)
        yield* Effect.sleep(model.settle ?? 60_000)
        const actual = yield* model.observe(real)
        const expected = model.expected(state)
        if (!Equal.equals(actual, expected)) return yield* new Mismatch({ commands: done, expected, actual })
      }
    })
  )

/**
 * Runs the program in a simulation of its own, synchronously. Throws at the first difference, when the real system fails or
 * deadlocks, and when fibers or timers are left. A pure function of the commands and the seed, so a property of commands replays.
 *
 * **Example** (A counter with a stop at three, against an unbounded counter)
 *
 * ```ts
 * import { Model } from "@heddle/testing"
 * import { Effect, Ref } from "effect"
 *
 * const counter: Model.Model<number, "add", Ref.Ref<number>, number> = {
 *   initial: 0,
 *   next: (n) => n + 1,
 *   expected: (n) => n,
 *   start: Ref.make(0),
 *   perform: (ref) => Ref.update(ref, (n) => Math.min(3, n + 1)),
 *   observe: Ref.get
 * }
 *
 * Model.check(counter, ["add", "add", "add"])
 * try {
 *   Model.check(counter, ["add", "add", "add", "add"])
 * } catch (error) {
 *   console.log(error instanceof Model.Mismatch && error.actual) // => 3
 * }
 * ```
 *
 * @category running
 * @since 0.1.0
 */
export const check = <State, Command, Real, Observation>(
  model: Model<State, Command, Real, Observation>,
  commands: ReadonlyArray<Command>,
  options: Simulation.Options = {}
): void => {
  const { exit, left } = Simulation.run(program(model, commands), options)
  if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
  if (left.fibers + left.timers > 0) {
    throw new Error(`${left.fibers} fibers and ${left.timers} timers are left behind`)
  }
}
