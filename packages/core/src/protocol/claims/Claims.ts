/**
 * The claim words shared by host and worker. They decide which side owns a task, and carry interruptions.
 *
 * Only this file touches the bits. States, protocol, races and a proof sketch: `protocol/README.md`.
 *
 * Each task held by a worker owns a pair of words: the claim, `claimEpoch << 2 | state`, and the interrupt flag. The
 * claim's value in the state `queued` is the task's *ticket*. Ticket and index travel as one number, the *ref*, which
 * names the task within one life of its worker.
 *
 * @since 0.1.0
 */

/** The words of one worker: in shared memory if the transport has it, otherwise private to each side. */
export type Words = Int32Array

export type ClaimState = "queued" | "claimed" | "done" | "revoked"

const states: ReadonlyArray<ClaimState> = ["queued", "claimed", "done", "revoked"]
const Claimed = 1
const Done = 2
const Revoked = 3
const wordsPerTask = 2

/** Returns the bytes for `claimCapacity` pairs of words. */
export const byteLength = (claimCapacity: number): number =>
  claimCapacity * wordsPerTask * Int32Array.BYTES_PER_ELEMENT

/** Host: offers a new task on the pair `index`. The next epoch voids all older tickets of the pair. */
export const offer = (words: Words, index: number): number => {
  const at = index * wordsPerTask
  // Zero is no ticket: a lowered interrupt flag is zero.
  const ticket = ((Atomics.load(words, at) & ~3) + 4) | 0 || 4
  // The flag is mostly down already, and a load costs less than a store seen by all cores.
  if (Atomics.load(words, at + 1) !== 0) Atomics.store(words, at + 1, 0)
  Atomics.store(words, at, ticket)
  return ticket
}

/** Worker without shared words: makes private words, and writes the ticket as the host would have done. */
export const makePrivate = (claimCapacity: number): Words => new Int32Array(claimCapacity * wordsPerTask)

export const adopt = (words: Words, index: number, ticket: number): void => {
  words[index * wordsPerTask] = ticket
}

/** Worker: claims the task for good. `false`: the host has revoked the task, which must not start. */
export const claim = (words: Words, index: number, ticket: number): boolean =>
  Atomics.compareExchange(words, index * wordsPerTask, ticket, ticket | Claimed) === ticket

/** Worker: marks the handler as ended. The reply is about to be posted. */
export const finish = (words: Words, index: number, ticket: number): void => {
  // A void ticket must not touch the pair's next task.
  Atomics.compareExchange(words, index * wordsPerTask, ticket | Claimed, ticket | Done)
}

/** Host: revokes a task. `false`: the worker has claimed the task, which may have started. */
export const revoke = (words: Words, index: number, ticket: number): boolean =>
  Atomics.compareExchange(words, index * wordsPerTask, ticket, ticket | Revoked) === ticket

/** Host: reads how far the worker got. */
export const read = (words: Words, index: number, ticket: number): ClaimState => {
  const word = Atomics.load(words, index * wordsPerTask)
  return (word & ~3) === ticket ? states[word & 3]! : "revoked"
}

/** Host: raises the flag read by `isInterrupted()`. */
export const interrupt = (words: Words, index: number, ticket: number): void => {
  Atomics.store(words, index * wordsPerTask + 1, ticket)
}

/** Returns the index of the interrupt flag, for code that raises the flag by storing the ticket. */
export const flagAt = (index: number): number => index * wordsPerTask + 1

/** Worker: whether the flag is up for this very task, and not for an earlier task on the same pair. */
export const isInterrupted = (words: Words, index: number, ticket: number): boolean =>
  Atomics.load(words, index * wordsPerTask + 1) === ticket

// ----------------------------------------------------------------------------
// refs
// ----------------------------------------------------------------------------

/**
 * Names a task within one life of its worker: `claimEpoch × claimCapacity + index`. Never zero, because an epoch is
 * never zero.
 */
export type ClaimRef = number

export const refOf = (claimCapacity: number, index: number, ticket: number): ClaimRef =>
  (ticket >>> 2) * claimCapacity + index

export const indexOf = (claimCapacity: number, ref: ClaimRef): number => ref % claimCapacity

export const ticketOf = (claimCapacity: number, ref: ClaimRef): number => Math.floor(ref / claimCapacity) << 2
