/**
 * Tasks of the group SCOPE, and their layer.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"

/**
 * Logs the numbers from 0 on, fifty in each turn of its worker: `least` numbers, and further until the signal is up.
 * Returns the count.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Flood = Task.make("Flood", {
  payload: { signal: Signal.Words, least: Schema.Int },
  success: Schema.Int
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  Flood.toLayer(({ least, signal }) =>
    Effect.gen(function* () {
      let count = 0
      while (count < least || Signal.read(signal) === 0) {
        if (count % 50 === 0) yield* Effect.sleep(1)
        yield* Effect.logInfo(count++)
      }
      return count
    })
  )
)
