/**
 * The cells of a queue in shared memory, for many producers and many consumers. They survive the death of an agent at any instruction.
 *
 * Only this file and `slots.ts` touch the words. States, races and a proof sketch: `README.md` beside it. A cell is a block of up to as
 * many records as the queue has chosen; their bytes are the queue's own, at the number that `indexOf` returns. Between `beginPut` and
 * `commitPut` the cell is the producer's alone, between `beginTake` and `commitTake` the consumer's alone.
 *
 * No function waits. A producer that found the queue full sleeps on the cell at the tail, a consumer that found it empty on the cell at
 * the head: `fullAt` and `emptyAt` return the index and the word. Each change that ends such a sleep wakes every sleeper of its cell.
 *
 * @since 0.3.0
 */
import {
  agentIn,
  besideOf,
  eachSlot,
  freedWord,
  freeWord,
  headOf,
  indexOf,
  isTakenBy,
  lapBefore,
  ownAt,
  passHead,
  passTail,
  type Slots,
  slotOf,
  stateIn,
  tailOf,
  takenWord,
  type Ticket,
  wakeAll
} from "./slots.ts"

export { indexOf, maxAgent, type Ticket, wakeAll, wordsOf } from "./slots.ts"

/** `2 ** bits` cells inside `words`, from `at` on. */
export type Cells = Slots

const Writing = 1
const Full = 2
const Reading = 3
const Void = 4
const End = 5

/** The agent in a word that belongs to nobody. */
const nobody = 0

/** Takes the next free cell for writing. */
export const beginPut = (cells: Cells, agent: number): Ticket | "full" | "ended" => {
  for (;;) {
    const ticket = freeTicket(cells)
    if (typeof ticket === "string") return ticket
    if (!swap(cells, ticket, freeWord(cells, ticket), takenWord(cells, ticket, agent, Writing))) continue
    passTail(cells, ticket)
    return ticket
  }
}

/** Publishes a cell that was written, with the number of its records. Returns `false` where this agent is not writing it. */
export const commitPut = (cells: Cells, ticket: Ticket, agent: number, records: number): boolean => {
  const writing = takenWord(cells, ticket, agent, Writing)
  if (Atomics.load(cells.words, slotOf(cells, ticket)) !== writing) return false
  Atomics.store(cells.words, besideOf(cells, ticket), records)
  return settle(cells, ticket, writing, takenWord(cells, ticket, nobody, Full))
}

/** Gives up a cell that is being written: consumers skip it. */
export const abortPut = (cells: Cells, ticket: Ticket, agent: number): boolean => {
  const voided = takenWord(cells, ticket, agent, Void)
  return settle(cells, ticket, takenWord(cells, ticket, agent, Writing), voided)
}

/** Takes the oldest cell for reading. `empty`: there is none, or its producer still writes. `ended`: there will be none. */
export const beginTake = (cells: Cells, agent: number): Ticket | "empty" | "ended" => {
  for (;;) {
    const ticket = headOf(cells)
    const found = Atomics.load(cells.words, slotOf(cells, ticket))
    if (found === freeWord(cells, ticket)) return "empty"
    if (isTakenBy(cells, ticket, found)) {
      const state = stateIn(found)
      if (state === Writing) return "empty"
      if (state === End) return "ended"
      if (state === Void) {
        passVoid(cells, ticket, found)
        continue
      }
      if (state === Full) {
        if (!swap(cells, ticket, found, takenWord(cells, ticket, agent, Reading))) continue
        passHead(cells, ticket)
        return ticket
      }
    }
    // A slow consumer still reads the cell's last use, and everything after it was read.
    if (isTakenBy(cells, lapBefore(cells, ticket), found)) return "empty"
    // Another agent took this cell, and has not moved the head on.
    passHead(cells, ticket)
  }
}

/** The number of records of a cell that this agent reads. */
export const recordsIn = (cells: Cells, ticket: Ticket): number =>
  Atomics.load(cells.words, besideOf(cells, ticket))

/** Frees a cell that was read. Returns `false` where this agent is not reading it. */
export const commitTake = (cells: Cells, ticket: Ticket, agent: number): boolean =>
  settle(cells, ticket, takenWord(cells, ticket, agent, Reading), freedWord(cells, ticket))

/** Lets no cell follow those that are taken. Returns `full` where the mark has no cell yet, else `ended`. */
export const end = (cells: Cells): "full" | "ended" => {
  for (;;) {
    const ticket = freeTicket(cells)
    if (typeof ticket === "string") return ticket
    // The tail stays: no ticket follows.
    settle(cells, ticket, freeWord(cells, ticket), takenWord(cells, ticket, nobody, End))
  }
}

// -----------------------------------------------------------------------------
// sleeping and observing
// -----------------------------------------------------------------------------

/** A word, and its value as long as there is nothing to do. */
export interface Sleep {
  readonly index: number
  readonly word: number
}

/** The sleep of a producer. `undefined`: look again at once, since the queue is no longer full. */
export const fullAt = (cells: Cells): Sleep | undefined => {
  const ticket = tailOf(cells)
  const index = slotOf(cells, ticket)
  const word = Atomics.load(cells.words, index)
  return isFullFor(cells, ticket, word) ? { index, word } : undefined
}

