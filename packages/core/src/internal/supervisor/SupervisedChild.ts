/**
 * One child: state, fiber, scope and timers.
 *
 * Receives requests from `SupervisorEngine.ts` and `Round.ts`, hands ends to its owner as data. Upholds: no child runs
 * twice at once, because a child starts only from a state in which nothing of it runs (G2, G4).
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import type { SupervisorEvent } from "../../SupervisorEvent.ts"
import type { Cancel, Timers } from "../shared/Timers.ts"
import {
  type ChildAction,
  type ChildEvent,
  type ChildState,
  isDown,
  step as stepOf
} from "../machine/childMachine.ts"
import type { EndReason } from "../machine/restart.ts"
import type { ChildSnapshot, SupervisorSnapshot } from "../model/supervision.ts"
import type { ChildProgram, ChildSettings } from "./settings.ts"

/** The supervisor, as used by a child. */
export interface ChildOwner {
  readonly context: Context.Context<never>
  readonly timers: Timers
  readonly terminateTimeout: number
  readonly path: string
  readonly emit: (event: SupervisorEvent) => void
  /** Resumes a caller, whose own observers may throw. */
  readonly guard: (resume: () => void) => void
  /** The child ended by itself; the owner decides the reaction. */
  readonly decide: (child: SupervisedChild) => void
  /** A stuck child has ended after all. */
  readonly onGone: (child: SupervisedChild) => void
  /** Snapshot of the child as a supervisor, while any part of it runs. */
  readonly below: (child: SupervisedChild) => SupervisorSnapshot | undefined
}

/** A caller waiting for a state. */
interface Watcher {
  readonly isMet: (state: ChildState) => boolean
  readonly resume: () => void
}

export class SupervisedChild {
  state: ChildState = "waiting"
  readonly settings: ChildSettings
  /** Number of starts. */
  starts = 0
  /** Time of the last successful start, on the clock of the timers. */
  startedAt = 0
  /** The value of `start`, while the child runs. */
  value: unknown = undefined
  /** How the child last ended by itself. */
  end: { readonly reason: EndReason; readonly cause: Cause.Cause<unknown> | undefined } | undefined
  /** Whether `start` succeeded in the current run. */
  hasStarted = false
  /** Why `start` failed in the current run. */
  startFailure: Cause.Cause<unknown> | undefined
  private readonly owner: ChildOwner
  private readonly body: ChildProgram
  private fiber: Fiber.Fiber<unknown, unknown> | undefined
  private scope: Scope.Closeable | undefined
  private bodyExit: Exit.Exit<unknown, unknown> | undefined
  private closeExit: Exit.Exit<unknown, unknown> | undefined
  private cancel: Cancel = () => {}
  private askedAt = 0
  /** Whether the scope was closed while the Effect was still running. */
  private isForced = false
  private readonly watchers = new Set<Watcher>()

  constructor(settings: ChildSettings, owner: ChildOwner, body: ChildProgram) {
    this.settings = settings
    this.owner = owner
    this.body = body
  }

  get id(): string {
    return this.settings.id
  }

  step(event: ChildEvent): void {
    const cell = stepOf(this.state, event)
    const before = this.state
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
    if (before !== cell.next) this.notify()
  }

  /**
   * Wakes the watchers whose condition is met. Checks all conditions before resuming any watcher: a resumed caller may
   * restart this child synchronously, and the remaining watchers would miss their state.
   */
  notify(): void {
    const due = Array.from(this.watchers).filter(({ isMet }) => isMet(this.state))
    for (const watcher of due) this.watchers.delete(watcher)
    for (const { resume } of due) this.owner.guard(resume)
  }

  /** Asks the child to end: with a grace, or at once if `brutal`. */
  askToStop(): void {
    if (this.state === "starting" || this.state === "running" || this.state === "ending") {
      this.askedAt = this.owner.timers.now()
      this.emit("ChildStopping")
    }
    this.step(this.settings.isBrutal ? "kill" : "stop")
  }

