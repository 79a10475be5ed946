/**
 * How the host waits for the reply of a lone short task: it looks for it once per turn of its event loop, which does not
 * sleep meanwhile. Being woken takes longer than such a task. Timers and I/O go on in those turns.
 *
 * A look costs turns that everything else in flight pays for, so there is one only while it is likely to be worth them:
 * while tasks come one by one, and until something is heard. Where looks are in vain, because the worker waits for the very
 * core that the host is awake on, say, most tasks are not looked for.
 *
 * @since 0.1.0
 */
import * as Machine from "./replyLookMachine.ts"

/** Longest look for a reply, in milliseconds. */
export const lookMillis = 0.1

/** How long it stays awake for a thread that it has terminated, in milliseconds: being woken takes as long as the end does. */
export const watchMillis = 1

/** So many lone tasks in a row were answered before the next one is looked for. */
export const loneInARow = 3

/** What time it is, in milliseconds, and the next turn of the event loop. */
export interface Loop {
  readonly now: () => number
  readonly nextTurn: (f: () => void) => void
}

const nodeLoop: Loop = { now: () => performance.now(), nextTurn: (f) => void setImmediate(f) }

export class Looking {
  private readonly read: () => void
  private readonly loop: Loop
  /** Invariant: written by `step` alone. */
  private state: Machine.LookState = "asleep"
  private until = 0
  private isTurning = false
  /** Lone tasks in a row that were answered; the first ones of a thread are taken to come one by one. */
  private lone = loneInARow

  /** `read`: takes what has arrived. */
  constructor(read: () => void, loop: Loop = nodeLoop) {
    this.read = read
    this.loop = loop
  }

  /** A short task was posted to a thread that had none. */
  expect(): void {
    if (this.lone < loneInARow) return this.step("lone")
    this.until = this.loop.now() + lookMillis
    this.step("likely")
  }

  posted(): void {
    if (this.state !== "asleep") this.step("post")
  }

  heard(): void {
    if (this.state !== "asleep") this.step("hear")
  }

  watch(): void {
    this.until = this.loop.now() + watchMillis
    this.step("watch")
  }

  end(): void {
    this.step("end")
  }

  private readonly turn = (): void => {
    this.isTurning = false
    if (!Machine.isAwake(this.state)) return
    if (this.loop.now() > this.until) return this.step("late")
    this.schedule()
    this.read()
  }

  private schedule(): void {
    if (this.isTurning) return
    this.isTurning = true
    this.loop.nextTurn(this.turn)
  }

  private step(event: Machine.LookEvent): void {
    const cell = Machine.step(this.state, event)
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
