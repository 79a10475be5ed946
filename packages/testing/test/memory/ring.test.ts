// The line of agents in shared memory, in every interleaving: production code, unmodified.
import * as Production from "@heddle/core/protocol/memory/ring"
import * as Slots from "@heddle/core/protocol/memory/slots"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import { type Functions, models } from "./ringModels.ts"

describe("the ring, in every interleaving: one holds at a time, in order, no wake-up is lost, a death leaves the line: G17", () => {
  it.each(Object.entries(models))("%s", (_, model) => {
    const report = AtomicsModel.assert(model(Production))
    expect(report.isExhaustive).toBe(true)
    expect(report.interleavings).toBeGreaterThan(1_000_000n)
  })
})

const Waiting = 1
const Granted = 2
const Held = 3
const Cancelled = 4

/** Places, as `ring.ts` writes them. */
const word = (ring: Production.Ring, ticket: number, agent: number, state: number): number =>
  Slots.takenWord(ring, ticket, agent, state)

const swap = (ring: Production.Ring, ticket: number, from: number, to: number): boolean =>
  Atomics.compareExchange(ring.words, Slots.slotOf(ring, ticket), from, to) === from

/** `recover`, as shipped but for the parts that are passed. */
const recoverBy =
  (part: { look?: "once"; wake?: "nobody"; mark?: "granted" | "nothing" }): Functions["recover"] =>
  (ring, agent) => {
    Slots.eachSlot(ring, (slot, first) => {
      for (let found = first; Slots.agentIn(found) === agent; found = Atomics.load(ring.words, slot)) {
        const state = Slots.stateIn(found)
        if (state === Cancelled) break
        const isMarked =
          state === Held ? part.mark !== "nothing" : state === Granted && part.mark === "granted"
        if (isMarked) Atomics.store(ring.words, Slots.ownAt(ring), agent)
        const next =
          state === Waiting ? Slots.withState(found, Cancelled) : Slots.freedWord(ring, Slots.headOf(ring))
        Atomics.compareExchange(ring.words, slot, found, next)
        if (part.look === "once") break
      }
    })
    Production.advance(ring)
    if (part.wake !== "nobody") Slots.wakeAll(ring)
  }

/** `advance`, as shipped but for the grant. */
const advanceBy =
  (grant: (ring: Production.Ring, ticket: number, found: number) => void): Functions["advance"] =>
  (ring) => {
    for (;;) {
      const ticket = Slots.headOf(ring)
      const found = Atomics.load(ring.words, Slots.slotOf(ring, ticket))
      if (found === Slots.freeWord(ring, ticket)) return
      if (Slots.isTakenBy(ring, ticket, found)) {
        const state = Slots.stateIn(found)
        if (state === Waiting) return grant(ring, ticket, found)
        if (state !== Cancelled) return
        if (!swap(ring, ticket, found, Slots.freedWord(ring, ticket))) continue
      }
      Slots.passHead(ring, ticket)
    }
  }

/** A ring with another `advance`: the functions that call it are these. */
const withAdvance = (advance: Functions["advance"]): Partial<Functions> => ({
  advance,
  leave: (ring, ticket, agent) => {
    if (!swap(ring, ticket, word(ring, ticket, agent, Held), Slots.freedWord(ring, ticket))) return false
    Slots.passHead(ring, ticket)
    advance(ring)
    return true
  }
})

const free = (ring: Production.Ring): number => {
  for (;;) {
    const ticket = Slots.tailOf(ring)
    if (Atomics.load(ring.words, Slots.slotOf(ring, ticket)) === Slots.freeWord(ring, ticket)) return ticket
    Slots.passTail(ring, ticket)
  }
}

