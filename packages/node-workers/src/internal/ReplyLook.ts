/**
 * How the host waits for the reply of a lone short task, or of a task that was handed one element of a channel: the host polls for
 * the reply in each turn of its event loop, and the loop does not sleep meanwhile. Being woken takes longer than such a task.
 * Timers and I/O go on in those turns.
 *
 * A poll reads a word that the thread writes after each post. To look into the port would take the port's lock: a thread that
 * posts at that moment holds the lock while it wakes the host, and the host would sleep until the lock is free. While one thread
 * alone is looked for, a poll watches the word for some microseconds, since a turn of the loop takes a third of a short task.
 *
 * Each poll costs a turn, which delays everything else in flight. So the host polls only while a poll is likely to pay:
 * while tasks come one by one, and until the thread has said something. Where polls are in vain, because the worker waits
 * for the very core that the host keeps busy, say, most tasks are not polled for.
 *
 * `replyLookMachine.ts` is the table of states.
 *
 * @since 0.1.0
 */
import * as Machine from "./replyLookMachine.ts"
import { oneAtATime } from "@heddle/core/StateTable"

/** Longest look for a reply, in milliseconds. */
export const lookMillis = 0.1

/** Longest watch of the word in one turn, in milliseconds: how late other events of the loop may be. */
const spinMillis = 0.02

/** Longest watch over a terminated thread, in milliseconds: being woken takes as long as the end of a thread does. */
export const watchMillis = 1

/** Lone tasks in a row that are answered before the host looks for the next reply. */
export const loneInARow = 3

/** The clock, in milliseconds, the next turn of the event loop, and a wait within this turn. */
export interface Loop {
  readonly now: () => number
  readonly nextTurn: (f: () => void) => void
  /** Waits until the condition holds, at most so many milliseconds. */
  readonly spin: (until: () => boolean, millis: number) => void
}

const nodeLoop: Loop = {
  now: () => performance.now(),
  nextTurn: (f) => void setImmediate(f),
  spin: (until, millis) => {
    const end = performance.now() + millis
    while (!until() && performance.now() < end);
  }
}

/** How many threads of this host are looked for. A watch of one word keeps the host from the others. */
let looks = 0

export class ReplyLook {
  private readonly hasPosted: () => boolean
  private readonly read: () => void
  private readonly loop: Loop
  /** Invariant: written by `take` alone. */
  private state: Machine.LookState = "asleep"
  private until = 0
  /** Whether a turn was asked for and has not begun. Turns outlive the look that asked for them. */
  private isTurning = false
  /** Lone tasks in a row that were answered. The first tasks of a thread are expected to come one by one. */
  private lone = loneInARow

  /** `hasPosted`: whether the thread has posted what was not read. `read`: delivers the messages that have arrived. */
  constructor(hasPosted: () => boolean, read: () => void, loop: Loop = nodeLoop) {
    this.hasPosted = hasPosted
    this.read = read
    this.loop = loop
  }

  /** Says that a short task was posted to a thread that had none. */
  expect(): void {
    if (this.lone < loneInARow) return this.happen("lone")
    this.until = this.loop.now() + lookMillis
    this.happen("likely")
  }

  /** Says that a frame was posted. */
  posted(): void {
    if (this.state !== "asleep") this.happen("post")
  }

  /** Says that the thread has sent a frame. */
  heard(): void {
    if (this.state !== "asleep") this.happen("hear")
  }

  /** Keeps the event loop awake for a thread that was terminated. */
  watch(): void {
    this.until = this.loop.now() + watchMillis
    this.happen("watch")
  }

  /** Stops: the thread is gone. */
  end(): void {
    this.happen("end")
  }

  private readonly turn = (): void => {
    this.isTurning = false
    if (!Machine.isAwake(this.state)) return
    if (this.loop.now() > this.until) return this.happen("late")
    this.schedule()
    if (looks === 1) this.loop.spin(this.hasPosted, spinMillis)
    if (this.hasPosted()) this.read()
  }

  private schedule(): void {
    if (this.isTurning) return
    this.isTurning = true
    this.loop.nextTurn(this.turn)
  }

  // --------------------------------------------------------------------------
  // the machine's actions
  // --------------------------------------------------------------------------

  private readonly happen = oneAtATime<Machine.LookEvent>((event) => this.take(event))

  private take(event: Machine.LookEvent): void {
    const cell = Machine.step(this.state, event)
    looks += Number(Machine.isAwake(cell.next)) - Number(Machine.isAwake(this.state))
    this.state = cell.next
    for (const action of cell.actions) this.perform(action)
  }

  private perform(action: Machine.LookAction): void {
    switch (action) {
      case "turn":
        return this.schedule()
      case "count":
        this.lone = Math.min(this.lone + 1, loneInARow)
        return
      case "forget":
        this.lone = 0
        return
    }
  }
}
