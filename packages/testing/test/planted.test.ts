// Programs with planted bugs: the measure of Explore. The table is in docs/testing.md.
import { Explore } from "@heddle/testing"
import { describe, expect, it, vi } from "vitest"
import { bugs } from "./planted/index.ts"
import * as Log from "../src/explore/internal/log.ts"

vi.setConfig({ testTimeout: 60_000 })

describe.each(bugs.map((bug) => [bug.name, bug] as const))("%s", (_, { program, smallest }) => {
  const { entries, realism } = Log.parse(smallest)

  it("is found within 2,000 schedules, replays exactly, and shrinks to within twice the smallest known log", async () => {
    for (const seed of [0, 100_000, 200_000, 300_000, 400_000]) {
      const { failure, schedules } = await Explore.run(program, { schedules: 2_000, seed, realism })
      expect(schedules).toBeLessThanOrEqual(2_000)
      expect(failure?.decisions.log).toBeLessThanOrEqual(2 * entries.length)
      for (const log of [failure!.log, failure!.found]) {
        const replays = Array.from({ length: 20 }, () => Explore.replay(log, program))
        expect(new Set(replays.map((replay) => `${replay?.kind} ${String(replay?.cause)}`))).toEqual(
          new Set([`${failure!.kind} ${String(failure!.cause)}`])
        )
        expect(new Set(replays.map((replay) => replay?.timeline)).size).toBe(1)
      }
    }
  })

  it("needs as many decisions as the smallest known log has", async () => {
    expect(Explore.replay(smallest, program)).toBeDefined()
    expect(Explore.replay(`h1 ${realism} 0`, program)).toBe(undefined)
    const fewer = await Explore.run(program, {
      realism,
      strategies: [Explore.exhaustive(entries.length - 1)],
      schedules: 5_000
    })
    expect(fewer.failure).toBe(undefined)
    expect(fewer.coverage).not.toBe("partial")
  })
})

it("there are at least twelve, with four in need of at least three changes from one fiber to another", () => {
  expect(bugs.length).toBeGreaterThanOrEqual(12)
  expect(bugs.filter(({ switches }) => switches >= 3).length).toBeGreaterThanOrEqual(4)
})
