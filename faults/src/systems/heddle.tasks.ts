import { Task } from "@heddle/core"
import * as Schema from "effect/Schema"

export const Add = Task.make("add", { payload: Schema.Finite, success: Schema.Finite })

export const Injections = Task.fromModule<typeof import("../injections.ts")>(
  new URL("../injections.ts", import.meta.url)
)
