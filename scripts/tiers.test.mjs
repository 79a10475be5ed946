import assert from "node:assert/strict"
import { test } from "node:test"
import { entries, problemsOf, testFiles } from "./tiers.mjs"

test("every test file is in exactly one tier, with a reason", () => {
  assert.deepEqual(problemsOf(testFiles()), [])
  assert.deepEqual([...new Set(entries.map(({ tier }) => tier))].toSorted(), ["full", "quick"])
})

test("a file in no tier is found, one in two, and an entry without files or without a reason", () => {
  const list = [
    { files: "a/test/*.test.ts", tier: "quick", why: "pure" },
    { files: "a/test/b.test.ts", tier: "full", why: "" },
    { files: "gone.test.ts", tier: "full", why: "slow" }
  ]
  assert.deepEqual(problemsOf(["a/test/a.test.ts", "a/test/b.test.ts", "c.test.ts"], list), [
    "a/test/b.test.ts is in a/test/*.test.ts and in a/test/b.test.ts",
    "c.test.ts is in no tier: add it to scripts/tiers.mjs, with the reason",
    "a/test/b.test.ts gives no reason",
    "gone.test.ts is no file"
  ])
})
