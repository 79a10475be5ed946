// Programs of agents around counts, behind a ring of two slots. The functions are passed in, so that a mutant takes the place of one.
import * as Production from "@heddle/core/protocol/memory/counts"
import * as Ring from "@heddle/core/protocol/memory/ring"
import type { AtomicsModel } from "@heddle/testing"
import { expect } from "vitest"

export type Functions = typeof Production

interface Memory extends Record<string, Int32Array<ArrayBuffer>> {
  readonly line: Int32Array<ArrayBuffer>
  readonly counts: Int32Array<ArrayBuffer>
}

export type Model = AtomicsModel.Model<Memory, string>

const agents = 3
const bound = 1

const ringOf = ({ line }: Memory): Ring.Ring => ({ words: line, at: 0, bits: 1 })
const countsOf = ({ counts }: Memory): Production.Counts => ({ words: counts, at: 0, agents })

const memory = (): Memory => ({
  line: new Int32Array(Ring.wordsOf(1)),
  counts: new Int32Array(Production.wordsOf(agents))
})

/** An agent has the permit. */
const memoryTakenBy = (agent: number) => (): Memory => {
  const shared = memory()
  Production.take(countsOf(shared), agent, 1, bound)
  return shared
}

// -----------------------------------------------------------------------------
// what an agent does
// -----------------------------------------------------------------------------

/** Comes to be the first of the line, and looks until `take` succeeds. */
const first = (shared: Memory, agent: number): Ring.Ticket => {
  const line = ringOf(shared)
  const ticket = Ring.enter(line, agent, 0)
  if (ticket === undefined) throw new Error("the ring is full")
  for (;;) {
    const state = Ring.stateOf(line, ticket, agent)
    if (state === "held" || (state === "granted" && Ring.take(line, ticket, agent))) return ticket
    Atomics.wait(shared.line, Ring.slotOf(line, ticket), Ring.waitingWord(line, ticket, agent))
  }
}

const until = (counts: Functions, shared: Memory, take: () => boolean): void => {
  for (;;) {
    const seen = counts.changes(countsOf(shared))
    if (take()) return
    Atomics.wait(shared.counts, counts.changesAt(countsOf(shared)), seen)
  }
}

const acquire = (counts: Functions, shared: Memory, agent: number): void => {
  const ticket = first(shared, agent)
  until(counts, shared, () => counts.take(countsOf(shared), agent, 1, bound))
  Ring.leave(ringOf(shared), ticket, agent)
}

const release = (counts: Functions, shared: Memory, agent: number): void => {
  if (!counts.giveBack(countsOf(shared), agent, 1)) throw new Error(`${agent} has no permit`)
}

/** Comes to be the first, alone, with no reader left. */
const write = (counts: Functions, shared: Memory, agent: number): void => {
  const ticket = first(shared, agent)
  until(counts, shared, () => counts.beginAlone(countsOf(shared), agent))
  if (Production.sum(countsOf(shared)) !== 0) throw new Error("a reader beside the writer")
  if (counts.deadOwner(countsOf(shared)) !== 0) counts.repair(countsOf(shared))
  if (!counts.endAlone(countsOf(shared), agent)) throw new Error(`${agent} is not alone`)
  Ring.leave(ringOf(shared), ticket, agent)
}

const recover = (counts: Functions, shared: Memory, thread: AtomicsModel.Thread): void => {
  if (thread.join("a") === "stopped") {
    const wasAlone = counts.aloneOf(countsOf(shared)) === 1
    counts.recover(countsOf(shared), 1)
    Ring.recover(ringOf(shared), 1)
    if (!wasAlone && counts.deadOwner(countsOf(shared)) !== 0)
      throw new Error("marked, though it was not alone")
  }
  thread.join("b")
  acquire(counts, shared, 3)
  release(counts, shared, 3)
}

// -----------------------------------------------------------------------------
// models
// -----------------------------------------------------------------------------

type Program = (counts: Functions, shared: Memory, thread: AtomicsModel.Thread) => void

const model =
  (programs: Readonly<Record<string, Program>>, more: Partial<Model> = {}) =>
  (counts: Functions): Model => ({
    memory,
    timeouts: false,
    threads: Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        (shared: Memory, thread: AtomicsModel.Thread) => program(counts, shared, thread)
      ])
    ),
    // No permit is made, at any moment.
    invariant: ({ memory: now }) => {
      const total = Production.sum(countsOf(now))
      if (total < 0 || total > bound) throw new Error(`${total} of ${bound} permits are taken`)
    },
    // None is lost.
    check: ({ memory: end }) => expect(Production.sum(countsOf(end))).toBe(0),
    ...more
  })

const uses =
  (agent: number): Program =>
  (counts, shared) => {
    acquire(counts, shared, agent)
    release(counts, shared, agent)
  }

const releases =
  (agent: number): Program =>
  (counts, shared) =>
    release(counts, shared, agent)

const reads = uses

const writes =
  (agent: number): Program =>
  (counts, shared) =>
    write(counts, shared, agent)

export const models = {
  "two take the only permit": model({ a: uses(1), b: uses(2) }),
  "one takes and dies anywhere, while another gives back": model(
    { a: uses(1), b: releases(2), host: recover },
    { memory: memoryTakenBy(2), stops: ["a"] }
  ),
  "one that has the permit dies anywhere, while another waits for it": model(
    { a: releases(1), b: uses(2), host: recover },
    {
      memory: memoryTakenBy(1),
      stops: ["a"]
    }
  ),
  "one reads, one writes": model({ a: reads(1), b: writes(2) }),
  "a writer dies anywhere, while a reader reads": model(
    { a: writes(1), b: releases(2), host: recover },
    { memory: memoryTakenBy(2), stops: ["a"] }
  ),
  "a reader dies anywhere, while a writer waits": model(
    { a: releases(1), b: writes(2), host: recover },
    {
      memory: memoryTakenBy(1),
      stops: ["a"]
    }
  ),
  "a reader dies anywhere on its way": model({ a: reads(1), b: () => {}, host: recover }, { stops: ["a"] })
} satisfies Record<string, (counts: Functions) => Model>

/** Too long for the quick tier: up to half a minute each. */
export const longModels = {
  "one takes and dies anywhere, while another takes": model(
    { a: uses(1), b: uses(2), host: recover },
    { stops: ["a"] }
  ),
  "a writer dies anywhere, while a reader comes": model(
    { a: writes(1), b: reads(2), host: recover },
    { stops: ["a"] }
  )
} satisfies Record<string, (counts: Functions) => Model>
