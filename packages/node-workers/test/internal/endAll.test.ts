import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import { endAll } from "../../src/internal/endAll.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const worker = (end: () => Promise<void>) => ({ end })

describe("closing a transport", () => {
  it("ends all workers at the same time, and leaves no timer: G2", async () => {
    const ended: Array<string> = []
    const workers = ["a", "b"].map((name) => worker(async () => void ended.push(name)))
    await endAll(workers)
    assert.deepStrictEqual(ended, ["a", "b"])
    assert.strictEqual(vi.getTimerCount(), 0)
  })

  it("waits a second for a worker that does not end, and no longer: G4", async () => {
    let isClosed = false
    const closing = endAll([worker(() => new Promise(() => {}))]).then(() => {
      isClosed = true
    })
    await vi.advanceTimersByTimeAsync(999)
    assert.isFalse(isClosed)
    await vi.advanceTimersByTimeAsync(1)
    await closing
    assert.isTrue(isClosed)
  })

  it("takes no time where no worker is left", async () => {
    await endAll([])
    assert.strictEqual(vi.getTimerCount(), 0)
  })
})
