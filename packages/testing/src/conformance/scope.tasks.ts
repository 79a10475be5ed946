/**
 * Tasks of the group SCOPE, and the layer that serves them.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Saboteur } from "./Saboteur.ts"

/**
 * Logs the numbers from 0 to `count - 1`, fifty in each turn of its worker.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Flood = Task.make("Flood", { payload: { count: Schema.Int } })

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  Flood.toLayer(({ count }) =>
    Effect.gen(function* () {
      for (let i = 0; i < count; i++) {
        if (i % 50 === 0) yield* Effect.sleep(1)
        yield* Effect.logInfo(i)
      }
    })
  )
)
