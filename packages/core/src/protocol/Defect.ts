/**
 * Defects as data: name, message, stack, own fields and the chain of causes survive the boundary (G9).
 *
 * The encoder is total: whatever was thrown (null, a symbol, a proxy whose getters throw, a cyclic chain), it
 * answers with plain, clonable data of bounded size.
 *
 * @since 0.1.0
 */
import { isArrayBuffer, isError, isMap, isSet } from "../internal/model/brands.ts"
import { isPlainClonable } from "./Clonable.ts"

/** `Value` is a thrown value that is no error and crosses as it is; `Shown` one that cannot cross. */
export type DefectData =
  | {
      readonly _tag: "Error"
      readonly name: string
      readonly message: string
      readonly stack: string
      readonly fields?: Record<string, unknown>
      readonly cause?: DefectData
      readonly errors?: ReadonlyArray<DefectData>
    }
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "Shown"; readonly text: string }

const maxDepth = 16
const maxText = 64 * 1024
const maxFields = 64
const maxErrors = 64

const own = new Set(["name", "message", "stack", "cause", "errors"])

export const encode = (defect: unknown): DefectData => encodeAt(defect, 0, { errors: maxErrors })

/** How many more errors may be encoded: what bounds a tree of causes and parts, and a cycle through them. */
interface Budget {
  errors: number
}

const encodeAt = (defect: unknown, depth: number, budget: Budget): DefectData => {
  try {
    if (isError(defect)) return budget.errors-- > 0 ? encodeError(defect, depth, budget) : shown(defect)
    if (typeof defect === "symbol" || typeof defect === "function") return shown(defect)
    return isSmall(defect) && isPlainClonable(defect) ? { _tag: "Value", value: defect } : shown(defect)
  } catch {
    return shown(defect)
  }
}

/** Long texts are cut when they are shown; what else is large is for payloads and replies, not for defects. */
const isSmall = (value: unknown): boolean => weigh(value, maxText, new Set()) >= 0

/** What is left of a budget of characters, bytes and parts; negative when it does not suffice. */
const weigh = (value: unknown, budget: number, seen: Set<unknown>): number => {
  if (typeof value === "string") return budget - value.length
  if (typeof value === "bigint") return budget - 8
  if (typeof value !== "object" || value === null || seen.has(value)) return budget - 1
  seen.add(value)
  if (isArrayBuffer(value) || ArrayBuffer.isView(value)) return budget - value.byteLength
  const parts: Iterable<unknown> = isMap(value)
    ? [...value.keys(), ...value.values()]
    : isSet(value)
      ? value
      : [...Object.keys(value), ...Object.values(value)]
  let left = budget - 1
  for (const part of parts) {
    if (left < 0) return left
    left = weigh(part, left, seen)
  }
  return left
}

const encodeError = (error: Error, depth: number, budget: Budget): DefectData => {
  const fields: Record<string, unknown> = Object.create(null)
  let count = 0
  for (const key of Object.keys(error)) {
    if (own.has(key) || key === "__proto__" || count === maxFields) continue
    const value = attempt(() => (error as any)[key], undefined)
    if (value !== undefined && attempt(() => isSmall(value) && isPlainClonable(value), false)) {
      fields[key] = value
      count++
    }
  }
  const cause = attempt(() => error.cause, undefined)
  const errors = attempt(() => (error as any).errors as unknown, undefined)
  return {
    _tag: "Error",
    name: text(() => error.name, "Error"),
    message: text(() => error.message, ""),
    stack: text(() => error.stack, ""),
    ...(count > 0 ? { fields: { ...fields } } : undefined),
    ...(cause !== undefined && depth < maxDepth ? { cause: encodeAt(cause, depth + 1, budget) } : undefined),
    ...(Array.isArray(errors) && depth < maxDepth
      ? { errors: errors.slice(0, maxFields).map((e) => encodeAt(e, depth + 1, budget)) }
      : undefined)
  }
}

const attempt = <A>(f: () => A, otherwise: A): A => {
  try {
    return f()
  } catch {
    return otherwise
  }
}

const text = (f: () => unknown, otherwise: string): string => {
  const value = attempt(f, otherwise)
  return attempt(() => String((value as string | undefined) ?? otherwise).slice(0, maxText), otherwise)
}

const shown = (value: unknown): DefectData => ({ _tag: "Shown", text: show(value) })

/** A printable description of anything; never throws. */
export const show = (value: unknown): string =>
  attempt(() => {
    switch (typeof value) {
      case "string":
        return value.slice(0, maxText)
      case "function":
        return `[Function ${value.name || "anonymous"}]`
      case "object":
        return value === null ? "null" : Object.prototype.toString.call(value)
      default:
        return String(value).slice(0, maxText)
    }
  }, "[unprintable value]")

/** The built-in error classes that are rebuilt as themselves, so that `instanceof` holds for them. */
const builtins: Record<string, new (message?: string) => Error> = Object.assign(Object.create(null), {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError
})

/**
 * Rebuilds a defect on the host. `below` is what stands under the worker's stack: the caller's own.
 * Unknown classes become `Error` with their name; fields are defined, never assigned, so that `__proto__` and
 * setters are inert (G10).
 */
export const decode = (data: DefectData, below = ""): unknown => decodeAt(data, below, 0)

const decodeAt = (data: DefectData, below: string, depth: number): unknown => {
  // An honest encoder stops long before; a forged chain must not cost the host its stack.
  if (depth > 2 * maxDepth) return undefined
  if (data?._tag === "Value") return data.value
  if (data?._tag !== "Error") return show(data?.text)
  const name = String(data.name)
  const error = Array.isArray(data.errors)
    ? new AggregateError(data.errors.map((e) => decodeAt(e, "", depth + 1)))
    : new (builtins[name] ?? Error)()
  const define = (key: string, value: unknown, enumerable = false) =>
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true })
  define("message", String(data.message))
  if (error.name !== name) define("name", name)
  define("stack", below === "" ? String(data.stack) : `${String(data.stack)}\n${below}`)
  if (data.cause !== undefined) define("cause", decodeAt(data.cause, "", depth + 1))
  for (const key of Object.keys(data.fields ?? {})) {
    if (key !== "__proto__") define(key, data.fields![key], true)
  }
  return error
}
