/**
 * How a worker ended, as the fields of an error, and in words.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { isError } from "./brands.ts"
import { attempt, describe, show } from "./foreign.ts"

/**
 * How a worker ended, as far as the platform tells: shared by `WorkerLost`, `SpawnFailed` and `PeerLost`.
 *
 * - `stderr`: the last lines the worker wrote to standard error, bounded (8 KiB by default).
 * - `cause`: the uncaught exception that ended the worker, if any.
 */
export const exitFields = {
  worker: Schema.Int,
  threadId: Schema.optionalKey(Schema.Int),
  pid: Schema.optionalKey(Schema.Int),
  exitCode: Schema.optionalKey(Schema.Int),
  signal: Schema.optionalKey(Schema.String),
  outOfMemory: Schema.Boolean,
  stderr: Schema.String,
  cause: Schema.optionalKey(Schema.Defect({ includeStack: true }))
}

export type ExitDetail = {
  readonly worker: number
  readonly threadId?: number
  readonly pid?: number
  readonly exitCode?: number
  readonly signal?: string
  readonly outOfMemory: boolean
  readonly cause?: unknown
}

export const describeExit = (exit: ExitDetail): string => {
  const where =
    exit.threadId !== undefined
      ? ` (thread ${exit.threadId})`
      : exit.pid !== undefined
        ? ` (pid ${exit.pid})`
        : ""
  const how = exit.outOfMemory
    ? ", out of memory"
    : exit.signal !== undefined
      ? `, signal ${exit.signal}`
      : exit.exitCode !== undefined
        ? `, exit code ${exit.exitCode}`
        : ""
  return `worker ${exit.worker}${where}${how}${describeCause(exit.cause)}`
}

export const describeCause = (cause: unknown): string => {
  if (cause === undefined) return ""
  if (isError(cause) || typeof cause !== "object") return `: ${describe(cause)}`
  return `: ${attempt(() => JSON.stringify(cause), undefined) ?? show(cause)}`
}
