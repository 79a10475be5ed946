/**
 * Reads along with one worker, and injects faults at their planned points.
 *
 * Receives frames and handler calls on their way, and hands on the remains after the faults. Knows the worker's
 * tasks, so a fault can name a task.
 *
 * @since 0.1.0
 */
import * as Claims from "@heddle/core/protocol/claims/Claims"
import * as Message from "@heddle/core/protocol/messages/Message"
import * as Effect from "effect/Effect"
import type { CrashAt, Death, Fault } from "../Fault.ts"
import type { ClaimJournal } from "./claimJournal.ts"
import type { Ground } from "./ground.ts"
import * as Instrument from "./instrument.ts"
import * as Replies from "./replies.ts"

/** The faults' means against a worker. */
export interface Victim {
  readonly number: number
  readonly isRunning: boolean
  readonly die: (death: Death) => void
  /** The handler hogs the worker: for ever, or, in native code, for so long. */
  readonly stall: (nativeMillis: number | undefined) => void
  /** Processes nothing for so long. */
  readonly busy: (millis: number) => void
  readonly stray: (message: unknown) => void
  /** Posts the messages held back meanwhile. */
  readonly catchUp: () => void
}

interface Held {
  readonly task: string
  readonly index: number
  readonly ticket: number
}

export class Interceptor {
  private readonly ground: Ground
  private readonly victim: Victim
  private readonly journal: ClaimJournal
  /** The worker's unanswered tasks. */
  private readonly held = new Map<Claims.ClaimRef, Held>()
  /** By route, as the host introduced them. */
  private readonly tasks: Array<string> = []
  private readonly claimCapacity: number
  /** Task names of module functions, by `url#name`. */
  private readonly moduleTasks = new Map<string, string>()
  private cancelIdle: (() => void) | undefined

  constructor(ground: Ground, victim: Victim, journal: ClaimJournal, claimCapacity: number) {
    this.claimCapacity = claimCapacity
    this.ground = ground
    this.victim = victim
    this.journal = journal
  }

  /** A frame for the worker. Returns `false` for a worker dead before reading the frame. */
  arrived(frame: Message.Frame): boolean {
    this.cancelIdle?.()
    let death: Death | undefined
    let hangs = false
    Message.readRequests(frame, {
      route: (route, task, module) => {
        this.tasks[route] = task
        if (module !== undefined) this.moduleTasks.set(`${module.url}#${module.name}`, task)
      },
      run: (_many, ref, route) => {
        const task = this.tasks[route]!
        const index = Claims.indexOf(this.claimCapacity, ref)
        const ticket = Claims.ticketOf(this.claimCapacity, ref)
        this.held.set(ref, { task, index, ticket })
        this.journal.note(index, ticket)
        death ??= this.crashAt("beforeRun", task)
      },
      stop: () => {
        const fault = this.at("stop", undefined)
        if (fault?._tag === "Crash") death ??= fault
        // Held before the reading: the frame is never seen.
        else if (fault?._tag === "HangAtStop") hangs = true
      }
    })
    if (death !== undefined) this.victim.die(death)
    else if (hangs) this.victim.stall(undefined)
    return death === undefined && !hangs
  }

  /** A frame from the worker. Returns the frames arriving in its place, and the death of the worker, if any. */
  posted(frame: Message.Frame): {
    readonly frames: ReadonlyArray<unknown>
    readonly death: Death | undefined
    /** How many milliseconds they take beyond the latency. */
    readonly late: number
  } {
    const said = Replies.parse(frame)
    const dropped = new Set<Replies.Said>()
    let frames: ReadonlyArray<unknown> | undefined
    let death: Death | undefined
    let late = 0
    for (const message of said) {
      const task = message.kind === "reply" ? this.held.get(message.ref!)?.task : undefined
      if (task === undefined) continue
      const fault = this.at("beforeReply", task)
      if (fault?._tag === "Crash") return { frames: [], death: fault, late }
      if (fault?._tag === "HostPause") this.ground.pauseHost(fault.millis)
      if (fault?._tag === "LateFrame") late += fault.millis
      if (fault?._tag === "DropReply") dropped.add(message)
      else frames ??= fault === undefined ? undefined : inPlaceOf(frame, fault)
      death ??= this.crashAt("afterReply", task)
    }
    this.settle(said)
    const whole =
      dropped.size === 0
        ? frame
        : Replies.rebuild(
            frame,
            said.filter((message) => !dropped.has(message))
          )
    return { frames: frames ?? [whole], death, late }
  }

