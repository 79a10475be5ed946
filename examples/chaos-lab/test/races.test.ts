import { Explore } from "@heddle/testing"
import { it as exploring } from "@heddle/testing/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { races } from "../src/races.ts"

describe.each(races.map((race) => [race.name, race] as const))("%s", (name, { broken, fixed }) => {
  it("is found, shrunk to a decision or two, and replays step by step", async () => {
    const { failure } = await Explore.run(broken, { schedules: 500 })
    expect(failure?.kind).toBe(name === "double charge" ? "Failed" : "Deadlock")
    expect(failure?.decisions.log).toBeLessThanOrEqual(2)
    for (let i = 0; i < 20; i++) {
      expect(Explore.replay(failure!.log, broken)?.timeline).toBe(failure!.timeline)
    }
  })

  it("stays hidden when everything happens in order", () => {
    expect(Explore.replay("h1 adversarial 0", broken)).toBe(undefined)
  })

  exploring.explore("is gone where it is fixed", fixed, { schedules: 2_000 })
})

it("the lab finds each, shows it, and ends", async () => {
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [main])
  expect(stdout.match(/replayed: the same, step by step/g)).toHaveLength(races.length)
  expect(stdout.match(/fixed: \d+ schedules are clean/g)).toHaveLength(races.length)
  expect(stdout).toContain("the customer paid 20 for a job of 10")
}, 60_000)
