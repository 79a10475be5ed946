import assert from "node:assert/strict"
import { test } from "node:test"
import { again, filesOf, split, verdict } from "./vitest.mjs"

const abort = "# Check failed: jit_page.has_value().\nWorker exited unexpectedly with signal SIGTRAP"

test("a run is tried again only when V8's own check is all that went wrong", () => {
  assert.equal(verdict(0, "Tests  3 passed (3)"), "passed")
  assert.equal(verdict(1, `${abort}\n Test Files  47 passed (48)\n      Tests  1558 passed (1565)`), "again")
  assert.equal(
    verdict(1, `${abort}\n\u001b[2m      Tests \u001b[22m 1 failed | 1557 passed (1565)`),
    "failed"
  )
  assert.equal(verdict(1, "Worker exited unexpectedly with signal SIGSEGV"), "failed")
  assert.equal(verdict(1, "ERROR: Coverage for lines (94%) does not meet the threshold (95%)"), "failed")
})

const died = (file) =>
  `\u001b[31mError\u001b[22m: Worker exited unexpectedly with signal SIGTRAP during started state while running test file ${file}\u001b[39m`
const errors = (count) =>
  `\u001b[2m     Errors \u001b[22m \u001b[31m${count} error${count === 1 ? "" : "s"}\u001b[39m`

test("only the files that died run again, where it is known that they are all that is missing", () => {
  assert.deepEqual(filesOf(`${died("/a.test.ts")}\n${errors(1)}`), ["/a.test.ts"])
  assert.deepEqual(filesOf(`${died("/a.test.ts")}\n${died("/b.test.ts")}\n${errors(2)}`), [
    "/a.test.ts",
    "/b.test.ts"
  ])
  assert.deepEqual(filesOf(`${died("/a.test.ts")}\n${errors(2)}`), [])
  assert.deepEqual(filesOf(`${died("/a.test.ts")}\n${errors(1)}\nERROR: Coverage for lines (94%)`), [])
  const nameless = "Worker exited unexpectedly with signal SIGTRAP during started state"
  assert.deepEqual(filesOf(`${nameless}\n${errors(1)}`), [])
  assert.deepEqual(filesOf(abort), [])
})

test("the next run is of those files alone, without coverage", () => {
  const args = ["run", "--coverage", "--project", "core"]
  assert.deepEqual(again(args, []), args)
  assert.deepEqual(again(args, ["/a.test.ts"]), ["run", "--project", "core", "/a.test.ts"])
})

test("the tier is not an argument of Vitest", () => {
  assert.deepEqual(split(["run", "--tier", "quick", "a"]), { tier: "quick", args: ["run", "a"] })
  assert.deepEqual(split(["run", "a"]), { args: ["run", "a"] })
})
