/**
 * Checks that a value can be cloned to another process: structured clone must preserve every part, and no part may be
 * bound to this process.
 *
 * V8's serializer is structured clone without the platform. Unchecked, the serializer would flatten a `Blob` or a `URL` into
 * `{}`, where a thread receives a blob or is refused. So this check finds such objects first. One walk of the value also
 * bounds depth and size before anything is allocated, and knows the path of the refused part.
 *
 * A value may come from another realm (a `vm` context, a window of jsdom) with classes of its own. So `util.types` decides
 * the kind of a value, never `instanceof`: a process receives such a value, as a thread does.
 *
 * @since 0.1.0
 */
import { types } from "node:util"
import { findUnclonable, Refused } from "@heddle/core/protocol/values/Clonable"
import type { Movable } from "@heddle/core/Task"

/**
 * The deepest nesting that is sent. V8 recurses on the stack that is left, and this depth always fits.
 */
export const maxDepth = 1000

/** Holes in an array before the walk goes by keys, since the length of a sparse array says little about the size. */
const maxHoles = 1000

interface Found {
  readonly detail: string
  /** From the inside out. */
  readonly keys: Array<string>
}

/** Throws {@link Refused} for the first part of a frame that cannot be cloned. Paths begin at that part of the frame. */
export const checkClonable = (
  frame: unknown,
  maxBytes: number,
  transfer: ReadonlyArray<Movable> = []
): void => {
  const bound = transfer.filter((moved) => !types.isArrayBuffer(moved))
  const walk = new Walk(maxBytes, new Set(bound))
  for (const part of Array.isArray(frame) ? frame : [frame]) {
    const found = walk.visit(part, 0)
    if (found !== undefined) {
      throw new Refused({ path: `$${found.keys.toReversed().join("")}`, detail: found.detail })
    }
  }
  // The object is in the transfer list, but not in the value.
  if (bound.length > 0) throw new Refused({ path: "$", detail: describeBound(bound[0]!) })
}

/** Detaches buffers whose bytes were copied, as if the buffers had moved. Detaches all or none, and throws for none. */
export const detachTransferred = (transfer: ReadonlyArray<Movable> | undefined): void => {
  if (transfer === undefined || transfer.length === 0) return
  structuredClone(undefined, { transfer: transfer as ReadonlyArray<ArrayBuffer> as Array<ArrayBuffer> })
}

class Walk {
  private readonly maxBytes: number
  private readonly seen = new Set<object>()
  private readonly weighed = new Set<ArrayBufferLike>()
  private readonly bound: ReadonlySet<object>
  private bytes = 0

  constructor(maxBytes: number, bound: ReadonlySet<object>) {
    this.maxBytes = maxBytes
    this.bound = bound
  }

  visit(value: unknown, depth: number): Found | undefined {
    if (typeof value === "string") return this.weigh(value.length)
    if (typeof value !== "object" || value === null || this.seen.has(value)) return undefined
    this.seen.add(value)
    if (this.bound.has(value)) return refuse(describeBound(value))
    if (depth >= maxDepth) return refuse(`nested deeper than ${maxDepth} levels`)
    try {
      return this.look(value, depth)
    } catch {
      // A proxy or a getter has thrown. The serializer will meet the same error, and report the error itself.
      return undefined
    }
  }

