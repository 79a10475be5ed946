/**
 * What a settled task's caller is told: pure functions from why and how it ended to its one outcome (G1, G9).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { isInstance } from "../model/foreign.ts"
import { withFrames } from "../model/stacks.ts"
import type { DefectData } from "../../protocol/Defect.ts"
import * as Defect from "../../protocol/Defect.ts"
import { callSiteOf } from "./callSite.ts"
import type { ExitDetail, Outcome, Receipt } from "../model/outcome.ts"
import { DeadlineExceeded, Interrupted, PoolClosed, type Reason, TaskError } from "../../TaskError.ts"
import type { Entry, Why } from "./Entry.ts"

/** What a caller gets. `receipt` is there when the task was interrupted. */
export interface Settlement {
  readonly exit: Exit.Exit<any, any>
  readonly outcome: Outcome
  readonly receipt: Receipt | undefined
}

/** `frames`: where the task was called. */
export const failWith = (
  task: string,
  reason: Reason,
  frames: () => string = noFrames
): Exit.Exit<never, TaskError> => Exit.fail(withFrames(frames, () => new TaskError({ task, reason })))

const noFrames = (): string => ""

/** The same for a task that was submitted. */
export const failEntry = (entry: Entry, reason: Reason): Exit.Exit<never, TaskError> =>
  failWith(entry.name, reason, callSiteOf(entry))

/** One of its own for each caller: what one does to its error, or to the cause in it, is no concern of the others. */
export const ownReason = <R extends Reason>(reason: R): R => {
  const fields =
    "cause" in reason
      ? Object.assign({}, reason, { cause: Defect.copyOf(reason.cause) })
      : Object.assign({}, reason)
  return new (reason.constructor as new (fields: object) => R)(fields)
}

/** The worker replied. */
export const fromReply = (entry: Entry, reply: Exit.Exit<any, any>, millis: number): Settlement => {
  const why = entry.why
  if (why === undefined) return settlement(handlerInterruption(entry, reply), undefined)
  const receipt = makeReceipt(entry, "clean", millis)
  const asked = reply._tag === "Failure" && Cause.hasInterrupts(reply.cause)
  switch (why._tag) {
    case "Sibling":
      // One that had failed by itself in the same turn is part of the cause (S125).
      if (!asked) return settlement(reply, receipt)
      return { exit: finalizerDefects(reply) ?? Exit.void, outcome: "interrupted", receipt }
    case "Caller":
    case "Parent":
      // The caller is interrupted whatever came; only what went wrong in a finalizer is news to it.
      return { exit: finalizerDefects(reply) ?? Exit.void, outcome: "interrupted", receipt }
    case "Deadline":
      return settlement(withDefects(failEntry(entry, reasonOf(why)), reply), receipt)
    default:
      // The task had ended by itself before it heard of the interruption: its own outcome stands.
      return settlement(asked ? withDefects(failEntry(entry, reasonOf(why)), reply) : reply, receipt)
  }
}

/** It ended without a reply: withdrawn, forced or stuck. */
export const fromWhy = (entry: Entry, how: "unstarted" | "forced" | "stuck", millis: number): Settlement => {
  const why = entry.why
  const crash = how === "forced" ? entry.ending?.crash : undefined
  const made = crash === undefined ? makeReceipt(entry, how, millis) : crashReceipt(entry, crash, millis)
  const receipt = why?._tag === "Refused" ? undefined : made
  if (why === undefined || isCallers(why)) return { exit: Exit.void, outcome: "interrupted", receipt }
  const reason =
    why._tag === "PoolClosing" && how === "unstarted"
      ? new PoolClosed({ state: "closing" })
      : reasonOf(why, crash)
  return {
    exit: failEntry(entry, reason),
    outcome:
      how === "unstarted" && why._tag !== "Handle" && why._tag !== "Signal" ? "rejected" : "interrupted",
    receipt
  }
}

/** Its worker died under it, or had done with it and its reply never came. */
export const fromLoss = (entry: Entry, loss: Reason, millis: number): Settlement => ({
  exit: entry.why !== undefined && isCallers(entry.why) ? Exit.void : failEntry(entry, loss),
  outcome: "lost",
  receipt: entry.why === undefined ? undefined : makeReceipt(entry, "clean", millis)
})

