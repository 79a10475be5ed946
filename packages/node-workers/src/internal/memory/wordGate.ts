/**
 * The fibers of one thread that wait until a word of shared memory says that they may go on.
 *
 * All of them share one sleep, so a fiber that is interrupted leaves nothing behind. Every change of the word wakes everybody.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import type { SharedError } from "../../SharedError.ts"
import { Disposed, WouldBlock } from "../../SharedError.ts"
import { Gate, type Turn } from "./gate.ts"
import * as LockSegment from "./lockSegment.ts"
import * as Realm from "./realm.ts"
import { attempt, checkOpen, refusal } from "./refusals.ts"
import { isDisposed, type Segment } from "./segment.ts"
import { sleepSync } from "./waiting.ts"

export class WordGate {
  private readonly segment: Segment
  private readonly at: number
  private readonly gate: Gate
  /** What the last turn saw that did not go on. Invariant: the sleep is on this value, else it could begin after the change. */
  private seen = 0

  constructor(segment: Segment, at: number) {
    this.segment = segment
    this.at = at
    this.gate = new Gate(segment, () => ({ index: at, word: this.seen }))
  }

  load(): number {
    return Atomics.load(this.segment.words, this.at)
  }

  /** Exchanges the word for what `next` makes of it, and wakes everybody. `undefined` leaves the word as it is. */
  change(next: (word: number) => number | undefined): void {
    for (;;) {
      const found = this.load()
      const changed = next(found)
      if (changed === undefined) return
      if (Atomics.compareExchange(this.segment.words, this.at, found, changed) !== found) continue
      return this.wake()
    }
  }

  wake(): void {
    Atomics.notify(this.segment.words, this.at)
  }

  /** Throws where this thread cannot use the structure. */
  check(name: string): void {
    checkOpen(this.segment, name)
    const problem = LockSegment.notMember(name)
    if (problem !== undefined) throw problem
  }

  /** Waits until the word lets it go on. `begin`: looks at the word at the beginning, and returns what to ask of each later one. */
  wait(
    name: string,
    begin: (word: number) => ((word: number) => boolean) | undefined
  ): Effect.Effect<void, SharedError> {
    const { gate } = this
    return Effect.flatMap(
      attempt(() => {
        this.check(name)
        return begin(this.load())
      }),
      (mayGoOn) => {
        if (mayGoOn === undefined) return Effect.void
        let turn: Turn | undefined
        const waiting = Effect.callback<void, SharedError>((resume) => {
          turn = {
            step: () => mayGoOn((this.seen = this.load())),
            answer: (disposed) =>
              resume(disposed ? Effect.fail(refusal(new Disposed({}), name)) : Effect.void)
          }
          gate.enter(turn)
        })
        return Effect.ensuring(
          waiting,
          Effect.sync(() => {
            if (turn !== undefined) gate.leave(turn)
          })
        )
      }
    )
  }

  /** The same, outside of the event loop. */
  waitSync(
    name: string,
    timeout: number,
    begin: (word: number) => ((word: number) => boolean) | undefined
  ): void {
    this.check(name)
    const { at, segment } = this
    let found = this.load()
    const mayGoOn = begin(found)
    if (mayGoOn === undefined) return
    if (Realm.isHost()) throw refusal(new WouldBlock({}), name)
    const until = performance.now() + timeout
    while (!mayGoOn(found)) {
      const outcome = sleepSync(segment.words, at, found, until, () => isDisposed(segment))
      checkOpen(segment, name)
      if (outcome !== "awake") throw refusal(new WouldBlock({}), name)
      found = this.load()
    }
  }
}