/** The mistake of each mutant, the model that finds it, and what the model says. */
const mutants: Record<string, [keyof typeof models, Partial<Functions>, RegExp]> = {
  "a release forgets the waiter": [
    "two lock",
    {
      leave: (ring, ticket, agent) => {
        if (!swap(ring, ticket, word(ring, ticket, agent, Held), Slots.freedWord(ring, ticket))) return false
        Slots.passHead(ring, ticket)
        return true
      }
    },
    /Deadlock/
  ],
  "the wake-up comes before the store": [
    "two lock",
    withAdvance(
      advanceBy((ring, ticket, found) => {
        Atomics.notify(ring.words, Slots.slotOf(ring, ticket))
        swap(ring, ticket, found, Slots.withState(found, Granted))
      })
    ),
    /Deadlock/
  ],
  "the grant is stored, not swapped": [
    "one gives up and enters again",
    withAdvance(
      advanceBy((ring, ticket, found) => {
        Atomics.store(ring.words, Slots.slotOf(ring, ticket), Slots.withState(found, Granted))
        Atomics.notify(ring.words, Slots.slotOf(ring, ticket))
      })
    ),
    /the place of 1 is gone|granted|Deadlock|left behind|not the holder/
  ],
  "nobody looks at the line after a place was taken behind a lagging head": [
    "two lock",
    {
      enter: (ring, agent) => {
        for (;;) {
          const ticket = free(ring)
          const isFirst = Slots.headOf(ring) === ticket
          const claimed = word(ring, ticket, agent, isFirst ? Held : Waiting)
          if (!swap(ring, ticket, Slots.freeWord(ring, ticket), claimed)) continue
          Slots.passTail(ring, ticket)
          return ticket
        }
      }
    },
    /Deadlock/
  ],
  "the place is held as first although the look at the head came before the ticket": [
    "two lock",
    {
      enter: (ring, agent) => {
        for (;;) {
          const isFirst = Slots.headOf(ring) === Slots.tailOf(ring)
          const ticket = free(ring)
          const claimed = word(ring, ticket, agent, isFirst ? Held : Waiting)
          if (!swap(ring, ticket, Slots.freeWord(ring, ticket), claimed)) continue
          Slots.passTail(ring, ticket)
          if (!isFirst) Production.advance(ring)
          return ticket
        }
      }
    },
    /meets|after|Deadlock/
  ],
  "a ticket comes from a counter, and is signed later": [
    "one dies anywhere behind a holder",
    {
      enter: (ring, agent) => {
        const ticket = Atomics.add(ring.words, ring.at + 1, 1)
        const isFirst = Slots.headOf(ring) === ticket
        Atomics.store(
          ring.words,
          Slots.slotOf(ring, ticket),
          word(ring, ticket, agent, isFirst ? Held : Waiting)
        )
        if (!isFirst) Production.advance(ring)
        return ticket
      }
    },
    /Deadlock/
  ],
  "the owner is written after the place is taken": [
    "one dies anywhere behind a holder",
    {
      enter: (ring, agent) => {
        for (;;) {
          const ticket = free(ring)
          const state = Slots.headOf(ring) === ticket ? Held : Waiting
          if (!swap(ring, ticket, Slots.freeWord(ring, ticket), word(ring, ticket, 0, state))) continue
          Slots.passTail(ring, ticket)
          // The state may be another one by now.
          Atomics.add(ring.words, Slots.slotOf(ring, ticket), agent << 3)
          if (state !== Held) Production.advance(ring)
          return ticket
        }
      }
    },
    /Deadlock/
  ],
  "a waiter that gives up keeps its ticket": ["one gives up", { giveUp: () => true }, /left behind|Deadlock/],
  "a waiter gives up what was granted": [
    "one gives up behind a holder that locks again",
    {
      giveUp: (ring, ticket, agent) => {
        const slot = Slots.slotOf(ring, ticket)
        const found = Atomics.load(ring.words, slot)
        if (found === word(ring, ticket, agent, Held)) return false
        return (
          Atomics.compareExchange(ring.words, slot, found, word(ring, ticket, agent, Cancelled)) === found
        )
      }
    },
    /Deadlock/
  ],
  "entering again does not look whether the line has passed": [
    "one gives up and enters again",
    {
      enterAgain: (ring, ticket, agent) => {
        Atomics.store(ring.words, Slots.slotOf(ring, ticket), word(ring, ticket, agent, Waiting))
        Production.advance(ring)
        return true
      }
    },
    /Deadlock/
  ],
  "taking does not look whether it is granted": [
    "two lock",
    {
      stateOf: (ring, ticket, agent) => {
        const state = Production.stateOf(ring, ticket, agent)
        return state === "waiting" ? "granted" : state
      },
      take: (ring, ticket, agent) => {
        Atomics.store(ring.words, Slots.slotOf(ring, ticket), word(ring, ticket, agent, Held))
        return true
      }
    },
    /meets/
  ],
  "the recovery wakes nobody": [
    "a holder dies anywhere",
    { recover: recoverBy({ wake: "nobody" }) },
    /Deadlock/
  ],
  "the recovery looks once at a place that waits, and may be granted": [
    "one dies anywhere behind a holder",
    { recover: recoverBy({ look: "once" }) },
    /Deadlock/
  ],
  "a death marks what was granted": [
    "one dies anywhere behind a holder",
    { recover: recoverBy({ mark: "granted" }) },
    /marked, though/
  ],
  "a death marks nothing": ["a holder dies anywhere", { recover: recoverBy({ mark: "nothing" }) }, /inside/],
  "a recovery that does nothing": ["one dies anywhere behind a holder", { recover: () => {} }, /Deadlock/],
  "a recovery that moves the line on, and takes nobody out": [
    "one dies anywhere behind a holder",
    { recover: (ring) => (Production.advance(ring), Slots.wakeAll(ring)) },
    /Deadlock/
  ]
}

describe("each way to break the ring is caught: G17", () => {
  it.each(Object.entries(mutants))("%s", (_, [name, mutant, says]) => {
    const model = models[name]({ ...Production, ...mutant })
    const { failure } = AtomicsModel.explore(model, { maxStates: 200_000 })
    expect(String(failure?.cause)).toMatch(says)
    expect(AtomicsModel.replay(failure!.schedule, model)).toEqual(failure)
  })
})
