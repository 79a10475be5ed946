import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Articles, Copied, Fault, Spin, Tiny, Transferred } from "./heddle.tasks.ts"
import { bytes, fault, object, spin } from "./operations.ts"

NodeRunner.runMain(
  Layer.mergeAll(
    Tiny.toLayer((n) => Effect.succeed(n + 1)),
    Copied.toLayer((payload) => Effect.succeed(bytes(payload))),
    Transferred.toLayer((payload) => Effect.succeed(bytes(payload))),
    Articles.toLayer((article) => Effect.succeed(object(article))),
    Spin.toLayer((iterations) => Effect.sync(() => spin(iterations))),
    Fault.toLayer((n) => Effect.sync(() => fault(n)))
  )
)
