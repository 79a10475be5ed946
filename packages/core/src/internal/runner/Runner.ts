/**
 * The worker's loop: receives frames, claims tasks, runs handlers as fibers, interrupts them, replies.
 *
 * Receives frames from `RunnerEndpoint`, hands replies to its `Outbox`. Upholds:
 * - a reply is posted before the next task starts, unless that one is proven short (G5);
 * - a task that was revoked never starts (G5, G6);
 * - a reply follows the handler's finalizers, so that it acknowledges an interruption (G3).
 *
 * @since 0.1.0
 */
import type { Movable } from "../model/movable.ts"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Claims from "../../protocol/Claims.ts"
import type { Unclonable } from "../../protocol/Clonable.ts"
import * as Message from "../../protocol/Message.ts"
import { Outbox } from "../../protocol/Outbox.ts"
import type { RunnerEndpoint } from "../../RunnerEndpoint.ts"
import { Malformed, NotSerializable, UnknownTask } from "../../TaskError.ts"
import { asCurrent, CurrentHandler } from "../model/handler.ts"
import type { TaskId } from "../model/ids.ts"
import * as handlers from "./handlers.ts"
import { Job, type JobExit } from "./Job.ts"

/** Replies of short tasks are held back at most this long, in milliseconds of run time. */
const holdBackMillis = 0.2

export class Runner implements Message.RequestVisitor {
  private readonly endpoint: RunnerEndpoint["Service"]
  private readonly table: handlers.HandlerTable
  private readonly modules: handlers.ModuleTable
  private readonly outbox: Outbox
  private readonly words: Int32Array
  private readonly clock: Clock.Clock

  /** Received and not started. */
  private pending: Array<Job> = []
  /** Invariant: jobs that were started and have not replied; at most `concurrency`. */
  private readonly live = new Map<TaskId, Job>()
  private isPumping = false
  private turnScheduled = false
  private heldBack = 0
  // Tagged by what is there: nobody waits yet, somebody does, or the host has asked already.
  private stopping: (() => void) | "asked" | undefined
  private onQuiet: (() => void) | undefined

  constructor(
    endpoint: RunnerEndpoint["Service"],
    table: handlers.HandlerTable,
    context: Context.Context<never>
  ) {
    this.endpoint = endpoint
    this.table = table
    this.modules = new handlers.ModuleTable(endpoint.importModule, context)
    this.clock = Context.get(context, Clock.Clock)
    const { depth, generation, words } = endpoint.start
    this.words = words ?? Claims.makePrivate(depth)
    this.outbox = new Outbox({
      generation,
      post: endpoint.post,
      onRefused: (id, found) => this.refuse(id, found)
    })
  }

  // --------------------------------------------------------------------------
  // what the host says
  // --------------------------------------------------------------------------

  readonly receive = (frame: Message.Frame): void => {
    if (frame[0] !== this.endpoint.start.generation) return
    Message.readRequests(frame, this)
    this.pump()
  }

  run(
    many: boolean,
    id: TaskId,
    index: number,
    ticket: number,
    name: string,
    payload: unknown,
    extra: Message.Extra | undefined
  ): void {
    if (this.endpoint.start.words === undefined) Claims.adopt(this.words, index, ticket)
    this.pending.push(new Job(this.words, many, id, index, ticket, name, payload, extra))
  }

  interrupt(id: TaskId): void {
    const job = this.live.get(id)
    if (job !== undefined) return job.interrupt()
    const at = this.pending.findIndex((pending) => pending.id === id)
    if (at < 0) Message.pushAbsent(this.outbox.open(0), id)
    else {
      const [removed] = this.pending.splice(at, 1)
      removed!.claim()
      removed!.finish()
      Message.pushFailed(this.outbox.open(id), id, 0, [["Interrupt"]])
    }
    this.scheduleFlush()
  }

  stop(): void {
    if (typeof this.stopping === "function") this.stopping()
    this.stopping = "asked"
  }

  /** Completes when the host asks the worker to stop. */
  readonly awaitStop: Effect.Effect<void> = Effect.callback((resume) => {
    if (this.stopping === "asked") resume(Effect.void)
    else this.stopping = () => resume(Effect.void)
  })

  /** Interrupts what runs and completes when it has ended. What has not started is dropped: the host knows. */
  readonly shutdown: Effect.Effect<void> = Effect.callback((resume) => {
    this.pending = []
    for (const job of this.live.values()) job.interrupt()
    if (this.live.size === 0) resume(Effect.void)
    else this.onQuiet = () => resume(Effect.void)
  })