  private look(value: object, depth: number): Found | undefined {
    if (Array.isArray(value)) return this.eachItem(value, depth)
    if (ArrayBuffer.isView(value)) return this.buffer(value.buffer)
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === null) return this.eachField(value, depth)
    if (types.isAnyArrayBuffer(value)) return this.buffer(value)
    if (types.isMap(value)) return this.eachPair(value, depth)
    if (types.isSet(value)) return this.eachMember(value, depth)
    // A plain object of another realm.
    if (Object.getPrototypeOf(prototype) === null) return this.eachField(value, depth)
    const refused = platformObject(value, prototype)
    if (refused !== undefined) return refused
    if (types.isNativeError(value)) return this.cause(value, depth)
    return ordinary.has(prototype) ? undefined : this.eachField(value, depth)
  }

  private weigh(bytes: number): Found | undefined {
    this.bytes += bytes
    return this.bytes > this.maxBytes ? refuse(`larger than ${this.maxBytes} bytes`) : undefined
  }

  private buffer(buffer: ArrayBufferLike): Found | undefined {
    if (types.isSharedArrayBuffer(buffer)) {
      return refuse(
        "shared memory, which no other process can share: send a copy, keep the state in a SharedService, or use NodeThreads"
      )
    }
    if (this.weighed.has(buffer)) return undefined
    this.weighed.add(buffer)
    return this.weigh(buffer.byteLength)
  }

  private eachItem(array: ReadonlyArray<unknown>, depth: number): Found | undefined {
    let holes = 0
    for (let i = 0; i < array.length; i++) {
      const item = array[i]
      if (item === undefined && !(i in array) && ++holes > maxHoles) return this.eachField(array, depth)
      if (typeof item !== "object" && typeof item !== "string") continue
      const found = this.visit(item, depth + 1)
      if (found !== undefined) return at(found, `[${i}]`)
    }
    return undefined
  }

  private eachField(value: object, depth: number): Found | undefined {
    for (const key of Object.keys(value)) {
      const found = this.visit((value as any)[key], depth + 1)
      if (found !== undefined) return at(found, Array.isArray(value) ? `[${key}]` : `.${key}`)
    }
    return undefined
  }

  /** Visits the cause, the only field of an error that is cloned. */
  private cause(error: Error, depth: number): Found | undefined {
    const found = Object.hasOwn(error, "cause") ? this.visit(error.cause, depth + 1) : undefined
    return found && at(found, ".cause")
  }

  private eachPair(map: ReadonlyMap<unknown, unknown>, depth: number): Found | undefined {
    let index = 0
    for (const [key, item] of map) {
      const inKey = this.visit(key, depth + 1)
      if (inKey !== undefined) return at(inKey, `.key(${index})`)
      const inItem = this.visit(item, depth + 1)
      if (inItem !== undefined) return at(inItem, `.get(${label(key)})`)
      index++
    }
    return undefined
  }

  private eachMember(set: ReadonlySet<unknown>, depth: number): Found | undefined {
    let index = 0
    for (const item of set) {
      const found = this.visit(item, depth + 1)
      if (found !== undefined) return at(found, `.item(${index})`)
      index++
    }
    return undefined
  }
}

/** Describes an object that can move to a thread only: a port or a stream. */
const describeBound = (value: object): string => `a ${nameOf(value)}, which cannot move to another process`

/** Returns the name of a class. An object may have no class, and reading the class may throw. */
const nameOf = (value: object): string => {
  try {
    return value.constructor.name
  } catch {
    return "value without a class"
  }
}

const refuse = (detail: string): Found => ({ detail, keys: [] })

const at = (found: Found, key: string): Found => {
  found.keys.push(key)
  return found
}

const label = (key: unknown): string =>
  typeof key === "string" || typeof key === "number" ? String(key) : "…"

/** The prototypes of the values that V8 itself clones. */
const ordinary: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  ...[Map, Set, Date, RegExp].map(({ prototype }) => prototype),
  ...[Boolean, Number, String, BigInt].map(({ prototype }) => prototype),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype
  )
])

/** Prototypes of classes whose instances structured clone turns into ordinary values. Each class is tried once. */
const known = new WeakSet<object>()

/** Refuses an object that the platform clones by itself, like a `Blob`, or forbids to clone, like a `URL`. */
const platformObject = (value: object, prototype: object): Found | undefined => {
  if (ordinary.has(prototype) || known.has(prototype)) return undefined
  let clone: unknown
  try {
    clone = structuredClone(value)
  } catch (error) {
    const found = findUnclonable(value)
    if (found === undefined)
      return refuse(
        types.isNativeError(error) || error instanceof DOMException ? error.message : "it cannot be cloned"
      )
    return { detail: found.detail, keys: [found.path.slice(1)] }
  }
  if (!ordinary.has(Object.getPrototypeOf(clone))) {
    return refuse(`a ${nameOf(prototype)}, which cannot cross to another process`)
  }
  known.add(prototype)
  return undefined
}
