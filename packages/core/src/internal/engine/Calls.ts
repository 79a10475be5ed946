/**
 * What the tasks of one worker have called: each call becomes an entry, and its outcome goes back to that worker.
 *
 * Receives calls from `HostWorker`, hands entries to the pool's admission. Upholds the bound on how deep tasks are nested.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import type * as Exit from "effect/Exit"
import { type CallData, type CallEnd, forwardReceipt, type ReturnData } from "../../protocol/Call.ts"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Defect from "../../protocol/Defect.ts"
import type { DefectData } from "../../protocol/Defect.ts"
import * as Message from "../../protocol/Message.ts"
import { Deadlocked, NotSerializable, PoolClosed, type Reason, TooDeep } from "../../TaskError.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import { defaults } from "../model/defaults.ts"
import { attempt } from "../model/foreign.ts"
import type { TaskDefinition } from "../model/definition.ts"
import type { TaskId } from "../model/ids.ts"
import type { PoolSettings } from "../model/options.ts"
import type { Outcome, Receipt } from "../model/outcome.ts"
import type { PoolSnapshot } from "../model/pool.ts"
import { Entry, type Why } from "./Entry.ts"
import * as Family from "./Family.ts"
import type { Ledger } from "./Ledger.ts"
import { armDeadline, armQueue } from "./limits.ts"
import { failWith } from "./outcomes.ts"
import type { Routes, Terms } from "./Route.ts"
import type { Timers } from "./Timers.ts"

/** What admits the tasks of a pool. */
export interface Admission {
  readonly newTaskId: () => TaskId
  /** Why a task cannot be taken at all. Tasks of a pool that drains may still call tasks. */
  readonly refusal: (task: Pick<TaskDefinition, "name" | "module">, nested: boolean) => Reason | undefined
  readonly submit: (entry: Entry) => void
  readonly snapshot: () => PoolSnapshot
}

/** What the calls of a worker need of its pool. */
export interface CallsOptions {
  readonly admission: Admission
  readonly settings: PoolSettings
  readonly ledger: Ledger
  readonly routes: Routes
  readonly timers: Timers
}

export class Calls {
  private readonly options: CallsOptions
  /** Says something to the worker, as the message of a call. */
  private readonly say: (call: number, push: (frame: Message.Frame) => void) => void
  /** By the worker's own number. Invariant: each was submitted, and its outcome is not yet on its way back. */
  private readonly open = new Map<number, Entry>()

  constructor(options: CallsOptions, say: Calls["say"]) {
    this.options = options
    this.say = say
  }

  /** `parent` is `undefined` where the calling task has ended meanwhile. */
  call(number: number, parent: Entry | undefined, payload: unknown, data: CallData): void {
    if (this.open.has(number)) throw new Message.Violation("a call has the number of another one")
    const { admission, ledger } = this.options
    const refused = parent === undefined ? ended() : this.refusal(parent, payload, data)
    if (parent === undefined || refused !== undefined) {
      ledger.counts.submitted += data.items ?? 1
      ledger.counts.rejected += data.items ?? 1
      return this.returns(number, failWith(data.name, refused!), "rejected", undefined, Infinity)
    }
    const entry = this.entryOf(number, parent, payload, data)
    this.open.set(number, entry)
    Family.adopt(parent, entry, data.interruptible)
    if (data.forked) this.say(number, (frame) => Message.pushAccepted(frame, number, entry.id))
    else Family.awaitChild(ledger.lenders, entry)
    admission.submit(entry)
    this.arm(entry)
  }

  private refusal(parent: Entry, payload: unknown, data: CallData): Reason | undefined {
    if (Family.depthOf(parent) >= defaults.taskDepth) {
      const chain = [...Family.chainOf(parent), data.name]
      // Whoever calls itself with what it was called with does so for ever; recursion that gets somewhere does not.
      const same = Family.findCaller(
        parent,
        (caller) => caller.name === data.name && attempt(() => Equal.equals(caller.payload, payload), false)
      )
      if (same !== undefined) return new Deadlocked({ cycle: chain.slice(Family.depthOf(same)) })
      return new TooDeep({ what: "tasks", limit: defaults.taskDepth, chain })
    }
    return this.options.admission.refusal(data, true)
  }

  private entryOf(number: number, parent: Entry, payload: unknown, data: CallData): Entry {
    const { admission, routes, settings } = this.options
    const route = routes.ofCall(data)
    const terms: Terms = {
      priority: data.priority,
      grace: data.grace ?? settings.grace,
      runLimit: data.runLimit,
      queueLimit: data.queueLimit,
      deadline: data.deadline,
      onInterrupt: data.onInterrupt
    }
    const onSettled = (exit: Exit.Exit<unknown, unknown>, outcome: Outcome, receipt: Receipt | undefined) =>
      this.returns(number, exit, outcome, receipt, route.measure.estimate)
    const transfer = data.transfer === undefined ? undefined : [...data.transfer]
    const extra = extraOf(data)
    // Whoever called the outermost task is shown under the stack of a defect.
    const { fiber } = parent
    const { items } = data
    return new Entry(admission.newTaskId(), route, terms, payload, transfer, extra, items, fiber, onSettled)
  }

  private arm(entry: Entry): void {
    const { deadline, queueLimit } = entry.terms
    if (entry.state === "settled") return
    if (queueLimit !== Infinity) armQueue(this.options, entry, queueLimit)
    if (deadline !== Infinity) armDeadline(this.options, entry, deadline)
  }

  /** Its handler, which had only started it, waits for it now. */
  await(number: number): void {
    const entry = this.open.get(number)
    if (entry !== undefined) Family.awaitChild(this.options.ledger.lenders, entry)
  }

  redeadline(number: number, millis: number): void {
    const entry = this.open.get(number)
    if (entry !== undefined) armDeadline(this.options, entry, millis)
  }

  /** A handler asks what the pool looks like. */
  snapshot(number: number): void {
    const snapshot = this.options.admission.snapshot()
    this.say(number, (frame) => Message.pushSnapshot(frame, number, snapshot))
  }

  /** Does nothing for a call that has ended: its outcome is on its way. */
  end(number: number, by: CallEnd, reason: DefectData | undefined): void {
    const entry = this.open.get(number)
    if (entry === undefined) return
    // It goes on to another worker: rebuilt here, so that a forged one is a violation of the worker that said it.
    const safe = reason === undefined ? undefined : Defect.encode(Defect.decode(reason))
    this.options.ledger.end(entry, by === "signal" ? { _tag: "Signal", reason: safe } : whys[by])
  }

  /** What it returned with could not be cloned. */
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

/** Who waits for whom, and who says that it starts, is for this side to say. */
const extraOf = ({ extra, runLimit }: CallData): Message.Extra | undefined => {
  const announce = runLimit !== Infinity
  if (extra === undefined) return announce ? { announce } : undefined
  return { ...extra, announce, lent: false }
}
