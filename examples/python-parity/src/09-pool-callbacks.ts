import { Task, TaskPool } from "@heddle/core"
import { NodeHost, NodeRunner, NodeThreads } from "@heddle/node-workers"
import { Console, Effect, Layer } from "effect"

export const half = (n: number): Effect.Effect<number, string> =>
  n % 2 === 1 ? Effect.fail(`${n} is odd`) : Effect.succeed(n / 2)

const Here = Task.fromModule<typeof import("./09-pool-callbacks.ts")>(new URL(import.meta.url))

const run = (n: number) =>
  Here.half(n).pipe(
    Effect.tap((result) => Console.log("callback", result)),
    Effect.tapError((error) => Console.log("error_callback", error)),
    Effect.exit
  )

const program = Effect.andThen(run(84), run(7))

const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(NodeThreads.layer()))
if (!NodeRunner.isWorker()) program.pipe(Effect.provide(pool), NodeHost.runMain)
