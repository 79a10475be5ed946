/**
 * Defects as data: name, message, stack, own fields and the chain of causes survive the boundary (G9).
 *
 * The encoder is total. For any thrown value (null, a symbol, a proxy whose getters throw, a cyclic chain) it returns
 * plain, clonable data of bounded size.
 *
 * @since 0.1.0
 */
import { isArrayBuffer, isError, isMap, isSet } from "../../internal/model/brands.ts"
import { attempt, cut, describe, get, maxText, show } from "../../internal/model/foreign.ts"
import * as Clonable from "./Clonable.ts"

export {
  /** A printable description of anything; never throws. */
  show
} from "../../internal/model/foreign.ts"

/**
 * `Value`: a thrown value, not an error, that crosses unchanged. `Shown`: a description of a value that cannot cross.
 */
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
const maxFields = 64
const maxErrors = 64

/** Keys with a place of their own in the data; `errors` counts as a field unless it holds a list. */
const own = new Set(["name", "message", "stack", "cause"])

export const encode = (defect: unknown): DefectData => encodeAt(defect, 0, { errors: maxErrors })

/** How many more errors may be encoded. Bounds a tree of causes and parts, and cycles in it. */
interface Budget {
  errors: number
}

const encodeAt = (defect: unknown, depth: number, budget: Budget): DefectData => {
  try {
    if (isError(defect)) {
      const isCut = depth > maxDepth || budget.errors-- <= 0
      return isCut ? mark(`and more: ${describe(defect)}`) : encodeError(defect, depth, budget)
    }
    if (typeof defect === "symbol" || typeof defect === "function") return shown(defect)
    if (typeof defect === "object" && !isSmall(defect)) return mark(tooLarge(defect))
    const copy = isSmall(defect) ? Clonable.copyOf(defect) : undefined
    return copy === undefined ? shown(defect) : { _tag: "Value", value: copy.value }
  } catch {
    return shown(defect)
  }
}

/** Long texts are cut when shown. Other large values belong in payloads and replies, not in defects. */
const isSmall = (value: unknown): boolean => weigh(value, maxText, new Set()) >= 0

/** Returns the rest of a budget of characters, bytes and parts; negative if the value exceeds the budget. */
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
  const cause = get(error, "cause")
  const errors = get(error, "errors")
  const parts = attempt(() => Array.isArray(errors), false) ? (errors as ReadonlyArray<unknown>) : undefined
  const fields = fieldsOf(error, (key) => own.has(key) || (key === "errors" && parts !== undefined))
  return {
    _tag: "Error",
    name: text(() => error.name, "Error"),
    message: text(() => error.message, ""),
    stack: text(() => error.stack, ""),
    ...(Object.keys(fields).length > 0 ? { fields } : undefined),
    ...(cause !== undefined ? { cause: encodeAt(cause, depth + 1, budget) } : undefined),
    ...(parts !== undefined
      ? { errors: attempt(() => encodeParts(parts, depth + 1, budget), [shown(parts)]) }
      : undefined)
  }
}

/** Marks a cut in the value, so that no reader takes a part for the whole (S207). */
const mark = (text: string): DefectData => ({ _tag: "Shown", text: cut(`…${text}`) })

const tooLarge = (value: unknown): string => `larger than 64 KiB: ${show(value)}`

const encodeParts = (
  parts: ReadonlyArray<unknown>,
  depth: number,
  budget: Budget
): ReadonlyArray<DefectData> => {
  const encoded = parts.slice(0, maxFields).map((part) => encodeAt(part, depth, budget))
  return parts.length > maxFields ? [...encoded, mark(`and ${parts.length - maxFields} more`)] : encoded
}

/** Copies an error's own clonable fields. */
const fieldsOf = (error: Error, isOther: (key: string) => boolean): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.create(null)
  const keys = attempt(() => Object.keys(error), []).filter((key) => key !== "__proto__" && !isOther(key))
  let count = 0
  for (const [index, key] of keys.entries()) {
    if (count === maxFields) {
      fields["…"] = `and ${keys.length - index} more`
      break
    }
    const field = fieldOf(get(error, key))
    if (field === undefined) continue
    fields[key] = field.value
    count++
  }
  return { ...fields }
}

const fieldOf = (value: unknown): { readonly value: unknown } | undefined => {
  if (value === undefined) return undefined
  if (typeof value === "string") return { value: cut(value) }
  const left = attempt(() => weigh(value, maxText, new Set()), undefined)
  if (left === undefined) return undefined
  return left < 0 ? { value: `…${tooLarge(value)}` } : Clonable.copyOf(value)
}

const text = (f: () => unknown, otherwise: string): string => {
  const value = attempt(f, otherwise)
  return attempt(() => cut(String((value as string | undefined) ?? otherwise)), otherwise)
}

const shown = (value: unknown): DefectData => ({ _tag: "Shown", text: show(value) })

/** Built-in error classes, rebuilt as themselves so that `instanceof` holds. */
const builtins: Record<string, new (message?: string) => Error> = Object.assign(Object.create(null), {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError
})

/**
 * Rebuilds a defect on the host. `below` is the caller's stack, appended to the worker's stack. Unknown classes become
 * `Error` with their name. Fields are defined, never assigned, so that `__proto__` and setters are inert (G10).
 */
export const decode = (data: DefectData, below = ""): unknown => decodeAt(data, below, 0)

/** Encodes the reason of an abort like a defect, because the reason can be any value. */
export const abortReason = (signal: AbortSignal): DefectData => encode(get(signal, "reason"))

/** Copies a defect as if it had crossed the boundary: one copy for each of several receivers. */
export const copyOf = (defect: unknown): unknown => decode(encode(defect))

const decodeAt = (data: DefectData, below: string, depth: number): unknown => {
  // An honest encoder stops long before. A forged chain must not overflow the host's stack.
  if (depth > 2 * maxDepth) return undefined
  if (data?._tag === "Value") return data.value
  if (data?._tag !== "Error") return show(data?.text)
  const name = String(data.name)
  const errors = Array.isArray(data.errors) ? data.errors.map((e) => decodeAt(e, "", depth + 1)) : undefined
  const Class = builtins[name]
  const error: Error =
    errors !== undefined && Class === undefined ? new AggregateError(errors) : new (Class ?? Error)()
  const define = (key: string, value: unknown, enumerable = false) =>
    Object.defineProperty(error, key, { value, enumerable, configurable: true, writable: true })
  define("message", String(data.message))
  if (error.name !== name) define("name", name)
  define("stack", below === "" ? String(data.stack) : `${String(data.stack)}\n${below}`)
  if (errors !== undefined && Class !== undefined) define("errors", errors, true)
  if (data.cause !== undefined) define("cause", decodeAt(data.cause, "", depth + 1))
  for (const key of Object.keys(data.fields ?? {})) {
    if (key !== "__proto__") define(key, data.fields![key], true)
  }
  return error
}
