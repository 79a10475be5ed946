#!/usr/bin/env node
// Runs vitest, and once more when a test process was ended by a known fault of V8 and nothing else went wrong.
//
//   node scripts/vitest.mjs <arguments of vitest…>
//
// The fault: V8 keeps one register of code pages per process; threads that come and go by the hundred race on it, and a
// miss aborts the process (nodejs/node#64500; docs/transports.md tells users). No test can prevent that, and a test that
// fails, or a process that dies of anything else, is never tried again.
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"

const attempts = 4

/** What one run means: `passed`, `failed`, or `again` when V8's own check is all that went wrong. */
export const verdict = (exitCode, output) => {
  if (exitCode === 0) return "passed"
  const text = stripVTControlCharacters(output)
  const died = /Check failed: jit_page/.test(text) && /Worker exited unexpectedly with signal/.test(text)
  const failed = /^\s*(Test Files|Tests|Type Errors)\b.*\b\d+ failed/m.test(text)
  return died && !failed ? "again" : "failed"
}

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
  for (let attempt = 1; ; attempt++) {
    const { exitCode, output } = await run(process.argv.slice(2))
    if (verdict(exitCode, output) !== "again" || attempt === attempts) {
      process.exitCode = exitCode
      break
    }
    console.error(
      `\nV8 aborted a test process (its register of code pages); run ${attempt + 1} of ${attempts}.\n`
    )
  }
}
