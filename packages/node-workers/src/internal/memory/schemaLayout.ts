/**
 * The layout of the values of a schema, for schemas whose values have a bounded size.
 *
 * Reads the public tree of a schema alone. The schema's checks are used for sizes; they are not run when records are read or written.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as SchemaAST from "effect/SchemaAST"
import * as Fields from "./fields.ts"
import { layoutOf } from "./layout.ts"

/** Throws `InvalidOption`, which names the part of the schema, for a schema without a bounded size. */
export const fieldOf = (ast: SchemaAST.AST, path = "schema"): Fields.Field<any> => {
  if (ast.encoding !== undefined) throw refused(path, "it transforms values; give the schema of one side")
  if (SchemaAST.isOptional(ast)) throw refused(path, "it is optional")
  switch (ast._tag) {
    case "Number":
      return numberOf(ast)
    case "BigInt":
      return Fields.numbers.i64
    case "Boolean":
      return Fields.boolean
    case "String":
      return textOf(ast, path)
    case "Arrays":
      return tupleOf(ast, path)
    case "Objects":
      return recordOf(ast, path)
    default:
      throw refused(path, `there is no field for ${ast._tag}`)
  }
}

const refused = (path: string, problem: string): InvalidOption => new InvalidOption(path, problem)

interface Check {
  readonly id: string
  readonly payload: any
}

/** The checks that say by name and data what they check. */
const checksOf = (checks: ReadonlyArray<SchemaAST.Check<any>> = []): ReadonlyArray<Check> =>
  checks.flatMap((check) => {
    if (check._tag === "FilterGroup") return checksOf(check.checks)
    const known = check.annotations?.representation
    return known === undefined ? [] : [known]
  })

/** 32-bit integers where the checks say so; each other number fits 64 bits of a float. */
const numberOf = (ast: SchemaAST.AST): Fields.Field<number> => {
  const checks = checksOf(ast.checks)
  const range = checks.find(({ id }) => id === "effect/schema/isBetween")?.payload
  if (!checks.some(({ id }) => id === "effect/schema/isInt") || range === undefined) return Fields.numbers.f64
  if (range.minimum >= 0 && range.maximum <= 0xff_ff_ff_ff) return Fields.numbers.u32
  return range.minimum >= -0x80_00_00_00 && range.maximum <= 0x7f_ff_ff_ff
    ? Fields.numbers.i32
    : Fields.numbers.f64
}

/** The most bytes of UTF-8: three for each UTF-16 unit, four for each code point. */
const textOf = (ast: SchemaAST.AST, path: string): Fields.Field<string> => {
  const limits = checksOf(ast.checks).flatMap(({ id, payload }) => {
    if (id === "effect/schema/isMaxLength") return [3 * payload.maxLength]
    if (id === "effect/schema/isBetweenLength") return [3 * payload.maximum]
    if (id === "effect/schema/isMaxCodePoints") return [4 * payload.maxCodePoints]
    return id === "effect/schema/isBetweenCodePoints" ? [4 * payload.maximum] : []
  })
  const max = Math.min(...limits)
  if (Number.isSafeInteger(max) && max >= 1) return Fields.text(max)
  throw refused(path, "a string needs a bound: Schema.String.check(Schema.isMaxLength(…))")
}

const tupleOf = (ast: SchemaAST.Arrays, path: string): Fields.Field<any> => {
  if (ast.rest.length > 0) throw refused(path, "an array has no bound: give a tuple")
  if (ast.elements.length === 0) throw refused(path, "an empty tuple has no bytes")
  const elements = ast.elements.map((element, index) => fieldOf(element, `${path}[${index}]`))
  const [first] = elements
  if (elements.every(({ signature }) => signature === first!.signature)) {
    return Fields.array(first!, elements.length)
  }
  return layoutOf(Object.fromEntries(elements.entries()), true)
}

const recordOf = (ast: SchemaAST.Objects, path: string): Fields.Field<any> => {
  if (ast.indexSignatures.length > 0) throw refused(path, "a record with any keys has no bound")
  if (ast.propertySignatures.length === 0) throw refused(path, "an empty struct has no bytes")
  const fields = ast.propertySignatures.map(({ name, type }) => {
    if (typeof name !== "string" || name === "__proto__") {
      throw refused(path, `${String(name)} is no name for a field`)
    }
    return [name, fieldOf(type, `${path}.${name}`)]
  })
  return layoutOf(Object.fromEntries(fields))
}
