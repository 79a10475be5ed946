import { Channel, Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Produce = Task.make("Produce", { payload: { queue: Channel.Sender(Schema.Int), count: Schema.Int } })

const handlers = Produce.toLayer(({ count, queue }) =>
  queue.sendAll(Array.from({ length: count }, (_, n) => n)).pipe(Effect.andThen(queue.end), Effect.orDie)
)

const program = Effect.gen(function* () {
  const queue = yield* Channel.make(Schema.Int)
  yield* Effect.forkScoped(Produce({ queue: queue.sender, count: 5 }))
  yield* queue.receiver.each((n) => Console.log(n))
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
