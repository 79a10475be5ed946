/**
 * A task's schemas, compiled once: who encodes, who decodes, and what crosses as it is.
 *
 * The sender encodes, the receiver decodes (DESIGN section 4). A schema that is the identity on clonable data is
 * never run on the host by default: payloads are checked by the worker when it decodes them, successes by the
 * worker when it encodes them.
 *
 * @since 0.1.0
 */
import type { Movable } from "../internal/model/movable.ts"
import * as Effect from "effect/Effect"
import type { Exit } from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { isError, isMap, isSet } from "../internal/model/brands.ts"
import type { PlainSchema, TaskDefinition } from "../internal/model/definition.ts"
import { Malformed } from "../TaskError.ts"
import * as Check from "./Check.ts"
import { asIs } from "./Packed.ts"

/** One direction of one schema. Throws `Malformed`. */
type Convert = (value: any) => unknown

export interface TaskCodec {
  readonly host: {
    readonly encodePayload: Convert
    readonly decodeSuccess: Convert
    readonly decodeError: Convert
  }
  readonly worker: {
    readonly decodePayload: Convert
    readonly encodeSuccess: Convert
    readonly encodeError: Convert
  }
  /**
   * In the worker: whether a payload is its own decoded form, or a success its own encoded one, so that it needs no
   * converting; absent where only converting tells.
   */
  readonly fits: {
    readonly payload: Check.Check | undefined
    readonly success: Check.Check | undefined
  }
  /** What moves instead of being copied; absent when nothing does. */
  readonly transferPayload: ((value: unknown) => Array<Movable>) | undefined
  readonly transferSuccess: ((value: unknown) => Array<Movable>) | undefined
}

const compiled = new WeakMap<TaskDefinition, TaskCodec>()

/** The codec of a task; compiled at its first use on this side. */
export const codecOf = (definition: TaskDefinition): TaskCodec => {
  const known = compiled.get(definition)
  if (known !== undefined) return known
  const codec = compile(definition)
  compiled.set(definition, codec)
  return codec
}

const compile = (definition: TaskDefinition): TaskCodec => {
  const { validate } = definition.policy
  const payload = directions(definition.payload, "payload")
  const success = directions(definition.success, "success")
  const error = directions(definition.error, "error")
  // A module's functions have no schemas: whatever clones, crosses.
  const free = definition.module !== undefined
  const crossesAsIs = (direction: Direction, checks: boolean): boolean =>
    free || (direction.identity && !checks)
  const runs = (direction: Direction, checks: boolean): Convert =>
    crossesAsIs(direction, checks) ? asIs : direction.convert
  const fits = (direction: Direction, checks: boolean): Check.Check | undefined =>
    crossesAsIs(direction, checks) ? anything : direction.fits
  return {
    host: {
      encodePayload: orEmpty(
        definition.payload,
        withMake(definition.payload, runs(payload.encode, validate === "both"))
      ),
      decodeSuccess: runs(success.decode, validate === "both"),
      decodeError: runs(error.decode, validate === "both")
    },
    worker: {
      decodePayload: runs(payload.decode, validate !== "none"),
      encodeSuccess: runs(success.encode, validate !== "none"),
      // A failure is always checked: `Schema.Never` is how a task says that it has none.
      encodeError: runs(error.encode, true)
    },
    fits: {
      payload: fits(payload.decode, validate !== "none"),
      success: fits(success.encode, validate !== "none")
    },
    // In its JSON form a buffer is copied: moving it as well would only lose the original.
    transferPayload: payload.isJson ? undefined : transfersOf(definition.payload),
    transferSuccess: success.isJson ? undefined : transfersOf(definition.success)
  }
}

/** No payload means an empty one where the payload is a struct: its fields may all be optional. */
const orEmpty = (schema: PlainSchema, encode: Convert): Convert =>
  schema.ast._tag === "Objects" ? (value) => encode(value === undefined ? {} : value) : encode

