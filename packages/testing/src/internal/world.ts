/**
 * One simulation: its scheduler, its clock, and the loop that drives both.
 *
 * Everything runs in a step: a task from the run queue. Any event between steps comes from the
 * real world (a promise, a real timer), is let in, and is counted as uncontrolled.
 *
 * @since 0.1.0
 */
import * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import { halted } from "./halted.ts"
import { Recorder } from "./history.ts"
import type { Below, Draw, Oracle } from "./oracle.ts"
import { RunQueue } from "./runQueue.ts"
import { type Ready, Strand } from "./strand.ts"
import { Timeline } from "./timeline.ts"

/** Receives every decision other than the tame one, and every running strand. */
export interface Observer {
  readonly onSwitch: (from: Strand, to: Strand) => void
  readonly onPreempt: (strand: Strand, to: Strand | undefined) => void
  readonly onPostpone: (strand: Strand) => void
  readonly onDraw: (strand: Strand, kind: Draw, value: number) => void
}

/** Receives every event, for people to read. */
export interface Tracer {
  /** A strand runs: in a turn of its own, on the stack of its waker, or on again after a strand above. */
  readonly onEnter: (strand: Strand, time: number, how: "turn" | "nested" | "back") => void
  readonly onOperation: (strand: Strand) => void
  readonly onEvent: (strand: Strand, event: string) => void
  readonly onPreempt: (strand: Strand) => void
  readonly onSleep: (strand: Strand, until: number) => void
}

export interface WorldOptions {
  readonly oracle: Oracle
  readonly reorder: boolean
  readonly start: number
  readonly stepMillis: number
  readonly observer?: Observer | undefined
  readonly tracer?: Tracer | undefined
}

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** Effect has no public way to ask whether a fiber has stopped. Without this, a stopped fiber may pass for a running one. */
export const isOnStack = (fiber: AnyFiber): boolean => Reflect.get(fiber, "_running") !== false

/** A fiber interrupted before its first operations loses the resource just being acquired. */
const firstPreemptible = 3

export class World {
  readonly recorder = new Recorder()
  readonly timeline: Timeline
  readonly scheduler: Scheduler.Scheduler
  /** The program itself. */
  readonly root = new Strand()
  steps = 0
  /** Preemptible operations. */
  operations = 0
  /** Started strands. */
  strands = 1
  /** Events from outside. Invariant: 0 means a run decided by its seed alone. */
  uncontrolled = 0
  /** How many parts of the program wait for the real world; the clock stands still meanwhile. */
  outside = 0

  private readonly oracle: Oracle
  private readonly observer: Observer | undefined
  private readonly tracer: Tracer | undefined
  private readonly queue: RunQueue
  private readonly stepMillis: number
  private inStep = false
  /** The running strand, or the last one. */
  private current = this.root
  /** The strand of the current turn. */
  private turn = this.root
  private currentFiber: AnyFiber | undefined
  /** Fibers with code on the stack, the innermost last. Stopped fibers may remain until the next one enters. */
  private readonly stack: Array<AnyFiber> = []
  /** The last scheduled task: if its scheduling fiber goes on afterwards, the task begins a strand of its own. */
  private unsettled: { readonly ready: Ready; readonly by: AnyFiber } | undefined
  /** The strand due after a preemption. */
  private successor: Strand | undefined
  private isPreempting = false
  private readonly strandOf = new WeakMap<AnyFiber, Strand>()
  /** May hold ended fibers; swept at twice the size. */
  private fibers = new Set<AnyFiber>()
  private sweepAt = 1024

