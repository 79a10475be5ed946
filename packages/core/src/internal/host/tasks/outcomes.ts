/**
 * The outcome of a settled task: pure functions from the reason and the manner of the end to the single outcome (G1, G9).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { isInstance } from "../../model/foreign.ts"
import { own } from "../../model/own.ts"
import { withFrames } from "../../model/stacks.ts"
import type { DefectData } from "../../../protocol/values/Defect.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import { callSiteOf } from "./callSite.ts"
import type { ExitDetail, Outcome, Receipt } from "../../model/outcome.ts"
import { DeadlineExceeded, Interrupted, PoolClosed, type Reason, TaskError } from "../../../TaskError.ts"
import type { HostTask, Why } from "./HostTask.ts"
import { defectsOf } from "../../shared/onlyDefects.ts"

/** The result for a caller. `receipt` is defined when the task was interrupted. */
export interface Settlement {
  readonly exit: Exit.Exit<any, any>
  readonly outcome: Outcome
  readonly receipt: Receipt | undefined
}

/** Fails with a `TaskError`. `frames`: where the task was called. */
export const failWith = (
  task: string,
  reason: Reason,
  frames: () => string = noFrames
): Exit.Exit<never, TaskError> => Exit.fail(withFrames(frames, () => new TaskError({ task, reason })))

const noFrames = (): string => ""

/** Fails a submitted task. */
export const failTask = (task: HostTask, reason: Reason): Exit.Exit<never, TaskError> =>
  failWith(task.name, reason, callSiteOf(task))

/** Copies a reason for each caller: a caller may change its error, or the cause in the error, without affecting other callers. */
export const ownReason = <R extends Reason>(reason: R): R => {
  const fields =
    "cause" in reason
      ? Object.assign({}, reason, { cause: Defect.copyOf(reason.cause) })
      : Object.assign({}, reason)
  return new (reason.constructor as new (fields: object) => R)(fields)
}

/** Returns the outcome of a task whose worker replied. */
export const fromReply = (task: HostTask, reply: Exit.Exit<any, any>, millis: number): Settlement => {
  const why = task.why
  if (why === undefined) return settlement(handlerInterruption(task, reply), undefined)
  const receipt = makeReceipt(task, "clean", millis)
  const asked = reply._tag === "Failure" && Cause.hasInterrupts(reply.cause)
  switch (why._tag) {
    case "Sibling":
      // A sibling which failed by itself in the same turn is part of the cause (S125).
      if (!asked) return settlement(reply, receipt)
      return { exit: defectsOf(reply) ?? Exit.void, outcome: "interrupted", receipt }
    case "Caller":
    case "Parent":
      // An interrupted caller needs no reply, only the defects of finalizers.
      return { exit: defectsOf(reply) ?? Exit.void, outcome: "interrupted", receipt }
    case "Deadline":
      return settlement(withDefects(failTask(task, reasonOf(why)), reply), receipt)
    default:
      // The task ended by itself before the interruption arrived, so its own outcome stands.
      return settlement(asked ? withDefects(failTask(task, reasonOf(why)), reply) : reply, receipt)
  }
}

/** Returns the outcome of a task which ended without a reply: withdrawn, forced or stuck. */
export const fromWhy = (
  task: HostTask,
  how: "unstarted" | "forced" | "stuck",
  millis: number
): Settlement => {
  const why = task.why
  const crash = how === "forced" ? task.ending?.crash : undefined
  const made = crash === undefined ? makeReceipt(task, how, millis) : crashReceipt(task, crash, millis)
  const receipt = why?._tag === "Refused" ? undefined : made
  if (why === undefined || isCallers(why)) return { exit: Exit.void, outcome: "interrupted", receipt }
  const reason =
    why._tag === "PoolClosing" && how === "unstarted"
      ? new PoolClosed({ state: "closing" })
      : reasonOf(why, crash)
  return {
    exit: failTask(task, reason),
    outcome:
      how === "unstarted" && why._tag !== "Handle" && why._tag !== "Signal" ? "rejected" : "interrupted",
    receipt
  }
}

/** Returns the outcome of a task whose worker died meanwhile, or finished the task without a reply. */
export const fromLoss = (task: HostTask, loss: Reason, millis: number): Settlement => ({
  exit: task.why !== undefined && isCallers(task.why) ? Exit.void : failTask(task, loss),
  outcome: "lost",
  receipt: task.why === undefined ? undefined : makeReceipt(task, "clean", millis)
})

