// The words that a worker process's two threads share; the thread itself is seen in the suites that run processes.
import * as Claims from "@heddle/core/protocol/claims/Claims"
import { assert, describe, it } from "vitest"
import { adoptTask, encodeNotice, makeInterruptNotices } from "../../src/internal/watchdog.ts"

const ticket = 4

describe("notices of interruption", () => {
  it("a task that is held has its claim on the words, and its flag down", () => {
    const notices = makeInterruptNotices(2)
    adoptTask(notices, 7, 1, ticket)
    assert.strictEqual(Claims.read(notices.words, 1, ticket), "queued")
    assert.isFalse(Claims.isInterrupted(notices.words, 1, ticket))
  })

  it("G4: one that was told of before its task had arrived raises the flag when it does", () => {
    const notices = makeInterruptNotices(1)
    Atomics.store(notices.interrupted, 0, 7n)
    adoptTask(notices, 7, 0, ticket)
    assert.isTrue(Claims.isInterrupted(notices.words, 0, ticket))
    adoptTask(notices, 8, 0, ticket + 4)
    assert.isFalse(Claims.isInterrupted(notices.words, 0, ticket + 4), "and not that of the next one")
  })

  it("the flag that the watchdog writes is the one that a task reads", () => {
    const notices = makeInterruptNotices(3)
    adoptTask(notices, 7, 2, ticket)
    Atomics.store(notices.words, Claims.flagAt(2), Atomics.load(notices.tickets, 2))
    assert.isTrue(Claims.isInterrupted(notices.words, 2, ticket))
  })

  it("names every id that a number can hold exactly", () => {
    assert.strictEqual(encodeNotice(Number.MAX_SAFE_INTEGER).readBigInt64LE(), 2n ** 53n - 1n)
  })
})
