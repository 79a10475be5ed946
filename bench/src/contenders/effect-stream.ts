// The same flows as Effect's streams.
import * as Stream from "effect/Stream"
import { batchesOf, type Chunk, type Flow, type Reading, sumOfChunk, valueOf } from "./readings.ts"

type Counted = Pick<Flow, "count">

/** Elements that are made at once. By default `fromIterable` makes 4,096 of what it is given before it hands any of them on. */
const batch = 256

const streamOf = (flow: Pick<Flow, "count" | "kind">) =>
  Stream.flattenIterable(
    Stream.fromIterable<Iterable<Chunk | Reading>>(batchesOf(flow, batch), { chunkSize: 1 })
  )

export const readings = ({ count }: Counted): Stream.Stream<Reading> =>
  streamOf({ count, kind: "objects" }) as Stream.Stream<Reading>

export const chunks = ({ count }: Counted): Stream.Stream<Chunk> =>
  streamOf({ count, kind: "typed" }) as Stream.Stream<Chunk>

export const sumOfReadings = <E, R>(stream: Stream.Stream<Reading, E, R>, isSlow = false) =>
  Stream.runFold(
    stream,
    () => 0,
    (sum, reading) => sum + valueOf(reading, isSlow)
  )

export const sumOfChunks = <E, R>(stream: Stream.Stream<Float64Array, E, R>) =>
  Stream.runFold(
    stream,
    () => 0,
    (sum, chunk) => sum + sumOfChunk(chunk)
  )
