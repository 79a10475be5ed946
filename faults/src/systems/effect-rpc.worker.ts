import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as RpcServer from "effect/rpc/RpcServer"
import { add, inject, type Injection } from "../injections.ts"
import { nest } from "../nest.ts"
import { callBack, lie, stage } from "../staged.ts"
import { Rpcs } from "./effect-rpc.rpcs.ts"

const handlers = Rpcs.toLayer({
  add: ({ n }) => Effect.sync(() => add(n)),
  echo: ({ value }) => Effect.succeed(value),
  inject: ({ name }) => Effect.promise(async () => inject(name as Injection)),
  lie: ({ n }) => Effect.sync(() => lie(n) as number),
  stage: ({ order }) => Effect.promise(async () => stage(order)),
  nest: ({ nesting }) => Effect.promise(() => nest(nesting)),
  callBack: ({ port }) => Effect.promise(() => callBack({ port: port as never }))
})

RpcServer.layer(Rpcs).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
  Layer.launch,
  NodeRuntime.runMain
)
