// The ends of a flow that crosses a channel: the same code in a worker and on the host.
import type { Receiver, Sender } from "@heddle/core/Channel"
import type { ChannelError } from "@heddle/core/ChannelError"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { chunks, readings, sumOfChunks, sumOfReadings } from "./effect-stream.ts"
import { batchesOf, type Chunk, type Flow, type Reading, sumOfChunk, valueOf } from "./readings.ts"

/** How elements are handed over: in arrays that the program makes, as streams, or one after the other. */
export type Manner = "arrays" | "stream" | "each"

type Element = Reading | Chunk

/** Elements of one array: half of a sender's credit. Each `takeUpTo` of a worker is a round trip. */
const lengthOf = (kind: Flow["kind"]): number => (kind === "objects" ? 256 : 64)

/** How many elements the channel holds at most. */
export const capacityOf = (kind: Flow["kind"]): number => (kind === "objects" ? 1024 : 256)

export const sendFlow = (
  flow: Pick<Flow, "count" | "kind">,
  manner: Manner,
  { end, send, sendAll, sink }: Sender<any>
): Effect.Effect<void, ChannelError> => {
  const batched = (pass: (batch: ReadonlyArray<Element>) => Effect.Effect<void, ChannelError>) =>
    Effect.gen(function* () {
      for (const batch of batchesOf(flow, lengthOf(flow.kind))) yield* pass(batch)
    })
  const sent = {
    arrays: () => batched(sendAll),
    each: () => batched((batch) => Effect.forEach(batch, send, { discard: true })),
    stream: () => Stream.run(flow.kind === "objects" ? readings(flow) : chunks(flow), sink)
  }[manner]
  return Effect.andThen(Effect.suspend(sent), end)
}

/** The sum of what arrives until the channel is closed. */
export const sumFlow = (
  { isSlow, kind }: Pick<Flow, "isSlow" | "kind">,
  manner: Manner,
  { each, stream, takeUpTo }: Receiver<Element>
): Effect.Effect<number, ChannelError> => {
  if (manner === "stream")
    return kind === "objects"
      ? sumOfReadings(stream as Stream.Stream<Reading, ChannelError>, isSlow)
      : sumOfChunks(stream as Stream.Stream<Chunk, ChannelError>)
  let sum = 0
  const take = (element: Element): void => {
    sum += kind === "objects" ? valueOf(element as Reading, isSlow) : sumOfChunk(element as Chunk)
  }
  const taken =
    manner === "each"
      ? each((element) => Effect.sync(() => take(element)))
      : Effect.forever(
          Effect.map(takeUpTo(lengthOf(kind)), (elements) => elements.forEach(take)),
          { disableYield: true }
        )
  const atEnd = (error: ChannelError) => (error.reason._tag === "Closed" ? Effect.void : Effect.fail(error))
  return taken.pipe(
    Effect.catch(atEnd),
    Effect.map(() => sum)
  )
}
