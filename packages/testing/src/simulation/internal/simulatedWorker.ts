/**
 * One simulated worker, from spawn to exit: the production runner in a realm of its own, between two channels.
 *
 * Receives frames from the pool, hands them to the runner, and back. Upholds the rules of `WorkerTransport`:
 * frames in order, all posts before the end arrive, `onExit` once and last.
 *
 * @since 0.1.0
 */
import type { Frame, Start } from "@heddle/core/protocol/messages/Message"
import type { Movable } from "@heddle/core/Task"
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import { serve } from "@heddle/core/TaskRunner"
import type { WorkerConnection, WorkerListener } from "@heddle/core/WorkerTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { Death, Fault } from "../Fault.ts"
import { Channel } from "./channel.ts"
import { ClaimJournal } from "./claimJournal.ts"
import { isExotic } from "./exotic.ts"
import type { Ground } from "./ground.ts"
import * as Instrument from "./instrument.ts"
import { Interceptor, type Victim } from "./interceptor.ts"
import { own } from "./own.ts"
import { Realm } from "./realm.ts"

export class SimulatedWorker implements WorkerConnection, Victim {
  readonly number: number
  readonly threadId: number
  private readonly ground: Ground
  private readonly listener: WorkerListener
  private readonly start: Start
  private readonly realm: Realm
  private readonly toWorker: Channel
  private readonly toHost: Channel
  private readonly journal: ClaimJournal
  private readonly interceptor: Interceptor
  private onFrame: (frame: Frame) => void = () => {}
  /** Calls of native code, immune to termination. */
  private nativeCalls = 0
  /** Extra latency of its frames. */
  private linkDelay = 0
  private isTerminating = false
  /** Posts of running code in a held worker: a post is over before the next handler of the same stack begins. */
  private readonly unsaid: Array<Frame> = []
  private readonly pauses: Array<() => void> = []

  constructor(ground: Ground, number: number, start: Start, listener: WorkerListener) {
    this.ground = ground
    this.number = number
    this.threadId = number
    this.listener = listener
    const words = ground.options.sharedMemory ? start.words : undefined
    this.start = { ...structuredClone({ ...start, words: undefined }), words }
    const { after, clock, dispatcher, now, schedule, scheduler } = ground
    const onUncaught = (cause: unknown) => this.die({ exitCode: 1, cause })
    this.realm = new Realm({ scheduler, clock, dispatcher, after, onUncaught })
    const latency = () => ground.options.latency() + this.linkDelay
    const timing = { schedule, after, latency, now }
    this.toWorker = new Channel(timing)
    this.toHost = new Channel({ ...timing, blockedUntil: ground.hostPausedUntil })
    this.toHost.open()
    this.journal = new ClaimJournal(words)
    this.interceptor = new Interceptor(ground, this, this.journal, start.claimCapacity)
  }

  get isGone(): boolean {
    return this.realm.isDead
  }

  get isRunning(): boolean {
    return this.realm.isRunning
  }

  // --------------------------------------------------------------------------
  // the host's methods
  // --------------------------------------------------------------------------

  readonly post = (frame: Frame, transfer?: ReadonlyArray<Movable>): void => {
    if (this.realm.isDead) return
    const sent = clone(frame, transfer)
    this.toWorker.post(() =>
      this.realm.enter(() => {
        if (this.interceptor.arrived(sent)) this.onFrame(sent)
      })
    )
  }

  readonly drain = (): void => this.toHost.drain()

  readonly terminate = (): void => {
    this.isTerminating = true
    if (this.nativeCalls === 0) this.die({ exitCode: 1 }, this.number % 2 === 1)
  }

  // --------------------------------------------------------------------------
  // the worker's program
  // --------------------------------------------------------------------------

  /** Starts the program. `fault` is the fault at `spawn`. */
  launch(fault: Fault | undefined): void {
    this.ground.record(`worker ${this.number} spawned`)
    if (fault?._tag === "HangAtStart") return
    if (fault?._tag === "SlowLink") this.linkDelay = fault.millis
    const wait = this.ground.options.startTime() + (fault?._tag === "SlowStart" ? fault.millis : 0)
    this.ground.after(wait, () => {
      if (fault?._tag === "CrashAtStart") this.die(fault)
      else this.realm.enter(() => this.run())
    })
  }

