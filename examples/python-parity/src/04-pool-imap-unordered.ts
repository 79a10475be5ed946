import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Stream } from "effect"

export const wait = (seconds: number) => Effect.as(Effect.sleep(`${seconds} seconds`), seconds)

const Here = Task.fromModule<typeof import("./04-pool-imap-unordered.ts")>(new URL(import.meta.url))

const program = TaskPool.stream(Here.wait, [600, 0.1], { ordered: false, chunkSize: 1 }).pipe(
  Stream.take(1),
  Stream.runForEach((seconds) => Console.log("first", seconds))
)

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
