/**
 * From a caller's fiber to an entry: encodes the payload, reads the options, collects what crosses with the task.
 *
 * Receives calls from `service.ts`, `forEach.ts` and `handle.ts`, hands entries to `Engine.submit`.
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import * as References from "effect/References"
import type { TaskDefinition } from "../model/definition.ts"
import { checkRunOptions, type RunOptions, toMillis, toPriority } from "../model/options.ts"
import { isPlainClonable } from "../../protocol/Clonable.ts"
import { codecOf } from "../../protocol/Codec.ts"
import type { Extra } from "../../protocol/Message.ts"
import { Interrupted, Malformed, type TaskError } from "../../TaskError.ts"
import type { Engine } from "./Engine.ts"
import { Entry, type Settlement } from "./Entry.ts"
import { failWith, onlyDefects } from "./outcomes.ts"

export interface Submission {
  readonly definition: TaskDefinition
  /** With `items`, the list of payloads. */
  readonly payload: unknown
  readonly items?: number | undefined
  readonly options?: RunOptions | undefined
  readonly fiber: Fiber<unknown, unknown>
  readonly pin?: Entry["pin"]
  readonly onSettled: (settlement: Settlement) => void
}

/**
 * Makes and submits an entry. A task that cannot be taken at all, or whose payload does not encode, is returned
 * as an exit; nothing was submitted then. Throws `InvalidOption` on a bad option.
 */
export const submit = (engine: Engine, submission: Submission): Entry | Exit.Exit<never, TaskError> => {
  const { definition, fiber, items, options, payload } = submission
  if (options !== undefined) checkRunOptions(options, items === undefined ? [] : ["chunkSize", "concurrency"])
  // An aborted signal comes first: an idle worker would have started the task before it could be withdrawn.
  const refused = options?.signal?.aborted === true ? bySignal : engine.refusal(definition)
  if (refused !== undefined) {
    engine.ledger.counts.submitted += items ?? 1
    engine.ledger.counts[refused === bySignal ? "interrupted" : "rejected"] += items ?? 1
    return failWith(definition.name, refused)
  }
  const { policy } = definition
  const codec = codecOf(definition)
  const runLimit = options?.timeout === undefined ? policy.timeout : toMillis("timeout", options.timeout)
  let wire: unknown
  let transfer: Array<Movable> | undefined
  try {
    const encode = codec.host.encodePayload
    wire = items === undefined ? encode(payload) : (payload as ReadonlyArray<unknown>).map(encode)
    transfer = transferOf(codec.transferPayload, payload, items)
  } catch (error) {
    engine.ledger.counts.submitted += items ?? 1
    engine.ledger.counts.rejected += items ?? 1
    if (error instanceof Malformed) return failWith(definition.name, error)
    throw error
  }
  const entry = new Entry({
    id: engine.newTaskId(),
    definition,
    codec,
    measure: engine.measureOf(definition.name),
    payload: wire,
    transfer,
    extra: extraOf(engine, fiber, definition, runLimit !== Infinity),
    items,
    priority: options?.priority === undefined ? policy.priority : toPriority(options.priority),
    grace:
      options?.grace === undefined
        ? (policy.grace ?? engine.settings.grace)
        : toMillis("grace", options.grace),
    runLimit,
    onInterrupt: options?.onInterrupt ?? "wait",
    fiber,
    onSettled: submission.onSettled
  })
  entry.pin = submission.pin
  const queueLimit =
    options?.queueTimeout === undefined ? policy.queueTimeout : toMillis("queueTimeout", options.queueTimeout)
  const deadline = options?.deadline === undefined ? Infinity : toMillis("deadline", options.deadline)
  engine.submit(entry)
  // What was settled at once needs no limits.
  if (entry.state === "settled") return entry
  if (queueLimit !== Infinity) {
    entry.queueTimer = engine.timers.after(queueLimit, () => engine.ledger.expire(entry, "queue", queueLimit))
  }
  if (deadline !== Infinity) setDeadline(engine, entry, deadline)
  if (options?.signal !== undefined) listen(engine, entry, options.signal)
  return entry
}

const bySignal = new Interrupted({ by: "signal" })