/** A call takes what the schema's `make` takes: classes are made from fields, constructor defaults filled in. */
const withMake = (schema: PlainSchema, encode: Convert): Convert => {
  if (every(schema.ast, (ast) => ast.context?.constructorDefault === undefined && !isClass(ast)))
    return encode
  const make = SchemaParser.makeEffect(schema)
  return (value) => {
    const exit = Effect.runSyncExit(make(value))
    if (exit._tag === "Failure") throw malformed(exit, "host", "payload")
    return encode(exit.value)
  }
}

const isClass = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Declaration" && ast.encoding !== undefined && ast.typeParameters.length === 1

const anything: Check.Check = () => true

interface Direction {
  readonly identity: boolean
  readonly convert: Convert
  /** Whether a value needs no conversion. */
  readonly fits: Check.Check | undefined
}

const directions = (
  schema: PlainSchema,
  what: Malformed["what"]
): { readonly encode: Direction; readonly decode: Direction; readonly isJson: boolean } => {
  const isJson = !isClonable(Schema.toEncoded(schema).ast)
  const wire: PlainSchema = isJson ? Schema.toCodecJson(schema) : schema
  const identity = isIdentity(wire.ast)
  const side = {
    encode: what === "payload" ? "host" : "worker",
    decode: what === "payload" ? "worker" : "host"
  } as const
  const fits = identity ? Check.compile(wire.ast) : undefined
  const throwing = (
    run: (value: unknown) => Exit<unknown, SchemaIssue.Issue>,
    at: "host" | "worker"
  ): Convert => {
    return (value) => {
      if (fits !== undefined && fits(value)) return value
      const exit = run(value)
      if (exit._tag === "Success") return exit.value
      throw malformed(exit, at, what)
    }
  }
  return {
    isJson,
    encode: { identity, fits, convert: throwing(SchemaParser.encodeUnknownExit(wire), side.encode) },
    decode: { identity, fits, convert: throwing(SchemaParser.decodeUnknownExit(wire), side.decode) }
  }
}

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

const malformed = (
  exit: Exit<unknown, SchemaIssue.Issue> & { readonly _tag: "Failure" },
  side: "host" | "worker",
  what: Malformed["what"]
): Malformed => {
  for (const reason of exit.cause.reasons) {
    if (reason._tag === "Fail" && SchemaIssue.isIssue(reason.error)) {
      const first = formatIssue(reason.error).issues[0]
      return new Malformed({
        side,
        what,
        path: showPath(first?.path),
        detail: first?.message ?? "it does not fit"
      })
    }
    if (reason._tag === "Die") {
      const detail = isError(reason.defect) ? reason.defect.message : String(reason.defect)
      return new Malformed({ side, what, path: "$", detail: `its schema failed: ${detail}` })
    }
  }
  return new Malformed({ side, what, path: "$", detail: "its schema is asynchronous" })
}