  /** Says something that is no reply. */
  say(push: (frame: Message.Frame) => void): void {
    push(this.outbox.open(0))
    this.outbox.flush()
  }

  log(log: Message.LogData): void {
    // With one task at a time, that one is speaking.
    const [job] = this.live.size === 1 ? this.live.keys() : []
    Message.pushLog(this.outbox.open(0), job, log)
    this.scheduleFlush()
  }

  // --------------------------------------------------------------------------
  // running
  // --------------------------------------------------------------------------

  private pump(): void {
    if (this.isPumping) return
    this.isPumping = true
    try {
      while (this.pending.length > 0 && this.live.size < this.endpoint.start.concurrency) {
        const job = this.pending.shift()!
        if (job.claim()) this.begin(job)
      }
    } finally {
      this.isPumping = false
      this.outbox.flush()
      this.heldBack = 0
    }
  }

  private begin(job: Job): void {
    this.live.set(job.id, job)
    const found = this.find(job)
    if (
      !this.outbox.isEmpty &&
      !(found instanceof handlers.Prepared && found.measure.isShort && this.heldBack < holdBackMillis)
    ) {
      this.outbox.flush()
      this.heldBack = 0
    }
    if (job.extra?.announce === true) {
      Message.pushStarted(this.outbox.open(0), job.id)
      this.outbox.flush()
    }
    job.startedAt = this.now()
    if (found === undefined) {
      const reason = new UnknownTask({ name: job.name, served: this.table.names })
      return this.reply(job, undefined, CauseCodec.encodeReason(reason))
    }
    if (found instanceof handlers.Prepared)
      return job.many ? this.runItems(job, found) : this.runOne(job, found)
    found.then(
      (handler) => {
        job.startedAt = this.now()
        // Interrupted during the import: its body must not start.
        if (job.isInterrupted()) this.reply(job, handler, [["Interrupt"]])
        else if (job.many) this.runItems(job, handler)
        else this.runOne(job, handler)
        this.pump()
      },
      (cause: unknown) => {
        const data =
          cause instanceof UnknownTask ? CauseCodec.encodeReason(cause) : CauseCodec.encode(Cause.die(cause))
        this.reply(job, undefined, data)
        this.pump()
      }
    )
  }

  private find(job: Job): handlers.Prepared | Promise<handlers.Prepared> | undefined {
    const module = job.extra?.module
    return module === undefined ? this.table.get(job.name) : this.modules.get(module.url, module.name)
  }

  private runOne(job: Job, handler: handlers.Prepared): void {
    const complete = (exit: JobExit) => this.complete(job, handler, exit)
    const exit = this.evaluate(job, handler, job.payload, complete)
    if (exit !== undefined) complete(exit)
  }

  private runItems(job: Job, handler: handlers.Prepared): void {
    const payloads = job.payload as ReadonlyArray<unknown>
    const results: Array<unknown> = []
    /** Whether there is more to do after an item. */
    const take = (exit: JobExit): boolean => {
      job.fiber = undefined
      if (exit._tag === "Success") results.push(exit.value)
      else this.complete(job, handler, exit)
      return exit._tag === "Success"
    }
    // A loop for items that end at once, begun again by those that do not: no stack grows with the items.
    const loop = (): void => {
      for (;;) {
        if (results.length === payloads.length) return this.complete(job, handler, Exit.succeed(results))
        if (job.isInterrupted()) return this.complete(job, handler, Exit.failCause(Cause.interrupt()))
        const exit = this.evaluate(job, handler, payloads[results.length], (late) => {
          if (take(late)) loop()
        })
        if (exit === undefined || !take(exit)) return
      }
    }
    loop()
  }

  /** Decodes, calls and runs. Answers the exit of a handler that ends at once; else `onExit` hears it later. */
  private evaluate(
    job: Job,
    handler: handlers.Prepared,
    wire: unknown,
    onExit: (exit: JobExit) => void
  ): JobExit | undefined {
    let payload: unknown
    try {
      payload = handler.codec.worker.decodePayload(wire)
    } catch (issue) {
      return Exit.fail(issue)
    }
    const started = asCurrent(job, () => {
      const effect = handlers.call(handler, payload, job)
      // A finished effect needs no fiber.
      if (Exit.isExit(effect)) return effect
      const fork =
        job.extra === undefined ? handler.fork : Effect.runForkWith(withExtra(handler.context, job.extra))
      return fork(effect)
    })
    if (Exit.isExit(started)) return started
    const exit = started.pollUnsafe()
    if (exit !== undefined) return exit
    job.fiber = started
    started.setContext(Context.add(started.context, CurrentHandler, job))
    if (job.isInterrupted()) started.interruptUnsafe()
    started.addObserver((late) => {
      onExit(late)
      this.pump()
    })
    return undefined
  }

