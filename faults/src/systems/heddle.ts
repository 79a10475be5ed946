// Heddle, with its defaults and one worker.
import { type Task, TaskPool } from "@heddle/core"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { OpenOptions, Pool, System } from "../system.ts"
import { Add, Injections } from "./heddle.tasks.ts"

const worker = new URL("./heddle.worker.ts", import.meta.url)

type AnyCall = Task.Task<string, any, any, any>

const open = async (
  transport: System["transport"],
  { file = worker, heapMb }: OpenOptions
): Promise<Pool> => {
  const options = {
    entry: file,
    ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
  }
  const workers = transport === "threads" ? NodeThreads.layer(options) : NodeProcesses.layer(options)
  const runtime = ManagedRuntime.make(TaskPool.layer({ size: 1 }).pipe(Layer.provide(workers)))
  await runtime.context()
  return {
    call: (name, payload, timeout) => {
      const task = (name === "add" ? Add : Reflect.get(Injections, name)) as AnyCall
      return runtime.runPromise(TaskPool.run(task, payload, timeout === undefined ? {} : { timeout }))
    },
    close: () => runtime.dispose()
  }
}

const how = "`TaskPool.layer({ size: 1 })`; a time limit is the option `timeout`; nothing else set"

export const heddle: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "heddle",
  transport,
  how,
  worker,
  open: (options) => open(transport, options)
}))
