/**
 * A fast check whether a value fits a schema. Most values fit, and a tiny task costs less than a parser's bookkeeping.
 * Any doubtful value is left to the parser, which alone can describe a mismatch.
 *
 * Only for schemas without transformations, where a fitting value is its own result.
 *
 * @since 0.1.0
 */
import * as SchemaAST from "effect/SchemaAST"

/** `true`: the value fits, and the parser would return it unchanged, apart from hidden keys, which no clone takes along. */
export type Check = (value: unknown) => boolean

/** Returns `undefined` for a schema that only the parser can check. */
export const compile = (ast: SchemaAST.AST): Check | undefined => {
  const base = compileBase(ast)
  const checks = ast.checks
  if (base === undefined || checks === undefined) return base
  const filters = flatten(checks)
  const known = filters.length === 1 && ast._tag === "Number" ? ofNumbers[idOf(filters[0]!)] : undefined
  if (known !== undefined) return known
  return (value) => {
    if (!base(value)) return false
    try {
      for (const filter of filters) if (filter.run(value, ast, options) !== undefined) return false
      return true
    } catch {
      // A user's filter throws; the parser reports the exception.
      return false
    }
  }
}

const options: SchemaAST.ParseOptions = {}

/** Effect's filters run behind two closures, which cost more than most numeric tasks spend on their check. */
const ofNumbers: Record<string, Check | undefined> = {
  "effect/schema/isFinite": (value) => Number.isFinite(value),
  "effect/schema/isInt": (value) => Number.isSafeInteger(value)
}

const idOf = (filter: SchemaAST.Filter<any>): string => filter.annotations?.representation?.id ?? ""

const flatten = (checks: ReadonlyArray<SchemaAST.Check<any>>): ReadonlyArray<SchemaAST.Filter<any>> =>
  checks.flatMap((check) => (check._tag === "Filter" ? [check] : flatten(check.checks)))

const compileBase = (ast: SchemaAST.AST): Check | undefined => {
  if (ast.encoding !== undefined) return undefined
  switch (ast._tag) {
    case "Number":
      return (value) => typeof value === "number"
    case "String":
      return (value) => typeof value === "string"
    case "Boolean":
      return (value) => typeof value === "boolean"
    case "BigInt":
      return (value) => typeof value === "bigint"
    case "Undefined":
    case "Void":
      return (value) => value === undefined
    case "Null":
      return (value) => value === null
    case "Literal": {
      const { literal } = ast
      return (value) => value === literal
    }
    case "Arrays":
      return compileList(ast)
    case "Objects":
      return compileRecord(ast)
    default:
      return undefined
  }
}

/** Lists of one kind of element. */
const compileList = (ast: SchemaAST.Arrays): Check | undefined => {
  if (ast.elements.length > 0 || ast.rest.length !== 1) return undefined
  const element = compile(ast.rest[0]!)
  if (element === undefined) return undefined
  return (value) => {
    if (!Array.isArray(value)) return false
    // By index, because a hole is a value as well.
    for (let i = 0; i < value.length; i++) if (!element(value[i])) return false
    return true
  }
}

/** Plain objects with exactly the fields of the schema: a parser would drop additional fields. */
const compileRecord = (ast: SchemaAST.Objects): Check | undefined => {
  if (ast.indexSignatures.length > 0) return undefined
  const names: Array<string> = []
  const checks: Array<Check> = []
  for (const { name, type } of ast.propertySignatures) {
    const check = SchemaAST.isOptional(type) ? undefined : compile(type)
    if (check === undefined || typeof name !== "string") return undefined
    names.push(name)
    checks.push(check)
  }
  const inAnyOrder = (record: Record<string, unknown>): boolean => {
    const keys = Object.keys(record)
    return (
      keys.length === names.length &&
      hasNoSymbol(record) &&
      names.every((name, at) => keys.includes(name) && checks[at]!(record[name]))
    )
  }
  return (value) => {
    if (typeof value !== "object" || value === null) return false
    if (Object.getPrototypeOf(value) !== Object.prototype) return false
    const record = value as Record<string, unknown>
    let at = 0
    // Iterates, because a list of the keys costs more than the checks of a small record.
    for (const key in record) {
      // What a polluted prototype adds is no field.
      if (key !== names[at] || !Object.hasOwn(record, key) || !checks[at]!(record[key]))
        return inAnyOrder(record)
      at++
    }
    return at === names.length && hasNoSymbol(record)
  }
}

const hasNoSymbol = (record: object): boolean => Object.getOwnPropertySymbols(record).length === 0
