/**
 * The fibers of one thread in front of the thread's one place in a ring. They take turns in the order of their coming.
 *
 * A place belongs to the thread, and the thread's fibers hand it on among themselves only through the ring: a fiber that is done leaves
 * the place, and the next one lines up behind the other threads. So no thread can keep a lock for its own fibers.
 *
 * @since 0.3.0
 */
import * as Ring from "@heddle/core/protocol/memory/ring"
import type * as Fiber from "effect/Fiber"
import * as Realm from "./realm.ts"
import { isDisposed, type Segment } from "./segment.ts"
import { sleep, type Slept, sleepSync } from "./waiting.ts"

/** Why a wait ends without the place. */
export type Refused = "disposed" | "victim"

/** A fiber in the line, or a synchronous call. */
export class Turn {
  /** `undefined` for a synchronous call outside of every fiber. */
  readonly fiber: Fiber.Fiber<unknown, unknown> | undefined
  /** Whether it holds the place for the length of a call. Code that runs in the thread meanwhile runs within that call. */
  readonly isSync: boolean
  private readonly answer: (refused: Refused | undefined) => void
  /** Written by the line alone. */
  state: "new" | "queued" | "waiting" | "held" | "over" = "new"

  constructor(
    fiber: Fiber.Fiber<unknown, unknown> | undefined,
    answer: ((refused: Refused | undefined) => void) | "sync"
  ) {
    this.fiber = fiber
    this.isSync = answer === "sync"
    this.answer = answer === "sync" ? () => {} : answer
  }

  /** Informational: observers are shown this number. */
  get who(): number {
    return this.fiber?.id ?? 0
  }

  /** Called by the line alone, once. */
  tell(refused: Refused | undefined): void {
    this.answer(refused)
  }
}

/** Pause of a thread that found the ring full, in milliseconds: many threads died behind one that holds the place. */
const fullMillis = 1

/** A word that nobody writes. */
const nothing = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

export class Line {
  readonly ring: Ring.Ring
  private readonly segment: Segment
  private readonly words: Int32Array<SharedArrayBuffer>
  private readonly queue: Array<Turn> = []
  /** The turn that has the thread's place. */
  private current: Turn | undefined
  /** The place of the current turn. */
  private ticket: Ring.Ticket = 0
  /** The last place that was given up. The ring may not have passed it yet, and a thread has one place at a time. */
  private given: Ring.Ticket | undefined
  /** Whether the current turn has its place already. */
  private hasPlace = false
  /** Whether `next` is on the stack: a turn that is answered may end there and then. */
  private isAnswering = false

  constructor(segment: Segment, at: number, bits: number) {
    this.segment = segment
    this.words = segment.words
    this.ring = { words: segment.words, at, bits }
  }

  /** The turn that holds the place. */
  get holder(): Turn | undefined {
    return this.current?.state === "held" ? this.current : undefined
  }

  /** Whether a synchronous call of this fiber would wait for itself. */
  isHeldAround(fiber: Fiber.Fiber<unknown, unknown> | undefined): boolean {
    const { holder } = this
    return holder !== undefined && (holder.isSync || holder.fiber === fiber)
  }

  /** Whether a turn of this thread has the place, or waits for it. */
  get isBusy(): boolean {
    return this.current !== undefined
  }

  /** Lines up. The turn's answer comes at once, or later. */
  enter(turn: Turn): void {
    turn.state = "queued"
    this.queue.push(turn)
    this.next()
  }

  /** Holds the place if nobody else does, or waits for it. */
  tryEnter(turn: Turn): boolean {
    if (this.current !== undefined || isDisposed(this.segment)) return false
    const ticket = Ring.tryEnter(this.ring, Realm.currentAgent(), turn.who)
    if (ticket === undefined) return false
    this.current = turn
    this.ticket = ticket
    this.hasPlace = true
    this.given = undefined
    turn.state = "held"
    return true
  }

  /** Waits outside of the event loop. Only in a worker, and only while no other turn of this thread is busy. */
  enterSync(turn: Turn, until: number): Refused | "late" | "interrupted" | undefined {
    this.current = turn
    turn.state = "waiting"
    for (;;) {
      const refused = this.look(turn)
      if (refused !== "asleep" && refused !== "full") {
        if (refused !== undefined) this.finish(turn)
        return refused
      }
      const outcome = refused === "full" ? this.pauseSync(until) : this.sleepSync(until)
      if (outcome === "awake") continue
      this.leave(turn)
      return outcome
    }
  }

