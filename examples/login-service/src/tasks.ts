/** The contract: what the server asks for and what a worker answers. Both sides import it. */
import * as Task from "@heddle/core/Task"
import * as Schema from "effect/Schema"

export const HashPassword = Task.make("HashPassword", {
  payload: { password: Schema.String, salt: Schema.String },
  /** In base64. */
  success: Schema.String
})
