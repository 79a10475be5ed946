/**
 * From the exit of a handler to what is said about it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import type { TaskCodec } from "../../protocol/Codec.ts"
import type { CauseData } from "../../protocol/Message.ts"
import * as Slab from "../../protocol/Slab.ts"
import { Malformed } from "../../TaskError.ts"
import { isInstance } from "../model/foreign.ts"
import type { Movable } from "../model/movable.ts"
import type { Items } from "./items.ts"
import type { Job, JobExit } from "./Job.ts"

export type Answer =
  | { readonly _tag: "Succeeded"; readonly value: unknown; readonly transfer: Array<Movable> | undefined }
  | { readonly _tag: "Failed"; readonly cause: CauseData }

/** Never throws: a value that does not fit its schema is a failed reply. */
export const answer = (job: Job, codec: TaskCodec, exit: JobExit): Answer => {
  if (exit._tag === "Failure") {
    const issue = exit.cause.reasons[0]
    // Of the results of many, each is encoded as it comes.
    const isOurs =
      issue?._tag === "Fail" &&
      isInstance(issue.error, Malformed) &&
      (issue.error.what === "payload" || job.many)
    return {
      _tag: "Failed",
      cause: isOurs ? CauseCodec.encodeReason(issue.error) : CauseCodec.encode(exit.cause, codec)
    }
  }
  try {
    return job.many ? answerMany(codec, exit.value as Items) : answerOne(codec, exit.value)
  } catch (error) {
    return {
      _tag: "Failed",
      cause: isInstance(error, Malformed)
        ? CauseCodec.encodeReason(error)
        : CauseCodec.encode(Cause.die(error))
    }
  }
}

const answerOne = (codec: TaskCodec, value: unknown): Answer => {
  const encoded = codec.worker.encodeSuccess(value)
  const list = codec.transferSuccess?.(value)
  return { _tag: "Succeeded", value: encoded, transfer: list?.length === 0 ? undefined : list }
}

const answerMany = (codec: TaskCodec, { encoded, values }: Items): Answer => {
  if (codec.transferSuccess !== undefined && values !== undefined) {
    const list = Array.from(new Set(values.flatMap(codec.transferSuccess)))
    if (list.length > 0) return { _tag: "Succeeded", value: encoded, transfer: list }
  }
  // Nobody else has such a buffer, so it moves instead of being copied; what is shared need not.
  const moves = !Array.isArray(encoded) && !Slab.isShared(encoded)
  return { _tag: "Succeeded", value: encoded, transfer: moves ? [encoded.buffer as ArrayBuffer] : undefined }
}