  /** A handler or a module's function is called. */
  readonly called: Instrument.Hook = (task, body): unknown => {
    // A module still loading at the worker's rest, or the next task of a frame, on the same stack.
    if (!this.victim.isRunning) return later(() => this.called(task, body))
    this.victim.catchUp()
    if (!this.victim.isRunning) return later(() => this.called(task, body))
    const { number } = this.victim
    this.ground.starts.push({ worker: number, task, time: this.ground.now() })
    this.ground.record(`worker ${number} starts ${task}`)
    const fault = this.at("duringRun", task)
    const death = this.crashAt("afterRun", task)
    const run = death === undefined ? body : () => this.crashAfter(death, body)
    const cost = this.ground.options.cost(task)
    switch (fault?._tag) {
      case "Crash":
        return this.crashDuring(fault, fault.after, body)
      case "Hang":
        this.victim.stall(undefined)
        return Effect.never
      case "Stuck":
        this.victim.stall(fault.millis)
        return later(run)
      case "Stopped":
        this.victim.busy(fault.millis)
        return later(run)
      case "ClockJump":
        this.ground.jumpClock(fault.millis)
        break
      case "Stray":
        this.victim.stray(fault.message)
        break
    }
    if (cost <= 0) return run()
    this.victim.busy(cost)
    return later(run)
  }

  readonly taskOfExport = (url: string, name: string): string =>
    this.moduleTasks.get(`${url}#${name}`) ?? name

  /** The worker dies at the end of the body, of any kind. */
  private crashAfter(death: Death, body: () => unknown): Effect.Effect<any, any, any> {
    const die = Effect.suspend(() => {
      this.victim.die(death)
      return Effect.never
    })
    return Effect.matchCauseEffect(Instrument.toEffect(body), { onSuccess: () => die, onFailure: () => die })
  }

  private crashDuring(death: Death, after: number, body: () => unknown): Effect.Effect<any, any, any> {
    return Effect.suspend(() => {
      this.ground.after(after, () => this.victim.die(death))
      return this.crashAfter(death, body)
    })
  }

  /** Notes answered tasks; a worker without tasks may die of an idle fault. */
  private settle(said: ReadonlyArray<Replies.Said>): void {
    let task: string | undefined
    let isNews = false
    for (const { kind, ref } of said) {
      if (kind === "other") continue
      isNews = true
      if (ref === undefined) continue
      task = this.held.get(ref)?.task ?? task
      this.held.delete(ref)
    }
    if (!isNews || !this.isIdle) return
    const fault = this.at("idle", task)
    if (fault?._tag !== "Crash") return
    this.cancelIdle = this.ground.after(fault.after, () => {
      if (this.isIdle) this.victim.die(fault)
    })
  }

  private get isIdle(): boolean {
    for (const { index, ticket } of this.held.values())
      if (!this.journal.isRevoked(index, ticket)) return false
    return true
  }

  private at(at: CrashAt, task: string | undefined): Fault | undefined {
    return this.ground.options.faults.at(at, this.victim.number, task)
  }

  private crashAt(at: CrashAt, task: string): Death | undefined {
    const fault = this.at(at, task)
    return fault?._tag === "Crash" ? fault : undefined
  }
}

/** Not before the worker processes something again. */
const later = (body: () => unknown): Effect.Effect<any, any, any> =>
  Effect.andThen(Effect.yieldNow, Instrument.toEffect(body))

const inPlaceOf = (frame: Message.Frame, fault: Fault): ReadonlyArray<unknown> | undefined => {
  switch (fault._tag) {
    case "DropFrame":
      return []
    case "DuplicateFrame":
      // The receiver owns each frame: two copies, not one twice.
      return [frame, structuredClone(frame)]
    case "MalformedReply":
      return [structuredClone(fault.raw)]
    default:
      return undefined
  }
}
