/**
 * What may cross to another process: what structured clone gives back as it was, and nothing that is bound to this one.
 *
 * V8's serializer is structured clone without the platform. Left alone it would flatten a `Blob` or a `URL` into `{}`,
 * where a thread receives a blob or is refused; so such objects are found first. One walk of the value, which also
 * bounds its depth and its size before anything is allocated, and knows the path of what it refuses.
 *
 * A value may come from another realm (a `vm` context, a window of jsdom), which has classes of its own. So its kind is asked
 * of V8, by `util.types`, and never by `instanceof`: a thread receives such a value, and so does a process.
 *
 * @since 0.1.0
 */
import { types } from "node:util"
import { findUnclonable, Refused } from "@heddle/core/protocol/values/Clonable"
import type { Movable } from "@heddle/core/Task"

/**
 * The deepest nesting that is sent. V8 reads and writes recursively, on whatever stack is left; this much it always can.
 */
export const maxDepth = 1000

/** Holes in an array before it is walked by its keys, since its length says little about its size. */
const maxHoles = 1000

interface Found {
  readonly detail: string
  /** From the inside out. */
  readonly keys: Array<string>
}

/** Throws {@link Refused} for the first part of a frame that must not be sent. Paths begin at that part. */
export const check = (frame: unknown, maxBytes: number, transfer: ReadonlyArray<Movable> = []): void => {
  const bound = transfer.filter((moved) => !types.isArrayBuffer(moved))
  const walk = new Walk(maxBytes, new Set(bound))
  for (const part of Array.isArray(frame) ? frame : [frame]) {
    const found = walk.visit(part, 0)
    if (found !== undefined) {
      throw new Refused({ path: `$${found.keys.toReversed().join("")}`, detail: found.detail })
    }
  }
  // In the list, but not in the value.
  if (bound.length > 0) throw new Refused({ path: "$", detail: describeBound(bound[0]!) })
}

/** Takes buffers whose bytes were copied from their owner, as if they had moved. All or none: throws when one cannot. */
export const detach = (transfer: ReadonlyArray<Movable> | undefined): void => {
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
      // A proxy or a getter that throws: the serializer meets it as well, and refuses it in its own words.
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
    // The plain objects of another realm, as those of this one.
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
      return refuse("shared memory, which no other process can share")
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

  /** Of an error's own fields only this one crosses. */
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

/** Ports and streams can move to a thread. */
const describeBound = (value: object): string => `a ${nameOf(value)}, which cannot move to another process`

/** An object need not have a class, and reading it may throw. */
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

/** The prototypes of what V8 itself clones. */
const ordinary: ReadonlySet<unknown> = new Set([
  Object.prototype,
  Array.prototype,
  ...[Map, Set, Date, RegExp].map(({ prototype }) => prototype),
  ...[Boolean, Number, String, BigInt].map(({ prototype }) => prototype),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype
  )
])

/** Prototypes of classes whose instances structured clone turns into ordinary values. Asked once for each class. */
const known = new WeakSet<object>()

/** Refuses what the platform clones as itself, like a `Blob`, or does not let be cloned, like a `URL`. */
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
