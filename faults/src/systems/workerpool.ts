// Workerpool: https://github.com/josdejong/workerpool
import { fileURLToPath } from "node:url"
import type { Pool, System } from "../system.ts"
import { overPort } from "./overPort.ts"

const worker = new URL("./workerpool.worker.ts", import.meta.url)

const types = { threads: "thread", processes: "process" } as const

export const workerpool: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "workerpool",
  transport,
  how: `\`maxWorkers: 1\`, \`workerType: "${types[transport]}"\`; a time limit is \`.timeout()\` of its promises`,
  worker,
  open: async ({ file = worker, heapMb }) => {
    const { default: pools } = await import("workerpool")
    const pool = pools.pool(fileURLToPath(file), {
      maxWorkers: 1,
      workerType: types[transport],
      ...(heapMb === undefined
        ? undefined
        : {
            workerThreadOpts: { resourceLimits: { maxOldGenerationSizeMb: heapMb } },
            forkOpts: { execArgv: [`--max-old-space-size=${heapMb}`] }
          })
    })
    const call: Pool["call"] = async (name, payload, limit) => {
      const running = pool.exec(name, [payload])
      return limit === undefined ? running : running.timeout(limit)
    }
    const overOurs = overPort(call, async (payload, port) =>
      pool.exec("callBack", [payload], { transfer: [port] })
    )
    return {
      call,
      close: async () => pool.terminate(true),
      ...(transport === "threads" ? { callWaiting: overOurs } : undefined)
    }
  }
}))
