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

interface Report {
  readonly success: boolean
  /** The output as a person sees it: only there are messages about a suite instead of a test. */
  readonly output: string
  readonly tests: ReadonlyArray<Test>
}

/** Runs a fixture in a vitest of its own. */
const run = async (
  name: string,
  env: Record<string, string>,
  args: ReadonlyArray<string> = []
): Promise<Report> => {
  const folder = await mkdtemp(join(tmpdir(), "heddle-"))
  try {
    const file = join(folder, "report.json")
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`]
    const all = [vitest, "run", name, "--root", fixture, ...reporters, ...args]
    const output = await new Promise<string>((resolve) => {
      // Failing tests are the purpose: the exit code tells nothing.
      const options = { env: { ...process.env, NO_COLOR: "1", ...env } }
      execFile(process.execPath, all, options, (_error, stdout, stderr) => resolve(stdout + stderr))
    })
    const report = JSON.parse(await readFile(file, "utf8"))
    const [result] = report.testResults
    return { success: report.success, output, tests: result.assertionResults }
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe("it.explore", () => {
  it("a test fails with the failing schedule, at the place of its registration, and replays the schedule", async () => {
    const { tests } = await run("race", { HEDDLE_REPLAY: "" })
    const [right, wrong, skipped] = tests
    expect([right!.status, wrong!.status, skipped!.status]).toEqual(["passed", "failed", "skipped"])
    const [message] = wrong!.failureMessages
    expect(message).toContain("an update is lost")
    expect(message).toContain("preempted")
    expect(message!.split("\n").find((line) => line.startsWith("    at "))).toContain("race.fixture.ts:")
    const log = /HEDDLE_REPLAY='(?<log>[^']+)'/.exec(message!)!.groups!["log"]!
    const { tests: again } = await run("race", { HEDDLE_REPLAY: log }, ["-t", "reads, then writes"])
    expect(again[1]!.failureMessages[0]).toContain("a replay: 1 decision")
  }, 60_000)

  it("has every member of vitest's own, which stays unchanged", () => {
    expect(exploring.each).toBeTypeOf("function")
    expect("explore" in it).toBe(false)
  })

  exploring.explore("a program that is right passes", Effect.yieldNow, { schedules: 20 })
})

describe("requireReached, requireCoverage", () => {
  it("a suite with an unreached claim fails, though its tests pass, and shows the place of the claim", async () => {
    const { output, success, tests } = await run("reached", { HEDDLE_REPLAY: "" })
    expect(tests.map(({ status }) => status)).toEqual(["passed", "passed", "passed"])
    expect(success).toBe(false)
    const failures = [
      ...output.matchAll(/FAIL {2}(?<suite>.+)\n(?<error>.+)\n.*?(?<line>reached\.fixture\.ts:\d+)/g)
    ]
    expect(failures.map(({ groups }) => ({ ...groups }))).toEqual([
      {
        suite: "reached.fixture.ts > never gets there",
        error: "Error: never reached: there",
        line: "reached.fixture.ts:27"
      },
      {
        suite: "reached.fixture.ts > never gets there > covers less than it says",
        error:
          "Error: fault × phase coverage is 0.00, less than 0.5; never reached: crash (exit) at beforeRun, hang at duringRun",
        line: "reached.fixture.ts:29"
      }
    ])
  }, 60_000)

  it("nothing is required with skipped tests, or during a replay", async () => {
    expect((await run("reached", { HEDDLE_REPLAY: "" }, ["-t", "reaches it"])).success).toBe(true)
    expect((await run("reached", { HEDDLE_REPLAY: "" }, ["-t", "passes, too"])).success).toBe(true)
    expect((await run("reached", { HEDDLE_REPLAY: "h1 adversarial 0" })).success).toBe(true)
  }, 60_000)
})
