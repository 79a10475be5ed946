// The contracts of the measured tasks.
import * as StreamTask from "@heddle/core/StreamTask"
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"

export const Tiny = Task.make("Tiny", { payload: Schema.Finite, success: Schema.Finite })

/** Served by a handler that answers an Effect; the others are served by plain functions. */
export const TinyEffect = Task.make("TinyEffect", { payload: Schema.Finite, success: Schema.Finite })

const Bytes = Schema.instanceOf(Uint8Array)
const Moved = Task.transfer(Bytes, (bytes) => [bytes.buffer])

export const Copied = Task.make("Copied", { payload: Bytes, success: Bytes })
export const Transferred = Task.make("Transferred", { payload: Moved, success: Moved })

const Article = Schema.Struct({
  id: Schema.Finite,
  title: Schema.String,
  tags: Schema.Array(Schema.String),
  sections: Schema.Array(Schema.Struct({ heading: Schema.String, text: Schema.String, words: Schema.Finite }))
})
export const Articles = Task.make("Articles", { payload: Article, success: Article })

export const Spin = Task.make("Spin", { payload: Schema.Finite, success: Schema.Finite })
export const Fault = Task.make("Fault", { payload: Schema.Finite, success: Schema.Finite })

export const Reading = Schema.Struct({
  sensor: Schema.String,
  at: Schema.Finite,
  value: Schema.Finite,
  isValid: Schema.Boolean
})
export const Chunk = Task.transfer(Schema.instanceOf(Float64Array<ArrayBuffer>), (chunk) => [chunk.buffer])
const counted = { count: Schema.Finite }

export const Readings = StreamTask.make("Readings", { payload: counted, output: Reading })
export const Chunks = StreamTask.make("Chunks", { payload: counted, output: Chunk })
export const SumOfReadings = StreamTask.make("SumOfReadings", { input: Reading, output: Schema.Finite })
export const SumOfChunks = StreamTask.make("SumOfChunks", { input: Chunk, output: Schema.Finite })

/** The functions that every contender's workers serve, without a schema or an Effect. */
export const operations = Task.fromModule<typeof import("./operations.ts")>(
  new URL("./operations.ts", import.meta.url)
)
