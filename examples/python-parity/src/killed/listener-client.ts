import { DedicatedWorker, Task } from "@heddle/core"
import { Client, Listener, NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Redacted, Schema, Stream } from "effect"
import { randomBytes } from "node:crypto"
import process from "node:process"

const Talk = Task.make("Talk", { payload: { path: Schema.String, key: Schema.Uint8Array } })

const handlers = Talk.toLayer(({ key, path }) =>
  Effect.gen(function* () {
    const frame = { send: Schema.String, receive: Schema.Never }
    const connection = yield* Client.connect({ address: { path }, key: Redacted.make(key), frame })
    yield* connection.send("first")
    yield* Console.log("pid", process.pid)
    return yield* Effect.never
  }).pipe(Effect.scoped, Effect.orDie)
)

const program = Effect.gen(function* () {
  const key = randomBytes(32)
  const frame = { send: Schema.Never, receive: Schema.String }
  const listener = yield* Listener.make({ address: "unix", key: Redacted.make<Uint8Array>(key), frame })
  const { path } = listener.address as { readonly path: string }
  yield* DedicatedWorker.start(Talk, { path, key })
  const connection = yield* listener.accept
  yield* Stream.runForEach(connection.stream, (word) => Console.log("received", word)).pipe(
    Effect.catchReason("ChannelError", "PeerLost", () => Console.log("PeerLost"))
  )
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(processes), NodeHost.runMain)
