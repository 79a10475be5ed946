import { Channel, Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"
import process from "node:process"

const Work = Task.make("Work", { payload: { queue: Channel.Sender(Schema.String) } })

const handlers = Work.toLayer(({ queue }) =>
  queue
    .send("first")
    .pipe(Effect.andThen(Console.log("pid", process.pid)), Effect.andThen(Effect.never), Effect.orDie)
)

const program = Effect.gen(function* () {
  const queue = yield* Channel.make(Schema.String)
  yield* Effect.forkScoped(Work({ queue: queue.sender }))
  yield* queue.receiver
    .each((word) => Console.log("got", word))
    .pipe(
      Effect.catchReason("ChannelError", "PeerLost", ({ exit }) => Console.log("PeerLost by", exit?.signal))
    )
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