  /**
   * Completes when the state satisfies the condition. Calls `begin` after registering the watcher, so that no change is
   * missed.
   */
  awaitState(isMet: Watcher["isMet"], begin: () => void = () => {}): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const watcher: Watcher = { isMet, resume: () => resume(Effect.void) }
      this.watchers.add(watcher)
      begin()
      // `notify` may have resumed the watcher already.
      if (isMet(this.state) && this.watchers.delete(watcher)) watcher.resume()
      return Effect.sync(() => this.watchers.delete(watcher))
    })
  }

  /** Completes when the child has started, or when the attempt is over. */
  get settled(): Effect.Effect<void> {
    return this.awaitState((state) => this.hasStarted || (state !== "starting" && state !== "ending"))
  }

  /** Asks the child to end, and waits until it is down or stuck. */
  get stop(): Effect.Effect<void> {
    return this.stopAfter(() => {})
  }

  /** Like `stop`, but runs `first` in the same synchronous step. */
  stopAfter(first: () => void): Effect.Effect<void> {
    return this.awaitState(isDown, () => {
      first()
      this.askToStop()
    })
  }

  snapshot(): ChildSnapshot {
    return {
      id: this.id,
      kind: this.settings.body._tag === "Supervisor" ? "supervisor" : "worker",
      state: this.state,
      restart: this.settings.restart,
      significant: this.settings.significant,
      starts: this.starts,
      fiber: this.fiber?.id,
      lastCause: this.end?.cause,
      supervisor: this.owner.below(this)
    }
  }

  // --------------------------------------------------------------------------
  // actions
  // --------------------------------------------------------------------------

  private perform(action: ChildAction): void {
    switch (action) {
      case "open":
        return this.open()
      case "serve":
        return this.emitStart("ChildStarted")
      case "interrupt":
        return this.fiber?.interruptUnsafe()
      case "close":
        return this.close()
      case "armGrace":
        return this.arm(
          this.settings.isBrutal ? this.owner.terminateTimeout : this.settings.grace,
          "graceExpired"
        )
      case "armTerminate":
        return this.arm(this.owner.terminateTimeout, "terminateExpired")
      case "disarm":
        return this.cancel()
      case "decide":
        this.end = this.reasonOfEnd()
        if (!this.hasStarted) this.startFailure = this.end.cause ?? Cause.empty
        return this.owner.decide(this)
      case "reportStopped":
        return this.reportStopped()
      case "reportStuck":
        return this.emit("ChildStuck")
      case "reportGone":
        this.emit("ChildGone")
        return this.owner.onGone(this)
    }
  }

  private open(): void {
    this.starts++
    this.hasStarted = false
    this.startFailure = undefined
    this.bodyExit = undefined
    this.closeExit = undefined
    this.isForced = false
    const scope = Scope.makeUnsafe()
    this.scope = scope
    this.emitStart("ChildStarting")
    const life = Effect.flatMap(this.body.start, (value) => {
      this.value = value
      this.hasStarted = true
      this.startedAt = this.owner.timers.now()
      this.step("started")
      return this.body.run(value)
    })
    const fiber = Effect.runForkWith(Context.add(this.owner.context, Scope.Scope, scope))(life)
    this.fiber = fiber
    // The child was stopped during its first synchronous steps, before there was a fiber to interrupt.
    if (this.state === "stopping" || this.state === "forcing") fiber.interruptUnsafe()
    fiber.addObserver((exit) => {
      this.bodyExit = exit
      this.step("ended")
      this.checkGone()
    })
  }

  /** Closes the scope, once. Closing is never interrupted; a timer bounds the wait. */
  private close(): void {
    const scope = this.scope
    if (scope === undefined) return
    this.isForced = this.bodyExit === undefined
    this.scope = undefined
    const closing = Effect.runForkWith(this.owner.context)(
      Scope.close(scope, this.bodyExit ?? Exit.interrupt())
    )
    closing.addObserver((exit) => {
      this.closeExit = exit
      this.checkGone()
    })
  }

  private checkGone(): void {
    if (this.bodyExit === undefined || this.closeExit === undefined || this.fiber === undefined) return
    this.fiber = undefined
    this.value = undefined
    this.step("gone")
  }

  private arm(millis: number, event: ChildEvent): void {
    this.cancel()
    this.cancel = this.owner.timers.limit(millis, () => this.step(event))
  }

  private reasonOfEnd(): { reason: EndReason; cause: Cause.Cause<unknown> | undefined } {
    const cause = [this.bodyExit, this.closeExit]
      .flatMap((exit) => (exit !== undefined && Exit.isFailure(exit) ? [exit.cause] : []))
      .reduce<Cause.Cause<unknown> | undefined>(
        (all, one) => (all === undefined ? one : Cause.combine(all, one)),
        undefined
      )
    const reason = !this.hasStarted
      ? "startFailed"
      : cause === undefined
        ? "normal"
        : Cause.hasInterruptsOnly(cause)
          ? "shutdown"
          : "crash"
    this.owner.emit({ _tag: "ChildEnded", supervisor: this.owner.path, child: this.id, reason, cause })
    return { reason, cause }
  }

  // --------------------------------------------------------------------------
  // events
  // --------------------------------------------------------------------------

  private emit(_tag: "ChildStopping" | "ChildStuck" | "ChildGone"): void {
    this.owner.emit({ _tag, supervisor: this.owner.path, child: this.id })
  }

  private emitStart(_tag: "ChildStarting" | "ChildStarted"): void {
    this.owner.emit({ _tag, supervisor: this.owner.path, child: this.id, start: this.starts })
  }

  private reportStopped(): void {
    this.owner.emit({
      _tag: "ChildStopped",
      supervisor: this.owner.path,
      child: this.id,
      how: this.isForced || this.settings.isBrutal ? "killed" : "shutdown",
      millis: this.owner.timers.now() - this.askedAt
    })
  }
}
