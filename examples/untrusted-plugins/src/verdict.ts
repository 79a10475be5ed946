/** How a call ended, in a few words. */
import { TaskError } from "@heddle/core"
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"

export interface Verdict {
  readonly kind: "answered" | "failed" | "died" | "interrupted"
  readonly words: string
}

const ofReason = (reason: TaskError.Reason): string => {
  switch (reason._tag) {
    case "WorkerLost": {
      if (reason.outOfMemory) return "lost: out of memory"
      if (reason.cause instanceof Error) return `lost: ${reason.cause.message}`
      return reason.signal === undefined ? `lost: exit code ${reason.exitCode}` : `lost: ${reason.signal}`
    }
    case "DeadlineExceeded":
      return `too slow (${reason.phase})`
    case "NotSerializable":
      return `cannot be sent: ${reason.what}`
    default:
      return reason._tag
  }
}

const ofDefect = (defect: unknown): string =>
  defect instanceof Error ? `threw ${defect.name}: ${defect.message}` : `threw ${String(defect)}`

/** Total: there is one for whatever a plugin does. */
export const verdictOf = (exit: Exit.Exit<string, TaskError.TaskError>): Verdict => {
  if (exit._tag === "Success") return { kind: "answered", words: exit.value }
  const failed = exit.cause.reasons.find(Cause.isFailReason)
  if (failed !== undefined) return { kind: "failed", words: ofReason(failed.error.reason) }
  const died = exit.cause.reasons.find(Cause.isDieReason)
  if (died !== undefined) return { kind: "died", words: ofDefect(died.defect) }
  return { kind: "interrupted", words: "interrupted" }
}
