/**
 * Copies a value at the time of the call, as structured clone would, so that later changes by its owner do not show.
 *
 * A frame is posted later than its values are handed over: at the end of the turn, after the next item of a chunk, or
 * when a worker is free. A frame of references would carry the contents of the later moment, and two tasks in one frame
 * would share objects. So each payload is captured when its task is submitted, and each result when its handler returns
 * (G10, S201, S203).
 *
 * Plain objects, arrays, buffers and views are copied here, in a fraction of the time of structured clone. A value with
 * any other part goes to `structuredClone` as a whole, which keeps shared and cyclic references within the value.
 *
 * @since 0.1.0
 */
import type { Movable } from "../../internal/model/movable.ts"
import { isInstance, messageOf } from "../../internal/model/foreign.ts"
import { findUnclonable, Refused } from "./Clonable.ts"

/** A transport's additions to a capture. */
export interface Platform {
  /** Whether an object only looks plain: a proxy, or a module's namespace. Structured clone refuses both. */
  readonly isExotic?: ((value: object) => boolean) | undefined
  /** Throws {@link Refused} for a clonable value that this transport cannot carry. */
  readonly admit?: ((value: unknown, transfer?: ReadonlyArray<Movable>) => void) | undefined
}

/** A captured value, and the objects inside to be moved instead of copied. */
export interface Captured {
  readonly value: unknown
  readonly transfer: Array<Movable> | undefined
}

/** Whether a value is immutable, so that a reference is as good as a copy. */
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

/** Moves the listed objects away from their owner, and copies the rest. All or nothing: a refusal moves nothing. */
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

/** Whether an encoded value is a buffer, or a view of one, that moves and has no other part: nothing of it is left to copy. */
export const isMovedWhole = (encoded: unknown, moving: ReadonlyArray<unknown>): boolean => {
  const buffer = ArrayBuffer.isView(encoded) ? encoded.buffer : encoded
  return moving.length === 1 && moving[0] === buffer && isInstance(buffer, ArrayBuffer)
}

/**
 * Copies a small value; returns `undefined` for any other value, which must be posted before foreign code runs again.
 * The post serialises at once, so a large value is not copied twice.
 */
export const captureSmall = (value: unknown, platform: Platform): unknown => {
  if (typeof value !== "object" || value === null) return undefined
  try {
    const copy = new Copier(platform, smallParts).copy(value)
    return copy === unlike ? undefined : copy
  } catch {
    // The post meets the same obstacle, and reports the refusal.
    return undefined
  }
}

/** Copying up to this many parts, or this many bytes for each part, takes less time than a post of its own. */
const smallParts = 64
const bytesPerPart = 64

const clone = (value: unknown, platform: Platform): unknown => {
  const copy = typeof value === "object" ? new Copier(platform, Infinity).copy(value!) : unlike
  return copy === unlike ? structuredClone(value) : copy
}

/** Locates the first part that cannot be cloned. */
const explain = (error: unknown, value: unknown, transfer?: ReadonlyArray<Movable>): Refused => {
  if (isInstance(error, Refused)) return error
  const found = findUnclonable(value, undefined, new Set<unknown>(transfer))
  return new Refused(found ?? { path: "$", detail: messageOf(error) })
}

// ----------------------------------------------------------------------------
// plain values
// ----------------------------------------------------------------------------

/** Stands for no copy: the value has a part that is not plain, or too many parts. */
const unlike = Symbol()

interface AnyView {
  readonly BYTES_PER_ELEMENT?: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView
}

/**
 * Maps the prototype of each kind of view to its constructor. Kinds of newer platforms are left to structured clone.
 */
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

/** Deeper values are left to structured clone, which does not recurse on the JavaScript stack. */
const maxDepth = 256

export class Copier {
  private readonly platform: Platform
  private budget: number
  /**
   * Maps each object to its copy. Made with the first nested object, because a flat object has no second reference to
   * itself.
   */
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

  /**
   * Copies a value without parts. Each intrinsic rejects an object that only has the right prototype; then structured
   * clone decides.
   */
  private leaf(source: object, prototype: unknown): object | typeof unlike {
    try {
      if (prototype === ArrayBuffer.prototype) return this.buffer(source as ArrayBuffer)
      const View = ArrayBuffer.isView(source) ? views.get(prototype) : undefined
      return View === undefined ? unlike : this.view(source as ArrayBufferView, View)
    } catch {
      return unlike
    }
  }

  /** Copies the whole underlying buffer, like structured clone. Shared memory stays shared. */
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
    // The copy would have to be resizable as well.
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
    // Before listing the keys: one string per index is most of the cost of a long list.
    if ((this.budget -= source.length) < 0) return unlike
    const keys = Object.keys(source)
    const target: Array<unknown> = []
    if (depth > 0) this.copies!.set(source, target)
    // Index keys come first and in order. Any other order means holes, or fields in addition to the items.
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
      // An assignment to `__proto__` would set the copy's prototype (G10).
      if (key === "__proto__") return false
      const copy = this.value(source[key], source, target, depth)
      if (copy === unlike) return false
      target[key] = copy
    }
    return true
  }

  /** `source` and `target`: the object holding the value, and its copy. */
  private value(value: unknown, source: object, target: object, depth: number): unknown {
    if (typeof value === "object" && value !== null) {
      this.copies ??= new Map([[source, target]])
      return this.part(value, depth + 1)
    }
    // Structured clone gives its own reason for the refusal.
    return typeof value === "function" || typeof value === "symbol" ? unlike : value
  }
}
