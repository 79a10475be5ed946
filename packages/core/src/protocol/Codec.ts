/**
 * A task's schemas, compiled once: who encodes, who decodes, and what crosses as it is.
 *
 * The sender encodes, the receiver decodes (DESIGN section 4). A schema that is the identity on clonable data is
 * never run on the host by default: payloads are checked by the worker when it decodes them, successes by the
 * worker when it encodes them.
 *
 * @since 0.1.0
 */
import type { Exit } from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import type { PlainSchema, TaskDefinition } from "../internal/model/definition.ts"
import { Malformed } from "../TaskError.ts"

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
  /** What moves instead of being copied; absent when nothing does. */
  readonly transferPayload: ((value: unknown) => Array<Transferable>) | undefined
  readonly transferSuccess: ((value: unknown) => Array<Transferable>) | undefined
}

const asIs: Convert = (value) => value

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
  const runs = (direction: Direction, checks: boolean): Convert =>
    free || (direction.identity && !checks) ? asIs : direction.convert
  return {
    host: {
      encodePayload: runs(payload.encode, validate === "both"),
      decodeSuccess: runs(success.decode, validate === "both"),
      decodeError: runs(error.decode, validate === "both")
    },
    worker: {
      decodePayload: runs(payload.decode, validate !== "none"),
      encodeSuccess: runs(success.encode, validate !== "none"),
      // A failure is always checked: `Schema.Never` is how a task says that it has none.
      encodeError: runs(error.encode, true)
    },
    transferPayload: transfersOf(definition.payload),
    transferSuccess: transfersOf(definition.success)
  }
}

interface Direction {
  readonly identity: boolean
  readonly convert: Convert
}

const directions = (
  schema: PlainSchema,
  what: Malformed["what"]
): { encode: Direction; decode: Direction } => {
  const wire: PlainSchema = isClonable(Schema.toEncoded(schema).ast) ? schema : Schema.toCodecJson(schema)
  const identity = Schema.toType(wire).ast === wire.ast
  const side = {
    encode: what === "payload" ? "host" : "worker",
    decode: what === "payload" ? "worker" : "host"
  } as const
  const throwing = (
    run: (value: unknown) => Exit<unknown, SchemaIssue.Issue>,
    at: "host" | "worker"
  ): Convert => {
    return (value) => {
      const exit = run(value)
      if (exit._tag === "Success") return exit.value
      throw malformed(exit, at, what)
    }
  }
  return {
    encode: { identity, convert: throwing(SchemaParser.encodeUnknownExit(wire), side.encode) },
    decode: { identity, convert: throwing(SchemaParser.decodeUnknownExit(wire), side.decode) }
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
        detail: first?.message ?? String(reason.error)
      })
    }
    if (reason._tag === "Die") {
      const detail = reason.defect instanceof Error ? reason.defect.message : String(reason.defect)
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

/**
 * Whether every value of an encoded schema survives structured clone. `Option`, `Duration`, `HashMap`, `URL` and
 * the like do not: their prototypes would be lost, so such a schema crosses in its JSON form.
 */
const isClonable = (root: SchemaAST.AST): boolean => {
  const seen = new Set<SchemaAST.AST>()
  const visit = (ast: SchemaAST.AST): boolean => {
    if (seen.has(ast)) return true
    seen.add(ast)
    switch (ast._tag) {
      case "Declaration": {
        const annotations = ast.annotations as Record<string, any> | undefined
        const id: unknown = annotations?.["representation"]?.id
        // A user's own declaration without a JSON form has only structured clone to cross by.
        const native =
          typeof id === "string"
            ? clonableDeclarations.has(id)
            : annotations?.["toCodec"] === undefined && annotations?.["toCodecJson"] === undefined
        return native && ast.typeParameters.every(visit)
      }
      case "Symbol":
      case "UniqueSymbol":
        return false
      case "Arrays":
        return ast.elements.every(visit) && ast.rest.every(visit)
      case "Objects":
        return (
          ast.propertySignatures.every((p) => typeof p.name === "string" && visit(p.type)) &&
          ast.indexSignatures.every((s) => visit(s.type))
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

// ----------------------------------------------------------------------------
// transfer
// ----------------------------------------------------------------------------

/** The annotation that `Task.transfer` leaves on a schema: from a value to what moves with it. */
export const transferAnnotation = "@heddle/core/transfer"

type Transfer = (value: unknown) => ReadonlyArray<Transferable>

/** Collects the transfer annotations of a schema and of its fields, however deep in structs. */
const transfersOf = (schema: PlainSchema): ((value: unknown) => Array<Transferable>) | undefined => {
  const found: Array<{ readonly path: ReadonlyArray<PropertyKey>; readonly transfer: Transfer }> = []
  const visit = (ast: SchemaAST.AST, path: ReadonlyArray<PropertyKey>): void => {
    const transfer = (ast.annotations as Record<string, unknown> | undefined)?.[transferAnnotation]
    if (typeof transfer === "function") found.push({ path, transfer: transfer as Transfer })
    else if (ast._tag === "Objects" && path.length < 8) {
      for (const p of ast.propertySignatures) visit(p.type, [...path, p.name])
    }
  }
  visit(schema.ast, [])
  if (found.length === 0) return undefined
  return (value) => {
    const list = new Set<Transferable>()
    for (const { path, transfer } of found) {
      const target = path.reduce<any>((at, key) => at?.[key], value)
      if (target !== undefined) for (const item of transfer(target)) list.add(item)
    }
    return Array.from(list)
  }
}

/** Whether a task moves its payload, so that it cannot be run twice. */
export const movesPayload = (schema: PlainSchema): boolean => transfersOf(schema) !== undefined
