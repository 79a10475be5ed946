/**
 * One service: its state, its worker, and the calls that wait for it or run there.
 *
 * Receives calls as the pin of their tasks, and starts and ends from `lives.ts`; hands waiting calls to the `Dispatcher`. Upholds that at
 * most `concurrency` methods run at a time, also while one of them waits, and that no call waits for a service that is gone.
 *
 * @since 0.2.0
 */
import { Deadlocked, QueueFull, type Reason, ServiceLost, Shed, UnknownTask } from "../../../TaskError.ts"
import * as Machine from "../../machine/serviceMachine.ts"
import { budget, spend } from "../../machine/restart.ts"
import { oneAtATime } from "../../machine/transition.ts"
import type { ExitDetail } from "../../model/outcome.ts"
import { own } from "../../model/own.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { ServiceDefinition, ServiceSettings, ServiceSnapshot } from "../../model/service.ts"
import * as Family from "../tasks/family.ts"
import type { HostTask, Why } from "../tasks/HostTask.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { ServicePin } from "../worker/NestedTasks.ts"

/** The pool's services, as one of them sees them. */
export interface ServiceOwner {
  /** The bound of the line, and the policy at the bound (G7). */
  readonly queue: Pick<PoolSettings, "capacity" | "strategy">
  readonly now: () => number
  readonly end: (task: HostTask, why: Why) => void
  /** The task waits for the service, or does not any more. */
  readonly rests: (task: HostTask, isWaiting: boolean) => void
  readonly send: (task: HostTask, worker: HostWorker) => void
  readonly pump: () => void
  /** Calls code of users. */
  readonly guard: (callback: () => void) => void
}

export class Service implements ServicePin {
  readonly id: number
  readonly definition: ServiceDefinition
  readonly settings: ServiceSettings
  /** Invariant: written by `take` alone. */
  state: Machine.ServiceState = "starting"
  readonly step = oneAtATime((event: Machine.ServiceEvent) => this.take(event))
  readonly needsNoSlot = true
  /** The waiting calls, in order. Invariant: none of them has a holder. */
  readonly line: Array<HostTask> = []
  private readonly owner: ServiceOwner
  private readonly onLost: () => void
  /** The unsettled calls. */
  private readonly calls = new Set<HostTask>()
  /** The calls that were sent to the worker. Those without a holder have ended. */
  private readonly sent = new Set<HostTask>()
  /** How many calls are about to have a holder. */
  private sending = 0
  /** The waiting calls whose callers were told to rest. Invariant: a subset of `line`. */
  private readonly resting = new Set<HostTask>()
  private assigned: HostWorker | undefined
  private budget
  private restarts = 0
  private exit: ExitDetail | undefined
  private failure: string | undefined
  private awaitingOver: Array<() => void> = []
  private awaitingEmpty: Array<() => void> = []

  /** `onLost`: begins to start the service again. */
  constructor(
    id: number,
    definition: ServiceDefinition,
    settings: ServiceSettings,
    owner: ServiceOwner,
    onLost: () => void
  ) {
    this.id = id
    this.definition = definition
    this.settings = settings
    this.owner = owner
    this.onLost = onLost
    this.budget = budget(settings.intensity, settings.period)
  }

  /** The worker that has the state, or had it last. */
  get worker(): HostWorker | undefined {
    return this.assigned
  }

  get isOver(): boolean {
    return this.state === "down" || this.state === "closed"
  }

  snapshot(): ServiceSnapshot {
    const { assigned, definition, line, restarts, state } = this
    return {
      name: definition.name,
      state,
      worker: assigned?.id,
      restarts,
      running: this.running,
      waiting: line.length
    }
  }

  // --------------------------------------------------------------------------
  // its life
  // --------------------------------------------------------------------------

  /** The worker has acquired the state. */
  serve(worker: HostWorker): void {
    this.assigned = worker
    this.exit = undefined
    this.step("ready")
  }

  /** A worker has ended, or is stuck. */
  workerEnded(worker: HostWorker): void {
    if (worker !== this.assigned) return
    this.exit = worker.exitDetail
    this.step("lose")
  }

  /** Counts a restart. Returns `false` for one more than is allowed. */
  mayRestart(): boolean {
    if (this.settings.restart === "never") return false
    const spent = spend(this.budget, this.owner.now())
    this.budget = spent.budget
    if (!spent.isExceeded) this.restarts++
    return !spent.isExceeded
  }

  /** A start has failed for good. */
  fail(failure: string): void {
    this.failure = failure
    this.step("giveUp")
  }

  /** Calls back once the service is down or closed; at once if it is. */
  whenOver(callback: () => void): () => void {
    if (this.isOver) {
      callback()
      return () => {}
    }
    this.awaitingOver.push(callback)
    return () => {
      this.awaitingOver = this.awaitingOver.filter((each) => each !== callback)
    }
  }

  /** Ends the running calls, and calls back once no call is left. */
  endCalls(callback: () => void): void {
    for (const task of Array.from(this.calls)) this.owner.end(task, { _tag: "PoolClosing" })
    if (this.calls.size === 0) callback()
    else this.awaitingEmpty.push(callback)
  }

