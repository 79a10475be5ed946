/**
 * Isolates a simulated worker: all its code runs through here, so the simulation can hold or cut the code at any
 * point, as a thread can be.
 *
 * A dead realm runs nothing any more, not even finalizers: its fibers yield at their next operation into a
 * dispatcher without memory, and its timers are gone.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scheduler from "effect/Scheduler"
import { halted } from "../../internal/halted.ts"

export interface RealmOptions {
  readonly scheduler: Scheduler.Scheduler
  readonly clock: Clock.Clock
  readonly dispatcher: Scheduler.SchedulerDispatcher
  /** A timer of the host; returns its cancellation. */
  readonly after: (millis: number, f: () => void) => () => void
  /** The worker's code threw outside of every fiber. */
  readonly onUncaught: (error: unknown) => void
}

export class Realm {
  readonly scheduler: Scheduler.Scheduler
  readonly clock: Clock.Clock
  private readonly options: RealmOptions
  private dead = false
  private holds = 0
  private depth = 0
  /** The tasks held back with the realm, in order. */
  private held: Array<() => void> = []
  private unwinding: Array<() => void> = []
  private readonly timers = new Set<() => void>()

  constructor(options: RealmOptions) {
    this.options = options
    const { clock, dispatcher, scheduler } = options
    const own: Scheduler.SchedulerDispatcher = {
      scheduleTask: (task, priority) => {
        if (!this.dead) dispatcher.scheduleTask(() => this.enter(task), priority)
      },
      flush: () => dispatcher.flush()
    }
    this.scheduler = {
      executionMode: scheduler.executionMode,
      // Code resumed from elsewhere (a promise, the host) yields first, so the code comes through `enter` too.
      shouldYield: (fiber) => !this.isRunning || this.depth === 0 || scheduler.shouldYield(fiber),
      makeDispatcher: () => own
    }
    this.clock = Object.assign(Object.create(clock) as Clock.Clock, {
      sleep: (duration: Duration.Duration) => this.sleep(Duration.toMillis(duration))
    })
  }

  get isDead(): boolean {
    return this.dead
  }

  get isRunning(): boolean {
    return !this.dead && this.holds === 0
  }

  /** Runs the worker's code now, later if the realm is held, or never. */
  enter(f: () => void): void {
    if (this.dead) return
    if (this.holds > 0) {
      this.held.push(f)
      return
    }
    this.depth++
    try {
      f()
    } catch (error) {
      this.options.onUncaught(error)
    } finally {
      this.depth--
      if (this.depth === 0) for (const undo of this.unwinding.splice(0)) undo()
    }
  }

  /** Nothing runs until the returned function is called. Running code goes on to the end of its own stack. */
  hold(): () => void {
    this.holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      if (--this.holds > 0) return
      const { dispatcher } = this.options
      for (const f of this.held.splice(0)) dispatcher.scheduleTask(() => this.enter(f), 0)
    }
  }

  kill(): void {
    this.dead = true
    this.held = []
    halted.add(this.scheduler)
    for (const cancel of this.timers) cancel()
    this.timers.clear()
  }

  /** Runs a callback after the worker's current stack has returned; never without one. */
  afterUnwinding(f: () => void): void {
    if (this.depth > 0) this.unwinding.push(f)
  }

  private sleep(millis: number): Effect.Effect<void> {
    if (millis <= 0) return Effect.yieldNow
    if (millis === Infinity) return Effect.never
    return Effect.callback<void>((resume) => {
      const cancel = this.options.after(millis, () => {
        this.timers.delete(cancel)
        this.enter(() => resume(Effect.void))
      })
      this.timers.add(cancel)
      return Effect.sync(() => {
        this.timers.delete(cancel)
        cancel()
      })
    })
  }
}
