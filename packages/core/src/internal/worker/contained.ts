/**
 * Contains exceptions of Effect's run loop: the fiber dies, the worker survives.
 *
 * A yielded value that is no Effect makes the run loop die with a text that shows the value. If showing the value
 * throws, the run loop itself throws, into the code that resumes the fiber: a timer, a promise or the loop of the
 * runner. There the exception would end the worker (S209).
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type { JobExit } from "./Job.ts"

type Evaluate = (effect: unknown) => void

/** Starts a fiber. Returns the exit if the fiber ends at once. */
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
 * `evaluate` is not part of a fiber's interface; where the method is missing, the fiber stays as is. A fiber keeps its
 * stack of continuations when the run loop throws, so the defect passes through finalizers like any other.
 */
const contain = (fiber: Fiber<unknown, unknown>): void => {
  const evaluate: unknown = Reflect.get(fiber, "evaluate")
  if (typeof evaluate !== "function") return
  const contained: Evaluate = (effect) => {
    try {
      Reflect.apply(evaluate, fiber, [effect])
    } catch (defect) {
      // The fiber has ended, so an observer threw: not the fiber's failure.
      if (fiber.pollUnsafe() !== undefined) throw defect
      Reflect.apply(evaluate, fiber, [Exit.die(defect)])
    }
  }
  Reflect.set(fiber, "evaluate", contained)
}
