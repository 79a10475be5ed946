/**
 * From a caller's fiber to a task: encodes the payload, reads the options, collects the call context.
 *
 * Receives calls from `service.ts`, `handle.ts` and `hostCaller.ts`, hands tasks to `PoolEngine.submit`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { TaskDefinition } from "../../model/definition.ts"
import { checkNeeds } from "../../model/policy.ts"
import { noEnds } from "../../model/ports.ts"
import {
  checkRunOptions,
  forEachOptions,
  own,
  type RunOptions,
  toMillis,
  toPriority
} from "../../model/options.ts"
import { abortReason } from "../../../protocol/values/Defect.ts"
import * as Payload from "../../../protocol/values/Payload.ts"
import type { Extra } from "../../../protocol/messages/Message.ts"
import type { Reason, TaskError } from "../../../TaskError.ts"
import { callSite } from "../tasks/callSite.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"
import { HostTask, type OnSettled, type Pin } from "../tasks/HostTask.ts"
import { armDeadline, armQueue } from "../tasks/limits.ts"
import { portOf } from "../../shared/progress.ts"
import { checkKind, withCredit } from "../../shared/stream/kinds.ts"
import type { TaskPort } from "../../shared/stream/StreamCaller.ts"
import { onlyDefects } from "../../shared/onlyDefects.ts"
import { bySignal, failWith } from "../tasks/outcomes.ts"
import type { CallLimits } from "../dispatch/ServedTask.ts"

/**
 * Makes and submits a task. With `items`, the payload is a list of so many payloads. Returns an exit when the pool cannot
 * take the task, or when the payload neither encodes nor clones; such a task has taken no place in the queue. With `pin`,
 * the task goes to one worker. Throws `InvalidOption` on a bad option.
 */
export const submit = (
  engine: PoolEngine,
  definition: TaskDefinition,
  payload: unknown,
  items: number | undefined,
  given: RunOptions | undefined,
  fiber: Fiber.Fiber<unknown, unknown>,
  onSettled: OnSettled,
  pin?: Pin,
  port?: TaskPort
): HostTask | Exit.Exit<never, TaskError> => {
  const options = own(given)
  if (options !== undefined) checkRunOptions(options, items === undefined ? [] : forEachOptions)
  checkKind(definition, port)
  const hears = portOf(port, options, items, fiber)
  // Check for an aborted signal first: an idle worker would start the task before the task could be withdrawn.
  const refused =
    options?.signal?.aborted === true
      ? bySignal(abortReason(options.signal))
      : (engine.refusal(definition) ?? pin?.refusal?.())
  if (refused !== undefined) {
    engine.lifecycle.refused(outcomeOfRefusal(refused), items)
    return failWith(definition.name, refused, callSite(definition.name, fiber))
  }
  checkNeeds(definition, engine.transport.isProcess)
  const served = engine.servedTasks.of(definition)
  const { codec } = served
  // A full pool refuses the task before its payload moves, so the owner keeps the payload.
  const isFull =
    codec.transferPayload !== undefined && pin === undefined && engine.isFullFor({ served, items })
  const callLimits = options === undefined ? served.callLimits : callLimitsOf(served.callLimits, options)
  let taken: Payload.Taken
  let extra: Extra | undefined
  try {
    extra = withCredit(engine.callContext.of(fiber, callLimits.runLimit !== Infinity), definition)
    // Take the payload last: a moved payload cannot be given back.
    taken = isFull ? nothing : Payload.take(codec, payload, items, engine.transport, engine.channels)
  } catch (error) {
    engine.lifecycle.refused("rejected", items)
    const reason = Payload.refusalOf(definition, items, error, "host")
    if (reason === undefined) throw error
    return failWith(definition.name, reason, callSite(definition.name, fiber))
  }
  const { ends, transfer, wire } = taken
  const task = new HostTask(
    engine.newTaskId(),
    served,
    callLimits,
    wire,
    transfer,
    extra,
    items,
    fiber,
    onSettled,
    hears
  )
  if (ends.length > 0) engine.channels.carry(task.id, ends)
  if (pin !== undefined) task.bind(pin)
  engine.submit(task)
  // A task settled at once needs no limits.
  if (options !== undefined || callLimits.queueLimit !== Infinity) arm(engine, task, options)
  return task
}

