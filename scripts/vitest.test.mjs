import assert from "node:assert/strict"
import { test } from "node:test"
import { again, verdict } from "./vitest.mjs"

const died = (signal, file = "/repo/test/health.test.ts") =>
  `\u001b[31mError\u001b[22m: Worker exited unexpectedly with signal ${signal} during started state while running test file ${file}\u001b[39m`

const summary = ({ errors = 1, files = "117 passed (118)", tests = "2989 passed | 2 skipped (2997)" } = {}) =>
  [
    `\u001b[2m Test Files \u001b[22m ${files}`,
    `\u001b[2m      Tests \u001b[22m ${tests}`,
    "Type Errors  no errors",
    `\u001b[2m     Errors \u001b[22m \u001b[31m${errors} error${errors === 1 ? "" : "s"}\u001b[39m`
  ].join("\n")

test("a run passes or fails as vitest says", () => {
  assert.deepEqual(verdict(0, "Tests  3 passed (3)"), { outcome: "passed" })
  assert.deepEqual(verdict(1, "Tests  1 failed | 2 passed (3)"), { outcome: "failed" })
  assert.deepEqual(verdict(1, "ERROR: Coverage for lines (94%) does not meet the threshold (95%)"), {
    outcome: "failed"
  })
})

test("a file whose process the runtime ended, and nothing else, is run again", () => {
  for (const signal of ["SIGSEGV", "SIGBUS", "SIGTRAP", "SIGILL"]) {
    assert.deepEqual(verdict(1, `${died(signal)}\n${summary()}`), {
      outcome: "died",
      files: ["/repo/test/health.test.ts"]
    })
  }
  assert.deepEqual(
    verdict(
      1,
      `${died("SIGTRAP", "/a.test.ts")}\n${died("SIGSEGV", "/b.test.ts")}\n${summary({ errors: 2 })}`
    ),
    { outcome: "died", files: ["/a.test.ts", "/b.test.ts"] }
  )
})

test("all is run again when nobody knows which file died, or too little was covered without it", () => {
  const all = { outcome: "died", files: [] }
  const nameless = "Error: Worker exited unexpectedly with signal SIGSEGV during started state"
  assert.deepEqual(verdict(1, `${nameless}\n${summary()}`), all)
  const coverage = "ERROR: Coverage for lines (94%) does not meet global threshold (95%)"
  assert.deepEqual(verdict(1, `${died("SIGSEGV")}\n${summary()}\n${coverage}`), all)
})

test("a test that fails, another error, another end: none is tried again", () => {
  const failed = { outcome: "failed" }
  assert.deepEqual(
    verdict(1, `${died("SIGSEGV")}\n${summary({ tests: "1 failed | 2988 passed (2997)" })}`),
    failed
  )
  assert.deepEqual(
    verdict(1, `${died("SIGSEGV")}\n${summary({ files: "1 failed | 116 passed (118)" })}`),
    failed
  )
  assert.deepEqual(verdict(1, `${died("SIGSEGV")}\n${summary({ errors: 2 })}`), failed)
  for (const signal of ["SIGABRT", "SIGKILL", "SIGTERM"]) {
    assert.deepEqual(verdict(1, `${died(signal)}\n${summary()}`), failed)
  }
})

test("the next run is of those files alone, without coverage", () => {
  const args = ["run", "--coverage", "--project", "core"]
  assert.deepEqual(again(args, []), args)
  assert.deepEqual(again(args, ["/a.test.ts"]), ["run", "--project", "core", "/a.test.ts"])
})