  private run(): void {
    const endpoint: RunnerEndpoint["Service"] = {
      start: this.start,
      isExotic,
      post: (frame, transfer) => this.say(frame, transfer),
      listen: (onFrame) => {
        this.onFrame = onFrame
        this.toWorker.open()
      },
      endOfTurn: (callback) => this.ground.schedule(() => this.realm.enter(callback)),
      importModule: (url) => this.importModule(url),
      close: () => this.toWorker.cut()
    }
    const context = this.ground.contextFor(this.realm.scheduler, this.realm.clock)
    const handlers = Instrument.layer(this.ground.options.handlers, this.interceptor.called)
    const program = Effect.provideService(serve(handlers), RunnerEndpoint, endpoint)
    Effect.runForkWith(context)(program).addObserver((exit) =>
      this.die(exit._tag === "Success" ? { exitCode: 0 } : { exitCode: 1, cause: Cause.squash(exit.cause) })
    )
  }

  /** A stalled worker goes on to the end of its stack; its messages follow when the worker goes on. */
  private say(frame: Frame, transfer?: ReadonlyArray<Movable>): void {
    const sent = clone(frame, transfer)
    this.unsaid.push(sent)
    if (this.realm.isRunning) this.catchUp()
    else this.realm.enter(this.catchUp)
  }

  readonly catchUp = (): void => {
    while (this.unsaid.length > 0 && !this.realm.isDead) this.sayNow(this.unsaid.shift()!)
  }

  private sayNow(frame: Frame): void {
    const { death, frames, late } = this.interceptor.posted(frame)
    for (const value of frames) this.toHost.post(() => this.listener.onFrame(value), true, late)
    if (death !== undefined) this.die(death)
  }

  private importModule(url: string): Promise<Record<string, unknown>> {
    const taskOf = (name: string) => this.interceptor.taskOfExport(url, name)
    return new Promise((resolve, reject) => {
      this.ground.importModule(url).then(
        (exports) =>
          this.realm.enter(() => resolve(Instrument.module(exports, taskOf, this.interceptor.called))),
        (error: unknown) => this.realm.enter(() => reject(error))
      )
    })
  }

  // --------------------------------------------------------------------------
  // events of the worker
  // --------------------------------------------------------------------------

  /** Ends the worker here and now. Its posts still arrive, and then `onExit`. */
  readonly die = (death: Death, halts: boolean = false): void => {
    if (this.realm.isDead) return
    this.realm.afterUnwinding(this.journal.snapshot())
    this.realm.kill()
    this.toWorker.cut()
    const { cause, exitCode: code, outOfMemory = false, signal } = own(death)
    const exitCode = signal === undefined ? (code ?? 1) : undefined
    // Every other worker reports before its exit: there are transports of both kinds.
    if (halts) {
      this.toHost.post(
        () => this.listener.onHalted?.({ exitCode, signal, outOfMemory, cause, stderr: "" }),
        false
      )
    }
    this.toHost.post(() => {
      this.ground.record(`worker ${this.number} exited ${signal ?? exitCode}`)
      this.listener.onExit({ exitCode, signal, outOfMemory, cause, stderr: "" })
    }, false)
  }

  readonly stall = (nativeMillis: number | undefined): void => {
    if (nativeMillis === undefined) this.realm.afterUnwinding(this.journal.snapshot())
    const release = this.realm.hold()
    if (nativeMillis === undefined) return
    this.nativeCalls++
    this.ground.after(nativeMillis, () => {
      this.nativeCalls--
      if (this.isTerminating) this.terminate()
      release()
    })
  }

  readonly busy = (millis: number): void => {
    this.ground.after(millis, this.realm.hold())
  }

  readonly stray = (message: unknown): void => {
    if (this.realm.isDead) return
    const sent = clone(message)
    this.toHost.post(() => this.listener.onStray(sent), false)
  }

  pause(): void {
    this.pauses.push(this.realm.hold())
  }

  resume(): void {
    for (const release of this.pauses.splice(0)) release()
  }

  /** The transport's scope closes: no message of the worker is delivered again. */
  vanish(): void {
    this.realm.kill()
    this.toWorker.cut()
    this.toHost.cut()
  }
}

const clone = <A>(value: A, transfer?: ReadonlyArray<Movable>): A =>
  transfer === undefined
    ? structuredClone(value)
    : structuredClone(value, { transfer: [...transfer] as Array<ArrayBuffer> })
