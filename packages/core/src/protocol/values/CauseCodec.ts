/**
 * Exits as data: the whole Cause crosses, reason by reason (G9).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import { attempt, describe, get, isInstance } from "../../internal/model/foreign.ts"
import { withFrames } from "../../internal/model/stacks.ts"
import { Malformed, type Reason, TaskError } from "../../TaskError.ts"
import type { TaskCodec } from "./Codec.ts"
import * as Defect from "./Defect.ts"
import type { CauseData, ReasonData } from "../messages/Message.ts"

const encodeTaskError = Schema.encodeUnknownSync(TaskError)
const decodeTaskError = Schema.decodeUnknownSync(TaskError)

/** A failure of the worker's machinery, not of the task. */
export const encodeReason = (reason: Reason): CauseData => [
  ["Task", encodeTaskError(new TaskError({ reason }))]
]

/** Worker: encodes the Cause of a handler. Without a codec (a log entry), failures are shown, not typed. */
export const encode = (cause: Cause.Cause<unknown>, codec?: TaskCodec): CauseData =>
  cause.reasons.map((reason): ReasonData => {
    switch (reason._tag) {
      case "Fail":
        return codec === undefined ? ["Die", Defect.encode(reason.error)] : encodeFailure(reason.error, codec)
      case "Die":
        return ["Die", Defect.encode(reason.defect)]
      case "Interrupt":
        return ["Interrupt"]
    }
  })

const encodeFailure = (error: unknown, codec: TaskCodec): ReasonData => {
  try {
    return ["Fail", codec.worker.encodeError(error)]
  } catch (issue) {
    if (isInstance(issue, Malformed)) {
      const detail = `${issue.detail} (the handler failed with ${describe(error)})`
      const reason = new Malformed({ side: issue.side, what: issue.what, path: issue.path, detail })
      return ["Task", encodeTaskError(new TaskError({ reason }))]
    }
    return ["Die", Defect.encode(issue)]
  }
}

/** Host: encodes an outcome for the worker whose task made the call. Typed failures are encoded already. */
export const forward = (cause: Cause.Cause<unknown>): CauseData =>
  cause.reasons.map((reason): ReasonData => {
    if (reason._tag !== "Fail")
      return reason._tag === "Die" ? ["Die", Defect.encode(reason.defect)] : ["Interrupt"]
    return isInstance(reason.error, TaskError)
      ? ["Task", encodeTaskError(reason.error)]
      : ["Fail", reason.error]
  })

/** Returns the failure of a plain module's function as plain data: its `_tag` and fields. */
export const plainFailure = (error: unknown): unknown => {
  if (typeof error !== "object" || error === null) return error
  const data: Record<string, unknown> = {}
  const keys = attempt(() => Object.keys(error), [])
  for (const key of ["_tag", "name", "message", ...keys]) {
    if (key === "__proto__") continue
    const value = get(error, key)
    if (value !== undefined && typeof value !== "function" && typeof value !== "symbol") data[key] = value
  }
  return data
}

/**
 * Host: rebuilds a Cause. `name` becomes the task of a machinery error. Interrupt reasons are kept: only the reply
 * router knows whether the caller requested the interruption.
 *
 * Throws `Malformed` when a typed failure does not fit its schema.
 */
export const decode = (
  data: CauseData,
  name: string,
  codec: TaskCodec,
  below: string,
  nested = false
): Cause.Cause<unknown> =>
  Cause.fromReasons(
    data.map((reason): Cause.Reason<unknown> => {
      switch (reason[0]) {
        case "Fail":
          return Cause.makeFailReason(codec.host.decodeError(reason[1]))
        case "Die":
          return Cause.makeDieReason(Defect.decode(reason[1], below))
        case "Interrupt":
          return Cause.makeInterruptReason()
        case "Task": {
          const error = decodeTaskError(reason[1])
          const { reason: why } = error
          const fields = nested ? { task: name, nested, reason: why } : { task: name, reason: why }
          return Cause.makeFailReason(
            withFrames(
              () => below,
              () => new TaskError(fields)
            )
          )
        }
      }
    })
  )

/** Returns the first defect or shown failure of a Cause without a codec: why a worker could not start. */
export const firstDefect = (data: CauseData): unknown => {
  for (const reason of data) if (reason[0] === "Die") return Defect.decode(reason[1])
  return undefined
}
