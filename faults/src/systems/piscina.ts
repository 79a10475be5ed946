// Piscina: https://github.com/piscinajs/piscina
import { fileURLToPath } from "node:url"
import type { Pool, System } from "../system.ts"
import { overPort } from "./overPort.ts"

const worker = new URL("./exports.worker.ts", import.meta.url)

export const piscina: ReadonlyArray<System> = [
  {
    name: "piscina",
    transport: "threads",
    how: "`minThreads` and `maxThreads` 1; a time limit is `AbortSignal.timeout`",
    worker,
    open: async ({ file = worker, heapMb }) => {
      const { Piscina } = await import("piscina")
      const pool = new Piscina<any, any>({
        filename: fileURLToPath(file),
        minThreads: 1,
        maxThreads: 1,
        ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
      })
      const call: Pool["call"] = (name, payload, limit) =>
        pool.run(payload, {
          name,
          ...(limit === undefined ? undefined : { signal: AbortSignal.timeout(limit) })
        })
      return {
        call,
        callWaiting: overPort(call, (payload, port) =>
          pool.run(payload, { name: "callBack", transferList: [port as never] })
        ),
        close: () => pool.destroy()
      }
    }
  }
]
