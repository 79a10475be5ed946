#!/usr/bin/env node
// Runs vitest. When the runtime itself ended a test process and nothing else went wrong, the files it ended run once more.
//
//   node scripts/vitest.mjs <arguments of vitest…>
//
// Node has two faults that meet a suite like ours, which starts some thousand threads: V8 keeps one register of code pages
// per process, and a miss aborts it (nodejs/node#64500; docs/transports.md tells users); and a collection that meets code
// of its baseline compiler may follow a stale pointer (nodejs/node#62393). No test can prevent either, and JavaScript
// raises those signals only where it asks for them. A test that fails, an error beside it, or a process that ends in any
// other way is never tried again, and neither is a file whose process died in each of three runs: that is no accident.
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"

const attempts = 3

/** A failed check of the runtime's own, or an address that is not there. Out of memory is SIGABRT, and is ours. */
const death =
  /Worker exited unexpectedly with signal (?:SIGSEGV|SIGBUS|SIGTRAP|SIGILL) during \w+ state(?: while running test files? (.+))?/g

/**
 * What one run means: `passed`, `failed`, or `died`, with the files to run again: all of them where vitest did not name
 * those that died, or where without them too little was covered.
 */
export const verdict = (exitCode, output) => {
  if (exitCode === 0) return { outcome: "passed" }
  const text = stripVTControlCharacters(output)
  const deaths = [...text.matchAll(death)]
  const errors = Number(/^\s*Errors\s+(\d+) errors?$/m.exec(text)?.[1] ?? 0)
  const hasFailed = /^\s*(Test Files|Tests|Type Errors)\b.*\b\d+ failed/m.test(text)
  if (deaths.length === 0 || errors !== deaths.length || hasFailed) return { outcome: "failed" }
  const isWhole = deaths.some(([, files]) => files === undefined) || /^ERROR: Coverage/m.test(text)
  return { outcome: "died", files: isWhole ? [] : deaths.flatMap(([, files]) => files.split(", ")) }
}

/** What was asked for, of those files alone. Coverage of a few files says nothing; the run before has measured it. */
export const again = (args, files) =>
  files.length === 0 ? args : [...args.filter((arg) => arg !== "--coverage"), ...files]

const run = (args) =>
  new Promise((resolve) => {
    const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url))
    const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}
    const child = spawn(process.execPath, [vitest, ...args], {
      env: { ...process.env, ...color },
      stdio: ["inherit", "pipe", "pipe"]
    })
    let output = ""
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr]
    ]) {
      from.setEncoding("utf8")
      from.on("data", (chunk) => {
        output += chunk
        to.write(chunk)
      })
    }
    child.on("error", (error) => resolve({ exitCode: 1, output: String(error) }))
    child.on("close", (exitCode) => resolve({ exitCode: exitCode ?? 1, output }))
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2)
  let args = asked
  for (let attempt = 1; ; attempt++) {
    const { exitCode, output } = await run(args)
    const { files, outcome } = verdict(exitCode, output)
    if (outcome !== "died" || attempt === attempts) {
      process.exitCode = exitCode
      break
    }
    args = again(asked, files)
    const what = files.length === 0 ? "everything" : files.join(", ")
    console.error(`\nNode itself ended a test process; run ${attempt + 1} of ${attempts}, of ${what}.\n`)
  }
}
