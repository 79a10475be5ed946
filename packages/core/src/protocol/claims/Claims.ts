/**
 * The words that host and worker share: who may start a task, and who was told to stop.
 *
 * This file alone touches their bits. States, protocol, races and a proof sketch: README.md beside it.
 *
 * Each task that a worker holds owns a pair of words: the claim, `generation << 2 | state`, and the interrupt
 * flag. The value of the claim while queued is the task's *ticket*. Ticket and index travel as one number, the *ref*,
 * which names the task within one life of its worker.
 *
 * @since 0.1.0
 */

/** The words of one worker; on shared memory where the transport has it, else private to each side. */
export type Words = Int32Array

export type ClaimState = "queued" | "claimed" | "done" | "revoked"

const states: ReadonlyArray<ClaimState> = ["queued", "claimed", "done", "revoked"]
const Claimed = 1
const Done = 2
const Revoked = 3
const wordsPerTask = 2

/** Bytes for `depth` pairs of words. */
export const byteLength = (depth: number): number => depth * wordsPerTask * Int32Array.BYTES_PER_ELEMENT

/** Host: puts a fresh task on the pair `index`. The next generation makes every older ticket of it void. */
export const offer = (words: Words, index: number): number => {
  const at = index * wordsPerTask
  // Zero is no ticket: it is what the interrupt flag says when it is down.
  const ticket = ((Atomics.load(words, at) & ~3) + 4) | 0 || 4
  // Mostly it is down already, and a store that all cores see costs more than a look.
  if (Atomics.load(words, at + 1) !== 0) Atomics.store(words, at + 1, 0)
  Atomics.store(words, at, ticket)
  return ticket
}

/** Worker without shared words: words of its own, and the ticket put on them as the host would have done. */
export const makePrivate = (depth: number): Words => new Int32Array(depth * wordsPerTask)

export const adopt = (words: Words, index: number, ticket: number): void => {
  words[index * wordsPerTask] = ticket
}

/** Worker: takes the task for good. `false`: the host has taken it back, and it must not start. */
export const claim = (words: Words, index: number, ticket: number): boolean =>
  Atomics.compareExchange(words, index * wordsPerTask, ticket, ticket | Claimed) === ticket

/** Worker: the handler has ended, its reply is about to be posted. */
export const finish = (words: Words, index: number, ticket: number): void => {
  // A void ticket must not touch the task that took its place.
  Atomics.compareExchange(words, index * wordsPerTask, ticket | Claimed, ticket | Done)
}

/** Host: takes a task back. `false`: the worker has claimed it, and it may have started. */
export const revoke = (words: Words, index: number, ticket: number): boolean =>
  Atomics.compareExchange(words, index * wordsPerTask, ticket, ticket | Revoked) === ticket

/** Host: where the worker got to. */
export const read = (words: Words, index: number, ticket: number): ClaimState => {
  const word = Atomics.load(words, index * wordsPerTask)
  return (word & ~3) === ticket ? states[word & 3]! : "revoked"
}

/** Host: raises the flag that `isInterrupted()` reads. */
export const interrupt = (words: Words, index: number, ticket: number): void => {
  Atomics.store(words, index * wordsPerTask + 1, ticket)
}

/** Where the interrupt flag of `index` is, for one who raises it by storing the ticket there. */
export const flagAt = (index: number): number => index * wordsPerTask + 1

/** Worker: whether the flag is up for this very task, and not for an earlier one on the same pair. */
export const isInterrupted = (words: Words, index: number, ticket: number): boolean =>
  Atomics.load(words, index * wordsPerTask + 1) === ticket

// ----------------------------------------------------------------------------
// refs
// ----------------------------------------------------------------------------

/** Names a task within one life of its worker: `generation × depth + index`. Never zero, as no generation is. */
export type Ref = number

export const refOf = (depth: number, index: number, ticket: number): Ref => (ticket >>> 2) * depth + index

export const indexOf = (depth: number, ref: Ref): number => ref % depth

export const ticketOf = (depth: number, ref: Ref): number => Math.floor(ref / depth) << 2
