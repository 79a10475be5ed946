/**
 * From a caller's fiber to an entry: encodes the payload, reads the options, collects what crosses with the task.
 *
 * Receives calls from `service.ts`, `forEach.ts` and `handle.ts`, hands entries to `Engine.submit`.
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { TaskDefinition } from "../model/definition.ts"
import { checkNeeds } from "../model/policy.ts"
import { checkRunOptions, forEachOptions, type RunOptions, toMillis, toPriority } from "../model/options.ts"
import * as Payload from "../../protocol/Payload.ts"
import { Interrupted, Malformed, type TaskError } from "../../TaskError.ts"
import type { Engine } from "./Engine.ts"
import { Entry, type OnSettled } from "./Entry.ts"
import { armDeadline, armQueue } from "./limits.ts"
import { failWith, onlyDefects } from "./outcomes.ts"
import type { Terms } from "./Route.ts"

/**
 * Makes and submits an entry. With `items`, the payload is a list of so many payloads. A task that cannot be taken at
 * all, or whose payload does not encode, is returned as an exit; nothing was submitted then. Throws `InvalidOption` on
 * a bad option.
 */
export const submit = (
  engine: Engine,
  definition: TaskDefinition,
  payload: unknown,
  items: number | undefined,
  options: RunOptions | undefined,
  fiber: Fiber.Fiber<unknown, unknown>,
  onSettled: OnSettled,
  pin?: Entry["pin"]
): Entry | Exit.Exit<never, TaskError> => {
  if (options !== undefined) checkRunOptions(options, items === undefined ? [] : forEachOptions)
  // An aborted signal comes first: an idle worker would have started the task before it could be withdrawn.
  const refused = options?.signal?.aborted === true ? bySignal : engine.refusal(definition)
  if (refused !== undefined) {
    countRefused(engine, refused === bySignal ? "interrupted" : "rejected", items)
    return failWith(definition.name, refused)
  }
  checkNeeds(definition, engine.transport.isProcess)
  const route = engine.routes.of(definition)
  const { codec } = route
  let wire: unknown
  let transfer: Array<Movable> | undefined
  try {
    wire = Payload.encode(codec, payload, items)
    transfer = Payload.transferOf(codec, payload, items)
  } catch (error) {
    countRefused(engine, "rejected", items)
    if (error instanceof Malformed) return failWith(definition.name, error)
    throw error
  }
  const terms = options === undefined ? route.terms : termsOf(route.terms, options)
  const extra = engine.crossing.of(fiber, terms.runLimit !== Infinity)
  const entry = new Entry(engine.newTaskId(), route, terms, wire, transfer, extra, items, fiber, onSettled)
  entry.pin = pin
  engine.submit(entry)
  // What was settled at once needs no limits.
  if (options !== undefined || terms.queueLimit !== Infinity) arm(engine, entry, options)
  return entry
}

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

const bySignal = new Interrupted({ by: "signal" })

/** Replaces the deadline: so many milliseconds from now. */
export const setDeadline = (engine: Engine, entry: Entry, millis: number): void =>
  armDeadline(engine, entry, millis)

const listen = (engine: Engine, entry: Entry, signal: AbortSignal): void => {
  const onAbort = () => engine.ledger.end(entry, { _tag: "Signal" })
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