/** Replaces the deadline: so many milliseconds from now. */
export const setDeadline = (engine: Engine, entry: Entry, millis: number): void => {
  entry.deadlineTimer?.()
  entry.deadlineTimer = engine.timers.after(millis, () => engine.ledger.expire(entry, "deadline", millis))
}

const listen = (engine: Engine, entry: Entry, signal: AbortSignal): void => {
  const onAbort = () => engine.ledger.end(entry, { _tag: "Signal" })
  signal.addEventListener("abort", onAbort, { once: true })
  // S041: one signal may serve a thousand tasks; none leaves a listener behind.
  entry.unlisten = () => signal.removeEventListener("abort", onAbort)
}

const transferOf = (
  f: ((value: unknown) => Array<Movable>) | undefined,
  payload: unknown,
  items: number | undefined
): Array<Movable> | undefined => {
  if (f === undefined) return undefined
  const list = items === undefined ? f(payload) : Array.from(new Set((payload as Array<unknown>).flatMap(f)))
  return list.length === 0 ? undefined : list
}

// ----------------------------------------------------------------------------
// what crosses with a task
// ----------------------------------------------------------------------------

const noAnnotations = Context.get(Context.empty(), References.CurrentLogAnnotations)
const defaultLogLevel = Context.get(Context.empty(), References.MinimumLogLevel)

const extraOf = (
  engine: Engine,
  fiber: Fiber<unknown, unknown>,
  definition: TaskDefinition,
  announce: boolean
): Extra | undefined => {
  const { minimumLogLevel, span } = fiber.cache
  const annotations = fiber.getRef(References.CurrentLogAnnotations)
  const references = engine.settings.references.length === 0 ? [] : referencesOf(engine, fiber)
  if (
    !announce &&
    definition.module === undefined &&
    span === undefined &&
    minimumLogLevel === defaultLogLevel &&
    annotations === noAnnotations &&
    references.length === 0
  ) {
    return undefined
  }
  return {
    ...(announce ? { announce } : undefined),
    ...(definition.module !== undefined ? { module: definition.module } : undefined),
    ...(span !== undefined ? { trace: [span.traceId, span.spanId, span.sampled] as const } : undefined),
    ...(minimumLogLevel !== defaultLogLevel ? { logLevel: minimumLogLevel } : undefined),
    ...(annotations !== noAnnotations ? { annotations: clonableOnly(annotations) } : undefined),
    ...(references.length > 0 ? { references } : undefined)
  }
}

const referencesOf = (engine: Engine, fiber: Fiber<unknown, unknown>): Array<readonly [string, unknown]> => {
  const found: Array<readonly [string, unknown]> = []
  for (const reference of engine.settings.references) {
    // Set by the caller, not merely a default.
    const value: unknown = fiber.context.mapUnsafe.get(reference.key)
    if (value !== undefined) found.push([reference.key, value])
  }
  return found
}

const clonableOnly = (record: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(record)) {
    if (key !== "__proto__") copy[key] = isPlainClonable(record[key]) ? record[key] : String(record[key])
  }
  return copy
}

// ----------------------------------------------------------------------------
// callers
// ----------------------------------------------------------------------------

/** One task for one caller: no fiber, no Deferred; interrupting it waits for the acknowledgement (G3). */
export const run = (
  engine: Engine,
  definition: TaskDefinition,
  payload: unknown,
  options?: RunOptions
): Effect.Effect<any, any> =>
  Effect.withFiber((fiber) =>
    Effect.callback<any, any>((resume) => {
      const entry = submit(engine, {
        definition,
        payload,
        options,
        fiber,
        onSettled: (settlement) => resume(settlement.exit)
      })
      if (!(entry instanceof Entry)) return resume(entry)
      return Effect.suspend(() => cancel(engine, entry))
    })
  )

/** The caller was interrupted: ends the entry, and waits as its option says. */
export const cancel = (engine: Engine, entry: Entry): Effect.Effect<void> => {
  if (entry.state === "settled") return Effect.void
  return Effect.callback<void>((resume) => {
    // It may have settled since the check: a fiber can yield between two operations.
    if (entry.state === "settled") return resume(Effect.void)
    // It may end for another reason that came first, a limit say: that is no failure of an interrupted caller.
    entry.onSettled = (settlement) => resume(onlyDefects(settlement.exit))
    engine.ledger.end(entry, { _tag: "Caller" })
  })
}
