// Tinypool: https://github.com/tinylibs/tinypool
import type { System } from "../system.ts"

const worker = new URL("./exports.worker.ts", import.meta.url)

const runtimes = { threads: "worker_threads", processes: "child_process" } as const

export const tinypool: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "tinypool",
  transport,
  how:
    `\`minThreads\` and \`maxThreads\` 1, \`runtime: "${runtimes[transport]}"\`; a time limit is ` +
    "`AbortSignal.timeout`",
  worker,
  open: async ({ file = worker, heapMb }) => {
    const { Tinypool } = await import("tinypool")
    const pool = new Tinypool({
      filename: file.href,
      runtime: runtimes[transport],
      minThreads: 1,
      maxThreads: 1,
      ...(heapMb === undefined
        ? undefined
        : transport === "threads"
          ? { resourceLimits: { maxOldGenerationSizeMb: heapMb } }
          : { execArgv: [`--max-old-space-size=${heapMb}`] })
    })
    return {
      call: (name, payload, limit) =>
        pool.run(payload, {
          name,
          ...(limit === undefined ? undefined : { signal: AbortSignal.timeout(limit) })
        }),
      close: () => pool.destroy()
    }
  }
}))
