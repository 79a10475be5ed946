/**
 * A line of agents in shared memory, of which the first may hold what the line is for. It survives the death of an agent at any
 * instruction.
 *
 * Only this file touches the words. States, races and a proof sketch: `README.md` beside it. An *agent* is a thread, by its number from
 * 1 on. No function waits: a caller that is not first sleeps on the word of its own slot, at the index that `slotOf` returns.
 *
 * - An agent names itself in the write that takes its place. A ticket from a counter would belong to nobody if its agent died before it
 *   signed.
 * - `head` and `tail` are hints, which any agent moves on. The slots are the truth.
 * - Each agent has one word to sleep on. On a common word, a waiter that gave up would swallow the wake-up of another.
 *
 * @since 0.3.0
 */

/** A ring of `2 ** bits` slots inside `words`, from `at` on. */
export interface Ring {
  readonly words: Int32Array
  readonly at: number
  readonly bits: number
}

/** A place in the line: how many places were taken before it, as a number of 32 bits. */
export type Ticket = number

/** `gone`: the place was given up, or its agent has died and the host has cleared it. */
export type PlaceState = "waiting" | "granted" | "held" | "gone"

const Head = 0
const Tail = 1
const Dead = 2
const slots = 4

const Waiting = 1
const Granted = 2
const Held = 3
const Cancelled = 4

const stateBits = 3
const agentBits = 12
const stateMask = (1 << stateBits) - 1
const agentMask = (1 << agentBits) - 1

/** The largest number of an agent. */
export const maxAgent: number = agentMask

/** The number of words of a ring. */
export const wordsOf = (bits: number): number => slots + 2 * (1 << bits)

/** Takes a place in the line. Returns `undefined` while the ring is full: more agents than slots wait. */
export const enter = (ring: Ring, agent: number, who: number): Ticket | undefined => {
  const { at, words } = ring
  for (;;) {
    const ticket = Atomics.load(words, at + Tail)
    const slot = slotOf(ring, ticket)
    const free = freeWord(ring, ticket)
    const found = Atomics.load(words, slot)
    if (found !== free) {
      if (isOfLapBefore(ring, ticket, found)) return undefined
      // Another agent took this place, and has not moved the tail on.
      Atomics.compareExchange(words, at + Tail, ticket, (ticket + 1) | 0)
      continue
    }
    // Read before the claim: a place that became the first meanwhile waits, and `advance` grants it.
    const isFirst = Atomics.load(words, at + Head) === ticket
    const claimed = placeWord(ring, ticket, agent, isFirst ? Held : Waiting)
    if (Atomics.compareExchange(words, slot, free, claimed) !== free) continue
    Atomics.store(words, slot + (1 << ring.bits), who)
    Atomics.compareExchange(words, at + Tail, ticket, (ticket + 1) | 0)
    if (!isFirst) advance(ring)
    return ticket
  }
}

/** Takes a place again that its agent had given up, unless the line has passed it. */
export const enterAgain = (ring: Ring, ticket: Ticket, agent: number, who: number): boolean => {
  const slot = slotOf(ring, ticket)
  const given = placeWord(ring, ticket, agent, Cancelled)
  if (Atomics.compareExchange(ring.words, slot, given, placeWord(ring, ticket, agent, Waiting)) !== given)
    return false
  Atomics.store(ring.words, slot + (1 << ring.bits), who)
  advance(ring)
  return true
}

/** Takes the only place in the line, or none. */
export const tryEnter = (ring: Ring, agent: number, who: number): Ticket | undefined => {
  const { at, words } = ring
  advance(ring)
  const ticket = Atomics.load(words, at + Head)
  const free = freeWord(ring, ticket)
  const slot = slotOf(ring, ticket)
  const held = placeWord(ring, ticket, agent, Held)
  if (Atomics.compareExchange(words, slot, free, held) !== free) return undefined
  Atomics.store(words, slot + (1 << ring.bits), who)
  Atomics.compareExchange(words, at + Tail, ticket, (ticket + 1) | 0)
  return ticket
}

