/**
 * A line in front of counts: a request becomes the first of the line, attempts to take, and waits as the first until it can.
 *
 * So a request that needs much is not overtaken by those that need little. Nobody but the first takes, hence the first alone sleeps on
 * the word that changes whenever something is given back.
 *
 * @since 0.3.0
 */
import * as Counts from "@heddle/core/protocol/memory/counts"
import * as Ring from "@heddle/core/protocol/memory/ring"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { Line, type Refused, Turn } from "./line.ts"
import * as Realm from "./realm.ts"
import { isDisposed, type Segment } from "./segment.ts"
import { sleep, sleepSync } from "./waiting.ts"

/** Why a synchronous wait ends without success. `busy`: it did not begin, since this thread must not wait here. */
export type RefusedSync = Refused | "busy" | "late" | "interrupted"

/** Twice as many slots as threads. */
const ringBits = Math.ceil(Math.log2(2 * Realm.maxAgents))

/** The number of words of a line and its counts. */
export const countedWords: number = Ring.wordsOf(ringBits) + Counts.wordsOf(Realm.maxAgents)

/** What a fiber, or a synchronous call, asks of the counts. */
export class Request {
  readonly turn: Turn
  /** Takes, and returns whether there was enough. Called only while the request is the first, until it succeeds once. */
  readonly attempt: () => boolean
  /** Whether it stays the first once it has passed, until it leaves. */
  readonly staysFirst: boolean
  /** Whether the attempt has succeeded. Written by the line alone, like the others below. */
  hasPassed = false
  isAsleep = false
  answer: (refused: Refused | undefined) => void = () => {}

  constructor(
    fiber: Fiber.Fiber<unknown, unknown> | undefined,
    attempt: () => boolean,
    staysFirst: boolean,
    onTurn: ((request: Request, refused: Refused | undefined) => void) | "sync"
  ) {
    this.turn = new Turn(fiber, onTurn === "sync" ? "sync" : (refused) => onTurn(this, refused))
    this.attempt = attempt
    this.staysFirst = staysFirst
  }
}

export class CountedLine {
  readonly line: Line
  readonly counts: Counts.Counts
  private readonly segment: Segment
  private readonly onTurn = (request: Request, refused: Refused | undefined): void =>
    refused === undefined ? this.goOn(request) : request.answer(refused)

  constructor(segment: Segment, at: number) {
    this.segment = segment
    this.line = new Line(segment, at, ringBits)
    this.counts = {
      words: segment.words,
      at: at + Ring.wordsOf(ringBits),
      agents: Realm.maxAgents
    }
  }

  request(
    fiber: Fiber.Fiber<unknown, unknown> | undefined,
    attempt: () => boolean,
    options: { readonly staysFirst: boolean; readonly isSync: boolean }
  ): Request {
    return new Request(fiber, attempt, options.staysFirst, options.isSync ? "sync" : this.onTurn)
  }

  /** Attempts without waiting. Where the attempt fails, the request may be the first of the line: it waits, or leaves. */
  tryPass(request: Request): boolean {
    return this.line.tryEnter(request.turn) && this.attempt(request)
  }

  /** Succeeds once the request has passed. Whatever comes of it, `leave` ends the request. */
  pass(request: Request): Effect.Effect<void, Refused> {
    if (this.tryPass(request)) return Effect.void
    return Effect.callback<void, Refused>((resume) => {
      request.answer = (refused) => resume(refused === undefined ? Effect.void : Effect.fail(refused))
      if (request.turn.state === "held") this.goOn(request)
      else this.line.enter(request.turn)
    })
  }

  /**
   * Waits outside of the event loop: on the host, and behind a fiber of this thread, not at all. `isFree`: whether this thread has taken
   * nothing. Otherwise it does not wait either: those in front of it may wait for what its own fibers have, and cannot give back meanwhile.
   */
  passSync(request: Request, until: number, isFree: boolean): RefusedSync | undefined {
    if (this.tryPass(request)) return undefined
    const refused = isFree ? this.waitSync(request, until) : "busy"
    if (refused !== undefined) this.leave(request)
    return refused
  }

  private waitSync(request: Request, until: number): RefusedSync | undefined {
    const { counts, line, segment } = this
    if (Realm.isHost()) return "busy"
    if (request.turn.state !== "held") {
      if (line.isBusy) return "busy"
      const refused = line.enterSync(request.turn, until)
      if (refused !== undefined) return refused
    }
    for (;;) {
      if (isDisposed(segment)) return "disposed"
      const seen = Counts.changes(counts)
      if (this.attempt(request)) return undefined
      const at = Counts.changesAt(counts)
      const outcome = sleepSync(segment.words, at, seen, until, () => isDisposed(segment))
      if (outcome !== "awake") return outcome
    }
  }

  /** Ends a request, whatever its state. What it has taken is the caller's to give back. */
  leave(request: Request): void {
    if (request.isAsleep) Counts.settle(this.counts)
    this.line.leave(request.turn)
  }

  /** Host: returns what a dead thread had taken. Counts before the ring: the next first one finds them as they are. */
  recover(agent: number): void {
    Counts.recover(this.counts, agent)
    Ring.recover(this.line.ring, agent)
  }

  /** Host: wakes everybody. */
  wake(): void {
    Ring.wakeAll(this.line.ring)
    Counts.settle(this.counts)
    if (isDisposed(this.segment)) this.line.refuseQueued()
  }

  private attempt(request: Request): boolean {
    if (!request.attempt()) return false
    request.hasPassed = true
    if (!request.staysFirst) this.line.leave(request.turn)
    return true
  }

  /** Answers the first, or lets it sleep. Does nothing for one that has left meanwhile. */
  private goOn(request: Request): void {
    const { counts, segment } = this
    request.isAsleep = false
    if (request.turn.state !== "held" || request.hasPassed) return
    if (isDisposed(segment)) {
      this.line.leave(request.turn)
      return request.answer("disposed")
    }
    // Read before the attempt: what is given back after it ends the sleep.
    const seen = Counts.changes(counts)
    if (this.attempt(request)) return request.answer(undefined)
    const at = Counts.changesAt(counts)
    request.isAsleep = true
    sleep(segment.words, at, seen, () => this.goOn(request))
    // The wake-up of a disposal that came before the sleep was missed.
    if (isDisposed(segment)) Atomics.notify(segment.words, at)
  }
}
