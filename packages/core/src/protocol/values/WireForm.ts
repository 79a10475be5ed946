/**
 * Derives the schema of a wire form: the form carried by structured clone.
 *
 * The rule (G10): a part that survives structured clone crosses unchanged, at any position. Only a part that structured
 * clone would lose (`Option`, `Duration`, a class, a symbol) is encoded. Effect's JSON form is no substitute: that form
 * also rewrites the neighbours of such a part, and merges kinds that a union keeps apart.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaTransformation from "effect/SchemaTransformation"

type AST = SchemaAST.AST

/** The encoding annotation of a declaration; returns `undefined` when no encoding is needed. */
type ToLink = (typeParameters: ReadonlyArray<Schema.Codec<any, any>>) => SchemaAST.Link | undefined

/** Declarations that survive structured clone, if their type parameters do. */
const clonableDeclarations = new Set([
  "effect/schema/Date",
  "effect/schema/Uint8Array",
  "effect/schema/RegExp",
  "effect/schema/ReadonlyMap",
  "effect/schema/ReadonlySet",
  "effect/schema/Json"
])

/** Visits every node of a schema once, until `check` returns false. */
export const every = (root: AST, check: (ast: AST) => boolean): boolean => {
  const seen = new Set<AST>()
  const visit = (ast: AST): boolean => {
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

/** Whether a schema has no transformation, so that encoding and decoding only check. */
export const isIdentity = (root: AST): boolean => every(root, (ast) => ast.encoding === undefined)

const annotationsOf = (ast: AST): Record<string, any> => ast.annotations ?? {}

const idOf = (ast: AST): unknown => annotationsOf(ast)["representation"]?.id

const isKnown = (ast: AST): boolean => clonableDeclarations.has(idOf(ast) as string)

/** Returns the link from a declaration to a form carried by structured clone; `undefined` if none is needed. */
export const linkOf = (ast: SchemaAST.Declaration): SchemaAST.Link | undefined => {
  if (isKnown(ast)) return undefined
  // A user's declaration without an encoding annotation has to rely on structured clone.
  const { toCodec, toCodecJson } = annotationsOf(ast)
  const getLink: unknown = toCodecJson ?? toCodec
  if (typeof getLink !== "function") return undefined
  return (getLink as ToLink)(ast.typeParameters.map((type) => Schema.make(SchemaAST.toEncoded(type))))
}

/** Whether values of this node survive structured clone, leaving its children aside. */
const clones = (ast: AST): boolean => {
  switch (ast._tag) {
    case "Declaration":
      return linkOf(ast) === undefined
    case "Symbol":
    case "UniqueSymbol":
      return false
    default:
      return true
  }
}

const forms = new WeakMap<AST, AST>()

/**
 * Returns the schema with every lossy part encoded, or the schema itself when nothing is lost. Throws for a field named
 * by a symbol, see `symbolField`.
 */
export const wireForm = (ast: AST): AST => {
  let form = forms.get(ast)
  if (form === undefined) forms.set(ast, (form = ast.encoding === undefined ? encode(ast) : encodeLast(ast)))
  return form
}

/** A transforming schema crosses in its outermost encoded form alone. */
const encodeLast = (ast: AST): AST => {
  const links = ast.encoding!
  const last = links[links.length - 1]!
  const to = wireForm(last.to)
  return to === last.to
    ? ast
    : withLinks(ast, [...links.slice(0, -1), new SchemaAST.Link(to, last.transformation)])
}

const encode = (ast: AST): AST => {
  switch (ast._tag) {
    case "Declaration": {
      const link = linkOf(ast)
      if (link !== undefined) return linked(ast, new SchemaAST.Link(wireForm(link.to), link.transformation))
      const typeParameters = ast.typeParameters.map(wireForm)
      return typeParameters.every((type, index) => type === ast.typeParameters[index])
        ? ast
        : changed(ast, { typeParameters })
    }
    case "Symbol":
    case "UniqueSymbol":
      return linked(
        ast,
        Schema.toCodecJson(Schema.make(changed(ast, { context: undefined }))).ast.encoding![0]
      )
    case "Arrays": {
      const elements = SchemaAST.mapOrSame(ast.elements, wireForm)
      const rest = SchemaAST.mapOrSame(ast.rest, wireForm)
      return elements === ast.elements && rest === ast.rest ? ast : changed(ast, { elements, rest })
    }
    case "Objects":
      return encodeFields(ast)
    case "Union":
      return encodeMembers(ast)
    case "Suspend":
      return every(
        ast,
        (part) => part.encoding === undefined && clones(part) && symbolName(part) === undefined
      )
        ? ast
        : new SchemaAST.Suspend(
            () => wireForm(ast.thunk()),
            ast.annotations,
            undefined,
            undefined,
            ast.context
          )
    default:
      return ast
  }
}

// ----------------------------------------------------------------------------
// objects
// ----------------------------------------------------------------------------

const symbolName = (ast: AST): symbol | undefined =>
  ast._tag === "Objects"
    ? (ast.propertySignatures.find((p) => typeof p.name === "symbol")?.name as symbol | undefined)
    : undefined

/**
 * Explains why a schema cannot cross: a field is named by a symbol, and structured clone drops such fields. Skips a
 * schema under construction, as in a recursive definition.
 */
export const symbolField = (root: AST): string | undefined => {
  let found: symbol | undefined
  try {
    every(SchemaAST.toEncoded(root), (ast) => (found = symbolName(ast)) === undefined)
  } catch {
    return undefined
  }
  return found === undefined ? undefined : symbolFieldMessage(found)
}

const encodeFields = (ast: SchemaAST.Objects): SchemaAST.Objects => {
  const name = symbolName(ast)
  if (name !== undefined) throw new TypeError(symbolFieldMessage(name))
  const propertySignatures = SchemaAST.mapOrSame(ast.propertySignatures as ReadonlyArray<any>, (p) => {
    const type = wireForm(p.type)
    return type === p.type ? p : new SchemaAST.PropertySignature(p.name, type)
  })
  const indexSignatures = SchemaAST.mapOrSame(ast.indexSignatures as ReadonlyArray<any>, (s) => {
    const type = wireForm(s.type)
    const parameter = wireKey(s.parameter)
    return type === s.type && parameter === s.parameter ? s : new SchemaAST.IndexSignature(parameter, type)
  })
  return propertySignatures === ast.propertySignatures && indexSignatures === ast.indexSignatures
    ? ast
    : changed(ast, { propertySignatures, indexSignatures })
}

const symbolFieldMessage = (name: symbol): string =>
  `the field ${String(name)} is named by a symbol, and structured clone drops such fields: name it by a string`

/** Symbol keys cross as strings, in the form of Effect's JSON codec. */
const wireKey = (parameter: AST): AST => {
  if (every(SchemaAST.toEncoded(parameter), clones)) return parameter
  const record = new SchemaAST.Objects([], [new SchemaAST.IndexSignature(parameter, SchemaAST.any)])
  return (Schema.toCodecJson(Schema.make(record)).ast as SchemaAST.Objects).indexSignatures[0]!.parameter
}

// ----------------------------------------------------------------------------
// unions
// ----------------------------------------------------------------------------

/**
 * Members cross unchanged when their wire forms are distinguishable. Otherwise each member crosses with its index in
 * front, so that `"10"` and a bigint written as `"10"` stay distinct.
 */
const encodeMembers = (ast: SchemaAST.Union): AST => {
  const types = SchemaAST.mapOrSame(ast.types, wireForm)
  const plain = ast.types.map((type) => every(type, (part) => part.encoding === undefined && clones(part)))
  if (plain.every((isPlain) => isPlain)) return ast
  const looks = types.map((type) => looksOf(type))
  const areApart = (i: number, j: number): boolean =>
    (plain[i] && plain[j]) || looks[i]!.every((a) => looks[j]!.every((b) => differ(a, b)))
  const isClear = types.every((_, i) => plain.slice(0, i).every((__, j) => areApart(i, j)))
  const wire = isClear ? types : types.map((type, index) => numberedMember(type, index))
  // The encoder tries members in order, so members recognised by class go before members accepting any object.
  const isFirst = (_: AST, index: number): boolean => isBranded(ast.types[index]!)
  return changed(ast, {
    types: [...wire.filter(isFirst), ...wire.filter((type, index) => !isFirst(type, index))]
  })
}

const isBranded = (ast: AST): boolean => ast._tag === "Declaration" && linkOf(ast) !== undefined

const numberedMember = (type: AST, index: number): AST =>
  withLinks(type, [
    ...(type.encoding ?? []),
    new SchemaAST.Link(
      new SchemaAST.Arrays(false, [new SchemaAST.Literal(index), SchemaAST.any], []),
      new SchemaTransformation.Transformation(
        SchemaGetter.transform((numbered: readonly [number, unknown]) => numbered[1]),
        SchemaGetter.transform((value: unknown) => [index, value] as const)
      )
    )
  ])

/** The features of a value visible without decoding: its kind, and its required literals. */
interface Look {
  readonly kind: string
  readonly literals: ReadonlyMap<PropertyKey, unknown> | undefined
}

const anyLook: Look = { kind: "any", literals: undefined }

const differ = (a: Look, b: Look): boolean => {
  if (a.kind === "any" || b.kind === "any") return false
  if (a.kind !== b.kind) return true
  for (const [key, literal] of a.literals ?? []) {
    const other = b.literals?.get(key)
    if (other !== undefined && other !== literal) return true
  }
  return false
}

const look = (kind: string, literals?: ReadonlyMap<PropertyKey, unknown>): Look => ({ kind, literals })

/** Does not follow suspended schemas, whose wire form may be under construction. */
const looksOf = (ast: AST): ReadonlyArray<Look> => {
  const last = ast.encoding?.at(-1)
  if (last !== undefined) return looksOf(last.to)
  switch (ast._tag) {
    case "Null":
      return [look("null")]
    case "Undefined":
      return [look("undefined")]
    case "String":
    case "TemplateLiteral":
      return [look("string")]
    case "Number":
      return [look("number")]
    case "Boolean":
      return [look("boolean")]
    case "BigInt":
      return [look("bigint")]
    case "Literal":
      return [look(typeof ast.literal)]
    case "Enum":
      return ast.enums.map(([, value]) => look(typeof value))
    case "Never":
      return []
    case "Arrays":
      return [look("array")]
    case "Objects":
      // A struct without fields accepts every value except null and undefined.
      return ast.propertySignatures.length + ast.indexSignatures.length === 0
        ? [anyLook]
        : [look("object", literalsOf(ast))]
    case "Union":
      return ast.types.flatMap(looksOf)
    case "Declaration":
      return [isKnown(ast) && idOf(ast) !== "effect/schema/Json" ? look("object") : anyLook]
    default:
      return [anyLook]
  }
}

const literalsOf = (ast: SchemaAST.Objects): ReadonlyMap<PropertyKey, unknown> => {
  const literals = new Map<PropertyKey, unknown>()
  for (const { name, type } of ast.propertySignatures) {
    const form = SchemaAST.isSuspend(type) || type.encoding !== undefined ? undefined : type
    if (form?._tag === "Literal" && !SchemaAST.isOptional(form)) literals.set(name, form.literal)
  }
  return literals
}

// ----------------------------------------------------------------------------
// nodes
// ----------------------------------------------------------------------------

/** Copies a node with some properties replaced. */
const changed = <A extends AST>(ast: A, changes: { readonly [K in string]: unknown }): A =>
  Object.assign(Object.create(Object.getPrototypeOf(ast)), ast, changes)

/** Adds a link, keeping optional fields optional in each form. */
const linked = (ast: AST, link: SchemaAST.Link): AST => {
  const { context } = ast
  if (context === undefined) return withLinks(ast, [link])
  const { annotations, isMutable, isOptional } = context
  const inWire = new SchemaAST.Context(isOptional, isMutable, undefined, annotations)
  const to =
    link.to.encoding === undefined
      ? changed(link.to, { context: inWire })
      : changed(link.to, { context: inWire, encoding: optionalToo(link.to.encoding, inWire) })
  return withLinks(ast, [new SchemaAST.Link(to, link.transformation)])
}

const optionalToo = (
  links: ReadonlyArray<SchemaAST.Link>,
  context: SchemaAST.Context
): ReadonlyArray<SchemaAST.Link> => {
  const last = links[links.length - 1]!
  return [...links.slice(0, -1), new SchemaAST.Link(changed(last.to, { context }), last.transformation)]
}

const withLinks = (ast: AST, encoding: ReadonlyArray<SchemaAST.Link>): AST => changed(ast, { encoding })