  constructor(options: WorldOptions) {
    this.oracle = options.oracle
    this.observer = options.observer
    this.tracer = options.tracer
    this.queue = new RunQueue(options.reorder)
    this.stepMillis = options.stepMillis
    this.timeline = new Timeline(options.start, (until) => {
      this.notice()
      const strand = this.running()
      this.tracer?.onSleep(strand, until)
      return strand
    })
    const dispatcher: Scheduler.SchedulerDispatcher = {
      scheduleTask: (task, priority) => {
        this.notice()
        this.add(task, priority)
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

  /** Runs code of the program. Nobody in the program could have caught an error from here. */
  enter(run: () => void): void {
    const before = this.inStep
    this.inStep = true
    try {
      run()
    } finally {
      this.inStep = before
    }
  }

  /** Runs one ready task. Returns `false` without one. */
  step(): boolean {
    const of = this.queue.length
    if (of === 0) return false
    this.settle()
    const choice = this.queue.reorder && of > 1 ? this.choose() : 0
    const next = this.queue.take(choice)
    this.steps++
    this.recorder.mix(choice)
    this.recorder.mix(of)
    this.successor = undefined
    this.current = next.strand
    this.turn = next.strand
    this.currentFiber = undefined
    this.stack.length = 0
    this.current.at++
    this.tracer?.onEnter(next.strand, this.timeline.elapsed, "turn")
    this.enter(next.run)
    this.settle()
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

  /** Time moves on though something is ready: as if the machine had been suspended. */
  leap(millis: number): void {
    this.timeline.elapsed += millis
    this.recorder.mixTime(this.timeline.elapsed)
    this.wakeDue()
  }

  record(event: string): void {
    const strand = this.running()
    this.recorder.record(this.timeline.elapsed, event, strand.id)
    this.tracer?.onEvent(strand, event)
  }

  /** For people to read only. */
  note(event: string): void {
    this.tracer?.onEvent(this.running(), event)
  }

  draw(kind: Draw, n: number): number {
    const strand = this.running()
    const value = n > 1 ? this.oracle.draw(kind, n, strand) : 0
    if (value !== 0) this.observer?.onDraw(strand, kind, value)
    if (value !== 0) this.tracer?.onEvent(strand, `${kind} ${value}`)
    strand.draws[kind]++
    this.recorder.mix(value)
    return value
  }

  /** The strand whose code is on the stack, or was last. */
  running(): Strand {
    const fiber = Fiber.getCurrent()
    return (fiber === undefined ? undefined : this.strandOf.get(fiber)) ?? this.current
  }

  /** Unfinished fibers, except the fibers of dead workers. */
  suspended(): Array<AnyFiber> {
    this.sweep()
    return Array.from(this.fibers)
  }

  strandOfFiber(fiber: AnyFiber): Strand | undefined {
    return this.strandOf.get(fiber)
  }

  private choose(): number {
    if (this.successor !== undefined) {
      const index = this.queue.candidates.findIndex(({ strand }) => strand === this.successor)
      if (index >= 0) return index
    }
    const { candidates } = this.queue
    const chosen = candidates[this.oracle.pick(this.queue, this.current)]!.strand
    // A strand may stand in line twice, with one obsolete turn; a log names strands.
    const choice = candidates.findIndex(({ strand }) => strand === chosen)
    if (choice !== 0) this.observer?.onSwitch(this.current, chosen)
    return choice
  }

  /** A fiber schedules its own continuation last before its stop; every other scheduled task is a strand of its own. */
  private add(run: () => void, priority: number): void {
    const by = Fiber.getCurrent()
    this.settle(by)
    const ready: Ready = { run, priority, strand: this.root, gaveWay: false }
    this.queue.add(ready)
    if (by === undefined) ready.strand = this.spawn(this.current)
    else this.unsettled = { ready, by }
  }

  private settle(running?: AnyFiber): void {
    if (this.unsettled === undefined) return
    const { by, ready } = this.unsettled
    const strand = this.strandOf.get(by) ?? this.current
    this.unsettled = undefined
    const goesOn = by === running || by.pollUnsafe() !== undefined
    ready.strand = goesOn ? this.spawn(strand) : strand
    ready.gaveWay = !goesOn && !this.isPreempting
    if (!goesOn) this.isPreempting = false
  }

  private spawn(by: Strand): Strand {
    this.strands++
    return new Strand(by)
  }

  private wakeDue(): void {
    const due = this.timeline.takeDue()
    const late: typeof due = []
    for (const wake of due) {
      const isLate = !this.queue.reorder && due.length - late.length > 1 && this.oracle.postpone(wake.strand)
      if (isLate) this.observer?.onPostpone(wake.strand)
      if (isLate) late.push(wake)
      else this.wake(wake)
    }
    for (const wake of late) this.wake(wake)
  }

  private wake({ run, strand }: { readonly run: () => void; readonly strand: Strand }): void {
    this.queue.add({ run, priority: 0, strand, gaveWay: false })
  }

  private shouldYield(fiber: AnyFiber): boolean {
    if (fiber !== this.currentFiber) this.enterFiber(fiber)
    if (fiber.currentOpCount === 1) this.see(fiber)
    if (this.unsettled !== undefined) this.settle(fiber)
    const strand = this.current
    strand.at++
    this.tracer?.onOperation(strand)
    if (fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield) return true
    if (fiber.currentOpCount < firstPreemptible) return false
    this.operations++
    const preempted = this.oracle.preempt(strand, this.queue, this.below)
    if (preempted === false) return false
    this.successor = preempted === true ? undefined : preempted
    this.isPreempting = true
    this.observer?.onPreempt(strand, this.successor)
    this.tracer?.onPreempt(strand)
    this.recorder.mix(strand.at)
    return true
  }

  /** The strands going on after the running strand's stop. */
  private readonly below: Below = {
    isEmpty: () => this.stack.length <= 1,
    strands: () => this.stack.slice(0, -1).map((fiber) => this.strandOf.get(fiber)!)
  }

  private enterFiber(fiber: AnyFiber): void {
    while (this.stack.length > 0 && !isOnStack(this.stack.at(-1)!)) this.stack.pop()
    const top = this.stack.at(-1)
    const isBack = top === fiber
    let strand = this.strandOf.get(fiber)
    if (strand === undefined) {
      // A task starting a fiber is the fiber's strand; a fiber started on the stack of another one is a new strand.
      const by = top === undefined ? this.turn : this.strandOf.get(top)!
      strand = by.fiber === undefined ? by : this.spawn(by)
      strand.fiber = fiber
      this.strandOf.set(fiber, strand)
    }
    if (!isBack) this.stack.push(fiber)
    // The program itself begins in no turn.
    if (this.steps === 0 && this.stack.length === 1 && !isBack) {
      this.tracer?.onEnter(strand, this.timeline.elapsed, "turn")
    } else if (strand !== this.current) {
      this.tracer?.onEnter(strand, this.timeline.elapsed, isBack ? "back" : "nested")
    }
    this.currentFiber = fiber
    this.current = strand
  }

  private see(fiber: AnyFiber): void {
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
