import { it as exploring } from "@heddle/testing/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const fixture = fileURLToPath(new URL("fixtures/vitest/", import.meta.url))
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs")

interface Test {
  readonly title: string
  readonly status: string
  readonly failureMessages: ReadonlyArray<string>
}

/** Runs the fixture in a vitest of its own. */
const run = async (
  env: Record<string, string>,
  args: ReadonlyArray<string> = []
): Promise<ReadonlyArray<Test>> => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-"))
  try {
    const file = join(folder, "report.json")
    const all = [vitest, "run", "--root", fixture, "--reporter=json", `--outputFile=${file}`, ...args]
    await new Promise<void>((resolve) => {
      // Tests that fail are what is asked for: the exit code tells nothing.
      execFile(process.execPath, all, { env: { ...process.env, ...env } }, () => resolve())
    })
    const report = JSON.parse(await readFile(file, "utf8"))
    return report.testResults[0].assertionResults
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe("it.explore", () => {
  it("a test fails with the schedule that fails, at the place where it was registered, and replays it", async () => {
    const [right, wrong, skipped] = await run({ HEDDLE_REPLAY: "" })
    expect([right!.status, wrong!.status, skipped!.status]).toEqual(["passed", "failed", "skipped"])
    const [message] = wrong!.failureMessages
    expect(message).toContain("an update is lost")
    expect(message).toContain("preempted")
    expect(message!.split("\n").find((line) => line.startsWith("    at "))).toContain("race.fixture.ts:")
    const log = /HEDDLE_REPLAY='(?<log>[^']+)'/.exec(message!)!.groups!["log"]!
    const [, replayed] = await run({ HEDDLE_REPLAY: log }, ["-t", "reads, then writes"])
    expect(replayed!.failureMessages[0]).toContain("a replay: 1 decision")
  }, 60_000)

  it("has everything that vitest's own has, which stays as it was", () => {
    expect(exploring.each).toBeTypeOf("function")
    expect("explore" in it).toBe(false)
  })

  exploring.explore("a program that is right passes", Effect.yieldNow, { schedules: 20 })
})
