import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer, Stream } from "effect"

export const square = (n: number): number => n * n

const Here = Task.fromModule<typeof import("./03-pool-imap.ts")>(new URL(import.meta.url))

const numbers = Stream.iterate(1, (n) => n + 1).pipe(Stream.take(5))

const program = TaskPool.stream(Here.square, numbers).pipe(Stream.runForEach((result) => Console.log(result)))

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
