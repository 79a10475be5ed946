import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Task, TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

const Square = Task.fromModule<typeof import("./square.ts")>(new URL("./square.ts", import.meta.url))

const program = Effect.gen(function* () {
  const squares = yield* TaskPool.forEach(Square.square, [1, 2, 3, 4, 5])
  yield* Console.log(`[${squares.join(", ")}]`)
})

const pool = TaskPool.layer({ size: 4 }).pipe(Layer.provide(NodeThreads.layer()))

program.pipe(Effect.provide(pool), NodeRuntime.runMain)
