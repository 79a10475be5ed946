import assert from "node:assert/strict"
import { test } from "node:test"
import { verdict } from "./vitest.mjs"

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
