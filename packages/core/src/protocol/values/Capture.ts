/**
 * Copies a value as it is at this moment, as structured clone would, so that nothing its owner does later changes the copy.
 *
 * Frames are posted later than values are handed over: at the end of a turn, after the next item of a chunk, when a worker is
 * free. A frame that held references would carry the content of that later moment, and two tasks of one frame would share
 * objects. So each payload is captured when its task is submitted, and each result when its handler returns (G10, S201, S203).
 *
 * Plain objects, arrays, buffers and views are copied here, in a fraction of the time that structured clone takes. A
 * value with any other part is left to `structuredClone` as a whole, which keeps shared and cyclic references within the value.
 *
 * @since 0.1.0
 */
import type { Movable } from "../../internal/model/movable.ts"
import { isInstance, messageOf } from "../../internal/model/foreign.ts"
import { findUnclonable, Refused } from "./Clonable.ts"

/** What a transport adds to a capture. */
export interface Platform {
  /** Whether an object only looks plain: a proxy, or a module's namespace. Structured clone refuses those. */
  readonly isExotic?: ((value: object) => boolean) | undefined
  /** Throws {@link Refused} for a value that structured clone takes and this transport cannot carry. */
  readonly admit?: ((value: unknown, transfer?: ReadonlyArray<Movable>) => void) | undefined
}

/** A value that was captured, and the objects in it that move instead of being copied. */
export interface Captured {
  readonly value: unknown
  readonly transfer: Array<Movable> | undefined
}

/** Whether a value cannot change, so that a reference to it is as good as a copy. */
export const isImmutable = (value: unknown): boolean => {
  switch (typeof value) {
    case "object":
      return value === null
    case "function":
    case "symbol":
      return false
    default:
      return true
  }
}

/** Throws {@link Refused} for a value that cannot be cloned. */
export const capture = (value: unknown, platform: Platform): unknown => {
  if (typeof value !== "string" && isImmutable(value)) return value
  try {
    platform.admit?.(value)
    return isImmutable(value) ? value : clone(value, platform)
  } catch (error) {
    throw explain(error, value)
  }
}

/** Moves what stands in the list out of its owner's hands, and copies the rest. All or nothing: a refusal moves nothing. */
export const move = (value: unknown, transfer: ReadonlyArray<Movable>, platform: Platform): Captured => {
  try {
    platform.admit?.(value, transfer)
    const [moved, list] = structuredClone([value, transfer], {
      transfer: transfer as ReadonlyArray<ArrayBuffer> as Array<ArrayBuffer>
    }) as [unknown, Array<Movable>]
    return { value: moved, transfer: list }
  } catch (error) {
    throw explain(error, value, transfer)
  }
}

/**
 * A copy of a value that is quick to copy; `undefined` for any other one, which its holder has to post before code of others
 * runs again. A post serialises at once, so that a large value is not copied twice.
 */
export const captureSmall = (value: unknown, platform: Platform): unknown => {
  if (typeof value !== "object" || value === null) return undefined
  try {
    const copy = new Copier(platform, smallParts).copy(value)
    return copy === unlike ? undefined : copy
  } catch {
    // The post meets the same obstacle, and its refusal is told.
    return undefined
  }
}

/** Copying so many parts, or so many bytes for each of them, takes less time than a post of its own. */
const smallParts = 64
const bytesPerPart = 64

const clone = (value: unknown, platform: Platform): unknown => {
  const copy = typeof value === "object" ? new Copier(platform, Infinity).copy(value!) : unlike
  return copy === unlike ? structuredClone(value) : copy
}

/** The path is that of the first part that cannot be cloned. */
const explain = (error: unknown, value: unknown, transfer?: ReadonlyArray<Movable>): Refused => {
  if (isInstance(error, Refused)) return error
  const found = findUnclonable(value, undefined, new Set<unknown>(transfer))
  return new Refused(found ?? { path: "$", detail: messageOf(error) })
}

// ----------------------------------------------------------------------------
// plain values
// ----------------------------------------------------------------------------

/** Stands for a copy of a value that is not plain through and through, or has too many parts. */
const unlike = Symbol()

interface AnyView {
  readonly BYTES_PER_ELEMENT?: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView
}

/** From the prototype of each kind of view to its constructor; the kinds of newer platforms are left to structured clone. */
const views = new Map<unknown, AnyView>(
  [
    DataView,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array
  ].map((View) => [View.prototype, View as unknown as AnyView])
)

/** Deeper values are left to structured clone, which does not use the stack of this function. */
const maxDepth = 256

export class Copier {
  private readonly platform: Platform
  private budget: number
  /** From each object to its copy. Made with the first nested object: a flat one has no second reference to itself. */
  private copies: Map<object, object> | undefined