/** The caller left; the body holds its slot until it ends. */
export const abandoned = (entry: Entry): Receipt => makeReceipt(entry, "abandoned", 0)

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

/** Nobody waits for a value any longer. */
type Callers = Extract<Why, { readonly _tag: "Caller" | "Sibling" | "Parent" }>

const isCallers = (why: Why): why is Callers =>
  why._tag === "Caller" || why._tag === "Sibling" || why._tag === "Parent"

/** What is left of an exit for a caller that was interrupted meanwhile. */
export const onlyDefects = (exit: Exit.Exit<any, any>): Exit.Exit<void> => finalizerDefects(exit) ?? Exit.void

/** `reason`: why the signal was aborted, if that is known. */
export const bySignal = (
  reason: DefectData | undefined,
  crash?: { readonly crash: ExitDetail }
): Interrupted =>
  new Interrupted({
    by: "signal",
    ...(reason === undefined ? undefined : { cause: Defect.decode(reason) }),
    ...crash
  })

/** `exit`: how its worker ended meanwhile, by itself. A caller without a receipt hears of it here. */
const reasonOf = (why: Exclude<Why, Callers>, exit?: ExitDetail): Reason => {
  const crash = exit === undefined ? undefined : { crash: exit }
  switch (why._tag) {
    case "Handle":
      return new Interrupted({ by: "handle", ...crash })
    case "Signal":
      return bySignal(why.reason, crash)
    case "PoolClosing":
      return new Interrupted({ by: "pool", ...crash })
    case "Deadline":
      return new DeadlineExceeded({ phase: why.phase, limit: why.limit, ...crash })
    case "Refused":
      // One that stands for the whole pool is told to many.
      return why.reason._tag === "SpawnFailed" || why.reason._tag === "PoolClosed"
        ? ownReason(why.reason)
        : why.reason
  }
}

/** Only an interruption that the caller asked for is interruption (G9): the handler's own is a typed error. */
const handlerInterruption = (entry: Entry, reply: Exit.Exit<any, any>): Exit.Exit<any, any> => {
  if (reply._tag === "Success" || !Cause.hasInterrupts(reply.cause)) return reply
  const others = reply.cause.reasons.filter((reason) => reason._tag !== "Interrupt")
  if (others.some(Cause.isFailReason)) return Exit.failCause(Cause.fromReasons(others))
  const reason = new Interrupted({ by: "handler" })
  const own = withFrames(callSiteOf(entry), () => new TaskError({ task: entry.name, reason }))
  return Exit.failCause(Cause.fromReasons([Cause.makeFailReason(own), ...others]))
}

const dies = (reply: Exit.Exit<any, any>): ReadonlyArray<Cause.Reason<never>> =>
  reply._tag === "Success" ? [] : reply.cause.reasons.filter(Cause.isDieReason)

const finalizerDefects = (reply: Exit.Exit<any, any>): Exit.Exit<never> | undefined => {
  const found = dies(reply)
  return found.length === 0 ? undefined : Exit.failCause(Cause.fromReasons(found))
}

const withDefects = (
  exit: Exit.Exit<never, TaskError>,
  reply: Exit.Exit<any, any>
): Exit.Exit<never, TaskError> =>
  exit._tag === "Failure" ? Exit.failCause(Cause.fromReasons([...exit.cause.reasons, ...dies(reply)])) : exit

const detailsOf = (entry: Entry, millis: number) => ({
  task: entry.name,
  id: entry.id,
  worker: entry.lastWorker,
  millis,
  casualties: entry.ending?.casualties ?? []
})

const makeReceipt = (entry: Entry, tag: Exclude<Receipt["_tag"], "crashed">, millis: number): Receipt => ({
  _tag: tag,
  ...detailsOf(entry, millis)
})

const crashReceipt = (entry: Entry, exit: ExitDetail, millis: number): Receipt => ({
  _tag: "crashed",
  exit,
  ...detailsOf(entry, millis)
})
