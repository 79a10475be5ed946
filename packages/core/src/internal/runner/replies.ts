/**
 * From the exit of a handler to what is said about it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import type { TaskCodec } from "../../protocol/Codec.ts"
import type { CauseData } from "../../protocol/Message.ts"
import * as Packed from "../../protocol/Packed.ts"
import { Malformed } from "../../TaskError.ts"
import type { Movable } from "../model/movable.ts"
import type { Job, JobExit } from "./Job.ts"

export type Answer =
  | { readonly _tag: "Succeeded"; readonly value: unknown; readonly transfer: Array<Movable> | undefined }
  | { readonly _tag: "Failed"; readonly cause: CauseData }

/** Never throws: a value that does not fit its schema is a failed reply. */
export const answer = (job: Job, codec: TaskCodec, exit: JobExit): Answer => {
  if (exit._tag === "Failure") {
    const issue = exit.cause.reasons[0]
    const isMalformed =
      issue?._tag === "Fail" && issue.error instanceof Malformed && issue.error.what === "payload"
    return {
      _tag: "Failed",
      cause: isMalformed
        ? CauseCodec.encodeReason(issue.error as Malformed)
        : CauseCodec.encode(exit.cause, codec)
    }
  }
  try {
    return job.many ? answerMany(codec, exit.value as ReadonlyArray<unknown>) : answerOne(codec, exit.value)
  } catch (error) {
    return {
      _tag: "Failed",
      cause: error instanceof Malformed ? CauseCodec.encodeReason(error) : CauseCodec.encode(Cause.die(error))
    }
  }
}

const answerOne = (codec: TaskCodec, value: unknown): Answer => {
  const encoded = codec.worker.encodeSuccess(value)
  const list = codec.transferSuccess?.(value)
  return { _tag: "Succeeded", value: encoded, transfer: list?.length === 0 ? undefined : list }
}

const answerMany = (codec: TaskCodec, values: ReadonlyArray<unknown>): Answer => {
  const encoded = Packed.mapAll(values, codec.worker.encodeSuccess)
  if (codec.transferSuccess !== undefined) {
    const list = Array.from(new Set(values.flatMap(codec.transferSuccess)))
    if (list.length > 0) return { _tag: "Succeeded", value: encoded, transfer: list }
  }
  const packed = Packed.pack(encoded)
  // Nobody else has it, so it moves instead of being copied.
  return packed === undefined
    ? { _tag: "Succeeded", value: encoded, transfer: undefined }
    : { _tag: "Succeeded", value: packed, transfer: [packed.buffer] }
}
