/**
 * A line of agents in shared memory, of which the first may hold what the line is for. It survives the death of an agent at any
 * instruction.
 *
 * Only this file and `slots.ts` touch the words. States, races and a proof sketch: `README.md` beside it. An *agent* is a thread, by its
 * number from 1 on, and has at most one place in a ring. No function waits: a caller that is not first sleeps on the word of its own
 * place, at the index that `slotOf` returns, while that word is `waitingWord`.
 *
 * - An agent names itself in the write that takes its place. A ticket from a counter would belong to nobody if its agent died before it
 *   signed.
 * - Each agent has one word to sleep on. On a common word, a waiter that gave up would swallow the wake-up of another.
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
  wakeAll,
  withState
} from "./slots.ts"

export { maxAgent, slotOf, type Ticket, wakeAll, wordsOf } from "./slots.ts"

/** A ring of `2 ** bits` slots inside `words`, from `at` on. Twice as many slots as agents are enough. */
export type Ring = Slots

/** `gone`: the place was given up, or its agent has died and the host has cleared it. */
export type PlaceState = "waiting" | "granted" | "held" | "gone"

const Waiting = 1
const Granted = 2
const Held = 3
const Cancelled = 4

/**
 * Takes a place in the line. Look at `stateOf` next: a first place is held at once, or is granted already. Returns `undefined` while the
 * ring is full.
 *
 * `who` is any number that observers are shown. 0 is not written.
 */
export const enter = (ring: Ring, agent: number, who: number): Ticket | undefined => {
  for (;;) {
    const ticket = freeTicket(ring)
    if (ticket === undefined) return undefined
    // Read before the claim: a place that became the first meanwhile waits, and `advance` grants it.
    const isFirst = headOf(ring) === ticket
    if (!claim(ring, ticket, agent, who, isFirst ? Held : Waiting)) continue
    if (!isFirst) advance(ring)
    return ticket
  }
}

/** Takes a place again that its agent had given up. Returns `false` where the line has passed it. */
export const enterAgain = (ring: Ring, ticket: Ticket, agent: number, who: number): boolean => {
  const given = takenWord(ring, ticket, agent, Cancelled)
  if (!swap(ring, ticket, given, waitingWord(ring, ticket, agent))) return false
  if (who !== 0) Atomics.store(ring.words, besideOf(ring, ticket), who)
  advance(ring)
  return true
}

/** Takes the first place and holds it. Returns `undefined` where another agent has a place. */
export const tryEnter = (ring: Ring, agent: number, who: number): Ticket | undefined => {
  advance(ring)
  const ticket = freeTicket(ring)
  if (ticket === undefined || headOf(ring) !== ticket) return undefined
  return claim(ring, ticket, agent, who, Held) ? ticket : undefined
}

/** The state of a place that this agent took. */
export const stateOf = (ring: Ring, ticket: Ticket, agent: number): PlaceState => {
  const found = Atomics.load(ring.words, slotOf(ring, ticket))
  if (found === waitingWord(ring, ticket, agent)) return "waiting"
  if (found === takenWord(ring, ticket, agent, Granted)) return "granted"
  return found === takenWord(ring, ticket, agent, Held) ? "held" : "gone"
}

/** The word of a place while its agent waits: the agent sleeps at `slotOf` as long as the word is this one. */
export const waitingWord = (ring: Ring, ticket: Ticket, agent: number): number =>
  takenWord(ring, ticket, agent, Waiting)

/** Begins to hold. Returns `false` where the place is not granted. */
export const take = (ring: Ring, ticket: Ticket, agent: number): boolean =>
  swap(ring, ticket, takenWord(ring, ticket, agent, Granted), takenWord(ring, ticket, agent, Held))

/** Leaves the first place to the next agent. Returns `false` where this agent does not hold it. */
export const leave = (ring: Ring, ticket: Ticket, agent: number): boolean => {
  if (!swap(ring, ticket, takenWord(ring, ticket, agent, Held), freedWord(ring, ticket))) return false
  passHead(ring, ticket)
  advance(ring)
  return true
}

/**
 * Gives up a place that waits. Returns `false` where the place is no longer waiting: the agent takes a granted place, and leaves it, at
 * once.
 */
