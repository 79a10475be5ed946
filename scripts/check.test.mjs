import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { closing, runStages, stages } from "./check.mjs"

const step = (name) => ({ name })
const all = [[[step("a"), step("b")], [step("c")]], [[step("d")]]]
const runner =
  (...failing) =>
  async ({ name }) => ({ name, exitCode: failing.includes(name) ? 1 : 0, took: "1 s", output: `of ${name}` })
const names = (outcomes) => outcomes.map(({ name }) => name)

test("every step is a script of package.json", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"))
  for (const { name } of stages.flat(2)) assert.ok(name in scripts, name)
})

test("each stage begins when the one before has passed; a lane ends with its first failure, its neighbours do not", async () => {
  assert.deepEqual(names(await runStages(all, runner())), ["a", "b", "c", "d"])
  assert.deepEqual(names(await runStages(all, runner("a"))), ["a", "c"])
})

test("the last lines repeat what failed, and name what did not run", async () => {
  const lines = closing(all, await runStages(all, runner("a")), "9 s")
  assert.deepEqual(lines, [
    "\n── a failed; its output once more:",
    "of a",
    "\n── the steps, and what took the time",
    "  FAILED   a, 1 s",
    "  not run  b, because a failed",
    "  passed   c, 1 s",
    "  not run  d, because a failed",
    "  a failed, 9 s"
  ])
})
