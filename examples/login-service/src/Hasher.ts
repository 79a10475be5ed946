/** Who hashes: the event loop itself, as many servers do it, or a pool. */
import type { TaskError } from "@heddle/core"
import { TaskPool } from "@heddle/core"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { scrypt } from "./scrypt.ts"
import { HashPassword } from "./tasks.ts"

export class Hasher extends Context.Service<
  Hasher,
  { readonly hash: (password: string, salt: string) => Effect.Effect<string, TaskError.TaskError> }
>()("login-service/Hasher") {}

/** On the event loop: nobody else is served meanwhile. */
export const layerInline: Layer.Layer<Hasher> = Layer.succeed(Hasher, {
  hash: (password, salt) => Effect.sync(() => scrypt({ password, salt }))
})

/** On the pool. `deadline` counts from the submission: somebody waits for the answer. */
export const layerPooled = (deadline: Duration.Input): Layer.Layer<Hasher, never, TaskPool.TaskPool> =>
  Layer.effect(
    Hasher,
    Effect.map(Effect.context<TaskPool.TaskPool>(), (context) => ({
      hash: (password: string, salt: string) =>
        TaskPool.run(HashPassword, { password, salt }, { deadline }).pipe(Effect.provideContext(context))
    }))
  )
