// Heddle, with its defaults and one worker.
import { type Task, type TaskError, TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { OpenOptions, Pool, Program, System } from "../system.ts"
import {
  Add,
  CallAnother,
  CallItself,
  IdempotentStaged,
  Injections,
  Lie,
  Nest,
  Staged
} from "./heddle.tasks.ts"

const worker = new URL("./heddle.worker.ts", import.meta.url)

type Transport = System["transport"]

type AnyCall = Task.Task<string, any, any, any>

const tasks: Record<string, unknown> = { add: Add, lie: Lie, nest: Nest, stage: Staged.stage }

const taskOf = (name: string): AnyCall =>
  (Object.hasOwn(tasks, name) ? tasks[name] : Reflect.get(Injections, name)) as AnyCall

/** Calls a task by name. */
export const run = (
  name: string,
  payload: unknown,
  options: TaskPool.RunOptions = {}
): Effect.Effect<unknown, TaskError.TaskError, TaskPool.TaskPool> =>
  TaskPool.run(taskOf(name), payload, options)

/**
 * Array buffers count to the heap of a thread; a process is measured as a whole. A policy goes without a limit of V8's own:
 * where that is lower, V8 may abort before the policy has looked.
 */
const recycleOf = (transport: Transport, { memory }: OpenOptions): TaskPool.RecycleOptions => {
  if (memory === undefined) return {}
  const limits = { soft: memory.soft * 1024 * 1024, hard: memory.hard * 1024 * 1024 }
  return { every: 100, ...(transport === "threads" ? { heap: limits } : { rss: limits }) }
}

export const poolOf = (transport: Transport, options: OpenOptions) => {
  const { file = worker, memory } = options
  const heapMb = memory === undefined ? options.heapMb : undefined
  const settings = {
    entry: file,
    ...(heapMb === undefined ? undefined : { resourceLimits: { maxOldGenerationSizeMb: heapMb } })
  }
  const workers = transport === "threads" ? NodeThreads.layer(settings) : NodeProcesses.layer(settings)
  return TaskPool.layer({ size: 1, recycle: recycleOf(transport, options) }).pipe(Layer.provide(workers))
}

const open = async (transport: Transport, options: OpenOptions): Promise<Pool> => {
  const { signal } = options
  const scope = Scope.makeUnsafe()
  // Whoever closes it again waits for the first one: a scope that is being closed counts as closed.
  let closing: Promise<void> | undefined
  const close = () => (closing ??= Effect.runPromise(Scope.close(scope, Exit.void)))
  signal?.addEventListener("abort", () => void close())
  const opening = Effect.runPromise(Layer.buildWithScope(poolOf(transport, options), scope), { signal })
  const context = await opening.catch(async (failure) => {
    if (signal?.aborted !== true) throw failure
    await close()
    throw signal.reason
  })
  const promise = <A, E>(effect: Effect.Effect<A, E, TaskPool.TaskPool>): Promise<A> =>
    Effect.runPromise(Effect.provideContext(effect, context))
  return {
    call: (name, payload, timeout) => promise(run(name, payload, timeout === undefined ? {} : { timeout })),
    callIdempotent: (name, payload) =>
      promise(TaskPool.run(Reflect.get(IdempotentStaged, name) as AnyCall, payload)),
    callWaiting: (whom) => promise<unknown, unknown>(whom === "another" ? CallAnother() : CallItself()),
    close
  }
}

const main = (transport: Transport, { begin, finalize, injection }: Program): void => {
  const program = Effect.gen(function* () {
    yield* Add(1)
    begin()
    yield* Injections.inject(injection)
  })
  NodeHost.runMain(
    Effect.provide(program, poolOf(transport, {})).pipe(Effect.ensuring(Effect.promise(finalize)))
  )
}

const how =
  "`TaskPool.layer({ size: 1 })`; a time limit is the option `timeout`, a memory policy `recycle` with limits for the heap " +
  "or the resident size; signals are those of `NodeHost.runMain`; nothing else set"

export const heddle: ReadonlyArray<System> = (["threads", "processes"] as const).map((transport) => ({
  name: "heddle",
  transport,
  how,
  worker,
  open: (options) => open(transport, options),
  main: (program) => main(transport, program)
}))
