/**
 * The worker's loop: receives frames, claims tasks, runs handlers as fibers, interrupts them, replies.
 *
 * Receives frames from `RunnerEndpoint`, hands replies to its `Outbox`. Upholds:
 * - the reply of a task is posted before the next task starts, unless the next task is proven short (G5);
 * - a task that was revoked never starts (G5, G6);
 * - a reply follows the handler's finalizers, so the reply acknowledges an interruption (G3).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { ReturnData } from "../../protocol/messages/Call.ts"
import * as CauseCodec from "../../protocol/values/CauseCodec.ts"
import * as Claims from "../../protocol/claims/Claims.ts"
import type { Unclonable } from "../../protocol/values/Clonable.ts"
import type { DefectData } from "../../protocol/values/Defect.ts"
import * as Message from "../../protocol/messages/Message.ts"
import { Posts } from "./Posts.ts"
import type { RunnerEndpoint } from "../../RunnerEndpoint.ts"
import { UnknownTask } from "../../TaskError.ts"
import { defaults } from "../model/defaults.ts"
import type { ModuleExport } from "../model/definition.ts"
import { isExit } from "../model/genuine.ts"
import { isInstance } from "../model/foreign.ts"
import { CurrentHandler, setCurrent } from "../model/handler.ts"
import type { PoolSnapshot } from "../model/pool.ts"
import * as Machine from "../machine/runnerMachine.ts"
import { oneAtATime } from "../machine/transition.ts"
import * as contained from "./contained.ts"
import { withExtra } from "./context.ts"
import * as handlers from "./handlers/handlers.ts"
import { type Launch, runItems } from "./handlers/items.ts"
import { type EndOwner, WorkerChannels } from "./channels/WorkerChannels.ts"
import type { NestedCalls, Say } from "./nested/NestedCalls.ts"
import { servicePorts } from "./nested/nestedPool.ts"
import { Job, type JobExit, type JobHome } from "./Job.ts"
import { JobStream } from "./streams/JobStream.ts"
import { Progress } from "./streams/Progress.ts"
import { encodeReply, unsent } from "./encodeReply.ts"

export class Runner implements Message.RequestVisitor {
  private readonly endpoint: RunnerEndpoint["Service"]
  private readonly table: handlers.HandlerTable
  private readonly modules: handlers.ModuleTable
  private readonly posts: Posts
  private readonly home: JobHome
  private readonly clock: Clock.Clock

  /** By the number that the host assigned. */
  private readonly routes: Array<handlers.RouteTarget> = []
  /** Received jobs; those before `next` have been taken already. */
  private pending: Array<Job> = []
  private next = 0
  /** Jobs whose handlers are suspended. */
  private readonly live = new Map<Claims.ClaimRef, Job>()
  /**
   * Invariant: the number of live jobs with a slot of their own that do not wait for channels. Without resumed jobs, together with
   * `running`, at most `concurrency`.
   */
  private occupied = 0
  /** The live jobs that wait for channels, and occupy no slot meanwhile. */
  private readonly waiting = new Set<EndOwner>()
  private readonly calls: NestedCalls
  private readonly channels: WorkerChannels
  /** The job whose handler runs right now, synchronously. */
  private running: Job | undefined
  /** Whether a frame is read, or jobs begin, on this stack: a pump follows, or goes on, and posts everything. */
  private isAtWork = false
  private state: Machine.RunnerState = "serving"
  private readonly step = oneAtATime((event: Machine.RunnerEvent) => this.take(event))
  /** Resumes the serving fiber. Defined while the fiber waits for the stop, or for the end of all jobs. */
  private resume: (() => void) | undefined

  constructor(
    endpoint: RunnerEndpoint["Service"],
    table: handlers.HandlerTable,
    context: Context.Context<never>,
    calls: NestedCalls
  ) {
    this.endpoint = endpoint
    this.table = table
    this.modules = new handlers.ModuleTable(endpoint.importModule, context)
    this.clock = Context.get(context, Clock.Clock)
    const { claimCapacity, words } = endpoint.start
    this.posts = new Posts(endpoint, (ref, found) =>
      ref < 0 ? this.calls.refused(-ref, found) : this.refuse(ref, found)
    )
    this.calls = calls
    this.channels = new WorkerChannels({
      say: (push) => this.sayOfEnd(push),
      sayMoving: (push, transfer) => {
        this.posts.settle()
        push(this.posts.open(0))
        this.posts.flushMoving(transfer)
      },
      unposted: () => this.posts.unposted,
      post: () => this.posts.flush(),
      alongside: (lineUp) => this.posts.alongside(lineUp),
      platform: endpoint,
      services: servicePorts(calls),
      onWaiting: (job, isWaiting) => this.onWaiting(job as Job, isWaiting)
    })
    this.home = { words: words ?? Claims.makePrivate(claimCapacity), claimCapacity, channels: this.channels }
  }

  // --------------------------------------------------------------------------
  // requests of the host
  // --------------------------------------------------------------------------

  readonly receive = (frame: Message.Frame): void => {
    if (frame[0] !== this.endpoint.start.workerEpoch) return
    const outer = this.isAtWork
    this.isAtWork = true
    try {
      Message.readRequests(frame, this, this.channels)
    } finally {
      this.isAtWork = outer
    }
    this.pump()
  }

  route(number: number, name: string, module: ModuleExport | undefined): void {
    this.routes[number] = { number, name, module, compiled: undefined, count: 0, millis: 0 }
  }

  run(
    many: boolean,
    ref: Claims.ClaimRef,
    route: number,
    payload: unknown,
    extra: Message.Extra | undefined
  ): void {
    const job = new Job(this.home, many, ref, this.routes[route]!, payload, extra)
    if (this.endpoint.start.words === undefined) job.adopt()
    if (job.startsNow) this.pending.splice(this.next, 0, job)
    else this.pending.push(job)
  }

  returned(call: number, returned: ReturnData): void {
    this.calls.returned(call, returned)
  }

  accepted(call: number, id: number): void {
    this.calls.accepted(call, id)
  }

  watch(ref: Claims.ClaimRef): void {
    const job = this.live.get(ref) ?? this.pending.find((waiting) => waiting.ref === ref)
    if (job?.isWatched === false) job.watched(this.reportsOf(job))
  }

  credit(ref: Claims.ClaimRef, count: number): void {
    this.live.get(ref)?.stream?.grant(count)
  }

  input(ref: Claims.ClaimRef, elements: ArrayLike<unknown>): void {
    this.live.get(ref)?.stream?.input(elements)
  }

  inputEnd(ref: Claims.ClaimRef): void {
    this.live.get(ref)?.stream?.inputEnd()
  }

  emitted(call: number, elements: ArrayLike<unknown>): void {
    this.calls.emitted(call, elements)
  }

  callDemand(call: number, count: number): void {
    this.calls.demanded(call, count)
  }

  callProgress(call: number, done: number, total: number | undefined, note: string | undefined): void {
    this.calls.progressed(call, done, total, note)
  }

  snapshot(call: number, snapshot: PoolSnapshot): void {
    this.calls.onSnapshot(call, snapshot)
  }

  interrupt(ref: Claims.ClaimRef, reason: DefectData | undefined): void {
    const job = this.live.get(ref)
    if (job !== undefined) return job.interrupt(reason)
    const at = this.pending.findIndex((pending, i) => i >= this.next && pending.ref === ref)
    const [waiting] = at < 0 ? [] : this.pending.splice(at, 1)
    if (waiting?.claim() === true) {
      waiting.finish()
      Message.pushFailed(this.posts.open(ref), ref, [["Interrupt"]])
    } else Message.pushAbsent(this.posts.open(0), ref)
    this.schedulePosts()
  }

  stop(): void {
    this.step("stop")
  }

  /** Completes when the host asks the worker to stop. */
  readonly awaitStop: Effect.Effect<void> = Effect.callback((resume) => {
    this.resume = () => resume(Effect.void)
    this.step("await")
  })

  /**
   * Interrupts running tasks, and completes when they have ended. Drops unstarted tasks: the host reads their state
   * from the claims.
   */
  readonly shutdown: Effect.Effect<void> = Effect.callback((resume) => {
    this.resume = () => resume(Effect.void)
    const wasEmpty = this.live.size === 0
    this.step("shutdown")
    if (wasEmpty) this.step("emptied")
  })

  private take(event: Machine.RunnerEvent): void {
    const cell = Machine.step(this.state, event)
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.RunnerAction): void {
    switch (action) {
      case "endJobs":
        this.pending = []
        this.next = 0
        for (const job of this.live.values()) job.interrupt()
        return
      case "resumeStop":
      case "resumeShutdown": {
        const { resume } = this
        this.resume = undefined
        resume?.()
      }
    }
  }

  /** Sends a message other than a reply. */
  say(push: (frame: Message.Frame) => void): void {
    push(this.posts.open(0))
    this.posts.flushMessage()
  }

  /** A message with a transfer list is posted alone. */
  readonly sayOfCall: Say = (call, push, transfer) => {
    if (transfer !== undefined) this.posts.settle()
    push(this.posts.open(-call))
    if (transfer !== undefined) this.posts.flushMoving(transfer)
    else this.schedulePosts()
  }

  /** A message about the end of a channel. */
  private sayOfEnd(push: (frame: Message.Frame) => void): Message.Frame {
    const frame = this.posts.open(0)
    push(frame)
    this.schedulePosts()
    return frame
  }

  /** A job that waits for a channel leaves its slot to others: docs/decisions/0063. */
  private onWaiting(job: Job, isWaiting: boolean): void {
    if (!isWaiting) {
      if (this.waiting.delete(job)) this.occupied++
      return
    }
    if (job.isLent || !this.live.has(job.ref) || this.waiting.size >= defaults.tasksResting) return
    this.waiting.add(job)
    this.occupied--
    if (this.isAtWork) return
    if (this.isQuiet || this.next < this.pending.length) this.endpoint.endOfTurn(() => this.pump())
  }

  log(log: Message.LogData): void {
    // When a single task runs, the entry belongs to that task.
    const [only] = this.live.size === 1 ? this.live.keys() : []
    Message.pushLog(this.posts.open(0), this.running?.ref ?? only, log)
    this.schedulePosts()
  }

  /**
   * Returns the name of the task whose code runs right now. Code outside any handler's fiber, such as a promise
   * callback, is attributed only when a single task is live.
   */
  readonly currentTask = (): string | undefined => {
    const found = this.running ?? Fiber.getCurrent()?.getRef(CurrentHandler)
    if (found instanceof Job) return found.route.name
    const [only] = this.live.size === 1 ? this.live.values() : []
    return only?.route.name
  }

  // --------------------------------------------------------------------------
  // running
  // --------------------------------------------------------------------------

  private pump(): void {
    if (this.isAtWork) return
    this.isAtWork = true
    try {
      for (;;) {
        const job = this.pending[this.next]
        if (job === undefined || !(job.startsNow || this.occupied < this.endpoint.start.concurrency)) break
        this.next++
        if (job.claim()) this.begin(job)
      }
      if (this.next === this.pending.length) {
        this.pending = []
        this.next = 0
      }
    } finally {
      this.isAtWork = false
      this.posts.flush()
      if (this.isQuiet) this.endpoint.quiet?.()
    }
  }

  /** Whether nothing goes on before the next frame, as far as the runner knows: every live job waits for a channel. */
  private get isQuiet(): boolean {
    return this.live.size === this.waiting.size && this.next === this.pending.length
  }

  private begin(job: Job): void {
    const found = job.route.compiled ?? this.find(job.route)
    const mayWait = found instanceof handlers.CompiledHandler && found.measure.isShort && this.posts.mayWait
    if (!mayWait) this.posts.flush()
    if (job.extra?.announce === true || this.tellsStart(job)) {
      Message.pushStarted(this.posts.open(0), job.ref)
      this.posts.flushMessage()
    }
    job.startedAt = this.now()
    if (found === undefined) {
      const reason = new UnknownTask({ name: job.route.name, served: this.table.names })
      return this.fail(job, CauseCodec.encodeReason(reason))
    }
    if (found instanceof handlers.CompiledHandler) return this.start(job, found)
    this.keep(job)
    found.then(
      (handler) => {
        job.startedAt = this.now()
        // Interrupted during the import: the handler must not start.
        if (job.hasFlag) this.fail(job, [["Interrupt"]])
        else this.start(job, handler)
        this.pump()
      },
      (cause: unknown) => {
        const isUnknown = isInstance(cause, UnknownTask)
        this.fail(job, isUnknown ? CauseCodec.encodeReason(cause) : CauseCodec.encode(Cause.die(cause)))
        this.pump()
      }
    )
  }

  /**
   * Whether the start must be reported. Needed where the host cannot read the claim words: a task starting alone is
   * known to be the oldest, but any other start needs a message (G5, G6).
   */
  private tellsStart({ startsNow }: Job): boolean {
    if (this.endpoint.start.tellsStarts !== true) return false
    return startsNow || this.live.size > 0 || this.posts.size > 0
  }

  private find(
    route: handlers.RouteTarget
  ): handlers.CompiledHandler | Promise<handlers.CompiledHandler> | undefined {
    const { module, name } = route
    const found = module === undefined ? this.table.get(name) : this.modules.get(module)
    if (found instanceof handlers.CompiledHandler) route.compiled = found
    return found
  }

  private start(job: Job, handler: handlers.CompiledHandler): void {
    const complete = (exit: JobExit, items: number) => this.complete(job, handler, exit, items)
    const { extra } = job
    if (extra !== undefined || handler.elements !== undefined) {
      const misfit = this.attach(job, handler)
      if (misfit !== undefined) return complete(misfit, 0)
    }
    if (!job.many) {
      const late = (exit: JobExit) => complete(exit, 1)
      const exit = this.within(job, () =>
        this.launch(job, handler, handlers.call(handler, job.payload, job), late)
      )
      return exit === undefined ? undefined : complete(exit, 1)
    }
    const launch: Launch = (effect, onExit) => this.launch(job, handler, effect, onExit)
    runItems(job, handler, launch, (f) => this.within(job, f), this.endpoint, complete)
  }

  private reportsOf({ ref }: Job): Progress {
    return new Progress(ref, this.posts, () => this.now())
  }

  /** Gives the job its streams and its reports. Returns the exit of a call that does not fit the kind of the task. */
  private attach(job: Job, { elements, stream }: handlers.CompiledHandler): JobExit | undefined {
    const { posts } = this
    const now = () => this.now()
    const credit = job.extra?.credit
    if (job.extra?.watched === true) job.watched(this.reportsOf(job))
    if (credit === undefined && stream === undefined) return undefined
    if (credit === undefined || stream === undefined || elements === undefined || job.many) {
      const detail = stream === undefined ? "serves no stream, and a stream was asked for" : "serves a stream"
      return Exit.die(
        new TypeError(`${job.route.name}: the worker ${detail}: host and worker have different definitions`)
      )
    }
    const { ref } = job
    job.streams(
      new JobStream({
        ref,
        definition: stream,
        codec: elements,
        credit,
        posts,
        platform: this.endpoint,
        now
      })
    )
    return undefined
  }

  /** Runs the synchronous part of a handler, with `job` as the current task. */
  private within<A>(job: Job, f: () => A): A {
    const outer = setCurrent(job)
    this.running = job
    try {
      return f()
    } finally {
      this.running = undefined
      setCurrent(outer)
    }
  }

  /**
   * Runs the Effect returned by a handler. Returns the exit if the Effect ends at once; otherwise calls `onExit` later.
   */
  private launch(
    job: Job,
    handler: handlers.CompiledHandler,
    effect: Effect.Effect<unknown, unknown>,
    onExit: (exit: JobExit) => void
  ): JobExit | undefined {
    // A finished effect needs no fiber.
    if (isExit(effect)) return effect
    const { extra } = job
    const context = extra === undefined ? handler.context : withExtra(handler.context, extra)
    // Set from the first step on: fibers forked by the handler inherit the task.
    const fiber = contained.run(Context.add(context, CurrentHandler, job), effect)
    if (isExit(fiber)) return fiber
    job.suspends(fiber)
    this.keep(job)
    // For a handler with a signal, the message that follows the flag aborts the signal with its reason.
    if (job.hasFlag && !job.hasSignal) fiber.interruptUnsafe()
    fiber.addObserver((late) => {
      onExit(late)
      this.pump()
    })
    return undefined
  }

  // --------------------------------------------------------------------------
  // replying
  // --------------------------------------------------------------------------

  /** `items`: the number of payloads that ran. */
  private complete(job: Job, handler: handlers.CompiledHandler, exit: JobExit, items: number): void {
    const reply = encodeReply(job, handler.codec, exit, this.endpoint)
    if (reply._tag === "Failed") return this.fail(job, reply.cause, handler, items)
    const { isOpen, transfer, value } = reply
    job.closeEnds()
    this.measure(job, handler, items)
    // A reply with a transfer list is posted alone.
    if (transfer !== undefined) this.posts.settle()
    this.end(job)
    job.seal()
    Message.pushSucceeded(this.posts.open(job.ref), job.ref, value)
    if (transfer !== undefined) this.posts.flushMoving(transfer)
    else if (isOpen) this.posts.flush()
    else this.schedulePosts()
  }

  private fail(job: Job, cause: Message.CauseData, handler?: handlers.CompiledHandler, items = 0): void {
    job.closeEnds()
    this.measure(job, handler, items)
    this.end(job)
    job.seal()
    Message.pushFailed(this.posts.open(job.ref), job.ref, cause)
    this.schedulePosts()
  }

  private measure(job: Job, handler: handlers.CompiledHandler | undefined, items: number): void {
    const millis = Math.max(0, this.now() - job.startedAt)
    if (handler === undefined || items === 0) return this.posts.ran(millis)
    handler.measure.add(millis, items)
    this.posts.ran(millis, job.route, items, job.many)
  }

  private keep(job: Job): void {
    if (this.live.has(job.ref)) return
    this.live.set(job.ref, job)
    if (job.isLent) return
    this.occupied++
    if (job.isWaiting) this.onWaiting(job, true)
  }

  private end(job: Job): void {
    job.finish()
    if (!this.live.delete(job.ref)) return
    if (!job.isLent && !this.waiting.delete(job)) this.occupied--
    // While the runner serves, its last job ends all the time.
    if (this.live.size === 0 && this.state === "draining") this.step("emptied")
  }

  private refuse(ref: Claims.ClaimRef, found: Unclonable): void {
    if (ref !== 0) Message.pushFailed(this.posts.open(ref), ref, unsent(found))
  }

  private schedulePosts(): void {
    // A pump flushes.
    if (!this.isAtWork) this.posts.schedule()
  }

  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}