  constructor(platform: Platform, budget: number) {
    this.platform = platform
    this.budget = budget
  }

  copy(root: object): object | typeof unlike {
    return this.part(root, 0)
  }

  private part(source: object, depth: number): object | typeof unlike {
    if (depth > 0) {
      const known = this.copies!.get(source)
      if (known !== undefined) return known
    }
    if (depth > maxDepth || this.platform.isExotic?.(source) === true) return unlike
    const prototype: unknown = Object.getPrototypeOf(source)
    if (Array.isArray(source)) return prototype === Array.prototype ? this.list(source, depth) : unlike
    if (prototype === Object.prototype || prototype === null) return this.record(source, depth)
    const copy = this.leaf(source, prototype)
    if (depth > 0 && copy !== unlike) this.copies!.set(source, copy)
    return copy
  }

  /** Values without parts. Each intrinsic refuses an object that only has its prototype: structured clone decides then. */
  private leaf(source: object, prototype: unknown): object | typeof unlike {
    try {
      if (prototype === ArrayBuffer.prototype) return this.buffer(source as ArrayBuffer)
      const View = ArrayBuffer.isView(source) ? views.get(prototype) : undefined
      return View === undefined ? unlike : this.view(source as ArrayBufferView, View)
    } catch {
      return unlike
    }
  }

  /** With the whole buffer behind it, as structured clone has it. Shared memory stays shared. */
  private view(source: ArrayBufferView, View: AnyView): object | typeof unlike {
    const { buffer, byteLength, byteOffset } = source
    const isShared = Object.getPrototypeOf(buffer) === SharedArrayBuffer.prototype
    if (isShared && (buffer as { readonly growable?: boolean }).growable === true) return unlike
    if (!isShared && Object.getPrototypeOf(buffer) !== ArrayBuffer.prototype) return unlike
    const known = this.copies?.get(buffer) as ArrayBuffer | undefined
    const behind = isShared ? buffer : (known ?? this.buffer(buffer as ArrayBuffer))
    if (behind === unlike) return unlike
    this.copies?.set(buffer, behind)
    return new View(behind, byteOffset, byteLength / (View.BYTES_PER_ELEMENT ?? 1))
  }

  private buffer(source: ArrayBuffer): ArrayBuffer | typeof unlike {
    // Its copy would have to be resizable as well.
    if ((source as { readonly resizable?: boolean }).resizable === true) return unlike
    if ((this.budget -= source.byteLength / bytesPerPart) < 0) return unlike
    return ArrayBuffer.prototype.slice.call(source, 0)
  }

  private record(source: object, depth: number): object | typeof unlike {
    const keys = Object.keys(source)
    if ((this.budget -= keys.length) < 0) return unlike
    const target: Record<string, unknown> = {}
    if (depth > 0) this.copies!.set(source, target)
    return this.fill(source as Record<string, unknown>, target, keys, depth) ? target : unlike
  }

  private list(source: ReadonlyArray<unknown>, depth: number): object | typeof unlike {
    // Before the keys are listed: a text for each index is most of the price of a long list.
    if ((this.budget -= source.length) < 0) return unlike
    const keys = Object.keys(source)
    const target: Array<unknown> = []
    if (depth > 0) this.copies!.set(source, target)
    // Indices come first and in order: otherwise there are holes, or fields beside the items.
    const last = source.length - 1
    if (keys.length !== source.length || (last >= 0 && keys[last] !== String(last))) {
      target.length = source.length
      const fields = target as unknown as Record<string, unknown>
      return this.fill(source as unknown as Record<string, unknown>, fields, keys, depth) ? target : unlike
    }
    for (let i = 0; i < source.length; i++) {
      const copy = this.value(source[i], source, target, depth)
      if (copy === unlike) return unlike
      target.push(copy)
    }
    return target
  }

  private fill(
    source: Record<string, unknown>,
    target: Record<string, unknown>,
    keys: ReadonlyArray<string>,
    depth: number
  ): boolean {
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      // An assignment would set the prototype of the copy (G10).
      if (key === "__proto__") return false
      const copy = this.value(source[key], source, target, depth)
      if (copy === unlike) return false
      target[key] = copy
    }
    return true
  }

  /** `source` and `target`: the object that holds the value, and its copy. */
  private value(value: unknown, source: object, target: object, depth: number): unknown {
    if (typeof value === "object" && value !== null) {
      this.copies ??= new Map([[source, target]])
      return this.part(value, depth + 1)
    }
    // Structured clone says in its own words why it refuses it.
    return typeof value === "function" || typeof value === "symbol" ? unlike : value
  }
}
