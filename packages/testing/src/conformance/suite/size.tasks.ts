/**
 * Tasks of the group SIZE: a leak.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/**
 * Keeps so many bytes for the life of its worker, and returns `value`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Leak = Task.make("Leak", {
  payload: { bytes: Schema.Int, value: Schema.Int },
  success: Schema.Int
})

const kept: Array<Array<number>> = []

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers> = Leak.toLayer(({ bytes, value }) =>
  Effect.sync(() => {
    // Eight bytes each, with one non-integer among them.
    kept.push(Array.from({ length: bytes / 8 }, (_, i) => i + 0.5))
    return value
  })
)
