/**
 * The operations of a modelled thread visible to another thread.
 *
 * @since 0.1.0
 */

/** An array of integers accepted by `Atomics`. */
export type Words =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array

/** The read-modify-write methods of `Atomics`. */
export type Change = "add" | "and" | "exchange" | "or" | "sub" | "xor"

interface Place {
  readonly array: string
  readonly index: number
}

export type Operation =
  | (Place & { readonly _tag: "Load"; readonly plain: boolean })
  | (Place & { readonly _tag: "Store"; readonly value: unknown; readonly plain: boolean })
  | (Place & { readonly _tag: "Change"; readonly change: Change; readonly value: unknown })
  | (Place & { readonly _tag: "CompareExchange"; readonly expected: unknown; readonly value: unknown })
  | (Place & { readonly _tag: "Wait"; readonly value: unknown; readonly timeout: number })
  | (Place & { readonly _tag: "Notify"; readonly count: number })
  | { readonly _tag: "Pause" }
  | { readonly _tag: "Log"; readonly event: string }
  | { readonly _tag: "Choose"; readonly of: number }
  | { readonly _tag: "Post"; readonly port: string; readonly message: unknown }
  | { readonly _tag: "Receive"; readonly port: string }
  | { readonly _tag: "Poll"; readonly port: string }
  | { readonly _tag: "Join"; readonly thread: string }
  | { readonly _tag: "End" }

const place = ({ array, index }: Place): string => `${array}[${index}]`

/** How an operation reads in a report. */
export const format = (operation: Operation): string => {
  switch (operation._tag) {
    case "Load":
      return `${operation.plain ? "read" : "load"} ${place(operation)}`
    case "Store":
      return `${operation.plain ? "write" : "store"} ${place(operation)} = ${show(operation.value)}`
    case "Change":
      return `${operation.change} ${place(operation)}, ${show(operation.value)}`
    case "CompareExchange":
      return `compareExchange ${place(operation)}, ${show(operation.expected)} → ${show(operation.value)}`
    case "Wait":
      return `wait ${place(operation)} while ${show(operation.value)}`
    case "Notify":
      return `notify ${place(operation)}${operation.count === Infinity ? "" : `, ${operation.count}`}`
    case "Log":
      return `“${operation.event}”`
    case "Choose":
      return `choose of ${operation.of}`
    case "Post":
      return `post ${operation.port}: ${show(operation.message)}`
    case "Receive":
    case "Poll":
      return `${operation._tag.toLowerCase()} ${operation.port}`
    case "Join":
      return `join ${operation.thread}`
    case "Pause":
    case "End":
      return operation._tag.toLowerCase()
  }
}

/** A value as a report shows it, and as states compare it. */
export const show = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`
  if (typeof value === "number" || value === undefined) return String(value)
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part))
}
