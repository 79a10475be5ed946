/**
 * The nested calls of a worker's tasks: each call becomes a task, whose outcome returns to the worker.
 *
 * Receives calls from `HostWorker`, hands tasks to the pool's admission. Upholds the bound on nesting.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import {
  type CallData,
  type CallEnd,
  forwardReceipt,
  type ReturnData
} from "../../../protocol/messages/Call.ts"
import * as CauseCodec from "../../../protocol/values/CauseCodec.ts"
import * as Defect from "../../../protocol/values/Defect.ts"
import type { DefectData } from "../../../protocol/values/Defect.ts"
import * as Message from "../../../protocol/messages/Message.ts"
import { Deadlocked, NotSerializable, PoolClosed, type Reason, TooDeep } from "../../../TaskError.ts"
import type { Unclonable } from "../../../protocol/values/Clonable.ts"
import { defaults } from "../../model/defaults.ts"
import { attempt } from "../../model/foreign.ts"
import type { TaskDefinition } from "../../model/definition.ts"
import type { TaskId } from "../../model/ids.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { Outcome, Receipt } from "../../model/outcome.ts"
import type { PoolSnapshot } from "../../model/pool.ts"
import { HostTask, type Pin, type Why } from "../tasks/HostTask.ts"
import * as Family from "../tasks/family.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import { armDeadline, armQueue } from "../tasks/limits.ts"
import { failWith } from "../tasks/outcomes.ts"
import { Relay } from "./Relay.ts"
import type { ServedTasks, CallLimits } from "../dispatch/ServedTask.ts"
import type { Timers } from "../../shared/Timers.ts"

/** A service as its calls see it. */
export interface ServicePin extends Pin {
  /** Returns why a method cannot be called by a task. */
  readonly refusalOf: (task: string, parent: HostTask) => Reason | undefined
}

/** The admission of a pool. */
export interface Admission {
  readonly newTaskId: () => TaskId
  /** Returns why a task cannot be taken. Running tasks of a draining pool may still call tasks. */
  readonly refusal: (task: Pick<TaskDefinition, "name" | "module">, nested: boolean) => Reason | undefined
  readonly submit: (task: HostTask) => void
  /** Returns the pin of a service's calls. An unknown service is a closed one. */
  readonly serviceOf: (service: number, method: string) => ServicePin
  readonly snapshot: () => PoolSnapshot
}

/** The parts of a pool used by nested calls. */
export interface NestedTasksOptions {
  readonly admission: Admission
  readonly settings: PoolSettings
  readonly lifecycle: TaskLifecycle
  readonly servedTasks: ServedTasks
  readonly timers: Timers
}

export class NestedTasks {
  private readonly options: NestedTasksOptions
  /** Sends a message of a call to the worker. */
  private readonly say: (call: number, push: (frame: Message.Frame) => void) => void
  /** A call has become a task, or was refused. */
  private readonly onCalled: (call: number, task: HostTask | undefined) => void
  /** Open calls by the worker's own number. Invariant: each was submitted, and its outcome is not yet on its way back. */
  private readonly open = new Map<number, HostTask>()

  constructor(
    options: NestedTasksOptions,
    say: NestedTasks["say"],
    onCalled: NestedTasks["onCalled"] = () => {}
  ) {
    this.options = options
    this.say = say
    this.onCalled = onCalled
  }

  /** Submits a call. `parent` is `undefined` when the calling task has ended meanwhile. */
  call(number: number, parent: HostTask | undefined, payload: unknown, data: CallData): void {
    if (this.open.has(number)) throw new Message.Violation("a call has the number of another one")
    const { admission, lifecycle } = this.options
    const pin = data.service === undefined ? undefined : admission.serviceOf(data.service, data.name)
    const refused = parent === undefined ? ended() : this.refusal(parent, payload, data, pin)
    if (parent === undefined || refused !== undefined) {
      lifecycle.refused("rejected", data.items)
      this.onCalled(number, undefined)
      return this.returns(number, failWith(data.name, refused!), "rejected", undefined, Infinity)
    }
    const task = this.taskOf(number, parent, payload, data)
    this.open.set(number, task)
    this.onCalled(number, task)
    Family.adopt(parent, task, data.interruptible)
    if (pin !== undefined) task.bind(pin)
    if (data.forked) this.say(number, (frame) => Message.pushAccepted(frame, number, task.id))
    else lifecycle.awaits(task)
    admission.submit(task)
    this.arm(task)
  }

  private refusal(
    parent: HostTask,
    payload: unknown,
    data: CallData,
    pin: ServicePin | undefined
  ): Reason | undefined {
    if (Family.depthOf(parent) >= defaults.taskDepth) {
      const chain = [...Family.chainOf(parent), data.name]
      // A task calling itself with an equal payload would recurse for ever; recursion with a changed payload makes progress.
      const same = Family.findCaller(
        parent,
        (caller) => caller.name === data.name && attempt(() => Equal.equals(caller.payload, payload), false)
      )
      if (same !== undefined) return new Deadlocked({ cycle: chain.slice(Family.depthOf(same)) })
      return new TooDeep({ what: "tasks", limit: defaults.taskDepth, chain })
    }
    return this.options.admission.refusal(data, true) ?? pin?.refusalOf(data.name, parent)
  }

