import * as NodeRunner from "@heddle/node-workers/NodeRunner"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Echo, flowTasks, PipeEcho } from "./heddle-channel.tasks.ts"
import { sendFlow, sumFlow } from "./heddle-flow.ts"
import type { Kind } from "./readings.ts"

const serve = (kind: Kind) =>
  Layer.mergeAll(
    flowTasks[kind].send.toLayer(({ count, manner, out }) => sendFlow({ count, kind }, manner, out)),
    flowTasks[kind].take.toLayer(({ from, manner }) => sumFlow({ kind, isSlow: false }, manner, from))
  )

NodeRunner.runMain(
  Layer.mergeAll(
    serve("objects"),
    serve("typed"),
    Echo.toLayer(({ from, to }) => from.each((n) => to.send(n + 1))),
    PipeEcho.toLayer(({ pipe }) => Stream.runForEach(pipe.stream, (n) => pipe.send(n + 1)))
  )
)