/** The state of a place that this agent took. */
export const stateOf = (ring: Ring, ticket: Ticket, agent: number): PlaceState => {
  const found = Atomics.load(ring.words, slotOf(ring, ticket))
  if (found === placeWord(ring, ticket, agent, Waiting)) return "waiting"
  if (found === placeWord(ring, ticket, agent, Granted)) return "granted"
  return found === placeWord(ring, ticket, agent, Held) ? "held" : "gone"
}

/** The index of the word of a place: the agent sleeps on it while the word is `waitingWord`. */
export const slotOf = ({ at, bits }: Ring, ticket: Ticket): number =>
  at + slots + (ticket & ((1 << bits) - 1))

/** The value of the word of a place while its agent waits. */
export const waitingWord = (ring: Ring, ticket: Ticket, agent: number): number =>
  placeWord(ring, ticket, agent, Waiting)

/** Begins to hold. Returns `false` where the place is not granted. */
export const take = (ring: Ring, ticket: Ticket, agent: number): boolean => {
  const granted = placeWord(ring, ticket, agent, Granted)
  const held = placeWord(ring, ticket, agent, Held)
  return Atomics.compareExchange(ring.words, slotOf(ring, ticket), granted, held) === granted
}

/** Leaves the first place to the next agent. Returns `false` where this agent does not hold it. */
export const leave = (ring: Ring, ticket: Ticket, agent: number): boolean => {
  const held = placeWord(ring, ticket, agent, Held)
  if (Atomics.compareExchange(ring.words, slotOf(ring, ticket), held, freedWord(ring, ticket)) !== held)
    return false
  Atomics.compareExchange(ring.words, ring.at + Head, ticket, (ticket + 1) | 0)
  advance(ring)
  return true
}

/**
 * Gives up a place that waits. Returns `false` where the place is no longer waiting: a granted one must be taken, and left, by its
 * agent at once.
 */
export const giveUp = (ring: Ring, ticket: Ticket, agent: number): boolean => {
  const slot = slotOf(ring, ticket)
  const waiting = placeWord(ring, ticket, agent, Waiting)
  const cancelled = placeWord(ring, ticket, agent, Cancelled)
  if (Atomics.compareExchange(ring.words, slot, waiting, cancelled) !== waiting) return false
  // Settles the agent's own sleep, which would stay in the list of waiters for ever.
  Atomics.notify(ring.words, slot)
  advance(ring)
  return true
}

/** Passes places that are over, and grants the first place that waits. Any agent may call it at any time. */
export const advance = (ring: Ring): void => {
  const { at, words } = ring
  for (;;) {
    const ticket = Atomics.load(words, at + Head)
    const slot = slotOf(ring, ticket)
    const found = Atomics.load(words, slot)
    if (found === freeWord(ring, ticket)) return
    const isPassed = found === freedWord(ring, ticket) || !isOfLap(ring, ticket, found)
    if (!isPassed) {
      const state = found & stateMask
      if (state === Granted || state === Held) return
      if (state === Waiting) {
        if (Atomics.compareExchange(words, slot, found, (found & ~stateMask) | Granted) !== found) continue
        Atomics.notify(words, slot)
        return
      }
      // Cancelled. The slot may have become a waiting one again.
      if (Atomics.compareExchange(words, slot, found, freedWord(ring, ticket)) !== found) continue
    }
    Atomics.compareExchange(words, at + Head, ticket, (ticket + 1) | 0)
  }
}

// -----------------------------------------------------------------------------
// the host
// -----------------------------------------------------------------------------

/**
 * Takes a dead agent out of the line, and wakes everybody: the dead may have granted a place without a wake-up. Only for the host, once
 * the agent writes no more. May be called again.
 */
