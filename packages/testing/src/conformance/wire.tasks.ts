/**
 * Tasks of the group WIRE, and the layer that serves them.
 *
 * @since 0.1.0
 */
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Layer from "effect/Layer"
import type { Saboteur } from "./Saboteur.ts"

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.empty
