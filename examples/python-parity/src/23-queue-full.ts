import { Channel, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Option, Schema } from "effect"

const program = Effect.gen(function* () {
  const { receiver, sender } = yield* Channel.make(Schema.String, { capacity: 2 })
  yield* sender.send("warp")
  yield* sender.send("weft")
  if (!(yield* sender.sendIfAvailable("shed"))) yield* Console.log("full")
  yield* Console.log(yield* receiver.take, yield* receiver.take)
  const third = yield* Effect.timeoutOption(receiver.take, "100 millis")
  if (Option.isNone(third)) yield* Console.log("empty")
})

const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
