// Permits that name their owners, behind a ring, in every interleaving: production code, unmodified.
import * as Production from "@heddle/core/protocol/memory/counts"
import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import { type Functions, models } from "./countsModels.ts"

describe("counts, in every interleaving: no permit is made or lost, no wake-up is lost: G17", () => {
  it.each(Object.entries(models))("%s", (_, model) => {
    const report = AtomicsModel.assert(model(Production))
    expect(report.isExhaustive).toBe(true)
  })
})

const own = ({ at }: Production.Counts, agent: number): number => at + 4 + agent

const mutants: Record<string, [keyof typeof models, Partial<Functions>, RegExp]> = {
  "giving back wakes nobody": [
    "two take the only permit",
    { giveBack: (counts, agent, n) => (Atomics.sub(counts.words, own(counts, agent), n), true) },
    /Deadlock/
  ],
  "the wake-up comes before the permit": [
    "two take the only permit",
    {
      giveBack: (counts, agent, n) => {
        Atomics.add(counts.words, counts.at, 1)
        Atomics.notify(counts.words, counts.at)
        Atomics.sub(counts.words, own(counts, agent), n)
        return true
      }
    },
    /Deadlock/
  ],
  "giving back wakes, and changes no number": [
    "two take the only permit",
    {
      giveBack: (counts, agent, n) => {
        Atomics.sub(counts.words, own(counts, agent), n)
        Atomics.notify(counts.words, counts.at)
        return true
      }
    },
    /Deadlock/
  ],
  "one takes without a look at the others": [
    "two take the only permit",
    { take: (counts, agent, n) => (Atomics.add(counts.words, own(counts, agent), n), true) },
    /2 of 1/
  ],
  "a death returns nothing": [
    "one that has the permit dies anywhere, while another waits for it",
    { recover: () => {} },
    /Deadlock/
  ],
  "the recovery wakes nobody where the count is 0": [
    "one that has the permit dies anywhere, while another waits for it",
    {
      recover: (counts, agent) => {
        if (Production.countOf(counts, agent) !== 0) Production.recover(counts, agent)
      }
    },
    /Deadlock/
  ],
  "a writer begins beside a reader": [
    "a reader dies anywhere, while a writer waits",
    {
      beginAlone: (counts, agent) => (Atomics.store(counts.words, counts.at + 1, agent), true)
    },
    /beside/
  ],
  "the death of a reader marks": [
    "a reader dies anywhere on its way",
    {
      recover: (counts, agent) => {
        Production.recover(counts, agent)
        Atomics.store(counts.words, counts.at + 2, agent)
      }
    },
    /marked, though/
  ]
}

describe("each way to break the counts is caught: G17", () => {
  it.each(Object.entries(mutants))("%s", (_, [name, mutant, says]) => {
    const model = models[name]({ ...Production, ...mutant })
    const { failure } = AtomicsModel.explore(model, { maxStates: 200_000 })
    expect(String(failure?.cause)).toMatch(says)
    expect(AtomicsModel.replay(failure!.schedule, model)).toEqual(failure)
  })
})
