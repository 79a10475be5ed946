// Programs of agents around a ring of two slots. The functions are passed in, so that a mutant takes the place of one of them.
import * as Production from "@heddle/core/protocol/memory/ring"
import * as Slots from "@heddle/core/protocol/memory/slots"
import type { AtomicsModel } from "@heddle/testing"

export type Functions = typeof Production

/** `guarded` is what the ring is for: see `visit`. */
export interface Memory extends Record<string, Int32Array<ArrayBuffer>> {
  readonly words: Int32Array<ArrayBuffer>
  readonly guarded: Int32Array<ArrayBuffer>
}

export type Model = AtomicsModel.Model<Memory, string>

/** Just before the numbers of the tickets wrap around, in the slot that comes second. */
const firstTicket = -1

/** Two slots, or four. */
export const ringOf = ({ words }: Pick<Memory, "words">): Production.Ring => ({
  words,
  at: 0,
  bits: words.length === Production.wordsOf(1) ? 1 : 2
})

/** `from`: the first ticket. Each slot starts with the lap of the next ticket that it has. */
const memoryFrom = (from: Production.Ticket) => (): Memory => {
  const words = new Int32Array(Production.wordsOf(1))
  const slots = ringOf({ words })
  words[0] = words[1] = from
  for (const ticket of [from, from + 1])
    words[Slots.slotOf(slots, ticket | 0)] = Slots.freeWord(slots, ticket | 0)
  return { words, guarded: new Int32Array(1) }
}

const memory = (bits = 1): Memory => ({
  words: new Int32Array(Production.wordsOf(bits)),
  guarded: new Int32Array(1)
})

/** An agent holds the first place. */
const memoryHeldBy =
  (agent: number, bits = 1) =>
  (): Memory => {
    const shared = memory(bits)
    const slots = ringOf(shared)
    shared.words[Slots.slotOf(slots, 0)] = Slots.takenWord(slots, 0, agent, 3)
    shared.words[1] = 1
    return shared
  }

/** Four slots: agent 2 holds the first place, agent 1 has the second. */
const memoryWaitingBehind = (): Memory => {
  const shared = memoryHeldBy(2, 2)()
  const slots = ringOf(shared)
  shared.words[Slots.slotOf(slots, 1)] = Slots.takenWord(slots, 1, 1, 1)
  shared.words[1] = 2
  return shared
}

// -----------------------------------------------------------------------------
// what an agent does
// -----------------------------------------------------------------------------

const enter = (ring: Functions, shared: Memory, agent: number): Production.Ticket => {
  const ticket = ring.enter(ringOf(shared), agent, 0)
  if (ticket === undefined) throw new Error("the ring is full")
  return ticket
}

/** Sleeps until the place is held. */
const waitFor = (ring: Functions, shared: Memory, ticket: Production.Ticket, agent: number): void => {
  const line = ringOf(shared)
  for (;;) {
    const state = ring.stateOf(line, ticket, agent)
    if (state === "held" || (state === "granted" && ring.take(line, ticket, agent))) return
    if (state !== "waiting") throw new Error(`the place of ${agent} is ${state}`)
    Atomics.wait(shared.words, ring.slotOf(line, ticket), ring.waitingWord(line, ticket, agent))
  }
}

const inside = 1

/**
 * Mutual exclusion, order and the mark, by one word: twice the number of the last visitor, and a bit while it is inside. What a dead
 * agent left is found by the mark alone.
 */
const visit = (ring: Functions, shared: Memory, ticket: Production.Ticket): void => {
  const number = (ticket + 2) | 0
  if (ring.deadOwner(ringOf(shared)) !== 0) {
    Atomics.and(shared.guarded, 0, ~inside)
    ring.repair(ringOf(shared))
  }
  const last = Atomics.exchange(shared.guarded, 0, (number << 1) | inside)
  if ((last & inside) !== 0) throw new Error(`${number} meets ${last >> 1} inside`)
  if (last >> 1 >= number) throw new Error(`${number} comes after ${last >> 1}`)
  Atomics.store(shared.guarded, 0, number << 1)
}

const holdOnce = (ring: Functions, shared: Memory, ticket: Production.Ticket, agent: number): void => {
  waitFor(ring, shared, ticket, agent)
  visit(ring, shared, ticket)
  leave(ring, shared, ticket, agent)
}

const leave = (ring: Functions, shared: Memory, ticket: Production.Ticket, agent: number): void => {
  if (!ring.leave(ringOf(shared), ticket, agent)) throw new Error(`${agent} is not the holder`)
}

const lock = (ring: Functions, shared: Memory, agent: number): void =>
  holdOnce(ring, shared, enter(ring, shared, agent), agent)

/** Gives up at once where the place is not the first. What was granted meanwhile is taken, and left. */
const giveUp = (
  ring: Functions,
  shared: Memory,
  agent: number
): readonly [Production.Ticket, "given up" | "left"] => {
  const line = ringOf(shared)
  const ticket = enter(ring, shared, agent)
  if (ring.giveUp(line, ticket, agent)) return [ticket, "given up"]
  const state = ring.stateOf(line, ticket, agent)
  if (state === "granted" && !ring.take(line, ticket, agent)) throw new Error("granted, and taken away")
  if (state !== "granted" && state !== "held") throw new Error(`not given up, but ${state}`)
  leave(ring, shared, ticket, agent)
  return [ticket, "left"]
}

