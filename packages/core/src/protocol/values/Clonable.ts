/**
 * Finds the part of a value that structured clone refuses.
 *
 * A search walks the whole value, so search only after a failed post.
 *
 * @since 0.1.0
 */
import { isArrayBuffer, isError, isMap, isSet } from "../../internal/model/brands.ts"

import { attempt, get, messageOf } from "../../internal/model/foreign.ts"

const maxDepth = 512

/**
 * Copies data of bounded depth like structured clone, for defects, logs and annotations. Returns `undefined` for a
 * value that is not clonable, or that only some transports carry. Posting the copy runs no getter again, so a copy can
 * always be posted.
 */
export const copyOf = (value: unknown): { readonly value: unknown } | undefined => {
  if (
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") ||
    value === null
  )
    return { value }
  return attempt(() => {
    if (findKnown(value, 32, new Set()) !== undefined || isBound(value)) return undefined
    return { value: structuredClone(value) }
  }, undefined)
}

export interface Unclonable {
  /** The path from the root, as in `$.users[3].save`. */
  readonly path: string
  readonly detail: string
}

/** Thrown by a capture or a transport for a value that cannot cross; `path` leads to the offending part. */
export class Refused extends Error implements Unclonable {
  override readonly name = "DataCloneError"
  readonly path: string
  readonly detail: string

  constructor({ detail, path }: Unclonable) {
    super(`${path}: ${detail}`)
    this.path = path
    this.detail = detail
  }

  /** Returns the same refusal with a path from the list that holds the value. */
  within(index: number): Refused {
    return new Refused({ path: `$[${index}]${this.path.slice(1)}`, detail: this.detail })
  }
}

/**
 * Returns the first part refused by structured clone, in visiting order; `undefined` if there is none. Objects in
 * `moved` are in a transfer list, and therefore allowed.
 */
export const findUnclonable = (
  root: unknown,
  depthLimit = maxDepth,
  moved: ReadonlySet<unknown> = new Set()
): Unclonable | undefined => {
  try {
    return findKnown(root, depthLimit, moved) ?? findRefused(root, moved)
  } catch (error) {
    return { path: "$", detail: `reading it throws ${messageOf(error)}` }
  }
}

type Visit = (value: unknown, path: string) => Unclonable | undefined

/** Visits the parts copied by structured clone, until a visit returns a result. */
const eachPart = (value: object, path: string, visit: Visit): Unclonable | undefined => {
  if (isMap(value)) {
    let index = 0
    for (const [key, item] of value) {
      const found = visit(key, `${path}.key(${index++})`) ?? visit(item, `${path}.get(${label(key)})`)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (isSet(value)) {
    let index = 0
    for (const item of value) {
      const found = visit(item, `${path}.item(${index++})`)
      if (found !== undefined) return found
    }
    return undefined
  }
  const keys = Object.keys(value)
  if (isError(value) && Object.hasOwn(value, "cause")) keys.push("cause")
  for (const key of keys) {
    const next = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
    const found = visit((value as any)[key], next)
    if (found !== undefined) return found
  }
  return undefined
}

/** Looks for values known to be refused. */
const findKnown = (
  root: unknown,
  depthLimit: number,
  moved: ReadonlySet<unknown>
): Unclonable | undefined => {
  const seen = new Set<unknown>(moved)
  let depth = -1
  const visit: Visit = (value, path) => {
    if (typeof value === "function") {
      const name = get(value, "name")
      return { path, detail: `a function${typeof name !== "string" || name === "" ? "" : ` (${name})`}` }
    }
    if (typeof value === "symbol") return { path, detail: `a symbol (${String(value)})` }
    if (typeof value !== "object" || value === null || seen.has(value)) return undefined
    seen.add(value)
    if (depth >= depthLimit) return { path, detail: `nested deeper than ${depthLimit} levels` }
    if (ArrayBuffer.isView(value))
      return isDetached(value.buffer) ? { path, detail: "a detached buffer" } : undefined
    if (isArrayBuffer(value)) return isDetached(value) ? { path, detail: "a detached buffer" } : undefined
    const refused = refusedTags.get(Object.prototype.toString.call(value))
    if (refused !== undefined) return { path, detail: refused }
    depth++
    const found = eachPart(value, path, visit)
    depth--
    return found
  }
  return visit(root, "$")
}

/** Tries structured clone itself, from the whole down to the smallest refused part. */
const findRefused = (root: unknown, moved: ReadonlySet<unknown>): Unclonable | undefined => {
  const seen = new Set<unknown>()
  const visit: Visit = (value, path) => {
    if (typeof value !== "object" || value === null || moved.has(value) || seen.has(value)) return undefined
    seen.add(value)
    const refusal = refusalOf(value)
    if (refusal === undefined) return undefined
    // A proxy may throw at any access, and is then itself the refused part.
    const inner = attempt(() => eachPart(value, path, visit), undefined)
    if (inner !== undefined || moved.size > 0) return inner
    // The platform's message identifies a port, whose tag says nothing.
    return { path, detail: /\btransfer/i.test(refusal) ? onlyMoves(nameOf(value)) : refusal }
  }
  return visit(root, "$")
}

/**
 * Whether a clonable value contains a part that structured clone shares, or clones as an object of the platform (a
 * `Blob`, a key). A thread can receive such a part; another process cannot.
 */
const isBound = (root: unknown): boolean => {
  const seen = new Set<unknown>()
  const visit: Visit = (value, path) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return undefined
    seen.add(value)
    if (ArrayBuffer.isView(value)) return visit(value.buffer, path)
    if (isArrayBuffer(value)) return undefined
    if (!isOrdinary(value) && !isOrdinary(structuredClone(value))) return { path, detail: "bound" }
    return eachPart(value, path, visit)
  }
  try {
    return visit(root, "$") !== undefined
  } catch {
    // A getter throws intermittently, so the contents are unknown.
    return true
  }
}

/** Dates are tested by tag, because core does not mention the `Date` class: core reads no clock. */
const isOrdinary = (value: object): boolean =>
  ordinary.has(Object.getPrototypeOf(value)) || Object.prototype.toString.call(value) === "[object Date]"

/** The prototypes of ordinary values after structured clone. */
const ordinary: ReadonlySet<unknown> = new Set([
  null,
  ...[Object, Array, Map, Set, RegExp, Boolean, Number, String, BigInt].map(({ prototype }) => prototype),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype
  )
])

const refusalOf = (value: object): string | undefined => {
  try {
    structuredClone(value)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

const nameOf = (value: object): string => `a ${value.constructor?.name || "value"}`

/** A module's function has no schema for a transfer, so point to another way to define the task. */
const onlyMoves = (what: string): string =>
  `${what} that is not in the transfer list: define the task with Task.make, and name what moves with Task.transfer`

const refusedTags = new Map([
  ["[object Promise]", "a promise"],
  ["[object WeakMap]", "a WeakMap"],
  ["[object WeakSet]", "a WeakSet"],
  ["[object WeakRef]", "a WeakRef"],
  ["[object Generator]", "a generator"],
  ["[object AsyncGenerator]", "a generator"],
  ["[object MessagePort]", onlyMoves("a MessagePort")]
])

const label = (key: unknown): string =>
  typeof key === "string" || typeof key === "number" ? String(key) : "…"

/** A detached buffer has length zero and cannot be viewed. The property `detached` is newer than our oldest Node. */
const isDetached = (buffer: ArrayBufferLike): boolean => {
  if (buffer.byteLength !== 0 || !isArrayBuffer(buffer)) return false
  try {
    void new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}
