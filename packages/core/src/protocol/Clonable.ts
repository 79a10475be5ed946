/**
 * What structured clone takes, and where it stumbles.
 *
 * Searching costs a walk of the whole value, so it happens only after a post has failed.
 *
 * @since 0.1.0
 */

const maxDepth = 512

/** Whether a value is data of bounded depth that every transport gives back as it is: for defects and logs. */
export const isPlainClonable = (value: unknown): boolean => findUnclonable(value, 32) === undefined

export interface Unclonable {
  /** From the root, as in `$.users[3].save`. */
  readonly path: string
  readonly detail: string
}

/** The first thing that structured clone would refuse, in order of visiting; `undefined` if all is well. */
export const findUnclonable = (root: unknown, depthLimit = maxDepth): Unclonable | undefined => {
  const seen = new Set<object>()
  const visit = (value: unknown, path: string, depth: number): Unclonable | undefined => {
    if (typeof value === "function") {
      return { path, detail: `a function${value.name === "" ? "" : ` (${value.name})`}` }
    }
    if (typeof value === "symbol") return { path, detail: `a symbol (${String(value)})` }
    if (typeof value !== "object" || value === null || seen.has(value)) return undefined
    if (depth > depthLimit) return { path, detail: `nested deeper than ${depthLimit} levels` }
    seen.add(value)
    if (ArrayBuffer.isView(value))
      return detached(value.buffer) ? { path, detail: "a detached buffer" } : undefined
    if (value instanceof ArrayBuffer)
      return detached(value) ? { path, detail: "a detached buffer" } : undefined
    if (value instanceof Map) {
      let index = 0
      for (const [key, item] of value) {
        const found =
          visit(key, `${path}.key(${index})`, depth + 1) ??
          visit(item, `${path}.get(${label(key)})`, depth + 1)
        if (found !== undefined) return found
        index++
      }
      return undefined
    }
    if (value instanceof Set) {
      let index = 0
      for (const item of value) {
        const found = visit(item, `${path}.item(${index++})`, depth + 1)
        if (found !== undefined) return found
      }
      return undefined
    }
    const tag = Object.prototype.toString.call(value)
    const refused = refusedTags.get(tag)
    if (refused !== undefined) return { path, detail: refused }
    for (const key of Object.keys(value)) {
      const next = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`
      const descriptor = Object.getOwnPropertyDescriptor(value, key)
      const item = descriptor?.get === undefined ? descriptor?.value : (value as any)[key]
      const found = visit(item, next, depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
  try {
    return visit(root, "$", 0)
  } catch (error) {
    return { path: "$", detail: `reading it throws ${error instanceof Error ? error.message : "something"}` }
  }
}

const refusedTags = new Map([
  ["[object Promise]", "a promise"],
  ["[object WeakMap]", "a WeakMap"],
  ["[object WeakSet]", "a WeakSet"],
  ["[object WeakRef]", "a WeakRef"],
  ["[object Generator]", "a generator"],
  ["[object AsyncGenerator]", "a generator"],
  ["[object MessagePort]", "a MessagePort that is not in the transfer list"]
])

const label = (key: unknown): string =>
  typeof key === "string" || typeof key === "number" ? String(key) : "…"

/** A detached buffer has length zero and cannot be sliced; `detached` itself is newer than our oldest Node. */
const detached = (buffer: ArrayBufferLike): boolean => {
  if (buffer.byteLength !== 0 || !(buffer instanceof ArrayBuffer)) return false
  try {
    buffer.slice(0)
    return false
  } catch {
    return true
  }
}