const showPath = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined): string =>
  (path ?? []).reduce<string>((text, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`
  }, "$")

// ----------------------------------------------------------------------------
// what needs no JSON form
// ----------------------------------------------------------------------------

/** Declarations that structured clone gives back as they were. */
const clonableDeclarations = new Set([
  "effect/schema/Date",
  "effect/schema/Uint8Array",
  "effect/schema/RegExp",
  "effect/schema/ReadonlyMap",
  "effect/schema/ReadonlySet",
  "effect/schema/Json"
])

/** Every node of a schema's syntax, each once, until `check` says no. */
const every = (root: SchemaAST.AST, check: (ast: SchemaAST.AST) => boolean): boolean => {
  const seen = new Set<SchemaAST.AST>()
  const visit = (ast: SchemaAST.AST): boolean => {
    if (seen.has(ast)) return true
    seen.add(ast)
    if (!check(ast)) return false
    switch (ast._tag) {
      case "Declaration":
        return ast.typeParameters.every(visit)
      case "Arrays":
        return ast.elements.every(visit) && ast.rest.every(visit)
      case "Objects":
        return (
          ast.propertySignatures.every((p) => visit(p.type)) &&
          ast.indexSignatures.every((s) => visit(s.parameter) && visit(s.type))
        )
      case "Union":
        return ast.types.every(visit)
      case "Suspend":
        return visit(ast.thunk())
      default:
        return true
    }
  }
  return visit(root)
}

/** No node of it transforms: encoding and decoding only check. */
const isIdentity = (root: SchemaAST.AST): boolean => every(root, (ast) => ast.encoding === undefined)

/**
 * Whether every value of an encoded schema survives structured clone. `Option`, `Duration`, `HashMap`, `URL` and
 * the like do not: their prototypes would be lost, so such a schema crosses in its JSON form.
 */
const isClonable = (root: SchemaAST.AST): boolean =>
  every(root, (ast) => {
    switch (ast._tag) {
      case "Declaration": {
        const annotations = ast.annotations as Record<string, any> | undefined
        const id: unknown = annotations?.["representation"]?.id
        // A user's own declaration without a JSON form has only structured clone to cross by.
        return typeof id === "string"
          ? clonableDeclarations.has(id)
          : annotations?.["toCodec"] === undefined && annotations?.["toCodecJson"] === undefined
      }
      case "Symbol":
      case "UniqueSymbol":
        return false
      case "Objects":
        return ast.propertySignatures.every((p) => typeof p.name === "string")
      default:
        return true
    }
  })

// ----------------------------------------------------------------------------
// transfer
// ----------------------------------------------------------------------------

/** The annotation that `Task.transfer` leaves on a schema: from a value to what moves with it. */
export const transferAnnotation = "@heddle/core/transfer"

type Transfer = (value: unknown) => ReadonlyArray<Movable>

const transferAt = (ast: SchemaAST.AST): Transfer | undefined => {
  const found = SchemaAST.resolve(ast)?.[transferAnnotation]
  return typeof found === "function" ? (found as Transfer) : undefined
}

const hasTransfers = (schema: PlainSchema): boolean =>
  !every(schema.ast, (ast) => transferAt(ast) === undefined)

/** Collects what the annotations of a schema name, wherever they stand in it, by walking a value beside it. */
const transfersOf = (schema: PlainSchema): ((value: unknown) => Array<Movable>) | undefined => {
  if (!hasTransfers(schema)) return undefined
  return (value) => {
    const list = new Set<Movable>()
    collect(schema.ast, value, list)
    return Array.from(list)
  }
}

const collect = (ast: SchemaAST.AST, value: unknown, list: Set<Movable>): void => {
  if (value === undefined || value === null) return
  const transfer = transferAt(ast)
  if (transfer !== undefined) {
    for (const item of transfer(value)) list.add(item)
    return
  }
  switch (ast._tag) {
    case "Objects":
      return collectFields(ast, value as Record<PropertyKey, unknown>, list)
    case "Arrays": {
      const items = value as ReadonlyArray<unknown>
      const afterRest = items.length - Math.max(0, ast.rest.length - 1)
      items.forEach((item, index) => {
        const element =
          ast.elements[index] ?? (index < afterRest ? ast.rest[0] : ast.rest[index - afterRest + 1])
        if (element !== undefined) collect(element, item, list)
      })
      return
    }
    case "Union": {
      const member = ast.types.find((type) => SchemaParser.is(Schema.make<PlainSchema>(type))(value))
      if (member !== undefined) collect(member, value, list)
      return
    }
    case "Declaration": {
      const [first, second] = ast.typeParameters
      if (first === undefined) return
      if (isMap(value) && second !== undefined) {
        for (const [key, item] of value) {
          collect(first, key, list)
          collect(second, item, list)
        }
      } else if (isSet(value)) for (const item of value) collect(first, item, list)
      // A class declares itself over the struct of its fields.
      else if (second === undefined) collect(first, value, list)
      return
    }
    case "Suspend":
      return collect(ast.thunk(), value, list)
  }
}

const collectFields = (
  ast: SchemaAST.Objects,
  value: Record<PropertyKey, unknown>,
  list: Set<Movable>
): void => {
  const named = new Set<PropertyKey>()
  for (const p of ast.propertySignatures) {
    named.add(p.name)
    collect(p.type, value[p.name], list)
  }
  for (const signature of ast.indexSignatures) {
    for (const key of Object.keys(value)) if (!named.has(key)) collect(signature.type, value[key], list)
  }
}

/** Whether a task moves its payload, so that it cannot be run twice. */
export const movesPayload = hasTransfers