/** The sleep of a consumer. `undefined`: look again at once, since the queue is no longer empty. */
export const emptyAt = (cells: Cells): Sleep | undefined => {
  const ticket = headOf(cells)
  const index = slotOf(cells, ticket)
  const word = Atomics.load(cells.words, index)
  const isWriting = stateIn(word) === Writing && isTakenBy(cells, ticket, word)
  const isBefore = isTakenBy(cells, lapBefore(cells, ticket), word)
  return isWriting || isBefore || word === freeWord(cells, ticket) ? { index, word } : undefined
}

/** How many cells are taken and not yet read, those that are being written included. Exact while nobody puts or takes. */
export const length = (cells: Cells): number => {
  const head = headOf(cells)
  const taken = (tailOf(cells) - head) | 0
  return Math.max(0, Math.min(taken, 1 << cells.bits))
}

/** How many records wait to be read. Exact while nobody puts or takes. */
export const records = (cells: Cells): number => {
  const head = headOf(cells)
  let total = 0
  for (let i = 0; i < 1 << cells.bits; i++) {
    const ticket = (head + i) | 0
    const word = Atomics.load(cells.words, slotOf(cells, ticket))
    if (word === takenWord(cells, ticket, nobody, Full)) total += recordsIn(cells, ticket)
  }
  return total
}

/** Whether a consumer would find nothing. */
export const isEmpty = (cells: Cells): boolean => emptyAt(cells) !== undefined

/** Whether a producer would find no cell. */
export const isFull = (cells: Cells): boolean => fullAt(cells) !== undefined

// -----------------------------------------------------------------------------
// the host
// -----------------------------------------------------------------------------

/**
 * Frees the cells of a dead agent, and wakes everybody: the dead may have published or freed a cell without a wake-up. A cell that was
 * being written is never read. Returns how many records were being read, and are lost. Only for the host, once the agent writes no more.
 * May be called again.
 */
export const recover = (cells: Cells, agent: number): number => {
  let lost = 0
  eachSlot(cells, (slot, word) => {
    if (agentIn(word) !== agent) return
    // Both positions first. The head may stand at a cell that is being read: freed and taken again, it would show no longer that the
    // head has to move on.
    const ticket = ticketOf(cells, slot, word)
    passTail(cells, ticket)
    const state = stateIn(word)
    if (state === Writing) swap(cells, ticket, word, takenWord(cells, ticket, agent, Void))
    if (state !== Reading) return
    passHead(cells, ticket)
    lost += recordsIn(cells, ticket)
    swap(cells, ticket, word, freedWord(cells, ticket))
  })
  if (lost > 0) Atomics.add(cells.words, ownAt(cells), lost)
  wakeAll(cells)
  return lost
}

/** How many records were lost to the deaths of consumers. */
export const lostOf = (cells: Cells): number => Atomics.load(cells.words, ownAt(cells))

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

/** The first ticket that nobody has taken. Frees the void cell of a dead producer, if it is in the way. */
const freeTicket = (cells: Cells): Ticket | "full" | "ended" => {
  for (;;) {
    const ticket = tailOf(cells)
    const found = Atomics.load(cells.words, slotOf(cells, ticket))
    if (found === freeWord(cells, ticket)) return ticket
    if (isFullFor(cells, ticket, found)) return "full"
    if (found === takenWord(cells, ticket, nobody, End)) return "ended"
    const before = lapBefore(cells, ticket)
    if (isTakenBy(cells, before, found)) passVoid(cells, before, found)
    // Another agent took this cell, and has not moved the tail on.
    else passTail(cells, ticket)
  }
}

/** Whether the lap before still has the cell of the tail. A void one is in nobody's way. */
const isFullFor = (cells: Cells, ticket: Ticket, word: number): boolean =>
  stateIn(word) !== Void && isTakenBy(cells, lapBefore(cells, ticket), word)

/** Skips and frees a void cell. It is the oldest one: the head stands there, or behind it. */
const passVoid = (cells: Cells, ticket: Ticket, found: number): void => {
  passHead(cells, ticket)
  settle(cells, ticket, found, freedWord(cells, ticket))
}

/** The ticket of a cell that a dead agent has: one of the last lap, or the one at the tail. */
const ticketOf = (cells: Cells, slot: number, word: number): Ticket => {
  const tail = tailOf(cells)
  const index = slot - slotOf(cells, 0)
  const newest = (tail - indexOf(cells, (tail - index) | 0)) | 0
  return isTakenBy(cells, newest, word) ? newest : lapBefore(cells, newest)
}

const swap = (cells: Cells, ticket: Ticket, from: number, to: number): boolean =>
  Atomics.compareExchange(cells.words, slotOf(cells, ticket), from, to) === from

/** A change that ends a sleep. Wakes all: a producer and a consumer may sleep on one cell, and so may one that gave up. */
const settle = (cells: Cells, ticket: Ticket, from: number, to: number): boolean => {
  if (!swap(cells, ticket, from, to)) return false
  Atomics.notify(cells.words, slotOf(cells, ticket))
  return true
}