/** Returns the receipt for a caller who left. The handler keeps its slot until its end. */
export const abandoned = (task: HostTask): Receipt => makeReceipt(task, "abandoned", 0)

const settlement = (exit: Exit.Exit<any, any>, receipt: Receipt | undefined): Settlement => ({
  exit,
  outcome: outcomeOf(exit),
  receipt
})

export const outcomeOf = (exit: Exit.Exit<unknown, unknown>): Outcome => {
  if (exit._tag === "Success") return "succeeded"
  const fail = exit.cause.reasons.find(Cause.isFailReason)
  if (fail !== undefined) {
    if (!isInstance(fail.error, TaskError) || fail.error.nested === true) return "failed"
    switch (fail.error.reason._tag) {
      case "Interrupted":
      case "DeadlineExceeded":
        return "interrupted"
      case "WorkerLost":
      case "Quarantined":
        return "lost"
      default:
        return "rejected"
    }
  }
  return Cause.hasDies(exit.cause) ? "died" : "interrupted"
}

/** Reasons after which nobody waits for a value. */
type Callers = Extract<Why, { readonly _tag: "Caller" | "Sibling" | "Parent" }>

const isCallers = (why: Why): why is Callers =>
  why._tag === "Caller" || why._tag === "Sibling" || why._tag === "Parent"

/** `reason`: why the signal was aborted, if known. */
export const bySignal = (
  reason: DefectData | undefined,
  crash?: { readonly crash: ExitDetail }
): Interrupted =>
  new Interrupted(
    own({
      by: "signal",
      ...(reason === undefined ? undefined : { cause: Defect.decode(reason) }),
      ...crash
    })
  )

/**
 * Returns the error for a reason. `exit`: how the worker ended meanwhile, by itself; the only report for a caller without a
 * receipt.
 */
const reasonOf = (why: Exclude<Why, Callers>, exit?: ExitDetail): Reason => {
  const crash = exit === undefined ? undefined : { crash: exit }
  switch (why._tag) {
    case "Handle":
      return new Interrupted(own({ by: "handle", ...crash }))
    case "Signal":
      return bySignal(why.reason, crash)
    case "PoolClosing":
      return new Interrupted(own({ by: "pool", ...crash }))
    case "Deadline":
      return new DeadlineExceeded(own({ phase: why.phase, limit: why.limit, ...crash }))
    case "Refused":
      // Many callers get a reason of the whole pool, so each gets a copy.
      return why.reason._tag === "SpawnFailed" || why.reason._tag === "PoolClosed"
        ? ownReason(why.reason)
        : why.reason
  }
}

/**
 * Turns an interruption raised by the handler itself into a typed error: only an interruption asked for by the caller counts
 * as interruption (G9).
 */
const handlerInterruption = (task: HostTask, reply: Exit.Exit<any, any>): Exit.Exit<any, any> => {
  if (reply._tag === "Success" || !Cause.hasInterrupts(reply.cause)) return reply
  const others = reply.cause.reasons.filter((reason) => reason._tag !== "Interrupt")
  if (others.some(Cause.isFailReason)) return Exit.failCause(Cause.fromReasons(others))
  const reason = new Interrupted(own({ by: "handler" }))
  const error = withFrames(callSiteOf(task), () => new TaskError({ task: task.name, reason }))
  return Exit.failCause(Cause.fromReasons([Cause.makeFailReason(error), ...others]))
}

const dies = (reply: Exit.Exit<any, any>): ReadonlyArray<Cause.Reason<never>> =>
  reply._tag === "Success" ? [] : reply.cause.reasons.filter(Cause.isDieReason)

const withDefects = (
  exit: Exit.Exit<never, TaskError>,
  reply: Exit.Exit<any, any>
): Exit.Exit<never, TaskError> =>
  exit._tag === "Failure" ? Exit.failCause(Cause.fromReasons([...exit.cause.reasons, ...dies(reply)])) : exit

const detailsOf = (task: HostTask, millis: number) => ({
  task: task.name,
  id: task.id,
  worker: task.lastWorker,
  millis,
  casualties: task.ending?.casualties ?? []
})

const makeReceipt = (task: HostTask, tag: Exclude<Receipt["_tag"], "crashed">, millis: number): Receipt => ({
  _tag: tag,
  ...detailsOf(task, millis)
})

const crashReceipt = (task: HostTask, exit: ExitDetail, millis: number): Receipt => ({
  _tag: "crashed",
  exit,
  ...detailsOf(task, millis)
})