  /** Describes a broken invariant, for checked pools. */
  findBroken(): string | undefined {
    const { concurrency, name } = this.definition
    const stray = this.line.find((task) => task.state !== "queued" || task.holder !== undefined)
    if (stray !== undefined) return `call ${stray.id} waits for the service ${name} and is ${stray.state}`
    return this.running <= concurrency
      ? undefined
      : `the service ${name} runs ${this.running} methods at a time`
  }

  /** Refuses the waiting calls of the host: a pool that finishes starts no tasks but those of its running ones. */
  refuseRoots(why: Why): void {
    for (const task of this.line.slice()) if (Family.parentOf(task) === undefined) this.owner.end(task, why)
  }

  // --------------------------------------------------------------------------
  // the pin of its calls
  // --------------------------------------------------------------------------

  readonly refusal = (): Reason | undefined => {
    if (!this.isOver) return undefined
    const { exit, failure, restarts, state } = this
    const by = state === "closed" ? "scope" : failure === undefined ? "worker" : "start"
    return new ServiceLost(
      own({
        service: this.definition.name,
        by,
        restarts,
        ...(exit === undefined || by === "scope" ? undefined : { exit }),
        ...(failure === undefined || by === "scope" ? undefined : { failure })
      })
    )
  }

  /** Refuses a call that can never start: each place is taken by a method that waits for the call. */
  readonly refusalOf = (task: string, parent: HostTask): Reason | undefined => {
    const refused = this.refusal()
    if (refused !== undefined) return refused
    const served = Object.values(this.definition.methods).map(({ name }) => name)
    if (!served.includes(task)) return new UnknownTask({ name: task, served })
    let waiting = 0
    let outermost = parent
    for (let at: HostTask | undefined = parent; at !== undefined; at = Family.parentOf(at)) {
      if (at.pin !== this || at.holder === undefined) continue
      waiting++
      outermost = at
    }
    if (waiting < this.definition.concurrency) return undefined
    return new Deadlocked({ cycle: [...Family.chainOf(parent).slice(Family.depthOf(outermost)), task] })
  }

  readonly bound = (task: HostTask): void => {
    this.calls.add(task)
  }

  /** Sends the call if it can start. Applies the pool's policy at the bound to calls of the host (G7). */
  readonly admitted = (task: HostTask): void => {
    this.handOut()
    const { capacity, strategy } = this.owner.queue
    if (strategy === "suspend" || this.line.length <= capacity || Family.parentOf(task) !== undefined) return
    const oldest = this.line.find((each) => Family.parentOf(each) === undefined)
    if (strategy === "reject" && task.state === "queued")
      this.owner.end(task, { _tag: "Refused", reason: new QueueFull({ capacity }) })
    else if (strategy === "shed-oldest" && oldest !== undefined)
      this.owner.end(oldest, { _tag: "Refused", reason: new Shed({ capacity }) })
  }

  readonly settled = (task: HostTask): void => {
    this.goesOn(task)
    if (!this.calls.delete(task)) return
    if (this.line.length > 0) this.owner.pump()
    if (this.calls.size > 0) return
    for (const callback of this.awaitingEmpty.splice(0)) callback()
  }

  readonly takesBack = (isStarted: boolean): boolean =>
    !isStarted || (this.settings.restart === "fresh" && !this.isOver)

  // --------------------------------------------------------------------------
  // handing out
  // --------------------------------------------------------------------------

  /** How many methods the worker holds, also abandoned ones. */
  private get running(): number {
    let { sending: count } = this
    for (const { holder } of this.sent) if (holder !== undefined) count++
    return count
  }

  /** Sends what can start, in order. The others wait for a stranger, and their callers need no slot meanwhile. */
  handOut(): void {
    while (this.line.length > 0 && this.canStart) this.send(this.line.shift()!)
    if (this.resting.size === this.line.length) return
    for (const task of this.line.slice()) {
      // Code of users may have run meanwhile.
      if (task.state !== "queued" || task.holder !== undefined || this.resting.has(task)) continue
      this.resting.add(task)
      this.owner.rests(task, true)
    }
  }

  private send(task: HostTask): void {
    this.goesOn(task)
    for (const each of this.sent) if (each.holder === undefined) this.sent.delete(each)
    this.sending++
    try {
      this.owner.send(task, this.assigned!)
    } finally {
      this.sending--
    }
    this.sent.add(task)
  }

  private goesOn(task: HostTask): void {
    if (this.resting.delete(task)) this.owner.rests(task, false)
  }

  private get canStart(): boolean {
    return (
      this.state === "serving" && this.assigned?.serves === true && this.running < this.definition.concurrency
    )
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private take(event: Machine.ServiceEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.ServiceAction): void {
    switch (action) {
      case "handOut":
        return this.owner.pump()
      case "tellLost":
        return this.onLost()
      case "refuse":
        for (const task of this.line.slice())
          this.owner.end(task, { _tag: "Refused", reason: this.refusal()! })
        return
      case "tellOver":
        for (const callback of this.awaitingOver.splice(0)) this.owner.guard(callback)
    }
  }
}
