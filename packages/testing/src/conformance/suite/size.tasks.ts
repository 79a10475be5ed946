/**
 * Tasks of the group SIZE: one that leaks.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/**
 * Keeps so many bytes for as long as its worker lives, and gives `value` back.
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
    // Eight bytes each, once one of them is no integer.
    kept.push(Array.from({ length: bytes / 8 }, (_, i) => i + 0.5))
    return value
  })
)
