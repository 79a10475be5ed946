/**
 * Calls made by the tasks of this worker: from a handler's fiber to a message, and from the host's answer to an exit.
 *
 * Receives calls from `nestedPool.ts`, hands messages to the `Runner`. The host answers each call once.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import {
  type CallData,
  type CallEnd,
  receiveReceipt,
  type ReturnData
} from "../../../protocol/messages/Call.ts"
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import * as Capture from "../../../protocol/values/Capture.ts"
import type { Unclonable } from "../../../protocol/values/Clonable.ts"
import { codecOf } from "../../../protocol/values/Codec.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import * as Packed from "../../../protocol/values/Packed.ts"
import * as Payload from "../../../protocol/values/Payload.ts"
import {
  Deadlocked,
  Interrupted,
  Malformed,
  NotSerializable,
  PoolClosed,
  type Reason,
  TaskError
} from "../../../TaskError.ts"
import { extraOf } from "../../shared/callContext.ts"
import { onlyDefects } from "../../shared/onlyDefects.ts"
import { portOf } from "../../shared/progress.ts"
import { checkKind } from "../../shared/stream/kinds.ts"
import type { TaskPort } from "../../shared/stream/StreamCaller.ts"
import { chunkSize } from "../../model/chunking.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import { isInstance } from "../../model/foreign.ts"
import { CurrentHandler } from "../../model/handler.ts"
import type { Movable } from "../../model/movable.ts"
import {
  checkRunOptions,
  forEachOptions,
  own,
  type RunOptions,
  toMillis,
  toPriority
} from "../../model/options.ts"
import { argumentPath } from "../../model/module.ts"
import type { PoolSnapshot } from "../../model/pool.ts"
import { checkNeeds } from "../../model/policy.ts"
import { withPorts } from "../../model/ports.ts"
import type { Receipt } from "../../model/outcome.ts"
import { withFrames } from "../../model/stacks.ts"
import type { RunnerEndpoint } from "../../../RunnerEndpoint.ts"
import { Job } from "../Job.ts"

/** How a call ended. */
export interface Returned {
  readonly exit: Exit.Exit<any, any>
  readonly how: ReturnData["how"]
  readonly receipt: Receipt | undefined
}

/** A call not answered by the host yet. */
export interface OpenCall {
  readonly number: number
  readonly job: Job
  readonly definition: TaskDefinition
  readonly items: number | undefined
  onReturned: (returned: Returned) => void
  readonly onAccepted: ((id: number) => void) | undefined
  readonly port: TaskPort | undefined
  unlisten: (() => void) | undefined
}

export interface CallRequest {
  readonly definition: TaskDefinition
  readonly payload: unknown
  readonly items?: number | undefined
  readonly options: RunOptions | undefined
  readonly onReturned: (returned: Returned) => void
  /** Hears the elements and the progress of the task. */
  readonly port?: TaskPort | undefined
  /** The number of the service whose method is called. */
  readonly service?: number | undefined
  /** Given for a forked call, whose caller does not wait for the result. */
  readonly onAccepted?: ((id: number) => void) | undefined
}

/** Queues a message for the host. A message with a transfer list is posted at once, alone. */
export type Say = (call: number, push: (frame: Message.Frame) => void, transfer?: Array<Movable>) => void

/** The part of a `RunnerEndpoint` used by calls. */
type Endpoint = Pick<RunnerEndpoint["Service"], "start" | "isProcess" | "isExotic">

export class NestedCalls {
  private readonly say: Say
  private readonly open = new Map<number, OpenCall>()
  /** The callers waiting for a snapshot of the pool. */
  private readonly viewers = new Map<number, (snapshot: PoolSnapshot) => void>()
  private readonly estimates = new WeakMap<TaskDefinition, number>()
  private next = 1
  /** Whether the layer is built, so that the host may send tasks. */
  isServing = false

  private readonly endpoint: Endpoint

  /** What the transport adds to a capture. */
  get platform(): Capture.Platform {
    return this.endpoint
  }

  constructor(say: Say, endpoint: Endpoint) {
    this.say = say
    this.endpoint = endpoint
  }

  // --------------------------------------------------------------------------
  // to the host
  // --------------------------------------------------------------------------

