import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { chunks, readings, sumOfChunks, sumOfReadings } from "./effect-stream.ts"
import {
  Articles,
  Chunks,
  Copied,
  Fault,
  Readings,
  Spin,
  SumOfChunks,
  SumOfReadings,
  Tiny,
  TinyEffect,
  Transferred
} from "./heddle.tasks.ts"
import { add, bytes, fault, object, spin } from "./operations.ts"

NodeRunner.runMain(
  Layer.mergeAll(
    Tiny.toLayerSync(add),
    TinyEffect.toLayer((n) => Effect.succeed(add(n))),
    Copied.toLayerSync((payload) => bytes(payload)),
    Transferred.toLayerSync((payload) => bytes(payload)),
    Articles.toLayerSync(object),
    Spin.toLayerSync(spin),
    Fault.toLayerSync(fault),
    Readings.toLayer(readings),
    Chunks.toLayer(chunks),
    SumOfReadings.toLayer((_, { inputs }) => Stream.fromEffect(sumOfReadings(inputs))),
    SumOfChunks.toLayer((_, { inputs }) => Stream.fromEffect(sumOfChunks(inputs)))
  )
)
