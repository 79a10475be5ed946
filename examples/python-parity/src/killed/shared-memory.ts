import { DedicatedWorker, Pipe, Task } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedArray } from "@heddle/node-workers"
import { Console, Effect, Schema } from "effect"

const Fill = Task.make("Fill", {
  payload: { memory: SharedArray.Schema("u8"), end: Pipe.End(Schema.Void, Schema.Never) }
})

const handlers = Fill.toLayer(({ end, memory }) => {
  new TextEncoder().encodeInto("hed", memory.bytes)
  return end.send().pipe(Effect.andThen(Effect.never), Effect.orDie)
})

const program = Effect.gen(function* () {
  const memory = yield* SharedArray.make("u8", 16)
  const types = { sends: Schema.Never, receives: Schema.Void }
  const worker = yield* DedicatedWorker.startWithMailbox(Fill, types, (end) => ({ memory, end }))
  yield* worker.mailbox.receive
  yield* worker.kill
  yield* Console.log("half written:", new TextDecoder().decode(memory.slice(0, 3)))
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(threads), NodeHost.runMain)