const outcomeOfRefusal = ({ _tag }: Reason): "interrupted" | "lost" | "rejected" =>
  _tag === "Interrupted" ? "interrupted" : _tag === "WorkerLost" ? "lost" : "rejected"

/** Stands for the payload of a task which is about to be refused. */
const nothing: Payload.Taken = { wire: undefined, transfer: undefined, ends: noEnds }

const callLimitsOf = (base: CallLimits, options: RunOptions): CallLimits => ({
  priority: options.priority === undefined ? base.priority : toPriority(options.priority),
  grace: options.grace === undefined ? base.grace : toMillis("grace", options.grace),
  runLimit: options.timeout === undefined ? base.runLimit : toMillis("timeout", options.timeout),
  queueLimit:
    options.queueTimeout === undefined ? base.queueLimit : toMillis("queueTimeout", options.queueTimeout),
  deadline: options.deadline === undefined ? base.deadline : toMillis("deadline", options.deadline),
  onInterrupt: options.onInterrupt ?? base.onInterrupt
})

const arm = (engine: PoolEngine, task: HostTask, options: RunOptions | undefined): void => {
  const { deadline, queueLimit } = task.callLimits
  if (task.state === "settled") return
  if (queueLimit !== Infinity) armQueue(engine, task, queueLimit)
  if (deadline !== Infinity) setDeadline(engine, task, deadline)
  if (options?.signal !== undefined) listen(engine, task, options.signal)
}

/** Replaces the deadline: `millis` from now. */
export const setDeadline = (engine: PoolEngine, task: HostTask, millis: number): void =>
  armDeadline(engine, task, millis)

const listen = (engine: PoolEngine, task: HostTask, signal: AbortSignal): void => {
  const onAbort = () => engine.lifecycle.end(task, { _tag: "Signal", reason: abortReason(signal) })
  signal.addEventListener("abort", onAbort, { once: true })
  // S041: a signal may serve a thousand tasks; each removes its own listener.
  task.arm("unlisten", () => signal.removeEventListener("abort", onAbort))
}

// ----------------------------------------------------------------------------
// callers
// ----------------------------------------------------------------------------

/** Resumes a caller's fiber: no fiber per call, no Deferred. The Effect returned by `begin` interrupts the task. */
type Resume = (outcome: Effect.Effect<any, any>) => void

/**
 * Submits a task for a single caller, whose fiber waits in an `Effect.callback` of `resume`. Interrupting the fiber waits for
 * the acknowledgement (G3).
 */
export const begin = (
  engine: PoolEngine,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined,
  resume: Resume,
  pin?: Pin
): Effect.Effect<void> | void => {
  const task = submit(engine, definition, payload, undefined, options, Fiber.getCurrent()!, resume, pin)
  if (!(task instanceof HostTask)) return resume(task)
  return new Cancel(engine, task)
}

/** Runs a task: on the pool, or on one worker with `pin`. */
export const run = (
  engine: PoolEngine,
  definition: TaskDefinition,
  payload: unknown,
  options: RunOptions | undefined,
  pin?: Pin
): Effect.Effect<any, any> => {
  const effect = Effect.callback<any, any>((resume) =>
    begin(engine, definition, payload, options, resume, pin)
  )
  return definition.policy.span ? Effect.withSpan(effect, definition.name, { kind: "client" }) : effect
}

/** `cancel` as an Effect. Each call in a burst of thousands allocates a `Cancel`, so the object has two fields only. */
class Cancel extends Effectable.Class<void> {
  private readonly engine: PoolEngine
  private readonly task: HostTask

  constructor(engine: PoolEngine, task: HostTask) {
    super()
    this.engine = engine
    this.task = task
  }

  override asEffect(): Effect.Effect<void> {
    return cancel(this.engine, this.task)
  }
}

/** Ends the task of an interrupted caller, and waits as the task's `onInterrupt` option says. */
export const cancel = (engine: PoolEngine, task: HostTask): Effect.Effect<void> => {
  if (task.state === "settled") return Effect.void
  return Effect.callback<void>((resume) => {
    // The task may have settled since the check: a fiber can yield between two operations.
    if (task.state === "settled") return resume(Effect.void)
    // The task may end for an earlier reason, such as a limit: an interrupted caller must not see this failure.
    task.answer((exit) => resume(onlyDefects(exit)))
    engine.lifecycle.end(task, { _tag: "Caller" })
  })
}
