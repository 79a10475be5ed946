// The contract of the measured task: one number in, the next one out.
import { Task } from "@heddle/core"
import * as Schema from "effect/Schema"

export const Tiny = Task.make("Tiny", { payload: Schema.Finite, success: Schema.Finite })
