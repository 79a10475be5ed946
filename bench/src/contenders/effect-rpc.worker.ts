import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RpcServer from "effect/rpc/RpcServer"
import { chunks, readings } from "./effect-stream.ts"
import { Rpcs } from "./effect-rpc.rpcs.ts"
import { bytes, fault, object, spin } from "./operations.ts"

const handlers = Rpcs.toLayer({
  add: ({ n }) => Effect.succeed(n + 1),
  bytes: (payload) => Effect.succeed(bytes(payload.bytes)),
  moved: (payload) => Effect.succeed(bytes(payload.bytes)),
  object: ({ article }) => Effect.succeed(object(article)),
  spin: ({ n }) => Effect.sync(() => spin(n)),
  fault: ({ n }) => Effect.sync(() => fault(n)),
  readings,
  chunks
})

RpcServer.layer(Rpcs, { disableTracing: true, concurrency: "unbounded" }).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  NodeRuntime.runMain
)
