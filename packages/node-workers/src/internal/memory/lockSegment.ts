/**
 * The segment of a structure that has owners: its number, an obituary, and what the structure keeps.
 *
 * Made by the host alone. Every handle of a thread on the same structure shares one line of waiting fibers, since the thread has one place
 * in the ring: so lines are found by the structure's number, not by the buffer, which is another object each time it crosses.
 *
 * @since 0.3.0
 */
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { NotMember, OwnerDied, type SharedError } from "../../SharedError.ts"
import { currentNesting } from "../nesting.ts"
import * as Realm from "./realm.ts"
import { attempt, refusal } from "./refusals.ts"
import * as Segment from "./segment.ts"

const Worker = Segment.headerWords
const Seconds = Worker + 1
const Millis = Worker + 2
const Deaths = Worker + 3

/** Where the words of the structure itself begin. */
export const ownWords: number = Segment.headerWords + 4

/** A structure in the process's register. */
export interface Owned {
  readonly segment: Segment.Segment
  /** Whether an agent that writes no more may have left half done what the structure guards. */
  readonly isOwner: (agent: number) => boolean
  /** Frees what a dead agent held. May be called again. */
  readonly recover: (agent: number) => void
  /** Wakes everybody, and is called again for each death and at the end. */
  readonly wake: () => void
}

let structures = 0

/** Makes a segment for the scope, registered with the realm. `words`: those of the structure itself. */
export const makeScoped = <A extends Owned>(
  name: string,
  words: () => number,
  handle: (segment: Segment.Segment) => A
): Effect.Effect<A, SharedError, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt(() => {
        if (!Realm.isHost() || currentNesting() !== undefined) {
          const detail =
            "a lock is made by the host's main thread, and handed to workers: nobody would free it for the dead here"
          throw refusal(new NotMember({ detail }), name)
        }
        const segment = Segment.make(
          (ownWords - Segment.headerWords + words()) * Int32Array.BYTES_PER_ELEMENT
        )
        Segment.setId(segment, ++structures)
        const made = handle(segment)
        const release = Realm.register({
          recover: (death) => {
            // The dead owner keeps all others out until it is recovered: nobody reads the obituary meanwhile.
            if (made.isOwner(death.agent)) bury(segment, death)
            made.recover(death.agent)
          },
          dispose: () => {
            Segment.dispose(segment)
            made.wake()
          }
        })
        return { made, release }
      }),
      ({ release }) => Effect.sync(release)
    ),
    ({ made }) => made
  )

/** Before the mark of the dead owner: the next holder reads the mark, then the obituary. */
const bury = ({ words }: Segment.Segment, { at, worker }: Realm.Death): void => {
  Atomics.add(words, Deaths, 1)
  Atomics.store(words, Worker, worker)
  Atomics.store(words, Seconds, Math.floor(at / 1000))
  Atomics.store(words, Millis, at % 1000)
}

/** The last death of an owner. */
export const ownerDied = ({ words }: Segment.Segment, lock: string): OwnerDied =>
  new OwnerDied({
    lock,
    worker: Atomics.load(words, Worker),
    // The seconds have all 32 bits: with a sign they would end in 2038.
    at: (Atomics.load(words, Seconds) >>> 0) * 1000 + Atomics.load(words, Millis)
  })

/** How often an owner has died. */
export const deathsOf = ({ words }: Segment.Segment): number => Atomics.load(words, Deaths)

/** The refusal of a thread that has no number. */
export const notMember = (name: string): SharedError | undefined => {
  if (Realm.currentAgent() !== Realm.noAgent) return undefined
  const detail = `this thread is no worker of the host's own pools, or more than ${Realm.maxAgents - 1} are alive`
  return refusal(new NotMember({ detail }), name)
}

const lines = new Map<number, WeakRef<object>>()
const forgotten = new FinalizationRegistry<number>((id) => {
  if (lines.get(id)?.deref() === undefined) lines.delete(id)
})

/** What this thread keeps for the structure: made once, and kept as long as a handle has it. */
export const oneFor = <A extends object>(segment: Segment.Segment, make: () => A): A => {
  const id = Segment.idOf(segment)
  const found = lines.get(id)?.deref() as A | undefined
  if (found !== undefined) return found
  const made = make()
  lines.set(id, new WeakRef(made))
  forgotten.register(made, id)
  return made
}
