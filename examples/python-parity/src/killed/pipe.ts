import { DedicatedWorker, Pipe, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Schema, Stream } from "effect"
import process from "node:process"

const Work = Task.make("Work", { payload: { end: Pipe.End(Schema.String, Schema.Never) } })

const handlers = Work.toLayer(({ end }) =>
  end
    .send("first")
    .pipe(Effect.andThen(Console.log("pid", process.pid)), Effect.andThen(Effect.never), Effect.orDie)
)

const program = Effect.gen(function* () {
  const types = { sends: Schema.Never, receives: Schema.String }
  const { mailbox } = yield* DedicatedWorker.startWithMailbox(Work, types, (end) => ({ end }))
  yield* Stream.runForEach(mailbox.stream, (word) => Console.log("received", word)).pipe(
    Effect.catchReason("ChannelError", "PeerLost", ({ exit }) => Console.log("PeerLost by", exit?.signal))
  )
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(processes), NodeHost.runMain)