  /**
   * Posts a call for the task of the given fiber. Returns an exit if the call cannot be posted. Throws `InvalidOption`
   * on a bad option.
   */
  start(fiber: Fiber<unknown, unknown>, request: CallRequest): OpenCall | Exit.Exit<never, TaskError> {
    const { definition, items, onAccepted, onReturned, payload, port, service } = request
    const options = own(request.options)
    if (options !== undefined) checkRunOptions(options, items === undefined ? [] : forEachOptions)
    checkKind(definition, port)
    const hears = portOf(port, options, items, fiber)
    checkNeeds(definition, this.endpoint.isProcess)
    const job = this.jobOf(fiber)
    if (!(job instanceof Job)) return failWith(definition.name, job)
    if (options?.signal?.aborted === true) return failWith(definition.name, bySignal(options.signal))
    const codec = codecOf(definition)
    let taken: Payload.Taken
    let extra: Message.Extra | undefined
    try {
      extra = extraOfCall(fiber, job, this.endpoint)
      const ports = codec.needsPorts.payload ? job.ports : undefined
      taken = Payload.take(codec, payload, items, this.endpoint, ports)
    } catch (error) {
      const reason = Payload.refusalOf(definition, items, error, "worker")
      if (reason === undefined) throw error
      return failWith(definition.name, reason)
    }
    const { ends, transfer, wire } = taken
    const number = this.next++
    const call: OpenCall = {
      number,
      job,
      definition,
      items,
      onReturned,
      onAccepted,
      port: hears,
      unlisten: undefined
    }
    this.open.set(number, call)
    const { policy } = definition
    const data: CallData = {
      name: definition.name,
      module: definition.module,
      idempotent: policy.idempotent,
      items,
      priority: options?.priority === undefined ? policy.priority : toPriority(options.priority),
      grace: options?.grace === undefined ? policy.grace : toMillis("grace", options.grace),
      runLimit: options?.timeout === undefined ? policy.timeout : toMillis("timeout", options.timeout),
      queueLimit:
        options?.queueTimeout === undefined
          ? policy.queueTimeout
          : toMillis("queueTimeout", options.queueTimeout),
      deadline: options?.deadline === undefined ? Infinity : toMillis("deadline", options.deadline),
      onInterrupt: options?.onInterrupt ?? "wait",
      transfer,
      extra,
      forked: onAccepted !== undefined,
      interruptible: isInterruptible(fiber),
      credit: definition.stream?.buffer,
      watched: hears?.isWatched === true,
      ...(service === undefined ? undefined : { service })
    }
    if (ends.length > 0) job.ports?.depart(ends, number)
    this.say(number, (frame) => Message.pushCall(frame, number, job.ref, wire, data), transfer)
    if (options?.signal !== undefined) this.listen(call, options.signal)
    return call
  }

  /** Returns the task of a fiber, or the reason why the fiber can call nothing. */
  private jobOf(fiber: Fiber<unknown, unknown>): Job | Reason {
    const job = fiber.getRef(CurrentHandler)
    if (job instanceof Job && !job.isOver) return job
    if (!this.isServing) return whileBuilding()
    return new PoolClosed({ state: "closed" })
  }

  private listen(call: OpenCall, signal: AbortSignal): void {
    const onAbort = () => this.tellEnd(call, "signal", Defect.abortReason(signal))
    signal.addEventListener("abort", onAbort, { once: true })
    call.unlisten = () => signal.removeEventListener("abort", onAbort)
  }

  /** Asks the host to end a call; the answer to the call is the acknowledgement. */
  tellEnd(call: OpenCall, by: CallEnd, reason?: Defect.DefectData): void {
    if (this.open.has(call.number))
      this.say(call.number, (frame) => Message.pushEndCall(frame, call.number, by, reason))
  }

