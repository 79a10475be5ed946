/**
 * Compiles a task's schemas once: which side encodes, which side decodes, and which values cross unchanged.
 *
 * The sender encodes, the receiver decodes (docs/design.md). By default, the host never runs a schema that is the
 * identity on clonable data: the worker checks payloads when decoding, and successes when encoding.
 *
 * @since 0.1.0
 */
import { cut, isInstance, messageOf } from "../../internal/model/foreign.ts"
import type { Movable } from "../../internal/model/movable.ts"
import * as Effect from "effect/Effect"
import type { Exit } from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { isMap, isSet } from "../../internal/model/brands.ts"
import type { PlainSchema, StreamDefinition, TaskDefinition } from "../../internal/model/definition.ts"
import { InvalidOption } from "../../InvalidOption.ts"
import { Malformed } from "../../TaskError.ts"
import * as Check from "./Check.ts"
import { asIs } from "./Packed.ts"
import { every, isIdentity, linkOf, symbolField, wireForm } from "./WireForm.ts"

/** One direction of one schema. Throws `Malformed`. */
export type Convert = (value: any) => unknown

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
   * In the worker: whether a payload is its own decoded form, or a success its own encoded form, and needs no
   * conversion. Absent if only the conversion can tell.
   */
  readonly fits: {
    readonly payload: Check.Check | undefined
    readonly success: Check.Check | undefined
  }
  /** Lists the objects to move instead of copying; absent for a schema without transfers. */
  readonly transferPayload: ((value: unknown) => Array<Movable>) | undefined
  readonly transferSuccess: ((value: unknown) => Array<Movable>) | undefined
  /**
   * Whether a payload, or a reply of either kind, may hold an end of a channel or a reference to a service. Other tasks are spared
   * what such values need.
   */
  readonly needsPorts: { readonly payload: boolean; readonly reply: boolean }
}

const compiled = new WeakMap<TaskDefinition, TaskCodec>()

/** Returns the codec of a task, compiled at its first use on this side. */
export const codecOf = (definition: TaskDefinition): TaskCodec => {
  const known = compiled.get(definition)
  if (known !== undefined) return known
  const codec = compile(definition)
  compiled.set(definition, codec)
  return codec
}

const compiledElements = new WeakMap<StreamDefinition, TaskCodec>()

/**
 * Returns the codec of a streaming task's elements: an input crosses as a payload does, an output as a success. `undefined` for a
 * task that does not stream.
 */
export const elementsCodecOf = (definition: TaskDefinition): TaskCodec | undefined => {
  const { stream } = definition
  if (stream === undefined) return undefined
  const known = compiledElements.get(stream)
  if (known !== undefined) return known
  const payload = stream.input ?? Schema.Void
  const codec = compile({ ...definition, payload, success: stream.output, error: Schema.Never })
  compiledElements.set(stream, codec)
  return codec
}

const compile = (definition: TaskDefinition): TaskCodec => {
  const { validate } = definition.policy
  const payload = directions(definition.payload, "payload")
  const success = directions(definition.success, "success")
  const error = directions(definition.error, "error")
  // A module's functions have no schemas: every clonable value crosses.
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
      // Failures are always checked: `Schema.Never` declares a task without failures.
      encodeError: runs(error.encode, true)
    },
    fits: {
      payload: fits(payload.decode, validate !== "none"),
      success: fits(success.encode, validate !== "none")
    },
    transferPayload: transfersOf(definition.payload),
    transferSuccess: transfersOf(definition.success),
    needsPorts: {
      payload: needsPorts(definition.payload.ast),
      reply: needsPorts(definition.success.ast) || needsPorts(definition.error.ast)
    }
  }
}

/** Reads a missing payload as an empty struct, because all fields may be optional. */
const orEmpty = (schema: PlainSchema, encode: Convert): Convert =>
  schema.ast._tag === "Objects" ? (value) => encode(value === undefined ? {} : value) : encode