const giveUpThenLock = (ring: Functions, shared: Memory, agent: number): void => {
  const [ticket, how] = giveUp(ring, shared, agent)
  if (how === "given up" && ring.enterAgain(ringOf(shared), ticket, agent, 0)) {
    holdOnce(ring, shared, ticket, agent)
  } else lock(ring, shared, agent)
}

/** Recovers once an agent has stopped, then goes round the ring once more: twice, alone. */
const recover = (ring: Functions, shared: Memory, thread: AtomicsModel.Thread): void => {
  if (thread.join("a") === "stopped") {
    const line = ringOf(shared)
    const wasHeld = heldBy(line, 1)
    ring.recover(line, 1)
    // Another agent may have repaired it by now.
    if (!wasHeld && ring.deadOwner(line) !== 0) throw new Error("marked, though the dead did not hold it")
  }
  thread.join("b")
  for (let round = 0; round < 2; round++) lock(ring, shared, 3)
}

const heldBy = (line: Production.Ring, agent: number): boolean =>
  [0, 1].some((slot) => {
    const word = Atomics.load(line.words, Slots.slotOf(line, slot))
    return Slots.agentIn(word) === agent && Slots.stateIn(word) === 3
  })

// -----------------------------------------------------------------------------
// models
// -----------------------------------------------------------------------------

type Program = (ring: Functions, shared: Memory, thread: AtomicsModel.Thread) => unknown

const model =
  (programs: Readonly<Record<string, Program>>, more: Partial<Model> = {}) =>
  (ring: Functions): Model => ({
    memory: () => memory(),
    timeouts: false,
    threads: Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        (shared: Memory, thread: AtomicsModel.Thread) => program(ring, shared, thread)
      ])
    ),
    // Nobody has a place at the end: what is left is free.
    check: ({ memory: { guarded, words } }) => {
      const line = ringOf({ words })
      ring.advance(line)
      if (words[Slots.slotOf(line, words[0]!)] !== Slots.freeWord(line, words[0]!))
        throw new Error("left behind")
      if ((guarded[0]! & inside) !== 0 && ring.deadOwner(line) === 0) throw new Error("left inside, unmarked")
    },
    ...more
  })

const locks =
  (agent: number): Program =>
  (ring, shared) =>
    lock(ring, shared, agent)

/** Holds already. */
const holds =
  (agent: number): Program =>
  (ring, shared) => {
    visit(ring, shared, 0)
    leave(ring, shared, 0, agent)
  }

/** Waits already. */
const waits =
  (agent: number): Program =>
  (ring, shared) =>
    holdOnce(ring, shared, 1, agent)

const holdsThenLocks =
  (agent: number): Program =>
  (ring, shared, thread) => {
    holds(agent)(ring, shared, thread)
    lock(ring, shared, agent)
  }

const twice =
  (agent: number): Program =>
  (ring, shared) => {
    lock(ring, shared, agent)
    lock(ring, shared, agent)
  }

const givesUp =
  (agent: number): Program =>
  (ring, shared) =>
    void giveUp(ring, shared, agent)

const givesUpThenLocks =
  (agent: number): Program =>
  (ring, shared) =>
    giveUpThenLock(ring, shared, agent)

const tries =
  (agent: number): Program =>
  (ring, shared) => {
    const ticket = ring.tryEnter(ringOf(shared), agent, 0)
    if (ticket !== undefined) holdOnce(ring, shared, ticket, agent)
  }

const held = { memory: memoryHeldBy(2) }

const mayDie = { stops: ["a"] }

export const models = {
  "two lock": model({ a: locks(1), b: locks(2) }),
  "two lock, while the numbers of the tickets wrap around": model(
    { a: locks(1), b: locks(2) },
    { memory: memoryFrom(firstTicket) }
  ),
  "one gives up": model({ a: givesUp(1), b: locks(2) }),
  "one gives up behind a holder that locks again": model({ a: givesUp(1), b: holdsThenLocks(2) }, held),
  "one gives up and enters again": model({ a: givesUpThenLocks(1), b: holds(2) }, held),
  "one tries": model({ a: tries(1), b: locks(2) }),
  "one dies anywhere behind a holder": model(
    { a: locks(1), b: holds(2), host: recover },
    { ...held, ...mayDie }
  ),
  "one gives up, and dies anywhere behind a holder": model(
    { a: givesUp(1), b: holds(2), host: recover },
    { ...held, ...mayDie }
  ),
  "a holder dies anywhere": model(
    { a: holds(1), b: locks(2), host: recover },
    { memory: memoryHeldBy(1), ...mayDie }
  )
} satisfies Record<string, (ring: Functions) => Model>

/** Too long for the quick tier: up to half a minute each. */
export const longModels = {
  "one gives up and enters again beside another": model({ a: givesUpThenLocks(1), b: locks(2) }),
  "one tries, while another locks twice": model({ a: tries(1), b: twice(2) }),
  "one dies anywhere": model({ a: locks(1), b: locks(2), host: recover }, mayDie),
  "one gives up, and dies anywhere": model({ a: givesUp(1), b: locks(2), host: recover }, mayDie),
  "one gives up and enters again, and dies anywhere behind a holder": model(
    { a: givesUpThenLocks(1), b: holds(2), host: recover },
    { ...held, ...mayDie }
  ),
  "one dies anywhere behind a holder that locks again": model(
    { a: locks(1), b: holdsThenLocks(2), host: recover },
    { ...held, ...mayDie }
  ),
  "a third comes while another waits for the holder": model(
    { a: waits(1), b: holds(2), c: locks(3) },
    { memory: memoryWaitingBehind }
  )
} satisfies Record<string, (ring: Functions) => Model>
