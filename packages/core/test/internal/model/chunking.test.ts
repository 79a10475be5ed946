import { assert, describe, it } from "@effect/vitest"
import { chunkSize, nextChunk } from "../../../src/internal/model/chunking.ts"
import { defaults } from "../../../src/internal/model/defaults.ts"

describe("the size of a chunk", () => {
  it("a task that was not measured travels alone: it may take long", () => {
    assert.strictEqual(chunkSize(Infinity, 4096), 1)
  })

  it("a chunk takes the target time", () => {
    assert.strictEqual(chunkSize(defaults.chunkMillis / 10, 4096), 10)
    assert.strictEqual(chunkSize(defaults.chunkMillis / 2.5, 4096), 2)
  })

  it("a long task travels alone, and a task without cost does not travel without bound", () => {
    assert.strictEqual(chunkSize(1000, 4096), 1)
    assert.strictEqual(chunkSize(0, 4096), 4096)
  })

  it("the end of a list is shared out among the chunks in flight", () => {
    assert.strictEqual(nextChunk(100, 40, 4), 13)
    assert.strictEqual(nextChunk(100, 80, 4), 20)
  })

  it("chunks shrink to an eighth, and no further: the last posts would cost more than their tasks", () => {
    assert.strictEqual(nextChunk(80, 4, 4), 10)
  })

  it("a list without a known end has chunks of full size", () => {
    assert.strictEqual(nextChunk(100, Infinity, 4), 100)
  })

  it("a chunk has one input at least", () => {
    assert.strictEqual(nextChunk(1, 0, 4), 1)
  })
})
