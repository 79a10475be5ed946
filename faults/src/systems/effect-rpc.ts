// Effect's RPC over workers: `effect/rpc` with `NodeWorker` of `@effect/platform-node`.
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import type { OpenOptions, Pool, System } from "../system.ts"
import { overPort } from "./overPort.ts"

const worker = new URL("./effect-rpc.worker.ts", import.meta.url)

const open = async (
  transport: System["transport"],
  { file = worker, heapMb, signal }: OpenOptions
): Promise<Pool> => {
  const NodeWorker = await import("@effect/platform-node/NodeWorker")
  const Effect = await import("effect/Effect")
  const Layer = await import("effect/Layer")
  const Exit = await import("effect/Exit")
  const RpcClient = await import("effect/rpc/RpcClient")
  const Scope = await import("effect/Scope")
  const { Rpcs } = await import("./effect-rpc.rpcs.ts")
  const spawn = () =>
    transport === "threads"
      ? new Worker(file, heapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
      : fork(
          fileURLToPath(file),
          heapMb === undefined ? {} : { execArgv: [`--max-old-space-size=${heapMb}`] }
        )
  const scope = Scope.makeUnsafe()
  const protocol = RpcClient.layerProtocolWorker({ size: 1 }).pipe(Layer.provide(NodeWorker.layer(spawn)))
  // Whoever closes it again waits for the first one: a scope that is being closed counts as closed.
  let closing: Promise<void> | undefined
  const close = () => (closing ??= Effect.runPromise(Scope.close(scope, Exit.void)))
  signal?.addEventListener("abort", () => void close())
  const making = Layer.buildWithScope(protocol, scope).pipe(
    Effect.flatMap((context) => Effect.provideContext(Scope.provide(RpcClient.make(Rpcs), scope), context))
  )
  const client = await Effect.runPromise(making, { signal }).catch(async (failure) => {
    if (signal?.aborted !== true) throw failure
    await close()
    throw signal.reason
  })
  const calls: Record<string, (payload: any) => unknown> = {
    add: (n) => client.add({ n }),
    echo: (value) => client.echo({ value }),
    inject: (name) => client.inject({ name }),
    lie: (n) => client.lie({ n }),
    stage: (order) => client.stage({ order }),
    nest: (nesting) => client.nest({ nesting })
  }
  const call: Pool["call"] = async (name, payload, limit) => {
    const effect = (Object.hasOwn(calls, name) ? calls[name]! : Reflect.get(client, name))(payload)
    return Effect.runPromise(limit === undefined ? effect : Effect.timeout(effect, limit))
  }
  const overOurs = overPort(call, ({ port }) => Effect.runPromise(client.callBack({ port: port as any })))
  return { call, close, ...(transport === "threads" ? { callWaiting: overOurs } : undefined) }
}

export const effectRpc: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "effect-rpc",
  transport,
  how:
    `\`layerProtocolWorker({ size: 1 })\` on ${transport === "threads" ? "a `Worker`" : "a forked process"}; a time ` +
    "limit is `Effect.timeout`",
  worker,
  open: (options) => open(transport, options)
}))
