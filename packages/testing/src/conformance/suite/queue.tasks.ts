/**
 * Tasks of the group QUEUE, and their layer.
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
 * A journal of `entries` words: {@link Mark} writes here, in the order of running handlers.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeJournal = (entries: number): Signal.Signal => Signal.make(entries + 1)

/**
 * Reads the entries so far.
 *
 * @category getters
 * @since 0.1.0
 */
export const readJournal = (journal: Signal.Signal): Array<number> =>
  Array.from({ length: Signal.read(journal) }, (_, i) => Signal.read(journal, i + 1))

/**
 * Writes `id` into the journal, and returns the id.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Mark = Task.make("Mark", {
  payload: { journal: Signal.Words, id: Schema.Int },
  success: Schema.Int
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  Mark.toLayer(({ id, journal }) =>
    Effect.sync(() => {
      Signal.storeUnsafe(journal, Signal.addUnsafe(journal), id)
      return id
    })
  )
)
