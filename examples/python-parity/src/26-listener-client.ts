import { DedicatedWorker, Task } from "@heddle/core"
import { Client, Listener, NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"

const Talk = Task.make("Talk", {
  payload: { path: Schema.String, key: Schema.Uint8Array },
  success: Schema.String
})

const handlers = Talk.toLayer(({ key, path }) =>
  Effect.gen(function* () {
    const frame = { send: Schema.Unknown, receive: Schema.String }
    const connection = yield* Client.connect({ address: { path }, key: Redacted.make(key), frame })
    yield* connection.send("junk")
    yield* connection.send([2.25, 7])
    return yield* connection.receive
  }).pipe(Effect.scoped, Effect.orDie)
)

const program = Effect.gen(function* () {
  const key = randomBytes(32)
  const frame = { send: Schema.String, receive: Schema.Union([Schema.String, Schema.Array(Schema.Finite)]) }
  const listener = yield* Listener.make({ address: "unix", key: Redacted.make<Uint8Array>(key), frame })
  const { path } = listener.address as { readonly path: string }
  const worker = yield* DedicatedWorker.start(Talk, { path, key })
  const connection = yield* listener.accept
  yield* Console.log("listener received", yield* connection.receive)
  const numbers = (yield* connection.receive) as ReadonlyArray<number>
  yield* Console.log("listener received", Number(numbers[0]) + Number(numbers[1]))
  yield* connection.send("thanks")
  yield* Console.log("client received", yield* worker.join)
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(processes), NodeHost.runMain)
