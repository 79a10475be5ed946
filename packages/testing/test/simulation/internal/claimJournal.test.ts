import * as Claims from "@heddle/core/protocol/claims/Claims"
import { describe, expect, it } from "vitest"
import { ClaimJournal } from "../../../src/simulation/internal/claimJournal.ts"

const setUp = () => {
  const words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(4)))
  const journal = new ClaimJournal(words)
  const tickets = [0, 1, 2, 3].map((index) => Claims.offer(words, index))
  tickets.forEach((ticket, index) => journal.note(index, ticket))
  const states = () => tickets.map((ticket, index) => Claims.read(words, index, ticket))
  return { words, journal, tickets, states }
}

describe("the journal of a dead worker", () => {
  it("takes back claims and ends by the worker after its death: G5", () => {
    const { journal, states, tickets, words } = setUp()
    Claims.claim(words, 0, tickets[0]!)
    Claims.claim(words, 1, tickets[1]!)
    const undo = journal.snapshot()
    Claims.finish(words, 1, tickets[1]!)
    Claims.claim(words, 2, tickets[2]!)
    expect(states()).toEqual(["claimed", "done", "claimed", "queued"])
    undo()
    expect(states()).toEqual(["claimed", "claimed", "queued", "queued"])
  })

  it("leaves the host's writes meanwhile alone", () => {
    const { journal, states, tickets, words } = setUp()
    const undo = journal.snapshot()
    Claims.revoke(words, 0, tickets[0]!)
    Claims.revoke(words, 1, tickets[1]!)
    const again = Claims.offer(words, 1)
    undo()
    expect(states().slice(0, 2)).toEqual(["revoked", "revoked"])
    expect(Claims.read(words, 1, again)).toBe("queued")
    expect(journal.isRevoked(0, tickets[0]!)).toBe(true)
    expect(journal.isRevoked(2, tickets[2]!)).toBe(false)
  })
})
