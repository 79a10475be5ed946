/**
 * Tasks of the group TIME, and their layer.
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
 * The limits of {@link Limited}, in milliseconds.
 *
 * @category constants
 * @since 0.1.0
 */
export const limits = { timeout: 100, queueTimeout: 150 } as const

/**
 * Sleeps on the worker's clock. Its contract limits its run and its wait, see {@link limits}.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Limited = Task.make("Limited", {
  payload: { millis: Schema.Finite },
  success: Schema.Finite,
  ...limits
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Limited.toLayer(({ millis }) =>
  Effect.as(Effect.sleep(millis), millis)
)
