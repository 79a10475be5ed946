/**
 * Checks the schemas of a task definition.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { PlainSchema } from "./definition.ts"
import { unexpected } from "./validation.ts"

/** The schema of a payload: as given, or the struct of the fields given. */
export type ToSchema<P> = P extends PlainSchema
  ? P
  : P extends Schema.Struct.Fields
    ? Extract<Schema.Struct<P>, PlainSchema>
    : never

/** Throws `InvalidOption` for anything but a schema, such as `String` in place of `Schema.String`. */
export const toSchema = (option: string, given: unknown): PlainSchema => {
  if (!Schema.isSchema(given)) throw unexpected(option, "a schema, such as Schema.String", given)
  return given as PlainSchema
}

/** Does the same for a payload, which may be the fields of a struct. */
export const toPayload = (given: unknown): PlainSchema => {
  if (Schema.isSchema(given)) return given as PlainSchema
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw unexpected("payload", "a schema, or the fields of a struct as in { n: Schema.Int }", given)
  for (const [name, field] of Object.entries(given)) toSchema(`payload.${name}`, field)
  return Schema.Struct(given as Schema.Struct.Fields) as unknown as PlainSchema
}
