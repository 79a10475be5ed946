// Tinypool: https://github.com/tinylibs/tinypool
import type { Tinypool } from "tinypool"
import type { Awaited, Pool, System } from "../system.ts"
import { overPort } from "./overPort.ts"

const worker = new URL("./exports.worker.ts", import.meta.url)

const runtimes = { threads: "worker_threads", processes: "child_process" } as const

/** Processes have no ports; it carries messages of one's own on a channel. */
const overChannel =
  (pool: Tinypool, call: Pool["call"]) =>
  (whom: Awaited): Promise<unknown> => {
    let answer: (message: unknown) => void = () => {}
    return pool.run(undefined, {
      name: "callBackBySend",
      channel: {
        onMessage: (callback) => (answer = callback),
        postMessage: () => {
          const called = whom === "another" ? call("add", 41) : overChannel(pool, call)(whom)
          called.then(
            (reply) => answer({ reply }),
            () => answer({ reply: "failed" })
          )
        }
      }
    })
  }

export const tinypool: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "tinypool",
  transport,
  how:
    `\`minThreads\` and \`maxThreads\` 1, \`runtime: "${runtimes[transport]}"\`; a time limit is ` +
    "`AbortSignal.timeout`",
  worker,
  open: async ({ file = worker, heapMb, memory }) => {
    const { Tinypool } = await import("tinypool")
    const pool = new Tinypool({
      filename: file.href,
      runtime: runtimes[transport],
      minThreads: 1,
      maxThreads: 1,
      ...(memory === undefined ? undefined : { maxMemoryLimitBeforeRecycle: memory.soft * 1024 * 1024 }),
      ...(heapMb === undefined
        ? undefined
        : transport === "threads"
          ? { resourceLimits: { maxOldGenerationSizeMb: heapMb } }
          : { execArgv: [`--max-old-space-size=${heapMb}`] })
    })
    const call: Pool["call"] = (name, payload, limit) =>
      pool.run(payload, {
        name,
        ...(limit === undefined ? undefined : { signal: AbortSignal.timeout(limit) })
      })
    const overOurs = overPort(call, (payload, port) =>
      pool.run(payload, { name: "callBack", transferList: [port as never] })
    )
    return {
      call,
      callWaiting: transport === "threads" ? overOurs : overChannel(pool, call),
      close: () => pool.destroy()
    }
  }
}))
