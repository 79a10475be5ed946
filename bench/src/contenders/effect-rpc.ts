// Effect's RPC over workers: `effect/rpc` with `NodeWorker` of `@effect/platform-node`.
import { Worker } from "node:worker_threads"
import { asks, type Contender, type OpenOptions, type Pool } from "./contender.ts"

/** Elements that wait for their consumer: with the default of 16 it is slower. */
const streaming = { streamBufferSize: 1024 }

const open = async ({ operation, size }: OpenOptions): Promise<Pool> => {
  const NodeWorker = await import("@effect/platform-node/NodeWorker")
  const Effect = await import("effect/Effect")
  const Layer = await import("effect/Layer")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const RpcClient = await import("effect/rpc/RpcClient")
  const { Rpcs } = await import("./effect-rpc.rpcs.ts")
  const { sumOfChunks, sumOfReadings } = await import("./effect-stream.ts")
  const { effectClient } = await import("./effect-client.ts")
  const spawn = () => new Worker(new URL("./effect-rpc.worker.ts", import.meta.url))
  const runtime = ManagedRuntime.make(
    RpcClient.layerProtocolWorker({ size, concurrency: 64 }).pipe(Layer.provide(NodeWorker.layer(spawn)))
  )
  const scope = await import("effect/Scope").then((Scope) => Scope.makeUnsafe())
  const { provide } = await import("effect/Scope")
  const client = await runtime.runPromise(provide(RpcClient.make(Rpcs, { disableTracing: true }), scope))
  const call = {
    add: (n: number) => client.add({ n }),
    "bytes-copy": (bytes: Uint8Array<ArrayBuffer>) => client.bytes({ bytes }),
    "bytes-transfer": (bytes: Uint8Array<ArrayBuffer>) => client.moved({ bytes }),
    object: (article: any) => client.object({ article }),
    spin: (n: number) => client.spin({ n }),
    fault: (n: number) => client.fault({ n })
  }[operation as "add"]
  return {
    ...effectClient((effect) => runtime.runPromise(effect), call),
    map: (inputs) => runtime.runPromise(Effect.forEach(inputs, (n) => call(n), { concurrency: "unbounded" })),
    // Its calls stream one way only, from the server.
    stream: ({ count, isSlow, kind }) =>
      runtime.runPromise(
        kind === "objects"
          ? sumOfReadings(client.readings({ count }, streaming), isSlow)
          : sumOfChunks(client.chunks({ count }, streaming))
      ),
    begin: (payload) => {
      const controller = new AbortController()
      const running = runtime.runPromise(call(payload as number), { signal: controller.signal })
      return { cancel: () => controller.abort(), ended: running.catch(() => undefined) }
    },
    close: () => runtime.dispose()
  }
}

export const effectRpc: ReadonlyArray<Contender> = [
  {
    name: "effect-rpc",
    how:
      "`layerProtocolWorker({ size: 2, concurrency: 64 })`, tracing switched off on both sides, unbounded concurrency " +
      "in the workers (from 16 to 256 per worker it does the same, with the default of 1 half of that); called by looping " +
      "fibers; streams of arrays of 256, `streamBufferSize: 1024`",
    workloads: [
      ...asks.tiny,
      ...asks.copies,
      ...asks.transfers,
      ...asks.work,
      "map",
      "start",
      "memory",
      "growth",
      "crash",
      "stream-out-objects",
      "stream-out-typed",
      ...asks.streamMemory
    ],
    mapItems: 5000,
    streamRecords: 100_000,
    open
  }
]