export const recover = (ring: Ring, agent: number): void => {
  const { at, words } = ring
  const count = 1 << ring.bits
  for (let slot = at + slots; slot < at + slots + count; slot++) {
    const found = Atomics.load(words, slot)
    if (agentOf(found) !== agent) continue
    const state = found & stateMask
    const ticket = ticketOf(ring, slot, found)
    if (state === Waiting) Atomics.compareExchange(words, slot, found, (found & ~stateMask) | Cancelled)
    else if (state === Granted || state === Held) {
      // Before the slot: the next holder looks at the mark once it has the place.
      if (state === Held) Atomics.store(words, at + Dead, agent)
      Atomics.compareExchange(words, slot, found, freedWord(ring, ticket))
    }
  }
  advance(ring)
  for (let slot = at + slots; slot < at + slots + count; slot++) Atomics.notify(words, slot)
}

/** The agent that died while it held the first place; 0 for none since `repair`. */
export const deadOwner = ({ at, words }: Ring): number => Atomics.load(words, at + Dead)

/** Says that the holder has repaired what the dead agent left behind. Only for the holder. */
export const repair = ({ at, words }: Ring): void => void Atomics.store(words, at + Dead, 0)

/** A place that is taken, as an observer sees it. */
export interface Place {
  readonly agent: number
  /** The number that the agent gave: informational, written after the place was taken. */
  readonly who: number
  readonly state: Exclude<PlaceState, "gone">
  readonly ticket: Ticket
}

/** The places in the order of the line. */
export const places = (ring: Ring): ReadonlyArray<Place> => {
  const { at, bits, words } = ring
  const head = Atomics.load(words, at + Head)
  const found: Array<Place> = []
  for (let i = 0; i < 1 << bits; i++) {
    const ticket = (head + i) | 0
    const slot = slotOf(ring, ticket)
    const word = Atomics.load(words, slot)
    const state = ([, "waiting", "granted", "held"] as const)[word & stateMask]
    if (state === undefined || !isOfLap(ring, ticket, word)) continue
    found.push({ agent: agentOf(word), who: Atomics.load(words, slot + (1 << bits)), state, ticket })
  }
  return found
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

/** Bits of the lap in a free slot. */
const freeLapMask = 2 ** (32 - stateBits) - 1
/** Bits of the lap in a slot that is taken. */
const lapMask = 2 ** (32 - stateBits - agentBits) - 1

const lapOf = ({ bits }: Ring, ticket: Ticket): number => ticket >>> bits

/** The lap of a ticket, as many bits as wrap around with the ticket. */
const nextLap = (ring: Ring, ticket: Ticket): number => lapOf(ring, (ticket + (1 << ring.bits)) | 0)

const freeWord = (ring: Ring, ticket: Ticket): number =>
  ((lapOf(ring, ticket) & freeLapMask) << stateBits) | 0

const freedWord = (ring: Ring, ticket: Ticket): number =>
  ((nextLap(ring, ticket) & freeLapMask) << stateBits) | 0

const placeWord = (ring: Ring, ticket: Ticket, agent: number, state: number): number =>
  ((lapOf(ring, ticket) & lapMask) << (stateBits + agentBits)) | (agent << stateBits) | state | 0

/** The agent of a slot that is taken; 0 for a free slot. */
const agentOf = (word: number): number => ((word & stateMask) === 0 ? 0 : (word >>> stateBits) & agentMask)

const placeLap = (word: number): number => word >>> (stateBits + agentBits)

const isOfLap = (ring: Ring, ticket: Ticket, word: number): boolean =>
  (word & stateMask) !== 0 && placeLap(word) === (lapOf(ring, ticket) & lapMask)

const isOfLapBefore = (ring: Ring, ticket: Ticket, word: number): boolean =>
  isOfLap(ring, (ticket - (1 << ring.bits)) | 0, word)

/** A ticket of the slot with the lap of its word: what `freedWord` needs. */
const ticketOf = (ring: Ring, slot: number, word: number): Ticket => {
  const index = slot - ring.at - slots
  // The laps of the head tell the bits that the slot has no room for.
  const head = Atomics.load(ring.words, ring.at + Head)
  for (const near of [0, 1, -1]) {
    const ticket = ((lapOf(ring, head) + near) << ring.bits) | index | 0
    if (isOfLap(ring, ticket, word)) return ticket
  }
  return (placeLap(word) << ring.bits) | index | 0
}
