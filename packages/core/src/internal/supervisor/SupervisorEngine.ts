/**
 * One supervisor: the children in order, the restart budget, the start and the end.
 *
 * Receives ends from `SupervisedChild.ts` and requests from `administration.ts`, hands restarts to `Round.ts`.
 * `machine/restart.ts` decides on each ended child. Upholds G2, G4 and G11: children start one after the other and end
 * in reverse order, each within its limits; beyond the budget, no child is restarted.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import { type Reason, RestartsExceeded, StartFailed, SupervisorError } from "../../SupervisorError.ts"
import type { SupervisorEvent } from "../../SupervisorEvent.ts"
import { EventBus } from "../shared/EventBus.ts"
import { reportThrown } from "../shared/hostLog.ts"
import { Timers } from "../shared/Timers.ts"
import { isActive, isPending } from "../machine/childMachine.ts"
import * as restart from "../machine/restart.ts"
import { step, type SupervisorEvent as Event, type SupervisorState } from "../machine/supervisorMachine.ts"
import { oneAtATime } from "../machine/transition.ts"
import type { ChildCounts, SupervisorSnapshot } from "../model/supervision.ts"
import { Delays } from "./Delays.ts"
import { Round, type RoundOwner } from "./Round.ts"
import { counts, snapshot } from "./snapshot.ts"
import type { ChildProgram, ChildSettings, SupervisorSettings } from "./settings.ts"
import { type ChildOwner, SupervisedChild } from "./SupervisedChild.ts"

type Counted = RestartsExceeded["restarts"][number]

export class SupervisorEngine implements ChildOwner, RoundOwner {
  state: SupervisorState = "starting"
  readonly step = oneAtATime((event: Event) => this.take(event))
  readonly settings: SupervisorSettings
  readonly context: Context.Context<never>
  readonly timers: Timers
  readonly path: string
  /** In start order. */
  readonly children: Array<SupervisedChild> = []
  /** Restarts under way; at most one for a strategy that replaces several children. */
  readonly rounds = new Set<Round>()
  /** Children being started by hand; a failed start is returned to the caller instead of being restarted. */
  readonly asked = new Set<SupervisedChild>()
  private readonly parent: SupervisorEngine | undefined
  private readonly nested = new WeakMap<SupervisedChild, SupervisorEngine>()
  readonly events: EventBus<SupervisorEvent>
  private ended: Effect.Effect<void, SupervisorError> | undefined
  private readonly waiters = new Set<() => void>()
  private readonly deferred: Array<SupervisedChild> = []
  /** Stuck children to be forgotten once they have ended. */
  private readonly leaving = new Set<SupervisedChild>()
  private readonly delays: Delays
  private budget: restart.Budget
  /** The ends counted by the budget. Invariant: as long as `budget.spent`. */
  private counted: ReadonlyArray<Counted> = []
  private failure: SupervisorError | undefined

  constructor(
    settings: SupervisorSettings,
    context: Context.Context<never>,
    parent: SupervisorEngine | undefined
  ) {
    this.settings = settings
    this.context = context
    this.parent = parent
    this.timers = new Timers(context)
    this.path = parent === undefined ? settings.id : `${parent.path}/${settings.id}`
    this.events = new EventBus<SupervisorEvent>({
      report: (whose, cause) => reportThrown(context, "supervisor", whose, cause),
      eventOf: (whose, cause) => ({ _tag: "CallbackFailed", supervisor: this.path, whose, cause })
    })
    this.delays = new Delays(settings.backoff, settings.period, (cause) =>
      this.events.threw("schedule", this, cause)
    )
    this.budget = restart.budget(settings.intensity, settings.period)
    for (const child of settings.children) this.add(child)
  }

  get terminateTimeout(): number {
    return this.settings.terminateTimeout
  }

  get isDynamic(): boolean {
    return this.settings.template !== undefined
  }

  error(reason: Reason): SupervisorError {
    return new SupervisorError({ supervisor: this.path, reason })
  }

  // --------------------------------------------------------------------------
  // children
  // --------------------------------------------------------------------------

  find(id: string): SupervisedChild | undefined {
    return this.children.find((child) => child.id === id)
  }

  add(settings: ChildSettings): SupervisedChild {
    const { body } = settings
    const child: SupervisedChild = new SupervisedChild(
      settings,
      this,
      body._tag === "ChildProgram" ? body : this.nestedBody(body, (nested) => this.nested.set(child, nested))
    )
    this.children.push(child)
    return child
  }

  private nestedBody(settings: SupervisorSettings, onMade: (engine: SupervisorEngine) => void): ChildProgram {
    return {
      _tag: "ChildProgram",
      start: makeEngine(settings, this, onMade),
      run: (engine) => (engine as SupervisorEngine).end
    }
  }

  /** Returns the engine of a supervisor child, while any part of the child runs. */
  nestedIn(child: SupervisedChild): SupervisorEngine | undefined {
    return isActive(child.state) ? this.nested.get(child) : undefined
  }

  below(child: SupervisedChild): SupervisorSnapshot | undefined {
    return this.nestedIn(child)?.snapshot()
  }

  /** Forgets the child's specification, now or once a stuck child has ended. */
  drop(child: SupervisedChild): void {
    if (child.state === "stuck") {
      this.leaving.add(child)
      return
    }
    const index = this.children.indexOf(child)
    // A caller may have started the child again meanwhile.
    if (index < 0 || isActive(child.state)) return
    this.roundOf(child)?.members.delete(child)
    this.children.splice(index, 1)
    child.step("remove")
    this.emit({ _tag: "ChildRemoved", supervisor: this.path, child: child.id })
  }

  onGone(child: SupervisedChild): void {
    if (this.leaving.delete(child)) this.drop(child)
  }

  // --------------------------------------------------------------------------
  // start and end
  // --------------------------------------------------------------------------

  /** Starts the children in order, each after the previous one has started. */
  get start(): Effect.Effect<void, SupervisorError> {
    return Effect.suspend(() => {
      this.emitState()
      const all = Effect.forEach(
        Array.from(this.children),
        (child) => {
          if (this.state !== "starting") return this.end
          child.step("start")
          // A failed start ends the supervisor; `end` fails with the reason.
          return Effect.flatMap(child.settled, () => (child.hasStarted ? Effect.void : this.end))
        },
        { discard: true }
      )
      return Effect.andThen(
        all,
        Effect.sync(() => this.step("ready"))
      )
    })
  }

  /** Waits until the supervisor has ended. */
  get end(): Effect.Effect<void, SupervisorError> {
    return Effect.callback((resume) => {
      const tell = () => resume(this.ended!)
      if (this.ended !== undefined) return tell()
      this.waiters.add(tell)
      return Effect.sync(() => this.waiters.delete(tell))
    })
  }

  get stop(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.step("stop")
      return Effect.ignore(this.end)
    })
  }

  private take(event: Event): void {
    const cell = step(this.state, event)
    const before = this.state
    this.state = cell.next
    if (before !== cell.next) this.emitState()
    for (const action of cell.actions) {
      if (action === "decideDeferred") for (const child of this.deferred.splice(0)) this.decide(child)
      else if (action === "stopChildren") Effect.runForkWith(this.context)(this.stopChildren)
      else if (action === "settle") this.settle()
    }
  }

  /**
   * Stops the children in reverse order, one after the other. Children of a dynamic supervisor are independent, so they
   * stop together.
   */
  private get stopChildren(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const rounds = Array.from(this.rounds)
      for (const round of rounds) this.cancel(round)
      const children = this.children.toReversed()
      yield* this.isDynamic
        ? Effect.forEach(children, (child) => child.stop, { concurrency: "unbounded", discard: true })
        : Effect.forEach(children, (child) => child.stop, { discard: true })
      this.step("childrenDown")
    })
  }

  private settle(): void {
    const { failure } = this
    this.ended = failure === undefined ? Effect.void : Effect.fail(failure)
    for (const tell of this.waiters) this.guard(tell)
    this.waiters.clear()
    this.events.end()
  }

  // --------------------------------------------------------------------------
  // decisions
  // --------------------------------------------------------------------------

  decide(child: SupervisedChild): void {
    const { reason, cause = Cause.empty } = child.end!
    if (this.state === "starting" && reason === "startFailed") {
      this.failure = this.error(new StartFailed({ child: child.id, cause }))
      this.step("startFailed")
      return
    }
    if (reason === "startFailed" && this.asked.has(child)) return
    const { actions } = step(this.state, "childEnded")
    if (actions.includes("defer")) this.deferred.push(child)
    if (actions.includes("decide")) this.apply(child)
  }

  private apply(child: SupervisedChild): void {
    const index = this.children.indexOf(child)
    // A sibling's restart, counted already, is going to replace the child anyway.
    if (index < 0 || isPending(child.state) || this.roundOf(child)?.isToStop(child) === true) return
    const { reason, cause } = child.end!
    const decision = restart.decide({
      type: child.settings.restart,
      reason,
      strategy: this.settings.strategy,
      budget: this.budget,
      now: this.timers.now(),
      index,
      count: this.children.length
    })
    switch (decision._tag) {
      case "Drop":
        this.drop(child)
        return this.endIfSignificant(child)
      case "Keep":
        return this.endIfSignificant(child)
      case "GiveUp":
        this.count(decision.budget, { child: child.id, reason, ...(cause !== undefined && { cause }) })
        return this.giveUp("intensity", child)
      case "Restart":
        this.count(decision.budget, { child: child.id, reason, ...(cause !== undefined && { cause }) })
        return this.begin(child, this.children.slice(decision.from, decision.to))
    }
  }

  private count(budget: restart.Budget, end: Counted): void {
    this.budget = budget
    this.counted = [...this.counted, end].slice(-budget.spent.length)
  }

  giveUp(limit: RestartsExceeded["limit"], child: SupervisedChild): void {
    const { intensity, period } = this.settings
    this.failure = this.error(new RestartsExceeded({ limit, intensity, period, restarts: this.counted }))
    this.emit({ _tag: "RestartsExceeded", supervisor: this.path, child: child.id })
    this.step("exceeded")
  }

  private endIfSignificant(child: SupervisedChild): void {
    const others = this.children
      .filter((other) => other !== child)
      .map((other) => ({
        significant: other.settings.significant,
        isAlive: isActive(other.state) || isPending(other.state)
      }))
    if (restart.endsSupervisor(this.settings.autoShutdown, child.settings, others)) this.step("stop")
  }

  // --------------------------------------------------------------------------
  // restarts
  // --------------------------------------------------------------------------

  roundOf(child: SupervisedChild): Round | undefined {
    return Array.from(this.rounds).find((round) => round.members.has(child))
  }

  /**
   * Starts a restart, which replaces every overlapping round. The new round includes the unstarted children of the old
   * rounds: `restForOne` takes all children after the ended one, and `oneForAll` takes all.
   */
  private begin(failed: SupervisedChild, members: ReadonlyArray<SupervisedChild>): void {
    for (const round of Array.from(this.rounds)) {
      if (members.some((member) => round.members.has(member))) this.cancel(round)
    }
    const round = new Round(this, failed, members)
    this.rounds.add(round)
    round.fiber = Effect.runForkWith(this.context)(round.run)
    round.fiber.addObserver(() => this.rounds.delete(round))
  }

  private cancel(round: Round): void {
    this.rounds.delete(round)
    round.fiber?.interruptUnsafe()
  }

  /** Takes a child out of a restart under way, because a caller wants the child stopped. */
  exclude(child: SupervisedChild): void {
    const round = this.roundOf(child)
    if (round === undefined) return
    round.members.delete(child)
    if (round.members.size === 0) this.cancel(round)
    child.notify()
  }

  /** Whether a new child can be added now, without waiting for a restart under way. */
  get isQuiet(): boolean {
    return this.rounds.size === 0 || restart.replaced[this.settings.strategy] === "it"
  }

  awaitQuiet(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const fiber = this.isQuiet ? undefined : this.rounds.values().next().value?.fiber
      return fiber === undefined ? Effect.void : Effect.flatMap(Fiber.await(fiber), () => this.awaitQuiet())
    })
  }

  nextDelay(child: SupervisedChild): Effect.Effect<number | undefined> {
    return this.delays.next(child, this.timers.now())
  }

  // --------------------------------------------------------------------------
  // observation
  // --------------------------------------------------------------------------

  readonly guard = (f: () => void): void => this.events.guard("caller", f)

  emit(event: SupervisorEvent): void {
    this.events.emit(event)
    this.parent?.emit(event)
  }

  private emitState(): void {
    this.emit({ _tag: "SupervisorStateChanged", supervisor: this.path, state: this.state })
  }

  subscribe(listener: (event: SupervisorEvent) => void, onEnd?: () => void): () => void {
    return this.events.subscribe(listener, onEnd)
  }

  restartsNow(): number {
    return restart.refresh(this.budget, this.timers.now()).spent.length
  }

  counts(): ChildCounts {
    return counts(this)
  }

  snapshot(): SupervisorSnapshot {
    return snapshot(this)
  }
}

/** Makes a supervisor and starts its children; closing the scope stops the supervisor. */
export const makeEngine = (
  settings: SupervisorSettings,
  parent: SupervisorEngine | undefined,
  onMade: (engine: SupervisorEngine) => void = () => {}
): Effect.Effect<SupervisorEngine, SupervisorError, Scope> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const context = yield* Effect.context()
      const engine = new SupervisorEngine(settings, context, parent)
      onMade(engine)
      yield* Effect.addFinalizer(() => engine.stop)
      yield* restore(engine.start)
      return engine
    })
  )
