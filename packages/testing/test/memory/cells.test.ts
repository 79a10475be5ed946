// The cells of a queue in shared memory, in every interleaving: production code, unmodified.
import * as Production from "@heddle/core/protocol/memory/cells"
import * as Slots from "@heddle/core/protocol/memory/slots"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import { type Functions, longModels, models } from "./cellsModels.ts"

describe("cells, in every interleaving: what is put is taken once and whole, no wake-up is lost, a death leaves the queue: G17", () => {
  it.each(Object.entries(models))("%s", (_, model) => {
    const report = AtomicsModel.assert(model(Production))
    expect(report.isExhaustive).toBe(true)
    expect(report.interleavings).toBeGreaterThan(10_000n)
  })
})

const Writing = 1
const Full = 2
const Reading = 3
const Void = 4

const swap = (cells: Production.Cells, ticket: number, from: number, to: number): boolean =>
  Atomics.compareExchange(cells.words, Slots.slotOf(cells, ticket), from, to) === from

const word = Slots.takenWord

const wake = (cells: Production.Cells, ticket: number): void =>
  void Atomics.notify(cells.words, Slots.slotOf(cells, ticket))

const publish = (cells: Production.Cells, ticket: number, agent: number): boolean =>
  swap(cells, ticket, word(cells, ticket, agent, Writing), word(cells, ticket, 0, Full))

const free = (cells: Production.Cells, ticket: number, agent: number): boolean =>
  swap(cells, ticket, word(cells, ticket, agent, Reading), Slots.freedWord(cells, ticket))

/** The ticket of a cell that a dead agent has, near the tail. */
const ticketIn = (cells: Production.Cells, slot: number, found: number): number => {
  const tail = Slots.tailOf(cells)
  for (let back = 0; back <= 2; back++) {
    const ticket = (tail - back) | 0
    if (Slots.slotOf(cells, ticket) === slot && Slots.isTakenBy(cells, ticket, found)) return ticket
  }
  throw new Error("no ticket")
}

/** `recover`, as shipped but for the parts that are passed. */
const recoverBy =
  (part: {
    head?: "last" | "never"
    wake?: "nobody"
    written?: "published" | "kept"
  }): Functions["recover"] =>
  (cells, agent) => {
    let lost = 0
    Slots.eachSlot(cells, (slot, found) => {
      if (Slots.agentIn(found) !== agent) return
      const ticket = ticketIn(cells, slot, found)
      Slots.passTail(cells, ticket)
      if (Slots.stateIn(found) === Writing && part.written !== "kept") {
        const published = word(cells, ticket, 0, Full)
        swap(
          cells,
          ticket,
          found,
          part.written === "published" ? published : word(cells, ticket, agent, Void)
        )
      }
      if (Slots.stateIn(found) !== Reading) return
      if (part.head === undefined) Slots.passHead(cells, ticket)
      lost += Production.recordsIn(cells, ticket)
      swap(cells, ticket, found, Slots.freedWord(cells, ticket))
      if (part.head === "last") Slots.passHead(cells, ticket)
    })
    if (part.wake !== "nobody") Slots.wakeAll(cells)
    return lost
  }

/** A consumer that knows the word of the next lap alone, as a queue had it whose recovery moved the head last. */
const beginTakeExact: Functions["beginTake"] = (cells, agent) => {
  const ticket = Slots.headOf(cells)
  const found = Atomics.load(cells.words, Slots.slotOf(cells, ticket))
  const isKnown = found === Slots.freedWord(cells, ticket) || Slots.isTakenBy(cells, ticket, found)
  return isKnown ? Production.beginTake(cells, agent) : "empty"
}

/** Sleeps on whatever stands at the head. */
const emptyAtHead: Functions["emptyAt"] = (cells) => {
  const index = Slots.slotOf(cells, Slots.headOf(cells))
  return { index, word: Atomics.load(cells.words, index) }
}

const all = { ...models, ...longModels }

