/**
 * `Model`: a system that runs, beside one that is said in a few lines; after each command both must look the same.
 *
 * Commands are data, and those that make no sense at their moment are passed over, so any list of them is a test, and any
 * part of a failing list may be one too: generate and shrink them with `fast-check`, with `effect/Arbitrary`, or by hand.
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
   * - `initial`, `next`: the reference. `isEnabled`: whether a command makes sense now; one that does not is passed over.
   * - `expected`: what is to be seen then.
   * - `start`: the real thing, in a scope that closes at the end. `perform` does a command to it; `before` is
   *   the state of the reference until then.
   * - `settle`: how long, in virtual time, it may take until all that follows from a command has happened. Default 1 minute.
   * - `observe`: what is seen. Compared by value.
   *
   * @category models
   * @since 0.1.0
   */
  type Model
} from "./internal/model/model.ts"
export {
  /**
   * What is done to a pool.
   *
   * @category pools
   * @since 0.1.0
   */
  PoolCommand,
  /**
   * What is to be seen of a pool after a command.
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
   * A pool of simulated workers, each task of which runs, and calls others, until it is told to end, beside a list of who
   * runs, in whose slot, and who waits.
   *
   * @category pools
   * @since 0.1.0
   */
  pool
} from "./internal/model/pool.ts"
export {
  /**
   * What is done to a supervisor and its children.
   *
   * @category supervisors
   * @since 0.1.0
   */
  SupervisorCommand,
  /**
   * What is to be seen of a supervisor after a command.
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
   * A supervisor, each child of which runs until it is told to end, beside a list of its children and one of its restarts.
   *
   * **Example** (What a restart of one for all takes along)
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
 * - `commands`: those that were done, the last one being that after which they differ.
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
 * Does the commands one after the other, and fails at the first difference. For `Explore`, which tries schedules too.
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
 * The same in a simulation of its own, synchronously: throws at the first difference, when reality fails or cannot go on, and
 * when it leaves anything behind. A pure function of the commands and the seed, so a property of it replays.
 *
 * **Example** (A counter that stops at three, against one that does not)
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
