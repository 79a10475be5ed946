/**
 * The common ground of a simulated transport's workers: the host's scheduler and clock, captured when the layer
 * was built, and the transport's options.
 *
 * @since 0.1.0
 */
import type { TaskPool } from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { Current } from "../../internal/current.ts"
import type { FaultPlan } from "./faultPlan.ts"

export interface GroundOptions {
  readonly handlers: Layer.Layer<never, unknown, TaskHandlers | TaskPool>
  readonly faults: FaultPlan
  readonly sharedMemory: boolean
  readonly importModule: (url: string) => Promise<Record<string, unknown>>
  /** Draws, in milliseconds, the latency of a frame, the start time of a worker, and the cost of a task. */
  readonly latency: () => number
  readonly startTime: () => number
  readonly cost: (task: string) => number
}

/** A call of a handler. `time` is the host's clock. */
export interface HandlerStart {
  readonly worker: number
  readonly task: string
  readonly time: number
}

export class Ground {
  readonly options: GroundOptions
  readonly scheduler: Scheduler.Scheduler
  readonly dispatcher: Scheduler.SchedulerDispatcher
  readonly clock: Clock.Clock
  readonly starts: Array<HandlerStart> = []

  private readonly host: Context.Context<never>
  private readonly fork: (effect: Effect.Effect<void>) => { readonly interruptUnsafe: () => void }
  private readonly timers = new Set<() => void>()
  private isClosed = false
  private pausedUntil = 0

  constructor(options: GroundOptions, host: Context.Context<never>) {
    this.options = options
    this.host = host
    this.scheduler = Context.get(host, Scheduler.Scheduler)
    this.clock = Context.get(host, Clock.Clock)
    this.dispatcher = this.scheduler.makeDispatcher()
    this.fork = Effect.runForkWith(
      Context.make(Scheduler.Scheduler, this.scheduler).pipe(Context.add(Clock.Clock, this.clock))
    )
  }

  /** The context of a worker's program: of the host's context only the deterministic parts. */
  contextFor(scheduler: Scheduler.Scheduler, clock: Clock.Clock) {
    return Context.make(Scheduler.Scheduler, scheduler).pipe(
      Context.add(Clock.Clock, clock),
      Context.add(Random.Random, Context.get(this.host, Random.Random)),
      Context.add(Current, Context.get(this.host, Current))
    )
  }

  readonly now = (): number => Number(this.clock.monotonicTimeNanosUnsafe()) / 1e6

  /** Runs a callback in a later turn, in order. */
  readonly schedule = (f: () => void): void => {
    if (!this.isClosed) this.dispatcher.scheduleTask(f, 0)
  }

  /** The same after so many milliseconds. Returns its cancellation. */
  readonly after = (millis: number, f: () => void): (() => void) => {
    let isCancelled = this.isClosed
    const fire = (): void => {
      if (!isCancelled) f()
    }
    if (millis <= 0) {
      this.schedule(fire)
      return () => {
        isCancelled = true
      }
    }
    // An error of the callback must not vanish in the timer's fiber.
    const due = Effect.sync(() => {
      this.timers.delete(cancel)
      this.schedule(fire)
    })
    const fiber =
      isCancelled || millis === Infinity ? undefined : this.fork(Effect.andThen(Effect.sleep(millis), due))
    const cancel = (): void => {
      isCancelled = true
      this.timers.delete(cancel)
      fiber?.interruptUnsafe()
    }
    if (fiber !== undefined) this.timers.add(cancel)
    return cancel
  }

  /** Until when nothing reaches the host. */
  readonly hostPausedUntil = (): number => this.pausedUntil

  pauseHost(millis: number): void {
    this.record(`the host pauses for ${millis} ms`)
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + millis)
  }

  jumpClock(millis: number): void {
    this.record(`the clock jumps by ${millis} ms`)
    Context.get(this.host, Current)?.leapUnsafe(millis)
  }

  record(event: string): void {
    Context.get(this.host, Current)?.recordUnsafe(event)
  }

  /** Loads a module while a virtual clock stands still. */
  importModule(url: string): Promise<Record<string, unknown>> {
    const release = Context.get(this.host, Current)?.holdUnsafe()
    const loading = this.options.importModule(url)
    if (release !== undefined) loading.then(release, release)
    return loading
  }

  close(): void {
    this.isClosed = true
    for (const cancel of this.timers) cancel()
  }
}
