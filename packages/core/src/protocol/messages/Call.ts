/**
 * A nested call as data: the worker's request, and the host's answer.
 *
 * @since 0.1.0
 */
import type { ModuleExport } from "../../internal/model/definition.ts"
import type { Movable } from "../../internal/model/movable.ts"
import type { Receipt } from "../../internal/model/outcome.ts"
import * as Defect from "../values/Defect.ts"
import type { CauseData, Extra } from "./MessageData.ts"
import { count, describe, text, Violation } from "../frame/Violation.ts"

/** Everything about a call except its payload. The sender has encoded the payload and resolved the options. */
export interface CallData {
  readonly name: string
  readonly module: ModuleExport | undefined
  readonly idempotent: boolean
  /** The length, if the payload is a list; `undefined` for a single task. */
  readonly items: number | undefined
  readonly priority: number
  /** Times in milliseconds. `undefined` for the pool's grace. */
  readonly grace: number | undefined
  readonly runLimit: number
  readonly queueLimit: number
  readonly deadline: number
  readonly onInterrupt: "wait" | "abandon"
  /** Objects to transfer with the payload. Structured clone keeps their identity between this list and the payload. */
  readonly transfer: ReadonlyArray<Movable> | undefined
  readonly extra: Extra | undefined
  /** A forked call: the handler does not wait for the result yet, and asks for the task's number. */
  readonly forked: boolean
  /** Whether the end of the calling task ends the call at once. A call made by a finalizer is left alone. */
  readonly interruptible: boolean
  /** For a streaming task: how many elements the caller can take at first. */
  readonly credit: number | undefined
  /** Whether the caller wants the progress of the task. */
  readonly watched: boolean
  /** The number of the service whose method is called; absent for a task of the pool. */
  readonly service?: number | undefined
}

/** The origin of a request to end a call. */
export type CallEnd = "caller" | "sibling" | "handle" | "signal"

/**
 * How a call ended. `ended`: the call was ended on request, so nobody waits for a value. Values and typed failures are
 * encoded by the task's schemas; `receipt` is set for an interrupted task.
 */
export interface ReturnData {
  readonly how: "succeeded" | "failed" | "ended"
  readonly value: unknown
  readonly cause: CauseData
  readonly receipt: Receipt | undefined
  readonly estimate: number
}

/** The cause of a worker's exit can be any value, and may not be clonable. */
export const forwardReceipt = (receipt: Receipt | undefined): Receipt | undefined =>
  mapCause(receipt, Defect.encode)

export const receiveReceipt = (receipt: Receipt | undefined): Receipt | undefined =>
  mapCause(receipt, (cause) => Defect.decode(cause as Defect.DefectData))

const mapCause = (receipt: Receipt | undefined, f: (cause: unknown) => unknown): Receipt | undefined =>
  receipt?._tag !== "crashed" || receipt.exit.cause === undefined
    ? receipt
    : { ...receipt, exit: { ...receipt.exit, cause: f(receipt.exit.cause) } }

const ends = new Set<unknown>(["caller", "sibling", "handle", "signal"])

export const checkEnd = (value: unknown): CallEnd => {
  if (!ends.has(value)) throw new Violation(`the end of a call is ${describe(value)}`)
  return value as CallEnd
}

const flag = (value: unknown, what: string): void => {
  if (typeof value !== "boolean") throw new Violation(`${what} is ${describe(value)}, not true or false`)
}

/** Workers are not trusted, so check every field used by the host. Fields that only travel on are not checked. */
export const checkCall = (payload: unknown, value: unknown): CallData => {
  if (typeof value !== "object" || value === null) throw new Violation("a call is not an object")
  const data = value as CallData
  text(data.name, "the name of a called task")
  if (data.module !== undefined) {
    if (typeof data.module !== "object" || data.module === null) throw new Violation("a module is no object")
    text(data.module.url, "the URL of a module")
    text(data.module.name, "the export of a module")
    if (data.module.spread !== undefined) flag(data.module.spread, "spread")
    if (data.module.stream !== undefined) flag(data.module.stream, "stream")
  }
  if (!Number.isInteger(data.priority)) throw new Violation("a priority is not an integer")
  if (data.grace !== undefined) count(data.grace, "a grace")
  count(data.runLimit, "a time limit")
  count(data.queueLimit, "a time limit")
  count(data.deadline, "a deadline")
  flag(data.idempotent, "idempotent")
  flag(data.forked, "forked")
  flag(data.interruptible, "interruptible")
  flag(data.watched, "watched")
  if (data.credit !== undefined && !Number.isInteger(count(data.credit, "a credit")))
    throw new Violation("a credit is no whole number")
  if (data.onInterrupt !== "wait" && data.onInterrupt !== "abandon")
    throw new Violation("onInterrupt is unknown")
  if (data.transfer !== undefined && !Array.isArray(data.transfer))
    throw new Violation("a transfer list is no list")
  if (data.extra !== undefined && (typeof data.extra !== "object" || data.extra === null))
    throw new Violation("what crosses with a task is no object")
  if (data.service !== undefined) {
    if (!Number.isInteger(count(data.service, "a service")))
      throw new Violation("a service is no whole number")
    if (data.items !== undefined || data.credit !== undefined || data.module !== undefined)
      throw new Violation("a method of a service takes one payload and has one answer")
  }
  if (data.items !== undefined && lengthOf(payload) !== count(data.items, "a number of items"))
    throw new Violation("a list of payloads has another length than was said")
  return data
}

const lengthOf = (payload: unknown): number | undefined =>
  Array.isArray(payload) || ArrayBuffer.isView(payload) ? (payload as ArrayLike<unknown>).length : undefined
