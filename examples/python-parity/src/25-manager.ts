import { SharedService, Task, TaskError, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeRunner } from "@heddle/node-workers"
import { Console, Effect, Layer, Schema } from "effect"

const Tally = SharedService.make("Tally", {
  methods: {
    add: { payload: { word: Schema.String } },
    get: { payload: { word: Schema.String }, success: Schema.Int }
  }
})
const Count = Task.make("Count", {
  payload: { tally: Tally.schema, text: Schema.String },
  error: TaskError.TaskError
})

const handlers = Layer.mergeAll(
  Tally.toLayer(
    Effect.sync(() => {
      const counts = new Map<string, number>()
      const get = (word: string) => counts.get(word) ?? 0
      return Tally.of({
        add: ({ word }) => Effect.sync(() => void counts.set(word, get(word) + 1)),
        get: ({ word }) => Effect.sync(() => get(word))
      })
    })
  ),
  Count.toLayer(({ tally, text }) =>
    Effect.forEach(text.split(" "), (word) => tally.add({ word }), { discard: true })
  )
)

const program = Effect.gen(function* () {
  const tally = yield* Tally.start()
  const texts = ["warp weft warp", "weft warp"]
  yield* Effect.forEach(texts, (text) => Count({ tally, text }), { concurrency: 2 })
  const warp = yield* tally.get({ word: "warp" })
  yield* Console.log("warp", warp, "weft", yield* tally.get({ word: "weft" }))
})

const processes = NodeProcesses.layer({ entry: new URL(import.meta.url) })
const pool = TaskPool.layer({ size: 3 }).pipe(Layer.provide(processes))
if (NodeRunner.isWorker()) NodeRunner.runMain(handlers)
else program.pipe(Effect.scoped, Effect.provide(pool), NodeHost.runMain)
