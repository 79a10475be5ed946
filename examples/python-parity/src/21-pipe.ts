import { DedicatedWorker, Pipe, Task } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Schema, Stream } from "effect"

const Upper = Task.make("Upper", { payload: { end: Pipe.End(Schema.String, Schema.String) } })

const handlers = Upper.toLayer(({ end }) =>
  Stream.runForEach(end.stream, (word) => end.send(word.toUpperCase())).pipe(Effect.orDie)
)

const program = Effect.gen(function* () {
  const types = { sends: Schema.String, receives: Schema.String }
  const worker = yield* DedicatedWorker.startWithMailbox(Upper, types, (end) => ({ end }))
  for (const word of ["warp", "weft"]) {
    yield* worker.mailbox.send(word)
    yield* Console.log(yield* worker.mailbox.receive)
  }
  yield* worker.mailbox.end
  yield* worker.join
  yield* Console.log("exit code", (yield* worker.exit).exitCode)
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(processes), NodeHost.runMain)
