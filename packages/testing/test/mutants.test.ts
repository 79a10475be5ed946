// Each law can fail: on a pool that is broken for it. A mutant that survives fails the suite.
import { Laws } from "@heddle/testing"
import { describe, expect, it, vi } from "vitest"
import { mutants } from "./mutants/index.ts"
import { hunt } from "./mutants/mutant.ts"

vi.setConfig({ testTimeout: 60_000 })

const lawOf = (name: string): Laws.Law => {
  const law = Laws.all.find((one) => one.name === name)
  if (law === undefined) throw new Error(`there is no law ${name}`)
  return law
}

describe("a pool that is broken breaks the law", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, mutant) => {
    const { failure } = await hunt(mutant, lawOf(mutant.law), { schedules: 200 })
    expect(failure, "it survived").toBeDefined()
  })

  it("there are twelve and more, each law is shown to fail, and nothing stays broken", async () => {
    expect(mutants.length).toBeGreaterThanOrEqual(12)
    expect(new Set(mutants.map(({ law }) => law))).toEqual(new Set(Laws.all.map(({ name }) => name)))
    for (const { plant } of mutants) plant()()
  })
})