  private taskOf(number: number, parent: HostTask, payload: unknown, data: CallData): HostTask {
    const { admission, servedTasks, settings } = this.options
    const served = servedTasks.ofCall(data)
    const callLimits: CallLimits = {
      priority: data.priority,
      grace: data.grace ?? settings.grace,
      runLimit: data.runLimit,
      queueLimit: data.queueLimit,
      deadline: data.deadline,
      onInterrupt: data.onInterrupt
    }
    const onSettled = (exit: Exit.Exit<unknown, unknown>, outcome: Outcome, receipt: Receipt | undefined) =>
      this.returns(number, exit, outcome, receipt, served.measure.estimate)
    const transfer = data.transfer === undefined ? undefined : [...data.transfer]
    const extra = extraOf(data)
    // A forked call may be watched later.
    const isHeard = data.credit !== undefined || data.watched || data.forked
    const port = isHeard ? new Relay(number, data, this.say) : undefined
    // The stack of a defect ends with the caller of the outermost task.
    const { fiber } = parent
    const { items } = data
    return new HostTask(
      admission.newTaskId(),
      served,
      callLimits,
      payload,
      transfer,
      extra,
      items,
      fiber,
      onSettled,
      port
    )
  }

  private arm(task: HostTask): void {
    const { deadline, queueLimit } = task.callLimits
    if (task.state === "settled") return
    if (queueLimit !== Infinity) armQueue(this.options, task, queueLimit)
    if (deadline !== Infinity) armDeadline(this.options, task, deadline)
  }

  /** The handler now waits for a call which it had only forked. */
  await(number: number): void {
    const task = this.open.get(number)
    if (task !== undefined) this.options.lifecycle.awaits(task)
  }

  /** The caller of a streaming task can take so many more elements. */
  credit(number: number, count: number): void {
    this.relayed(number, (relay, task) => relay.granted(task, count))
  }

  /** Elements of the caller's stream. */
  input(number: number, elements: ArrayLike<unknown>): void {
    this.relayed(number, (relay, task) => relay.input(task, elements))
  }

  watch(number: number): void {
    this.relayed(number, (relay, task) => relay.watched(task))
  }

  inputEnd(number: number): void {
    this.relayed(number, (relay, task) => relay.inputEnd(task))
  }

  /** Does nothing for an ended call, whose outcome is on its way. */
  private relayed(number: number, act: (relay: Relay, task: HostTask) => void): void {
    const task = this.open.get(number)
    if (task === undefined) return
    if (!(task.port instanceof Relay)) throw new Message.Violation("a call does not stream")
    act(task.port, task)
  }

  redeadline(number: number, millis: number): void {
    const task = this.open.get(number)
    if (task !== undefined) armDeadline(this.options, task, millis)
  }

  /** Sends a snapshot of the pool to a handler. */
  snapshot(number: number): void {
    const snapshot = this.options.admission.snapshot()
    this.say(number, (frame) => Message.pushSnapshot(frame, number, snapshot))
  }

  /** Ends a call. Does nothing for an ended call, whose outcome is on its way. */
  end(number: number, by: CallEnd, reason: DefectData | undefined): void {
    const task = this.open.get(number)
    if (task === undefined) return
    // Rebuild the reason here before sending it to another worker, so that a forged reason is a violation of the sending
    // worker.
    const safe = reason === undefined ? undefined : Defect.encode(Defect.decode(reason))
    this.options.lifecycle.end(task, by === "signal" ? { _tag: "Signal", reason: safe } : whys[by])
  }

  /** Fails a call whose result could not be cloned. */
  refused(number: number, { detail, path }: Unclonable): void {
    const reason = new NotSerializable({ side: "host", what: "reply", path, detail })
    this.returns(number, failWith("", reason), "failed", undefined, Infinity)
  }

  private returns(
    number: number,
    exit: Exit.Exit<unknown, unknown>,
    outcome: Outcome,
    receipt: Receipt | undefined,
    estimate: number
  ): void {
    this.open.delete(number)
    const how = exit._tag === "Failure" ? "failed" : outcome === "succeeded" ? "succeeded" : "ended"
    const returned: ReturnData = {
      how,
      value: exit._tag === "Success" ? exit.value : undefined,
      cause: exit._tag === "Failure" ? CauseCodec.forward(exit.cause) : [],
      receipt: forwardReceipt(receipt),
      estimate
    }
    this.say(number, (frame) => Message.pushReturned(frame, number, returned))
  }
}

const ended = (): PoolClosed => new PoolClosed({ state: "closed" })

const whys: Record<Exclude<CallEnd, "signal">, Why> = {
  caller: { _tag: "Caller" },
  sibling: { _tag: "Sibling" },
  handle: { _tag: "Handle" }
}

/** Overrides the fields which the host decides: whether and in which slot the task starts at once, the announcement of the start, the credit, who hears the progress. */
const extraOf = ({ credit, extra, runLimit }: CallData): Message.Extra | undefined => {
  const announce = runLimit !== Infinity
  const streams = credit === undefined ? undefined : { credit }
  if (extra === undefined) return announce || streams !== undefined ? { announce, ...streams } : undefined
  const { credit: _, watched: __, ...rest } = extra
  return { ...rest, announce, lent: false, startsNow: false, ...streams }
}
