/**
 * Reads along with one worker, and lets faults happen where they were planned.
 *
 * Receives frames and handler calls on their way, hands on what the faults leave of them. Knows what the worker
 * holds, so that a fault can name a task.
 *
 * @since 0.1.0
 */
import * as Claims from "@heddle/core/protocol/Claims"
import * as Message from "@heddle/core/protocol/Message"
import * as Effect from "effect/Effect"
import type { CrashAt, Death, Fault } from "../Fault.ts"
import type { ClaimJournal } from "./claimJournal.ts"
import type { Ground } from "./ground.ts"
import * as Instrument from "./instrument.ts"
import * as Replies from "./replies.ts"

/** What faults may do to a worker. */
export interface Victim {
  readonly number: number
  readonly isRunning: boolean
  readonly die: (death: Death) => void
  /** The handler hogs the worker: for ever, or, in native code, for so long. */
  readonly stall: (nativeMillis: number | undefined) => void
  readonly stray: (message: unknown) => void
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
  /** What the worker was given and has not answered. */
  private readonly held = new Map<Claims.Ref, Held>()
  /** By route, as the host introduced them. */
  private readonly tasks: Array<string> = []
  private readonly depth: number
  /** Task names of module functions, by `url#name`. */
  private readonly moduleTasks = new Map<string, string>()
  private cancelIdle: (() => void) | undefined

  constructor(ground: Ground, victim: Victim, journal: ClaimJournal, depth: number) {
    this.depth = depth
    this.ground = ground
    this.victim = victim
    this.journal = journal
  }

  /** A frame for the worker. `false`: it died before it looked at it. */
  arrived(frame: Message.Frame): boolean {
    this.cancelIdle?.()
    let death: Death | undefined
    Message.readRequests(frame, {
      route: (route, task, module) => {
        this.tasks[route] = task
        if (module !== undefined) this.moduleTasks.set(`${module.url}#${module.name}`, task)
      },
      run: (_many, ref, route) => {
        const task = this.tasks[route]!
        const index = Claims.indexOf(this.depth, ref)
        const ticket = Claims.ticketOf(this.depth, ref)
        this.held.set(ref, { task, index, ticket })
        this.journal.note(index, ticket)
        death ??= this.crashAt("beforeRun", task)
      },
      interrupt: () => {},
      stop: () => {},
      returned: () => {},
      accepted: () => {}
    })
    if (death !== undefined) this.victim.die(death)
    return death === undefined
  }

  /** A frame from the worker: what arrives in its place, and how the worker dies then. */
  posted(frame: Message.Frame): {
    readonly frames: ReadonlyArray<unknown>
    readonly death: Death | undefined
  } {
    const said = Replies.parse(frame)
    const dropped = new Set<Replies.Said>()
    let frames: ReadonlyArray<unknown> | undefined
    let death: Death | undefined
    for (const message of said) {
      const task = message.kind === "reply" ? this.held.get(message.ref!)?.task : undefined
      if (task === undefined) continue
      const fault = this.at("beforeReply", task)
      if (fault?._tag === "Crash") return { frames: [], death: fault }
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
    return { frames: frames ?? [whole], death }
  }

  /** A handler or a module's function is called. */
  readonly called: Instrument.Hook = (task, body) => {
    // A module that was still loading when the worker came to rest.
    if (!this.victim.isRunning) return Effect.never
    const { number } = this.victim
    this.ground.starts.push({ worker: number, task, time: this.ground.now() })
    this.ground.record(`worker ${number} starts ${task}`)
    const fault = this.at("duringRun", task)
    switch (fault?._tag) {
      case "Crash":
        return this.crashDuring(fault, fault.after, body)
      case "Hang":
        this.victim.stall(undefined)
        return Effect.never
      case "Stuck":
        this.victim.stall(fault.millis)
        return Effect.andThen(Effect.yieldNow, Instrument.toEffect(body))
      case "Stray":
        this.victim.stray(fault.message)
        return body()
      default:
        return body()
    }
  }

  readonly taskOfExport = (url: string, name: string): string =>
    this.moduleTasks.get(`${url}#${name}`) ?? name

  private crashDuring(death: Death, after: number, body: () => unknown): Effect.Effect<any, any, any> {
    const die = (): Effect.Effect<never> => {
      this.victim.die(death)
      return Effect.never
    }
    return Effect.suspend(() => {
      this.ground.after(after, () => this.victim.die(death))
      return Effect.matchCauseEffect(Instrument.toEffect(body), { onSuccess: die, onFailure: die })
    })
  }

  /** Notes what was answered; a worker with nothing left to do may die of boredom. */
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

const inPlaceOf = (frame: Message.Frame, fault: Fault): ReadonlyArray<unknown> | undefined => {
  switch (fault._tag) {
    case "DropFrame":
      return []
    case "DuplicateFrame":
      // The receiver owns what it gets: two copies, not one twice.
      return [frame, structuredClone(frame)]
    case "MalformedReply":
      return [structuredClone(fault.raw)]
    default:
      return undefined
  }
}
