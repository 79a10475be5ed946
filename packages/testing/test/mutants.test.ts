// Each law can fail: on a pool broken for the law. A surviving mutant fails the suite.
import { Laws } from "@heddle/testing"
import { describe, expect, it, vi } from "vitest"
import { lawOf, mutants } from "./mutants/index.ts"
import { explore, hunt } from "./mutants/mutant.ts"
import { asItsModelSays } from "./mutants/supervised.ts"
import { asItIsTold } from "./mutants/told.ts"

vi.setConfig({ testTimeout: 60_000 })

describe("a broken pool breaks the law", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, mutant) => {
    const { failure } = await hunt(mutant, lawOf(mutant), { schedules: 200 })
    expect(failure, "it survived").toBeDefined()
  })

  it("an intact supervisor follows its model: G11", async () => {
    const { failure } = await explore(asItsModelSays, { schedules: 200 })
    expect(failure?.message).toBeUndefined()
  })

  it("an intact pool reports every change of a task once, in order: S219", async () => {
    const { failure } = await explore(asItIsTold, { schedules: 200 })
    expect(failure?.message).toBeUndefined()
  })

  it("there are twelve and more, each law is shown to fail, and nothing stays broken", async () => {
    expect(mutants.length).toBeGreaterThanOrEqual(12)
    expect(new Set(mutants.map(lawOf))).toEqual(new Set([...Laws.all, asItsModelSays, asItIsTold]))
    for (const { plant } of mutants) plant()()
  })
})
