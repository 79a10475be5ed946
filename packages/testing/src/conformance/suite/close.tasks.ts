/**
 * Tasks of the group CLOSE, and their layer.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"

/**
 * The words of the signals of {@link OnTeardown}: workers with orders, finalizers begun and finalizers ended.
 *
 * @category constants
 * @since 0.1.0
 */
export const teardown = { told: 0, begun: 1, ended: 2 } as const

/**
 * Orders the finalizer of the worker's layer to count in this signal, and to take `millis` milliseconds. Waits for
 * the word `told` to reach `wait`, so all these workers have their orders at once. See {@link teardown}. Then the finalizer
 * `dies` of `new Error("teardown broke")`, or `exits` with code 6.
 *
 * @category tasks
 * @since 0.1.0
 */
export const OnTeardown = Task.make("OnTeardown", {
  payload: {
    signal: Signal.Words,
    millis: Schema.Finite,
    wait: Schema.optionalKey(Schema.Int),
    failure: Schema.optionalKey(Schema.Literals(["dies", "exits"]))
  }
})

interface Told {
  readonly signal: Signal.Signal
  readonly millis: number
  readonly failure: "dies" | "exits" | undefined
}

/** The orders for the finalizer of this worker's layer. */
class Teardown extends Context.Service<Teardown, Array<Told>>()("@heddle/testing/conformance/Teardown") {
  static readonly layer = Layer.effect(
    Teardown,
    Effect.flatMap(Saboteur, (saboteur) =>
      Effect.acquireRelease(
        Effect.sync(() => [] as Array<Told>),
        (told) =>
          Effect.forEach(told, ({ millis, signal, failure }) =>
            Effect.gen(function* () {
              yield* Signal.add(signal, teardown.begun)
              yield* Effect.sleep(millis)
              yield* Signal.add(signal, teardown.ended)
              if (failure === "exits") return yield* saboteur.exit(6)
              if (failure === "dies") return yield* Effect.die(new Error("teardown broke"))
              return undefined
            })
          )
      )
    )
  )
}

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  OnTeardown.toLayer(
    Effect.map(
      Teardown,
      (told) =>
        ({ millis, signal, failure, wait = 1 }) =>
          Effect.gen(function* () {
            told.push({ millis, signal, failure })
            yield* Signal.add(signal, teardown.told)
            yield* Signal.awaitAtLeast(signal, teardown.told, wait)
          })
    )
  ).pipe(Layer.provide(Teardown.layer))
)
