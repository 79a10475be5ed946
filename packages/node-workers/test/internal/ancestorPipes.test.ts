import { setEnvironmentData } from "node:worker_threads"
import { afterEach, assert, describe, it } from "vitest"
import { ancestorPipesForChild, storeAncestorPipes } from "../../src/internal/ancestorPipes.ts"
import { hasGroups } from "../../src/internal/processGroup.ts"

afterEach(() => setEnvironmentData("~@heddle/node-workers/ancestorPipes", undefined))

describe("ancestor pipes", () => {
  it("are none for the workers of a program: they see its end by a pipe of their own: G2", () => {
    assert.deepStrictEqual(ancestorPipesForChild(), [])
  })

  it("are a new pipe and every pipe of the worker itself, for the workers of a worker: G2", () => {
    storeAncestorPipes([])
    assert.deepStrictEqual(ancestorPipesForChild(), hasGroups ? ["pipe"] : [])
    storeAncestorPipes([6, 7])
    assert.deepStrictEqual(ancestorPipesForChild(), hasGroups ? ["pipe", 6, 7] : [])
  })
})
