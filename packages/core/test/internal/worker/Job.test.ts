import { assert, describe, it } from "@effect/vitest"
import type { Fiber } from "effect/Fiber"
import { Job } from "../../../src/internal/worker/Job.ts"
import * as Claims from "../../../src/protocol/claims/Claims.ts"

const make = () => {
  const words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(2)))
  const ticket = Claims.offer(words, 1)
  const route = { number: 0, name: "Task", module: undefined, compiled: undefined, count: 0, millis: 0 }
  const job = new Job(
    { words, claimCapacity: 2 },
    false,
    Claims.refOf(2, 1, ticket),
    route,
    { n: 1 },
    undefined
  )
  return { words, ticket, job }
}

describe("a job in a worker", () => {
  it("a task starts once: a second claim, or the claim of a revoked task, is refused: G6", () => {
    const { job } = make()
    assert.isTrue(job.claim())
    assert.isFalse(job.claim())
    const other = make()
    assert.isTrue(Claims.revoke(other.words, 1, other.ticket))
    assert.isFalse(other.job.claim())
  })

  it("the host can read where it got to: G5", () => {
    const { job, ticket, words } = make()
    assert.strictEqual(Claims.read(words, 1, ticket), "queued")
    job.claim()
    assert.strictEqual(Claims.read(words, 1, ticket), "claimed")
    job.finish()
    assert.strictEqual(Claims.read(words, 1, ticket), "done")
  })

  it("the flag that the host raises is seen without a message; one raised for an earlier task is not: S049", () => {
    const { job, ticket, words } = make()
    const { isInterrupted } = job
    assert.isFalse(isInterrupted())
    Claims.interrupt(words, 1, ticket - 4)
    assert.isFalse(isInterrupted())
    Claims.interrupt(words, 1, ticket)
    assert.isTrue(isInterrupted())
  })

  it("interrupting raises the flag, aborts the signal once, and interrupts the fiber: S050", () => {
    const { job } = make()
    let aborts = 0
    let interrupts = 0
    job.fiber = { interruptUnsafe: () => void interrupts++ } as unknown as Fiber<unknown, unknown>
    const { signal } = job
    signal.addEventListener("abort", () => void aborts++)
    assert.isFalse(signal.aborted)
    job.interrupt()
    assert.deepStrictEqual([aborts, interrupts, signal.aborted, job.isInterrupted()], [1, 1, true, true])
    job.interrupt()
    assert.strictEqual(aborts, 1)
    assert.strictEqual(job.signal, signal)
  })

  it("a signal that is asked for only after the interruption is aborted already", () => {
    const asked = make()
    asked.job.interrupt()
    assert.isTrue(asked.job.signal.aborted)
    // By the host, in shared memory, while the worker's loop did not turn.
    const raised = make()
    Claims.interrupt(raised.words, 1, raised.ticket)
    assert.isTrue(raised.job.signal.aborted)
  })

  it("a job that asks for no signal makes none", () => {
    const { job } = make()
    job.interrupt()
    assert.isUndefined((job as unknown as { controller: unknown }).controller)
  })
})