  private sleepSync(until: number): Slept {
    const { ring, segment, ticket, words } = this
    const word = Ring.waitingWord(ring, ticket, Realm.currentAgent())
    return sleepSync(words, Ring.slotOf(ring, ticket), word, until, () => isDisposed(segment))
  }

  private pauseSync(until: number): Slept {
    const pause = performance.now() + fullMillis
    const outcome = sleepSync(nothing, 0, 0, Math.min(pause, until), () => false)
    return outcome === "late" && pause < until ? "awake" : outcome
  }

  /** Ends a turn, whatever its state: gives the place up, or leaves it. Does nothing a second time. */
  leave(turn: Turn): void {
    if (turn.state === "over") return
    if (turn !== this.current) {
      turn.state = "over"
      const at = this.queue.indexOf(turn)
      if (at >= 0) this.queue.splice(at, 1)
      return
    }
    if (turn.state === "held") Ring.leave(this.ring, this.ticket, Realm.currentAgent())
    else this.abandon()
    this.finish(turn)
  }

  /** Host: the structure is disposed of. Refuses the turns that are behind a holder of this thread: nothing else would wake them. */
  refuseQueued(): void {
    for (const turn of this.queue.splice(0)) {
      turn.state = "over"
      turn.tell("disposed")
    }
  }

  private finish(turn: Turn): void {
    turn.state = "over"
    this.current = undefined
    this.hasPlace = false
    this.next()
  }

  /** Gives up the place of a turn that waits. A place that is granted at this moment is taken, and left to the next one, at once. */
  private abandon(): void {
    if (!this.hasPlace) return
    const agent = Realm.currentAgent()
    const { ring, ticket } = this
    if (Ring.giveUp(ring, ticket, agent)) this.given = ticket
    else if (Ring.take(ring, ticket, agent)) Ring.leave(ring, ticket, agent)
  }

  /** Lets turns begin, one after another. A loop: were each begun by the end of the one before, a long queue would exhaust the stack. */
  private next(): void {
    if (this.isAnswering) return
    this.isAnswering = true
    try {
      while (this.current === undefined) {
        const turn = this.queue.shift()
        if (turn === undefined) return
        this.current = turn
        turn.state = "waiting"
        this.goOn(turn)
      }
    } finally {
      this.isAnswering = false
    }
  }

  /** Answers the current turn, or lets it sleep. */
  private goOn(turn: Turn): void {
    if (this.current !== turn || turn.state !== "waiting") return
    const refused = this.look(turn)
    if (refused === "full") return void setTimeout(() => this.goOn(turn), fullMillis)
    if (refused === "asleep") {
      const { ring, ticket } = this
      const word = Ring.waitingWord(ring, ticket, Realm.currentAgent())
      const index = Ring.slotOf(ring, ticket)
      sleep(this.words, index, word, () => this.goOn(turn))
      // The wake-up of a disposal that came before the sleep was missed.
      if (isDisposed(this.segment)) Atomics.notify(this.words, index)
      return
    }
    if (refused !== undefined) this.finish(turn)
    turn.tell(refused)
  }

  /** One step of a turn that waits: takes a place, or looks at the state of the one it has. */
  private look(turn: Turn): Refused | "asleep" | "full" | undefined {
    const agent = Realm.currentAgent()
    if (isDisposed(this.segment)) {
      this.abandon()
      return "disposed"
    }
    this.hasPlace ||= this.takePlace(turn, agent)
    if (!this.hasPlace) return "full"
    switch (Ring.stateOf(this.ring, this.ticket, agent)) {
      case "waiting":
        return "asleep"
      case "granted":
        Ring.take(this.ring, this.ticket, agent)
        break
      case "gone":
        return "victim"
      case "held":
    }
    turn.state = "held"
    return undefined
  }

  /** Returns `false` while the ring is full. */
  private takePlace(turn: Turn, agent: number): boolean {
    const { given, ring } = this
    const isBack = given !== undefined && Ring.enterAgain(ring, given, agent, turn.who)
    const ticket = isBack ? given : Ring.enter(ring, agent, turn.who)
    this.given = undefined
    if (ticket !== undefined) this.ticket = ticket
    return ticket !== undefined
  }
}
