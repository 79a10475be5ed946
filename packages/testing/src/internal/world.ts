/**
 * One simulation: its scheduler, its clock, and the loop that drives both.
 *
 * Everything that runs, runs in a step: a task from the run queue. Whatever happens between steps comes from the
 * real world (a promise, a real timer), is let in, and is counted as uncontrolled.
 *
 * @since 0.1.0
 */
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import { halted } from "./halted.ts"
import { Recorder } from "./history.ts"
import type { Oracle } from "./oracle.ts"
import { RunQueue } from "./runQueue.ts"
import { Timeline } from "./timeline.ts"

export interface WorldOptions {
  readonly oracle: Oracle
  readonly reorder: boolean
  readonly start: number
  readonly stepMillis: number
}

/** A fiber that is interrupted before its first operations loses what it was about to acquire. */
const firstPreemptible = 3

export class World {
  readonly recorder = new Recorder()
  readonly timeline: Timeline
  readonly scheduler: Scheduler.Scheduler
  steps = 0
  /** How often something came from outside. Invariant: 0 means that the seed decided everything. */
  uncontrolled = 0
  /** How many parts of the program wait for the real world; the clock stands still meanwhile. */
  outside = 0

  private readonly oracle: Oracle
  private readonly queue: RunQueue
  private readonly stepMillis: number
  private inStep = false
  private untilPreemption: number
  /** May hold fibers that have ended; swept when it has doubled. */
  private fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  private sweepAt = 1024

  constructor(options: WorldOptions) {
    this.oracle = options.oracle
    this.queue = new RunQueue(options.oracle, options.reorder)
    this.stepMillis = options.stepMillis
    this.untilPreemption = options.oracle.gap()
    this.timeline = new Timeline(options.start, () => this.notice())
    const dispatcher: Scheduler.SchedulerDispatcher = {
      scheduleTask: (task, priority) => {
        this.notice()
        this.queue.add(task, priority)
      },
      flush: () => {
        while (this.step()) continue
      }
    }
    this.scheduler = {
      executionMode: "async",
      shouldYield: (fiber) => this.shouldYield(fiber),
      makeDispatcher: () => dispatcher
    }
  }

  get isIdle(): boolean {
    return this.queue.length === 0
  }

  /** Runs code of the program. What it throws, nobody in the program could have caught. */
  enter(run: () => void): void {
    const before = this.inStep
    this.inStep = true
    try {
      run()
    } finally {
      this.inStep = before
    }
  }

  /** Runs one ready task; `false` when there is none. */
  step(): boolean {
    const next = this.queue.take()
    if (next === undefined) return false
    this.steps++
    this.recorder.mix(next.choice)
    this.recorder.mix(next.of)
    this.enter(next.run)
    if (this.stepMillis > 0) {
      this.timeline.elapsed += this.stepMillis
      this.wakeDue()
    }
    return true
  }

  /** Nothing is ready: on to the next timer. `false` when there is none. */
  jump(): boolean {
    if (!this.timeline.jump()) return false
    this.recorder.mixTime(this.timeline.elapsed)
    this.wakeDue()
    return true
  }

  record(event: string): void {
    this.recorder.record(this.timeline.elapsed, event)
  }

  /** Fibers that have begun and not ended, except those of workers that are dead. */
  suspended(): Array<Fiber.Fiber<unknown, unknown>> {
    this.sweep()
    return Array.from(this.fibers)
  }

  private wakeDue(): void {
    for (const wake of this.timeline.takeDue()) this.queue.add(wake, 0)
  }

  private shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    if (fiber.currentOpCount === 1) this.see(fiber)
    if (fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield) return true
    if (fiber.currentOpCount < firstPreemptible || --this.untilPreemption > 0) return false
    this.untilPreemption = this.oracle.gap()
    this.recorder.mix(this.untilPreemption)
    return true
  }

  private see(fiber: Fiber.Fiber<unknown, unknown>): void {
    this.notice()
    this.fibers.add(fiber)
    if (this.fibers.size < this.sweepAt) return
    this.sweep()
    this.sweepAt = Math.max(1024, this.fibers.size * 2)
  }

  private sweep(): void {
    for (const fiber of this.fibers) {
      if (fiber.pollUnsafe() !== undefined || halted.has(fiber.cache.scheduler)) this.fibers.delete(fiber)
    }
  }

  private notice(): void {
    if (!this.inStep) this.uncontrolled++
  }
}