/** Accepts the input of the schema's `make`: classes are made from fields, and constructor defaults are filled in. */
const withMake = (schema: PlainSchema, encode: Convert): Convert => {
  if (every(schema.ast, (ast) => ast.context?.constructorDefault === undefined && !isClass(ast)))
    return encode
  const make = SchemaParser.makeEffect(schema)
  return (value) => {
    let exit: Exit<unknown, SchemaIssue.Issue>
    try {
      exit = Effect.runSyncExit(make(value))
    } catch (thrown) {
      throw unreadable(thrown, "host", "payload")
    }
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
  /** Whether a value needs no conversion; absent if only the conversion can tell. */
  readonly fits: Check.Check | undefined
}

const directions = (
  schema: PlainSchema,
  what: Malformed["what"]
): { readonly encode: Direction; readonly decode: Direction } => {
  const form = wireForm(schema.ast)
  const wire: PlainSchema = form === schema.ast ? schema : Schema.make(form)
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
      let exit: Exit<unknown, SchemaIssue.Issue>
      try {
        if (fits !== undefined && fits(value)) return value
        exit = run(value)
      } catch (thrown) {
        throw unreadable(thrown, at, what)
      }
      if (exit._tag === "Success") return exit.value
      throw malformed(exit, at, what)
    }
  }
  return {
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
      try {
        const first = formatIssue(reason.error).issues[0]
        const detail = cut(first?.message ?? "it does not fit")
        return new Malformed({ side, what, path: showPath(first?.path), detail })
      } catch (thrown) {
        // Formatting an issue shows the offending value, and showing may throw.
        return unreadable(thrown, side, what)
      }
    }
    if (reason._tag === "Die") {
      const detail = `its schema failed: ${messageOf(reason.defect)}`
      return new Malformed({ side, what, path: "$", detail })
    }
  }
  return new Malformed({ side, what, path: "$", detail: "its schema is asynchronous" })
}

const unreadable = (thrown: unknown, side: "host" | "worker", what: Malformed["what"]): Malformed =>
  isInstance(thrown, Malformed)
    ? thrown
    : new Malformed({ side, what, path: "$", detail: `reading it throws ${messageOf(thrown)}` })

const showPath = (path: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined): string =>
  (path ?? []).reduce<string>((text, segment) => {
    const key = typeof segment === "object" ? segment.key : segment
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`
  }, "$")

/** Throws `InvalidOption` for a schema without a wire form. */
export const checkFields = (
  name: string,
  schemas: { readonly [place: string]: PlainSchema | undefined }
): void => {
  for (const [place, schema] of Object.entries(schemas)) {
    const found = schema === undefined ? undefined : symbolField(schema.ast)
    if (found !== undefined) throw new InvalidOption(place, `${name}: ${found}`)
  }
}

// ----------------------------------------------------------------------------
// values that are bound to a side
// ----------------------------------------------------------------------------

/** The annotation of a schema whose values are bound to the ports of a side: ends of channels, and references to services. */
export const portsAnnotation = "@heddle/core/ports"

/** Whether a value of a schema may hold such a value, in its type or in what its type is encoded from. */
const needsPorts = (root: SchemaAST.AST): boolean => {
  const seen = new Set<SchemaAST.AST>()
  const isFree = (ast: SchemaAST.AST): boolean => {
    if (seen.has(ast)) return true
    seen.add(ast)
    if (SchemaAST.resolve(ast)?.[portsAnnotation] === true) return false
    return (ast.encoding ?? []).every((link) => every(link.to, isFree))
  }
  return !every(root, isFree)
}

// ----------------------------------------------------------------------------
// transfer
// ----------------------------------------------------------------------------

/** The schema annotation set by `Task.transfer`: a function from a value to its movable objects. */
export const transferAnnotation = "@heddle/core/transfer"

type Transfer = (value: unknown) => ReadonlyArray<Movable>

const transferAt = (ast: SchemaAST.AST): Transfer | undefined => {
  const found = SchemaAST.resolve(ast)?.[transferAnnotation]
  return typeof found === "function" ? (found as Transfer) : undefined
}

const hasTransfers = (schema: PlainSchema): boolean =>
  !every(schema.ast, (ast) => transferAt(ast) === undefined)

/** Collects the objects named by a schema's annotations, at any depth, by walking schema and value together. */
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
      const link = ast.encoding === undefined ? linkOf(ast) : undefined
      // Only the encoded form exposes the parts of such a declaration.
      if (link !== undefined) return collect(link.to, otherForm(ast, link, value), list)
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

/** Encodes an `Option` and the like as `wireForm` does. */
const otherForm = (ast: SchemaAST.Declaration, link: SchemaAST.Link, value: unknown): unknown =>
  SchemaParser.encodeUnknownSync(
    Schema.make<PlainSchema>(SchemaAST.decodeTo(link.to, ast, link.transformation as any))
  )(value)

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

/** Whether a task moves its payload, and therefore cannot run twice. */
export const movesPayload = hasTransfers
