import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"
export const Sq = Task.make("Sq", { payload: { n: Schema.Number }, success: Schema.Number })
