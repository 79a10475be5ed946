/** The contract: what the host asks for and what a worker answers. Both sides import it. */
import * as StreamTask from "@heddle/core/StreamTask"
import * as Schema from "effect/Schema"

export class LogUnreadable extends Schema.TaggedError<LogUnreadable>()("LogUnreadable", {
  file: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.file}: ${this.reason}`
  }
}

/** A range of a file. The path crosses, not the text: the worker reads it. */
const Part = { file: Schema.String, from: Schema.Int, to: Schema.Int }
export interface Part extends Schema.Schema.Type<Schema.Struct<typeof Part>> {}

/** A line without a record, by the offset of its first byte in the file. */
const BadLine = Schema.TaggedStruct("BadLine", {
  offset: Schema.Int,
  reason: Schema.String,
  /** How it begins. */
  text: Schema.String
})
export interface BadLine extends Schema.Schema.Type<typeof BadLine> {}

const Pairs = Schema.Array(Schema.Tuple([Schema.Int, Schema.Int]))

const Counts = Schema.Struct({
  services: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      statuses: Pairs,
      latency: Schema.Struct({ greatest: Schema.Int, counts: Pairs })
    })
  ),
  paths: Schema.Array(Schema.Tuple([Schema.String, Schema.Int]))
})
export interface Counts extends Schema.Schema.Type<typeof Counts> {}

/** What the next so many bytes of a range gave. */
const Counted = Schema.TaggedStruct("Counted", { bytes: Schema.Int, counts: Counts })

const Found = Schema.Union([BadLine, Counted])
export type Found = Schema.Schema.Type<typeof Found>

/** One part of a log, as a stream: what is found crosses while the part is still read. */
export const Crunch = StreamTask.make("Crunch", {
  payload: Part,
  output: Found,
  error: LogUnreadable
})
