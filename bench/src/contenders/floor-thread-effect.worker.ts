import { parentPort } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

const decode = Schema.decodeUnknownEffect(Schema.Finite)
const context = Effect.runSync(Effect.scoped(Layer.build(Layer.empty)))
parentPort!.on("message", (n: unknown) =>
  parentPort!.postMessage(
    Effect.runSync(
      Effect.provide(
        Effect.map(decode(n), (known) => known + 1),
        context
      )
    )
  )
)