export const giveUp = (ring: Ring, ticket: Ticket, agent: number): boolean => {
  const cancelled = takenWord(ring, ticket, agent, Cancelled)
  if (!swap(ring, ticket, waitingWord(ring, ticket, agent), cancelled)) return false
  // Settles the agent's own sleep, which would stay in the list of waiters for ever.
  Atomics.notify(ring.words, slotOf(ring, ticket))
  advance(ring)
  return true
}

/** Passes places that are over, and grants the first place that waits. Any agent may call it at any time. */
export const advance = (ring: Ring): void => {
  for (;;) {
    const ticket = headOf(ring)
    const found = Atomics.load(ring.words, slotOf(ring, ticket))
    if (found === freeWord(ring, ticket)) return
    if (isTakenBy(ring, ticket, found)) {
      const state = stateIn(found)
      if (state === Granted || state === Held) return
      if (state === Waiting) {
        if (!swap(ring, ticket, found, withState(found, Granted))) continue
        Atomics.notify(ring.words, slotOf(ring, ticket))
        return
      }
      // Cancelled. Its agent may have entered again meanwhile.
      if (!swap(ring, ticket, found, freedWord(ring, ticket))) continue
    }
    passHead(ring, ticket)
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
  eachSlot(ring, (slot) => {
    // A live agent may grant the place between the look and the swap.
    while (!isCleared(ring, slot, agent));
  })
  advance(ring)
  wakeAll(ring)
}

const isCleared = (ring: Ring, slot: number, agent: number): boolean => {
  const found = Atomics.load(ring.words, slot)
  const state = stateIn(found)
  if (agentIn(found) !== agent || state === Cancelled) return true
  if (state === Waiting) {
    return Atomics.compareExchange(ring.words, slot, found, withState(found, Cancelled)) === found
  }
  // Before the slot: the next holder looks at the mark once it has the place.
  if (state === Held) Atomics.store(ring.words, ownAt(ring), agent)
  // The head stands at a place that is granted or held, and waits there.
  return swap(ring, headOf(ring), found, freedWord(ring, headOf(ring)))
}

/** The agent that died while it held the first place; 0 for none since `repair`. */
export const deadOwner = (ring: Ring): number => Atomics.load(ring.words, ownAt(ring))

/** Says that the holder has repaired what the dead agent left behind. Only for the holder. */
export const repair = (ring: Ring): void => void Atomics.store(ring.words, ownAt(ring), 0)

/** A place that is taken, as an observer sees it. */
export interface Place {
  readonly agent: number
  /** The number that the agent gave: informational, written after the place was taken. */
  readonly who: number
  readonly state: Exclude<PlaceState, "gone">
  readonly ticket: Ticket
}

const placeStates = [undefined, "waiting", "granted", "held"] as const

/** The places in the order of the line. Not of one moment: the line moves on while it is read. */
export const places = (ring: Ring): ReadonlyArray<Place> => {
  const head = headOf(ring)
  const found: Array<Place> = []
  for (let i = 0; i < 1 << ring.bits; i++) {
    const ticket = (head + i) | 0
    const word = Atomics.load(ring.words, slotOf(ring, ticket))
    const state = placeStates[stateIn(word)]
    if (state === undefined || !isTakenBy(ring, ticket, word)) continue
    const who = Atomics.load(ring.words, besideOf(ring, ticket))
    found.push({ agent: agentIn(word), who, state, ticket })
  }
  return found
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

/** The first ticket that nobody has taken; `undefined` while the lap before still has its slot. */
const freeTicket = (ring: Ring): Ticket | undefined => {
  for (;;) {
    const ticket = tailOf(ring)
    const found = Atomics.load(ring.words, slotOf(ring, ticket))
    if (found === freeWord(ring, ticket)) return ticket
    if (isTakenBy(ring, lapBefore(ring, ticket), found)) return undefined
    // Another agent took this place, and has not moved the tail on.
    passTail(ring, ticket)
  }
}

const claim = (ring: Ring, ticket: Ticket, agent: number, who: number, state: number): boolean => {
  if (!swap(ring, ticket, freeWord(ring, ticket), takenWord(ring, ticket, agent, state))) return false
  if (who !== 0) Atomics.store(ring.words, besideOf(ring, ticket), who)
  passTail(ring, ticket)
  return true
}

const swap = (ring: Ring, ticket: Ticket, from: number, to: number): boolean =>
  Atomics.compareExchange(ring.words, slotOf(ring, ticket), from, to) === from
