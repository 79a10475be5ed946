import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Task, TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import { Console, Effect } from "effect"

const Square = Task.fromModule<typeof import("./square.ts")>(new URL("./square.ts", import.meta.url))

const program = Effect.gen(function* () {
  const squares = yield* TaskPool.forEach(Square.square, [1, 2, 3, 4, 5])
  yield* Console.log(`[${squares.join(", ")}]`)
})

program.pipe(
  Effect.provide(TaskPool.layer({ size: 4 })),
  Effect.provide(NodeThreads.layer()),
  NodeRuntime.runMain
)