/** The mistake of each mutant, the model that finds it, and what the model says. */
const mutants: Record<string, [keyof typeof all, Partial<Functions>, RegExp]> = {
  "a cell is published before its payload": [
    "two put, one takes",
    {
      beginPut: (cells, agent) => {
        const ticket = Production.beginPut(cells, agent)
        if (typeof ticket === "number") Production.commitPut(cells, ticket, agent, 1)
        return ticket
      },
      commitPut: () => true
    },
    /without its payload/
  ],
  "a cell is published before its length": [
    "two put, one takes",
    {
      commitPut: (cells, ticket, agent, records) => {
        const isPublished = publish(cells, ticket, agent)
        Atomics.store(cells.words, Slots.besideOf(cells, ticket), records)
        wake(cells, ticket)
        return isPublished
      }
    },
    /without its length/
  ],
  "publishing wakes nobody": [
    "two put, one takes",
    {
      commitPut: (cells, ticket, agent, records) => {
        Atomics.store(cells.words, Slots.besideOf(cells, ticket), records)
        return publish(cells, ticket, agent)
      }
    },
    /Deadlock/
  ],
  "the wake-up comes before what is published": [
    "two put, one takes",
    {
      commitPut: (cells, ticket, agent, records) => {
        Atomics.store(cells.words, Slots.besideOf(cells, ticket), records)
        wake(cells, ticket)
        return publish(cells, ticket, agent)
      }
    },
    /Deadlock/
  ],
  "freeing wakes nobody": [
    "one puts thrice, one takes in order, while the numbers of the tickets wrap around",
    { commitTake: free },
    /Deadlock/
  ],
  "a cell is taken by a store": [
    "two take",
    {
      beginTake: (cells, agent) => {
        for (;;) {
          const ticket = Slots.headOf(cells)
          const found = Atomics.load(cells.words, Slots.slotOf(cells, ticket))
          if (found !== word(cells, ticket, 0, Full)) return Production.beginTake(cells, agent)
          Atomics.store(cells.words, Slots.slotOf(cells, ticket), word(cells, ticket, agent, Reading))
          Slots.passHead(cells, ticket)
          return ticket
        }
      }
    },
    /read before|not reading/
  ],
  "a cell that is written belongs to nobody": [
    "a producer dies anywhere, while a consumer waits",
    {
      beginPut: (cells) => Production.beginPut(cells, 0),
      commitPut: (cells, ticket, _agent, records) => Production.commitPut(cells, ticket, 0, records)
    },
    /Deadlock/
  ],
  "a half-written cell is published by the recovery": [
    "a producer dies anywhere, while a consumer waits",
    { recover: recoverBy({ written: "published" }) },
    /without its/
  ],
  "a half-written cell is kept by the recovery": [
    "a producer dies anywhere, while a consumer waits",
    { recover: recoverBy({ written: "kept" }) },
    /Deadlock/
  ],
  "the recovery wakes nobody after the death of a producer": [
    "a producer dies anywhere, while a consumer waits",
    { recover: recoverBy({ wake: "nobody" }) },
    /Deadlock/
  ],
  "the recovery wakes nobody after the death of a consumer": [
    "a consumer dies anywhere, while another puts and waits for room",
    { recover: recoverBy({ wake: "nobody" }) },
    /Deadlock/
  ],
  "a cell is freed before the head has passed it": [
    "a consumer dies anywhere, while another puts and waits for room",
    { recover: recoverBy({ head: "last" }) },
    /lags behind/
  ],
  "a recovery that does nothing": [
    "a consumer dies anywhere, while another puts and waits for room",
    { recover: () => 0 },
    /Deadlock/
  ]
}

describe("each way to break the cells is caught: G17", () => {
  it.each(Object.entries(mutants))("%s", (_, [name, mutant, says]) => {
    const model = all[name]({ ...Production, ...mutant })
    const { failure } = AtomicsModel.explore(model, { maxStates: 200_000 })
    expect(String(failure?.cause)).toMatch(says)
    expect(AtomicsModel.replay(failure!.schedule, model)).toEqual(failure)
  })

  it("a head that the recovery leaves behind stands still, once a producer has taken the cell again", () => {
    const broken = {
      ...Production,
      beginTake: beginTakeExact,
      emptyAt: emptyAtHead,
      recover: recoverBy({ head: "never" })
    }
    const model = models["a consumer dies anywhere, while another puts and waits for room"](broken)
    const { failure } = AtomicsModel.explore({ ...model, invariant: undefined }, { maxStates: 200_000 })
    expect(String(failure?.cause)).toMatch(/Deadlock|took/)
  })
})
