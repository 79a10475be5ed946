/**
 * Slots in shared memory that are used over and over, in the order of tickets: what a ring and the cells of a queue have in common.
 *
 * Layout, in words: head, tail, two of the owner's, then a word for each slot, then a second word for each slot. A slot's first word is
 * `lap · 000` while it is free, and `lap · agent · state` while it is taken. The lap of a ticket is the number of times that its slot
 * had been used before. Words of another lap are thereby told apart: no stale compare-and-swap succeeds (see `README.md`, ABA).
 *
 * Head and tail are hints: the first ticket that is not over, and the first that is not taken. Any agent moves a hint on when the slot
 * shows that its ticket is past, so an agent that dies before it moves a hint leaves nothing undone.
 *
 * @since 0.3.0
 */

/** `2 ** bits` slots inside `words`, from `at` on. */
export interface Slots {
  readonly words: Int32Array
  readonly at: number
  readonly bits: number
}

/** A use of a slot: how many were taken before it, as a number of 32 bits. Zero is a ticket. */
export type Ticket = number

const headAt = 0
const tailAt = 1
const slotsAt = 4

const stateBits = 3
const agentBits = 12
const stateMask = (1 << stateBits) - 1
const agentMask = (1 << agentBits) - 1
/** Bits of the lap in a free slot. */
const freeLapMask = 2 ** (32 - stateBits) - 1
/** Bits of the lap in a slot that is taken. */
const lapMask = 2 ** (32 - stateBits - agentBits) - 1

/** The largest number of an agent. */
export const maxAgent: number = agentMask

/** The number of words of `2 ** bits` slots, header included. */
export const wordsOf = (bits: number): number => slotsAt + 2 * (1 << bits)

// -----------------------------------------------------------------------------
// indices
// -----------------------------------------------------------------------------

/** The number of a ticket's slot, from 0 on. */
export const indexOf = ({ bits }: Slots, ticket: Ticket): number => ticket & ((1 << bits) - 1)

/** The index of a slot's first word. */
export const slotOf = (slots: Slots, ticket: Ticket): number => slots.at + slotsAt + indexOf(slots, ticket)

/** The index of a slot's second word. */
export const besideOf = (slots: Slots, ticket: Ticket): number => slotOf(slots, ticket) + (1 << slots.bits)

/** Visits the index and the value of each slot's first word. */
export const eachSlot = ({ at, bits, words }: Slots, visit: (slot: number, word: number) => void): void => {
  const from = at + slotsAt
  for (let slot = from; slot < from + (1 << bits); slot++) visit(slot, Atomics.load(words, slot))
}

/** The index of the first word of the header that the owner of the slots may use; the second one follows. */
export const ownAt = ({ at }: Slots): number => at + 2

// -----------------------------------------------------------------------------
// words
// -----------------------------------------------------------------------------

const lapOf = ({ bits }: Slots, ticket: Ticket): number => ticket >>> bits

/** The word of a slot that waits for this ticket. */
export const freeWord = (slots: Slots, ticket: Ticket): number =>
  ((lapOf(slots, ticket) & freeLapMask) << stateBits) | 0

/** The word of a slot whose ticket is over. */
export const freedWord = (slots: Slots, ticket: Ticket): number => freeWord(slots, nextLap(slots, ticket))

/** The word of a slot that is taken. A state is a number from 1 to 7. */
export const takenWord = (slots: Slots, ticket: Ticket, agent: number, state: number): number =>
  ((lapOf(slots, ticket) & lapMask) << (stateBits + agentBits)) | (agent << stateBits) | state

/** The state of a word; 0 for a free slot. */
export const stateIn = (word: number): number => word & stateMask

/** The same word with another state. */
export const withState = (word: number, state: number): number => (word & ~stateMask) | state

/** The agent of a word; 0 for a free slot. */
export const agentIn = (word: number): number => (stateIn(word) === 0 ? 0 : (word >>> stateBits) & agentMask)

/** Whether the slot is taken by this ticket. */
export const isTakenBy = (slots: Slots, ticket: Ticket, word: number): boolean =>
  stateIn(word) !== 0 && word >>> (stateBits + agentBits) === (lapOf(slots, ticket) & lapMask)

/** The ticket that the same slot has next. */
export const nextLap = ({ bits }: Slots, ticket: Ticket): Ticket => (ticket + (1 << bits)) | 0

/** The ticket that the same slot had before. */
export const lapBefore = ({ bits }: Slots, ticket: Ticket): Ticket => (ticket - (1 << bits)) | 0

// -----------------------------------------------------------------------------
// hints
// -----------------------------------------------------------------------------

export const headOf = ({ at, words }: Slots): Ticket => Atomics.load(words, at + headAt)

export const tailOf = ({ at, words }: Slots): Ticket => Atomics.load(words, at + tailAt)

/** Moves the head past a ticket that is over, if it stands there. */
export const passHead = ({ at, words }: Slots, ticket: Ticket): void =>
  void Atomics.compareExchange(words, at + headAt, ticket, (ticket + 1) | 0)

/** Moves the tail past a ticket that is taken, if it stands there. */
export const passTail = ({ at, words }: Slots, ticket: Ticket): void =>
  void Atomics.compareExchange(words, at + tailAt, ticket, (ticket + 1) | 0)

/** Wakes every agent that sleeps on a slot. Each looks at its slot again. */
export const wakeAll = ({ at, bits, words }: Slots): void => {
  const from = at + slotsAt
  for (let slot = from; slot < from + (1 << bits); slot++) Atomics.notify(words, slot)
}
