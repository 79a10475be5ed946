/**
 * Tells the built-in class of an object, regardless of the realm that made the object.
 *
 * A realm is a global object with its own built-in classes: a `vm` context, a window of jsdom, a frame. `instanceof`
 * knows only the classes of its own realm, so it rejects a buffer of another realm, although structured clone copies
 * both alike. The engine keeps an internal brand on such objects; these functions test for the brand through a built-in
 * method that throws without it.
 *
 * Rule: never use `instanceof` on a value made by user code. Heddle's own classes are the exception.
 *
 * @since 0.1.0
 */

type Brand<A> = (u: unknown) => u is A

/** Calls a prototype's getter, which throws for a receiver of another kind. */
const branded =
  <A>(prototype: object | undefined, getter: string): Brand<A> =>
  (u): u is A => {
    if (prototype === undefined || typeof u !== "object" || u === null) return false
    try {
      // Skips plain objects, which would each cost an exception. A proxy may throw here.
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

/** Returns the name of a typed array's class; `undefined` for all other values. */
export const typedArrayName = (u: unknown): string | undefined =>
  Reflect.get(typedArrayPrototype, Symbol.toStringTag, u) as string | undefined

// The getter of this prototype accepts any receiver, and never throws.
const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)

/** How many prototypes to follow at most: a proxy can make an endless chain. */
const maxChain = 64

/**
 * Whether a value is an error of any realm, or looks like an error: by its tag, or because its class extends some
 * `Error`.
 */
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

/** Reads an own data property; calls no getter. */
const ownText = (object: object, key: string): unknown => Object.getOwnPropertyDescriptor(object, key)?.value
