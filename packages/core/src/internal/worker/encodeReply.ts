/**
 * Encodes the exit of a handler as a reply.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Capture from "../../protocol/values/Capture.ts"
import * as CauseCodec from "../../protocol/values/CauseCodec.ts"
import { Refused, type Unclonable } from "../../protocol/values/Clonable.ts"
import type { TaskCodec } from "../../protocol/values/Codec.ts"
import type { CauseData } from "../../protocol/messages/Message.ts"
import * as SharedChunk from "../../protocol/values/SharedChunk.ts"
import { Malformed, NotSerializable } from "../../TaskError.ts"
import { isInstance } from "../model/foreign.ts"
import type { Movable } from "../model/movable.ts"
import type { Items } from "./handlers/items.ts"
import type { Job, JobExit } from "./Job.ts"
import { explainMissing } from "./missing.ts"

/** `isOpen`: the value was not copied, so the reply must be posted before any foreign code runs again. */
export type Reply =
  | {
      readonly _tag: "Succeeded"
      readonly value: unknown
      readonly transfer: Array<Movable> | undefined
      readonly isOpen: boolean
    }
  | { readonly _tag: "Failed"; readonly cause: CauseData }

/** Never throws: a value that does not fit its schema, or a failure that cannot be cloned, becomes a failed reply. */
export const encodeReply = (job: Job, codec: TaskCodec, exit: JobExit, platform: Capture.Platform): Reply => {
  if (exit._tag === "Failure") return replyOfFailure(job, codec, exit.cause, platform)
  try {
    return job.many ? replyOfMany(exit.value as Items) : replyOfOne(job, codec, exit.value, platform)
  } catch (error) {
    job.dropResults()
    return failed(error)
  }
}

const replyOfFailure = (
  job: Job,
  codec: TaskCodec,
  cause: Cause.Cause<unknown>,
  platform: Capture.Platform
): Reply => {
  job.dropResults()
  const issue = cause.reasons[0]
  // The results of a job of many, and the elements of a stream, are encoded and captured during the run, so these errors come
  // from Heddle and not from the handler.
  const isEncodedInRun = job.many || job.stream !== undefined
  const isOurs =
    issue?._tag === "Fail" &&
    ((isInstance(issue.error, Malformed) && (issue.error.what === "payload" || isEncodedInRun)) ||
      (isInstance(issue.error, Refused) && isEncodedInRun))
  if (isOurs) return failed(issue.error)
  try {
    const encode = () => CauseCodec.encode(explainMissing(cause, job.route), codec)
    const encoded = codec.needsPorts.reply ? job.encodingResult(encode) : encode()
    return { _tag: "Failed", cause: Capture.capture(encoded, platform) as CauseData }
  } catch (error) {
    return failed(error)
  }
}

const failed = (error: unknown): Reply => {
  if (isInstance(error, Malformed)) return { _tag: "Failed", cause: CauseCodec.encodeReason(error) }
  return {
    _tag: "Failed",
    cause: isInstance(error, Refused) ? unsent(error) : CauseCodec.encode(Cause.die(error))
  }
}

/** The failure sent in place of a reply that cannot be cloned. */
export const unsent = ({ detail, path }: Unclonable): CauseData =>
  CauseCodec.encodeReason(new NotSerializable({ side: "worker", what: "reply", path, detail }))

const replyOfOne = (job: Job, codec: TaskCodec, value: unknown, platform: Capture.Platform): Reply => {
  const encoded = job.encodeSuccess(codec, value)
  if (Capture.isImmutable(encoded))
    return { _tag: "Succeeded", value: encoded, transfer: undefined, isOpen: false }
  const list = codec.transferSuccess?.(value)
  if (list !== undefined && list.length > 0)
    return { _tag: "Succeeded", value: encoded, transfer: list, isOpen: true }
  const copy = Capture.captureSmall(encoded, platform)
  return { _tag: "Succeeded", value: copy ?? encoded, transfer: undefined, isOpen: copy === undefined }
}

const replyOfMany = ({ encoded, transfer }: Items): Reply => {
  if (transfer !== undefined && transfer.length > 0)
    return { _tag: "Succeeded", value: encoded, transfer, isOpen: true }
  // The worker owns this buffer alone, so transfer instead of copying. Shared memory needs neither.
  const moves = !Array.isArray(encoded) && !SharedChunk.isShared(encoded)
  const own = moves ? [encoded.buffer as ArrayBuffer] : undefined
  return { _tag: "Succeeded", value: encoded, transfer: own, isOpen: false }
}