  // --------------------------------------------------------------------------
  // replying
  // --------------------------------------------------------------------------

  private complete(job: Job, handler: handlers.Prepared, exit: JobExit): void {
    const { codec } = handler
    if (exit._tag === "Failure") {
      const issue = exit.cause.reasons[0]
      const data =
        issue?._tag === "Fail" && issue.error instanceof Malformed && issue.error.what === "payload"
          ? CauseCodec.encodeReason(issue.error)
          : CauseCodec.encode(exit.cause, codec)
      return this.reply(job, handler, data)
    }
    let value: unknown
    let transfer: Array<Movable> | undefined
    try {
      value = job.many
        ? (exit.value as ReadonlyArray<unknown>).map(codec.worker.encodeSuccess)
        : codec.worker.encodeSuccess(exit.value)
      transfer = codec.transferSuccess && this.transferOf(codec.transferSuccess, job, exit.value)
    } catch (error) {
      const data =
        error instanceof Malformed ? CauseCodec.encodeReason(error) : CauseCodec.encode(Cause.die(error))
      return this.reply(job, handler, data)
    }
    const millis = this.measure(job, handler)
    // What moves travels alone.
    if (transfer !== undefined) this.outbox.flush()
    this.end(job)
    Message.pushSucceeded(this.outbox.open(job.id), job.id, millis, value)
    if (transfer !== undefined) this.outbox.flush(transfer)
    else this.scheduleFlush()
  }

  private transferOf(
    f: (value: unknown) => Array<Movable>,
    job: Job,
    value: unknown
  ): Array<Movable> | undefined {
    const list = job.many ? Array.from(new Set((value as ReadonlyArray<unknown>).flatMap(f))) : f(value)
    return list.length === 0 ? undefined : list
  }

  private reply(job: Job, handler: handlers.Prepared | undefined, data: Message.CauseData): void {
    const millis = this.measure(job, handler)
    this.end(job)
    Message.pushFailed(this.outbox.open(job.id), job.id, millis, data)
    this.scheduleFlush()
  }

  private measure(job: Job, handler: handlers.Prepared | undefined): number {
    const millis = Math.max(0, this.now() - job.startedAt)
    handler?.measure.add(millis)
    this.heldBack += millis
    return millis
  }

  private end(job: Job): void {
    job.finish()
    this.live.delete(job.id)
    if (this.live.size === 0) {
      this.onQuiet?.()
      this.onQuiet = undefined
    }
  }

  private refuse(id: TaskId, found: Unclonable): void {
    if (id === 0) return
    const reason = new NotSerializable({
      side: "worker",
      what: "reply",
      path: found.path,
      detail: found.detail
    })
    Message.pushFailed(this.outbox.open(id), id, 0, CauseCodec.encodeReason(reason))
  }

  private scheduleFlush(): void {
    // While pumping, the pump flushes.
    if (this.isPumping || this.turnScheduled) return
    this.turnScheduled = true
    this.endpoint.endOfTurn(() => {
      this.turnScheduled = false
      this.outbox.flush()
    })
  }

  private now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6
  }
}

const withExtra = (base: Context.Context<never>, extra: Message.Extra): Context.Context<never> => {
  let context: Context.Context<never> = base
  if (extra.logLevel !== undefined)
    context = Context.add(context, References.MinimumLogLevel, extra.logLevel as "Info")
  if (extra.annotations !== undefined)
    context = Context.add(context, References.CurrentLogAnnotations, extra.annotations)
  if (extra.trace !== undefined) {
    const [traceId, spanId, sampled] = extra.trace
    context = Context.add(
      context,
      Tracer.ParentSpan,
      Tracer.externalSpan({ traceId, spanId, sampled })
    ) as Context.Context<any>
  }
  if (extra.references !== undefined) {
    // A reference is known to a context by its key alone.
    for (const [key, value] of extra.references) {
      context = Context.add(context, Context.Reference<unknown>(key, { defaultValue: () => value }), value)
    }
  }
  return context
}
