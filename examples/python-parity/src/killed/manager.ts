import { SharedService, TaskError, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"
import process from "node:process"

const Slow = SharedService.make("Slow", { methods: { wait: {}, get: { success: Schema.Int } } })

const handlers = Slow.toLayer(
  Effect.succeed(
    Slow.of({
      wait: () => Effect.andThen(Console.log("pid", process.pid), Effect.never),
      get: () => Effect.succeed(42)
    })
  )
)

const program = Effect.gen(function* () {
  const slow = yield* Slow.start()
  const report = (name: string) => (error: TaskError.TaskError) => Console.log(name, error.reason._tag)
  yield* slow.wait().pipe(Effect.catchTag("TaskError", report("wait:")))
  yield* slow.get().pipe(Effect.catchTag("TaskError", report("get:")))
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 2 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
