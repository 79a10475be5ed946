// How deep code is nested in workers, as any code of a worker can see.
import { setEnvironmentData } from "node:worker_threads"
import { afterEach, assert, describe, it } from "vitest"
import { checkServing, currentNesting, isWorker, setNesting } from "../../src/internal/nesting.ts"
import { publishProcessBoot, takeProcessBoot } from "../../src/internal/processBoot.ts"
import { startOf } from "../support/Probe.ts"

afterEach(() => {
  takeProcessBoot()
  setEnvironmentData("~@heddle/node-workers/nesting", undefined)
})

const publish = (): void => {
  const start = startOf(1)
  publishProcessBoot(Buffer.alloc(8), {
    start,
    maxFrameBytes: 1000,
    ancestorPipes: 0,
    mark: undefined,
    drops: undefined
  })
}

describe("nesting", () => {
  it("is absent in a program, where a pool may be opened", () => {
    assert.isUndefined(currentNesting())
    assert.isFalse(isWorker())
    checkServing()
  })

  it("is stored at the start of a worker, level and parallelism only", () => {
    setNesting({ ...startOf(1), level: 2, parallelism: 4 })
    assert.deepStrictEqual(currentNesting(), { level: 2, parallelism: 4 })
    assert.isTrue(isWorker())
    checkServing()
  })

  it("does not exist yet in a worker that does not serve: a pool that its file opens is refused", () => {
    publish()
    assert.isTrue(isWorker())
    assert.throws(() => checkServing(), "before it called NodeRunner.runMain")
    takeProcessBoot()
    checkServing()
  })
})
