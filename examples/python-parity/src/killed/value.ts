import { DedicatedWorker, Pipe, Task } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads, SharedCounter } from "@heddle/node-workers"
import { Console, Effect, Schema } from "effect"

const Count = Task.make("Count", {
  payload: { counter: SharedCounter.Schema, end: Pipe.End(Schema.Void, Schema.Never) }
})

const handlers = Count.toLayer(({ counter, end }) =>
  counter.increment.pipe(Effect.andThen(end.send()), Effect.andThen(Effect.never), Effect.orDie)
)

const program = Effect.gen(function* () {
  const counter = yield* SharedCounter.make()
  const types = { sends: Schema.Never, receives: Schema.Void }
  const worker = yield* DedicatedWorker.startWithMailbox(Count, types, (end) => ({ counter, end }))
  yield* worker.mailbox.receive
  yield* worker.kill
  yield* counter.increment
  yield* Console.log("counted", yield* counter.value)
})

const threads = NodeThreads.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(threads), NodeHost.runMain)
