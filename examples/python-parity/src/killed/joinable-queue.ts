import { Channel, Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"
import process from "node:process"

const Work = Task.make("Work", { payload: { jobs: Channel.Receiver(Schema.String, { acknowledge: true }) } })

const handlers = Work.toLayer(({ jobs }) =>
  jobs.each(() => Effect.andThen(Console.log("pid", process.pid), Effect.never)).pipe(Effect.orDie)
)

const program = Effect.gen(function* () {
  const jobs = yield* Channel.make(Schema.String, { acknowledge: true })
  yield* Effect.forkScoped(Work({ jobs: jobs.receiver }))
  yield* jobs.sender.send("job")
  yield* jobs.join.pipe(
    Effect.andThen(Console.log("join returned")),
    Effect.catchReason("ChannelError", "PeerLost", () => Console.log("join failed: PeerLost"))
  )
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