  /** Interrupts the call of an interrupted fiber, and completes when the call has ended. */
  cancel(call: OpenCall): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (!this.open.has(call.number)) return resume(Effect.void)
      call.onReturned = ({ exit }) => resume(onlyDefects(exit))
      this.tellEnd(call, "caller")
    })
  }

  /** Ends a call whose sibling has failed: nobody waits for its value, only for its end and its defects. */
  endAsSibling(call: OpenCall): void {
    const { onReturned } = call
    call.onReturned = (returned) => onReturned({ ...returned, exit: onlyDefects(returned.exit) })
    this.tellEnd(call, "sibling")
  }

  /** Sends a message about an open call. */
  tell(call: OpenCall, push: (frame: Message.Frame) => void, transfer?: Array<Movable>): void {
    if (this.open.has(call.number)) this.say(call.number, push, transfer)
  }

  tellAwait(call: OpenCall): void {
    if (this.open.has(call.number)) this.say(call.number, (frame) => Message.pushAwait(frame, call.number))
  }

  tellDeadline(call: OpenCall, millis: number): void {
    if (this.open.has(call.number))
      this.say(call.number, (frame) => Message.pushRedeadline(frame, call.number, millis))
  }

  /**
   * The host's snapshot of the pool. Fails while the layer is built, because the worker receives no messages before.
   */
  readonly snapshot: Effect.Effect<PoolSnapshot> = Effect.callback((resume) => {
    if (!this.isServing) return resume(Effect.die(new TaskError({ nested: true, reason: whileBuilding() })))
    const number = this.next++
    this.viewers.set(number, (snapshot) => resume(Effect.succeed(snapshot)))
    this.say(number, (frame) => Message.pushAskSnapshot(frame, number))
    return Effect.sync(() => this.viewers.delete(number))
  })

  // --------------------------------------------------------------------------
  // from the host
  // --------------------------------------------------------------------------

  onSnapshot(number: number, snapshot: PoolSnapshot): void {
    this.viewers.get(number)?.(snapshot)
    this.viewers.delete(number)
  }

  accepted(number: number, id: number): void {
    this.open.get(number)?.onAccepted?.(id)
  }

  emitted(number: number, elements: ArrayLike<unknown>): void {
    this.open.get(number)?.port?.emitted(elements)
  }

  demanded(number: number, count: number): void {
    this.open.get(number)?.port?.demanded(count)
  }

  progressed(number: number, done: number, total: number | undefined, note: string | undefined): void {
    this.open.get(number)?.port?.progressed(done, total, note)
  }

  returned(number: number, { cause, estimate, how, receipt, value }: ReturnData): void {
    const call = this.open.get(number)
    if (call === undefined) return
    this.estimates.set(call.definition, estimate)
    const decode = () =>
      how === "succeeded"
        ? succeed(call, value)
        : how === "failed"
          ? fail(call, cause)
          : Exit.failCause(Cause.interrupt())
    const exit = codecOf(call.definition).needsPorts.reply ? withPorts(call.job.ports, decode) : decode()
    this.close(call, { exit, how, receipt: receiveReceipt(receipt) })
  }

  /** Fails a call whose payload could not be cloned, so that the call never reached the host. */
  refused(number: number, { detail, path }: Unclonable): void {
    const call = this.open.get(number)
    if (call === undefined) return
    const where = argumentPath(call.definition.module, path)
    const reason = new NotSerializable({ side: "worker", what: "payload", path: where, detail })
    const exit = failWith(call.definition.name, reason)
    this.close(call, { exit, how: "failed", receipt: undefined })
  }

  /** Returns a function that captures the inputs of a `forEach` as they are drawn. */
  drawing(definition: TaskDefinition): Payload.Draw {
    return Payload.drawing(codecOf(definition), this.endpoint, undefined)
  }

  /** Returns how many inputs take about `chunkMillis`, by the host's measurement; at most `most`. */
  chunkSize(definition: TaskDefinition, most: number): number {
    const estimate = this.estimates.get(definition) ?? Infinity
    return chunkSize(estimate, most)
  }

  private close(call: OpenCall, returned: Returned): void {
    this.open.delete(call.number)
    call.unlisten?.()
    call.onReturned(returned)
  }
}

const layerName = "the worker's layer"

/** The pool waits for this worker, so this worker cannot wait for the pool. */
const whileBuilding = (): Deadlocked => new Deadlocked({ cycle: [layerName, "the pool", layerName] })

const failWith = (task: string, reason: Reason): Exit.Exit<never, TaskError> =>
  Exit.fail(
    withFrames(
      () => below(task),
      () => new TaskError({ task, nested: true, reason })
    )
  )

const below = (task: string): string => `    at ${task} (called by a task)`

const bySignal = (signal: AbortSignal): Interrupted =>
  new Interrupted({ by: "signal", cause: Defect.decode(Defect.abortReason(signal)) })

/** Rewrites the side: codecs call the caller's side the host, and this caller is a worker. */
const inWorker = ({ detail, path, what }: Malformed): Malformed =>
  new Malformed({ side: "worker", what, path, detail })

const succeed = ({ definition, items }: OpenCall, value: unknown): Exit.Exit<unknown, unknown> => {
  const decode = codecOf(definition).host.decodeSuccess
  try {
    return Exit.succeed(
      items === undefined ? decode(value) : Packed.mapAll(value as ReadonlyArray<unknown>, decode)
    )
  } catch (error) {
    return malformed(definition, error)
  }
}

const fail = ({ definition }: OpenCall, cause: Message.CauseData): Exit.Exit<never, unknown> => {
  const { name } = definition
  try {
    return Exit.failCause(CauseCodec.decode(cause, name, codecOf(definition), below(name), true))
  } catch (error) {
    return malformed(definition, error)
  }
}

const malformed = ({ name }: TaskDefinition, error: unknown): Exit.Exit<never, unknown> =>
  isInstance(error, Malformed) ? failWith(name, inWorker(error)) : Exit.die(error)

/**
 * Forwards the references received with the task, because the worker does not know which references the host
 * propagates.
 */
const extraOfCall = (
  fiber: Fiber<unknown, unknown>,
  job: Job,
  platform: Capture.Platform
): Message.Extra | undefined => {
  const fresh = extraOf({ references: [], platform }, fiber, false)
  const references = job.extra?.references
  if (references === undefined) return fresh
  return { ...fresh, references: Capture.capture(references, platform) as typeof references }
}

/**
 * Whether the fiber can be interrupted right now. The field is not part of a fiber's interface; where missing, the host
 * interrupts through the fiber alone, at the price of one more message.
 */
const isInterruptible = (fiber: Fiber<unknown, unknown>): boolean =>
  (fiber as { readonly interruptible?: unknown }).interruptible === true
