import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Echo, PipeEcho, SendChunks, SendReadings, TakeChunks, TakeReadings } from "./heddle-channel.tasks.ts"
import { sendFlow, sumFlow } from "./heddle-flow.ts"

NodeRunner.runMain(
  Layer.mergeAll(
    SendReadings.toLayer(({ count, manner, out }) => sendFlow({ count, kind: "objects" }, manner, out)),
    SendChunks.toLayer(({ count, manner, out }) => sendFlow({ count, kind: "typed" }, manner, out)),
    TakeReadings.toLayer(({ from, manner }) => sumFlow({ kind: "objects", isSlow: false }, manner, from)),
    TakeChunks.toLayer(({ from, manner }) => sumFlow({ kind: "typed", isSlow: false }, manner, from)),
    Echo.toLayer(({ from, to }) => from.each((n) => to.send(n + 1))),
    PipeEcho.toLayer(({ pipe }) => Stream.runForEach(pipe.stream, (n) => pipe.send(n + 1)))
  )
)
