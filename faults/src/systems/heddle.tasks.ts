import { Task, TaskError } from "@heddle/core"
import * as Schema from "effect/Schema"
import type { Nesting } from "../staged.ts"

export const Add = Task.make("add", { payload: Schema.Finite, success: Schema.Finite })

/** Its handler answers a text. */
export const Lie = Task.make("lie", { payload: Schema.Finite, success: Schema.Finite })

/** Opens a pool within its worker. */
export const Nest = Task.make("nest", {
  payload: Schema.declare((u): u is Nesting => typeof u === "object"),
  success: Schema.Unknown,
  error: TaskError.TaskError
})

/** Calls `add` on its own pool. */
export const CallAnother = Task.make("callAnother", { success: Schema.Finite, error: TaskError.TaskError })

/** Calls itself, through another one. */
export const CallItself = Task.make("callItself", { success: Schema.Void, error: TaskError.TaskError })
export const CallBack = Task.make("callBack", { success: Schema.Void, error: TaskError.TaskError })

export const Injections = Task.fromModule<typeof import("../injections.ts")>(
  new URL("../injections.ts", import.meta.url)
)

const staged = new URL("../staged.ts", import.meta.url)

export const Staged = Task.fromModule<typeof import("../staged.ts")>(staged)

export const IdempotentStaged = Task.fromModule<typeof import("../staged.ts")>(staged, { idempotent: true })
