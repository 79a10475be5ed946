/**
 * Fibers that die of what Effect's run loop throws.
 *
 * Where an Effect is expected and a value comes that is none, the run loop dies of a text that shows the value. A value that
 * throws when it is shown makes the run loop itself throw, at whoever resumes the fiber: in a timer, a promise or the loop
 * of the runner, where it would end the worker (S209).
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { JobExit } from "./Job.ts"

type Evaluate = (effect: unknown) => void

/** Starts a fiber; answers the exit of one that ends at once. */
export const run = (
  context: Context.Context<never>,
  effect: Effect.Effect<unknown, unknown>
): JobExit | Fiber<unknown, unknown> => {
  let fiber: Fiber<unknown, unknown>
  try {
    fiber = Effect.runForkWith(context)(effect)
  } catch (defect) {
    return Exit.die(defect)
  }
  const exit = fiber.pollUnsafe()
  if (exit !== undefined) return exit
  contain(fiber)
  return fiber
}

/**
 * How a fiber is resumed is no part of its interface; where that cannot be found, it is left as it is. A fiber that has
 * thrown keeps its stack of continuations, so the defect goes through its finalizers like any other.
 */
const contain = (fiber: Fiber<unknown, unknown>): void => {
  const evaluate: unknown = Reflect.get(fiber, "evaluate")
  if (typeof evaluate !== "function") return
  const contained: Evaluate = (effect) => {
    try {
      Reflect.apply(evaluate, fiber, [effect])
    } catch (defect) {
      // An observer has thrown, which is no concern of the fiber's.
      if (fiber.pollUnsafe() !== undefined) throw defect
      Reflect.apply(evaluate, fiber, [Exit.die(defect)])
    }
  }
  Reflect.set(fiber, "evaluate", contained)
}
