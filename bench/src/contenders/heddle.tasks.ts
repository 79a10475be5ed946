// The contracts of the measured tasks.
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

/** The functions that every contender's workers serve, without a schema or an Effect. */
export const operations = Task.fromModule<typeof import("./operations.ts")>(
  new URL("./operations.ts", import.meta.url)
)
