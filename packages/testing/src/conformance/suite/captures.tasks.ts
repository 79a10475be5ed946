/**
 * Tasks of the group CAPTURES, and their layer: handlers changing every object within reach.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import { TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as mutable from "./mutable.module.ts"
import { Echo } from "./tasks.ts"
import { Bytes } from "./wire.tasks.ts"

/**
 * The functions of `mutable.module.ts`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Mutable = Task.fromModule<typeof mutable>(new URL("./mutable.module.ts", import.meta.url))

const Box = Schema.Struct({ n: Schema.Int, parts: Schema.Array(Schema.Int) })

/**
 * Returns one and the same box each time, by an Effect.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Reuse = Task.make("Reuse", { payload: Schema.Int, success: Box })

/**
 * The same, by a plain function.
 *
 * @category tasks
 * @since 0.1.0
 */
export const ReuseSync = Task.make("ReuseSync", { payload: Schema.Int, success: Box })

/**
 * Returns the same bytes each time. The bytes move, so the second reply has none.
 *
 * @category tasks
 * @since 0.1.0
 */
export const ReuseMoved = Task.make("ReuseMoved", { payload: Schema.Int, success: Bytes })

/**
 * Returns its payload in one and the same box each time, and spoils the payload.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Spoil = Task.make("Spoil", { payload: Box, success: Box })

/**
 * Calls `Echo` with a box, changes the box before waiting, and returns the payload of `Echo`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const EchoAndChange = Task.make("EchoAndChange", {
  payload: { many: Schema.Boolean },
  success: Schema.Unknown,
  error: TaskError
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool> = Layer.unwrap(
  Effect.sync(() => {
    const box = { n: 0, parts: [0] }
    const bytes = new Uint8Array(4)
    const fill = (n: number) => {
      box.n = box.parts[0] = n
      return box
    }
    return Layer.mergeAll(
      Reuse.toLayer((n) => Effect.sync(() => fill(n))),
      ReuseSync.toLayerSync((n) => fill(n)),
      ReuseMoved.toLayer(() => Effect.sync(() => bytes)),
      Spoil.toLayerSync((given) => {
        const answer = fill(given.n)
        answer.parts[0] = given.parts[0]!
        Object.assign(given, { n: -1 })
        Object.assign(given.parts, { 0: -1 })
        return answer
      }),
      EchoAndChange.toLayer(({ many }) =>
        Effect.scoped(
          Effect.gen(function* () {
            const sent = { n: 1, parts: [1] }
            if (many) {
              const changing = function* () {
                yield sent
                sent.parts[0] = 2
                yield sent
              }
              return yield* TaskPool.forEach(Echo, changing(), { chunkSize: 2 })
            }
            const handle = yield* TaskPool.fork(Echo, sent)
            sent.n = sent.parts[0] = 2
            return yield* handle.await
          })
        )
      )
    )
  })
)
