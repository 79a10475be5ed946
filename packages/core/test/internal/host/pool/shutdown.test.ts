import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { BrokenInvariant } from "../../../../src/internal/host/pool/invariants.ts"
import type { PoolEngine } from "../../../../src/internal/host/pool/PoolEngine.ts"
import { shutdown } from "../../../../src/internal/host/pool/shutdown.ts"
import { WorkerLost } from "../../../../src/TaskError.ts"

/** An engine that closes when the test says so. */
const setUp = (
  parts: Partial<Pick<PoolEngine, "brokenInvariant">> & { failedStops?: Array<WorkerLost> } = {}
) => {
  const { failedStops = [], ...rest } = parts
  let listeners: Array<() => void> = []
  const engine = {
    state: "open",
    closes: 0,
    fleet: { failedStops },
    whenStateChanges: (f: () => void) => listeners.push(f),
    close() {
      this.closes++
      if (this.state === "open") become("closing")
    },
    ...rest
  }
  const become = (state: string) => {
    engine.state = state
    const told = listeners
    listeners = []
    for (const f of told) f()
  }
  const close = () => Effect.runFork(shutdown(engine as unknown as PoolEngine))
  return { become, close, engine }
}

const lost = new WorkerLost({ worker: 7, outOfMemory: false, stderr: "", phase: "stop", running: [] })

const defectsOf = (exit: Exit.Exit<void> | undefined): ReadonlyArray<any> =>
  exit?._tag === "Failure" ? exit.cause.reasons.map((reason) => (reason as Cause.Die).defect) : []

describe("closing a pool", () => {
  it("completes when every worker is gone, or stuck and reported: G2", () => {
    const { become, close, engine } = setUp()
    const closing = close()
    assert.strictEqual(engine.closes, 1)
    assert.isUndefined(closing.pollUnsafe())
    become("closed")
    assert.deepStrictEqual(closing.pollUnsafe(), Exit.void)
  })

  it("twice is closing once: both wait, and one that comes later is done at once", () => {
    const { become, close } = setUp()
    const [first, second] = [close(), close()]
    become("closed")
    for (const closing of [first, second, close()]) assert.deepStrictEqual(closing.pollUnsafe(), Exit.void)
  })

  it("dies of every worker that failed while it stopped: G2, G9", () => {
    const { become, close } = setUp({ failedStops: [lost, lost] })
    const closing = close()
    become("closed")
    assert.deepStrictEqual(
      defectsOf(closing.pollUnsafe()).map(({ reason }) => reason),
      [lost, lost]
    )
  })

  it("dies of the first invariant that did not hold, in a pool that is checked", () => {
    const brokenInvariant = new BrokenInvariant("task 2 is sent in the queue")
    const { become, close } = setUp({ brokenInvariant, failedStops: [lost] })
    const closing = close()
    become("closed")
    assert.lengthOf(defectsOf(closing.pollUnsafe()), 2)
    assert.strictEqual(defectsOf(closing.pollUnsafe())[1], brokenInvariant)
  })
})
