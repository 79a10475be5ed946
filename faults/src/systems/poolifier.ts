// Poolifier: https://github.com/poolifier/poolifier
import { fileURLToPath } from "node:url"
import type { OpenOptions, Pool, System } from "../system.ts"
import { overPort } from "./overPort.ts"

const workers = {
  threads: new URL("./poolifier.worker.ts", import.meta.url),
  processes: new URL("./poolifier.cluster.ts", import.meta.url)
}

const open = async (transport: System["transport"], { file, heapMb }: OpenOptions): Promise<Pool> => {
  const { FixedClusterPool, FixedThreadPool } = await import("poolifier")
  const path = fileURLToPath(file ?? workers[transport])
  const pool =
    transport === "threads"
      ? new FixedThreadPool<any, any>(1, path, {
          ...(heapMb === undefined
            ? undefined
            : { workerOptions: { resourceLimits: { maxOldGenerationSizeMb: heapMb } } })
        })
      : new FixedClusterPool<any, any>(1, path, {
          ...(heapMb === undefined
            ? undefined
            : { settings: { execArgv: [`--max-old-space-size=${heapMb}`] } })
        })
  const call: Pool["call"] = (name, payload, limit) =>
    pool.execute(payload, name, limit === undefined ? undefined : AbortSignal.timeout(limit))
  const overOurs = overPort(call, (payload, port) =>
    pool.execute(payload, "callBack", undefined, [port as never])
  )
  return {
    call,
    close: () => pool.destroy(),
    ...(transport === "threads" ? { callWaiting: overOurs } : undefined)
  }
}

export const poolifier: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "poolifier",
  transport,
  how: `\`${transport === "threads" ? "FixedThreadPool" : "FixedClusterPool"}(1)\`; a time limit is \`AbortSignal.timeout\``,
  worker: workers[transport],
  open: (options) => open(transport, options)
}))
