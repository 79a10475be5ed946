/**
 * From a caller's fiber to an entry: encodes the payload, reads the options, collects what crosses with the task.
 *
 * Receives calls from `service.ts`, `forEach.ts` and `handle.ts`, hands entries to `Engine.submit`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { TaskDefinition } from "../model/definition.ts"
import { checkNeeds } from "../model/policy.ts"
import {
  checkRunOptions,
  forEachOptions,
  own,
  type RunOptions,
  toMillis,
  toPriority
} from "../model/options.ts"
import { abortReason } from "../../protocol/Defect.ts"
import * as Payload from "../../protocol/Payload.ts"
import type { Extra } from "../../protocol/Message.ts"
import type { TaskError } from "../../TaskError.ts"
import { callSite } from "./callSite.ts"
import type { Engine } from "./Engine.ts"
import { Entry, type OnSettled } from "./Entry.ts"
import { armDeadline, armQueue } from "./limits.ts"
import { bySignal, failWith, onlyDefects } from "./outcomes.ts"
import type { Terms } from "./Route.ts"

/**
 * Makes and submits an entry. With `items`, the payload is a list of so many payloads. A task that cannot be taken at
 * all, or whose payload neither encodes nor clones, is returned as an exit; it has taken no place in the queue then. Throws `InvalidOption` on
 * a bad option.
 */
export const submit = (
  engine: Engine,
  definition: TaskDefinition,
  payload: unknown,
  items: number | undefined,
  given: RunOptions | undefined,
  fiber: Fiber.Fiber<unknown, unknown>,
  onSettled: OnSettled,
  pin?: Entry["pin"]
): Entry | Exit.Exit<never, TaskError> => {
  const options = own(given)
  if (options !== undefined) checkRunOptions(options, items === undefined ? [] : forEachOptions)
  // An aborted signal comes first: an idle worker would have started the task before it could be withdrawn.
  const refused =
    options?.signal?.aborted === true ? bySignal(abortReason(options.signal)) : engine.refusal(definition)
  if (refused !== undefined) {
    countRefused(engine, refused._tag === "Interrupted" ? "interrupted" : "rejected", items)
    return failWith(definition.name, refused, callSite(definition.name, fiber))
  }
  checkNeeds(definition, engine.transport.isProcess)
  const route = engine.routes.of(definition)
  const { codec } = route
  // A full pool refuses the task before its payload moves: its owner keeps what was not taken.
  const isFull =
    codec.transferPayload !== undefined && pin === undefined && engine.isFullFor({ route, items })
  const terms = options === undefined ? route.terms : termsOf(route.terms, options)
  let taken: Payload.Taken
  let extra: Extra | undefined
  try {
    extra = engine.crossing.of(fiber, terms.runLimit !== Infinity)
    // Last, since a payload that has moved cannot be given back.
    taken = isFull ? nothing : Payload.take(codec, payload, items, engine.transport)
  } catch (error) {
    countRefused(engine, "rejected", items)
    const reason = Payload.refusalOf(definition, items, error, "host")
    if (reason === undefined) throw error
    return failWith(definition.name, reason, callSite(definition.name, fiber))
  }
  const { transfer, wire } = taken
  const entry = new Entry(engine.newTaskId(), route, terms, wire, transfer, extra, items, fiber, onSettled)
  entry.pin = pin
  engine.submit(entry)
  // What was settled at once needs no limits.
  if (options !== undefined || terms.queueLimit !== Infinity) arm(engine, entry, options)
  return entry
}

/** Of a task that is about to be refused. */
const nothing: Payload.Taken = { wire: undefined, transfer: undefined }

const countRefused = (
  engine: Engine,
  outcome: "interrupted" | "rejected",
  items: number | undefined
): void => {
  engine.ledger.counts.submitted += items ?? 1
  engine.ledger.counts[outcome] += items ?? 1
}

const termsOf = (base: Terms, options: RunOptions): Terms => ({
  priority: options.priority === undefined ? base.priority : toPriority(options.priority),
  grace: options.grace === undefined ? base.grace : toMillis("grace", options.grace),
  runLimit: options.timeout === undefined ? base.runLimit : toMillis("timeout", options.timeout),
  queueLimit:
    options.queueTimeout === undefined ? base.queueLimit : toMillis("queueTimeout", options.queueTimeout),
  deadline: options.deadline === undefined ? base.deadline : toMillis("deadline", options.deadline),
  onInterrupt: options.onInterrupt ?? base.onInterrupt
})

const arm = (engine: Engine, entry: Entry, options: RunOptions | undefined): void => {
  const { deadline, queueLimit } = entry.terms
  if (entry.state === "settled") return
  if (queueLimit !== Infinity) armQueue(engine, entry, queueLimit)
  if (deadline !== Infinity) setDeadline(engine, entry, deadline)
  if (options?.signal !== undefined) listen(engine, entry, options.signal)
}

/** Replaces the deadline: so many milliseconds from now. */
export const setDeadline = (engine: Engine, entry: Entry, millis: number): void =>
  armDeadline(engine, entry, millis)

const listen = (engine: Engine, entry: Entry, signal: AbortSignal): void => {
  const onAbort = () => engine.ledger.end(entry, { _tag: "Signal", reason: abortReason(signal) })
  signal.addEventListener("abort", onAbort, { once: true })
  // S041: one signal may serve a thousand tasks; none leaves a listener behind.
  entry.arm("unlisten", () => signal.removeEventListener("abort", onAbort))
}

// ----------------------------------------------------------------------------
// callers
// ----------------------------------------------------------------------------

/** Where a caller's fiber waits: no fiber of its own, no Deferred. What is returned interrupts the task. */
type Resume = (outcome: Effect.Effect<any, any>) => void

/**
 * One task for one caller, whose fiber waits in an `Effect.callback` of `resume`; interrupting it waits for the
 * acknowledgement (G3).
 */
export const begin = (
  engine: Engine,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined,
  resume: Resume
): Effect.Effect<void> | void => {
  const entry = submit(engine, definition, payload, undefined, options, Fiber.getCurrent()!, resume)
  if (!(entry instanceof Entry)) return resume(entry)
  return new Cancel(engine, entry)
}

/** `cancel` as an Effect: one object of two fields, since each call in a burst of thousands has one. */
class Cancel extends Effectable.Class<void> {
  private readonly engine: Engine
  private readonly entry: Entry

  constructor(engine: Engine, entry: Entry) {
    super()
    this.engine = engine
    this.entry = entry
  }

  override asEffect(): Effect.Effect<void> {
    return cancel(this.engine, this.entry)
  }
}

/** The caller was interrupted: ends the entry, and waits as its option says. */
export const cancel = (engine: Engine, entry: Entry): Effect.Effect<void> => {
  if (entry.state === "settled") return Effect.void
  return Effect.callback<void>((resume) => {
    // It may have settled since the check: a fiber can yield between two operations.
    if (entry.state === "settled") return resume(Effect.void)
    // It may end for another reason that came first, a limit say: that is no failure of an interrupted caller.
    entry.onSettled = (exit) => resume(onlyDefects(exit))
    engine.ledger.end(entry, { _tag: "Caller" })
  })
}
