/**
 * Which kind of object a value is, whichever realm made it.
 *
 * A realm is a global object with its own built-in classes: a `vm` context, a window of jsdom, a frame. `instanceof` knows the
 * classes of one realm, so a buffer of another one is none to it, although structured clone copies it as one. The
 * engine marks such objects inside; these functions ask for the mark, by a built-in method that throws without it.
 *
 * Rule: never `instanceof` on a value that user code made; a class of Heddle's own is the exception.
 *
 * @since 0.1.0
 */

type Brand<A> = (u: unknown) => u is A

/** Asks a getter of a prototype, which throws for a receiver of another kind. */
const branded =
  <A>(prototype: object | undefined, getter: string): Brand<A> =>
  (u): u is A => {
    if (prototype === undefined || typeof u !== "object" || u === null) return false
    try {
      // Without this, each plain object costs an exception. A proxy may throw here.
      if (isPlain(u)) return false
      Reflect.get(prototype, getter, u)
      return true
    } catch {
      return false
    }
  }

/** A plain object or list of this realm. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}

export const isMap: Brand<ReadonlyMap<unknown, unknown>> = branded(Map.prototype, "size")

export const isSet: Brand<ReadonlySet<unknown>> = branded(Set.prototype, "size")

export const isArrayBuffer: Brand<ArrayBuffer> = branded(ArrayBuffer.prototype, "byteLength")

/** The name of a typed array's class; `undefined` for all other values. */
export const typedArrayName = (u: unknown): string | undefined =>
  Reflect.get(typedArrayPrototype, Symbol.toStringTag, u) as string | undefined

// Its getter answers for any receiver, and throws for none.
const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)

/** The longest chain of prototypes that is followed: a proxy can make one without end. */
const maxChain = 64

/** An error of any realm, or an object that looks like one: by its tag, or since its class extends some `Error`. */
export const isError: Brand<Error> = (u): u is Error => {
  if (typeof u !== "object" || u === null) return false
  try {
    return Object.prototype.toString.call(u) === "[object Error]" || extendsError(u)
  } catch {
    return false
  }
}

const extendsError = (value: object): boolean => {
  let prototype: object | null = Object.getPrototypeOf(value)
  for (let i = 0; prototype !== null && i < maxChain; i++) {
    if (prototype === Error.prototype || isErrorPrototype(prototype)) return true
    prototype = Object.getPrototypeOf(prototype)
  }
  return false
}

/** `Error.prototype` of another realm. */
const isErrorPrototype = (prototype: object): boolean =>
  ownText(prototype, "name") === "Error" && ownText(prototype, "message") === ""

/** Reads no getter. */
const ownText = (object: object, key: string): unknown => Object.getOwnPropertyDescriptor(object, key)?.value
