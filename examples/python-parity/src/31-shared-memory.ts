import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedArray } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

const Fill = Task.make("Fill", { payload: { memory: SharedArray.Schema("u8") } })

const handlers = Fill.toLayerSync(({ memory }) => {
  new TextEncoder().encodeInto("heddle", memory.bytes)
})

const program = Effect.gen(function* () {
  const memory = yield* SharedArray.make("u8", 16)
  yield* Fill({ memory })
  yield* Console.log(new TextDecoder().decode(memory.slice(0, 6)), yield* memory.get(15))
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(threads))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
