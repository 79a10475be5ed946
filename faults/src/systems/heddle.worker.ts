import { NodeRunner } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { add } from "../injections.ts"
import { innermost, lie } from "../staged.ts"
import { Add, CallAnother, CallBack, CallItself, Lie, Nest } from "./heddle.tasks.ts"

NodeRunner.runMain(
  Layer.mergeAll(
    Add.toLayer((n) => Effect.sync(() => add(n))),
    Lie.toLayer((n) => Effect.sync(() => lie(n) as number)),
    Nest.toLayer(
      Effect.fnUntraced(function* (nesting) {
        // A worker that opens no pool does not need the host's side.
        const { poolOf, run } = yield* Effect.promise(() => import("./heddle.ts"))
        const { depth, transport } = nesting
        const within = depth > 1 ? run("nest", { ...nesting, depth: depth - 1 }) : run(...innermost(nesting))
        return yield* Effect.provide(within, poolOf(transport, {}))
      })
    ),
    CallAnother.toLayer(() => Add(41)),
    CallItself.toLayer(() => CallBack()),
    CallBack.toLayer(() => CallItself())
  )
)
