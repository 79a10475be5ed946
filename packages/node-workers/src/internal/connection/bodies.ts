/**
 * Elements as bytes: V8's serializer writes them, and reads them once `bodyCheck.ts` has found them harmless.
 *
 * V8 writes a view as its whole buffer. Node cuts small buffers from a pool, so the other program would receive what else is in
 * the pool. So views are written here: the kind, the length, and the bytes that the view shows, no other.
 *
 * @since 0.2.0
 */
import { types } from "node:util"
import { Deserializer, Serializer } from "node:v8"
import { Violation } from "@heddle/core/protocol/messages/Message"
import { findUnclonable, Refused } from "@heddle/core/protocol/values/Clonable"
import { checkClonable } from "../checkClonable.ts"
import { type BodyLimits, checkBody, type Measured } from "./bodyCheck.ts"

/** The kinds of views. Their numbers are part of the protocol, and `viewSizes` has their sizes. */
const viewKinds = [
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
  BigUint64Array,
  DataView
] as const

const getterOf = (prototype: object, key: PropertyKey): ((self: object) => unknown) => {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, key)!
  return (self) => descriptor.get!.call(self)
}

// A view may have own properties of these names, or belong to another realm: the intrinsic getters tell the truth for both.
const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype)
const kindOf = getterOf(typedArray, Symbol.toStringTag)
const lengthOfTyped = getterOf(typedArray, "byteLength")
const bufferOfTyped = getterOf(typedArray, "buffer")
const lengthOfData = getterOf(DataView.prototype, "byteLength")

class Writer extends Serializer {
  constructor() {
    super()
    // Documented by Node, and missing in its types.
    const treatViewsAsHostObjects: unknown = Reflect.get(this, "_setTreatArrayBufferViewsAsHostObjects")
    if (typeof treatViewsAsHostObjects === "function") treatViewsAsHostObjects.call(this, true)
  }

  /** Called by V8 for views, and for objects of the platform. */
  _writeHostObject(object: object): void {
    if (!ArrayBuffer.isView(object)) throw new Error("it is bound to this process")
    const typed = kindOf(object) as string | undefined
    const name = typed ?? "DataView"
    const kind = viewKinds.findIndex((View) => View.name === name)
    if (kind < 0) throw new Error(`a ${name}`)
    // The getter of a `DataView` throws for a detached buffer, the one of a typed array does not.
    if (typed !== undefined && (bufferOfTyped(object) as ArrayBuffer).detached)
      throw new Error("a detached buffer")
    this.writeUint32(kind)
    this.writeUint32((typed === undefined ? lengthOfData : lengthOfTyped)(object) as number)
    this.writeRawBytes(object as NodeJS.TypedArray)
  }
}

class Reader extends Deserializer {
  /** Called by V8 where the writer wrote a view. The bytes are copied to a buffer of their own, aligned for every kind. */
  _readHostObject(): ArrayBufferView {
    const View = viewKinds[this.readUint32()]! as new (buffer: ArrayBuffer) => ArrayBufferView
    const length = this.readUint32()
    const { buffer } = Uint8Array.from(this.readRawBytes(length))
    return new View(buffer)
  }
}

/** An element that was written: a copy of the value at that time. */
export interface Written extends Measured {
  /** So many bytes for a header, then the body. */
  readonly frame: Buffer
}

/** Writes an element behind room for its header. Throws {@link Refused} for a value that cannot cross. */
export const writeBody = (value: unknown, headerLength: number, limits: BodyLimits): Written => {
  checkClonable([value], Infinity)
  const frame = serialize(value, headerLength)
  try {
    return { frame, ...checkBody(frame.subarray(headerLength), limits) }
  } catch (error) {
    throw error instanceof Violation ? new Refused({ path: "$", detail: error.message }) : error
  }
}

const serialize = (value: unknown, headerLength: number): Buffer => {
  try {
    const writer = new Writer()
    writer.writeRawBytes(Buffer.alloc(headerLength))
    writer.writeHeader()
    writer.writeValue(value)
    return writer.releaseBuffer()
  } catch (error) {
    const detail = types.isNativeError(error) ? error.message : "it cannot be read"
    throw new Refused(findUnclonable(value) ?? { path: "$", detail })
  }
}

/** Reads a body that was checked. Throws {@link Violation} all the same, where V8 has another opinion. */
export const readBody = (body: Buffer): unknown => {
  try {
    const reader = new Reader(body)
    reader.readHeader()
    return reader.readValue()
  } catch (error) {
    throw new Violation(
      `an element cannot be read: ${types.isNativeError(error) ? error.message : "it throws"}`
    )
  }
}
