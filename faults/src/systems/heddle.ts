// Heddle, with its defaults and one worker.
import { type Task, TaskPool } from "@heddle/core"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
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
  const scope = Scope.makeUnsafe()
  const pool = TaskPool.layer({ size: 1 }).pipe(Layer.provide(workers))
  const context = await Effect.runPromise(Layer.buildWithScope(pool, scope))
  return {
    call: (name, payload, timeout) => {
      const task = (name === "add" ? Add : Reflect.get(Injections, name)) as AnyCall
      const limits = timeout === undefined ? {} : { timeout }
      return Effect.runPromise(Effect.provideContext(TaskPool.run(task, payload, limits), context))
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void))
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
