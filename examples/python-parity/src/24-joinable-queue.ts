import { Channel, Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Work = Task.make("Work", {
  payload: {
    jobs: Channel.Receiver(Schema.Int, { acknowledge: true }),
    results: Channel.Sender(Schema.Int)
  }
})

const handlers = Work.toLayer(({ jobs, results }) =>
  jobs.each(({ value }) => results.send(value * value)).pipe(Effect.orDie)
)

const program = Effect.gen(function* () {
  const jobs = yield* Channel.make(Schema.Int, { acknowledge: true })
  const results = yield* Channel.make(Schema.Int)
  const work = Work({ jobs: jobs.receiver, results: results.sender })
  yield* Effect.forkScoped(Effect.all([work, work], { concurrency: 2 }))
  yield* jobs.sender.sendAll([0, 1, 2, 3, 4, 5])
  yield* jobs.join
  yield* Console.log("all done")
  const squares = yield* results.receiver.takeUpTo(6)
  yield* Console.log(...squares.toSorted((a, b) => a - b))
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
