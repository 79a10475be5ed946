#!/usr/bin/env node
// Runs vitest. When a known fault of V8 ended a test process and nothing else went wrong, the files it ended run once more.
//
//   node scripts/vitest.mjs [--tier quick] <arguments of vitest…>
//
// `--tier quick` runs the files of that tier (scripts/tiers.mjs), and says at the end which files it left out, and why.
//
// The fault: V8 keeps one register of code pages per process; threads that come and go by the hundred race on it, and a
// miss aborts the process (nodejs/node#64500; docs/transports.md tells users). No test can prevent that, and a test that
// fails, or a process that dies of anything else, is never tried again.
import { spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { stripVTControlCharacters } from "node:util"
import { leftOut } from "./tiers.mjs"

const attempts = 4

/** What one run means: `passed`, `failed`, or `again` when V8's own check is all that went wrong. */
export const verdict = (exitCode, output) => {
  if (exitCode === 0) return "passed"
  const text = stripVTControlCharacters(output)
  const died = /Check failed: jit_page/.test(text) && /Worker exited unexpectedly with signal/.test(text)
  const failed = /^\s*(Test Files|Tests|Type Errors)\b.*\b\d+ failed/m.test(text)
  return died && !failed ? "again" : "failed"
}

/** How the failed check ends a process. */
const death =
  /Worker exited unexpectedly with signal (?:SIGTRAP|SIGILL) during \w+ state(?: while running test files? (.+))?/g

/** The files whose processes died; none where all must run again: not all are named, more went wrong, or coverage fell. */
export const filesOf = (output) => {
  const text = stripVTControlCharacters(output)
  const deaths = Array.from(text.matchAll(death), ([, files]) => files)
  const errors = Number(/^\s*Errors\s+(\d+) errors?$/m.exec(text)?.[1])
  const isEnough = errors === deaths.length && !deaths.includes(undefined) && !/^ERROR: Coverage/m.test(text)
  return isEnough ? deaths.flatMap((files) => files.split(", ")) : []
}

/** What was asked for, of those files alone. Coverage of a few files says nothing; the run before has measured it. */
export const again = (args, files) =>
  files.length === 0 ? args : [...args.filter((arg) => arg !== "--coverage"), ...files]

/** The tier that is asked for, and the arguments that are Vitest's. */
export const split = (args) => {
  const index = args.indexOf("--tier")
  return index < 0 ? { args } : { tier: args[index + 1], args: args.toSpliced(index, 2) }
}

const run = (args, tier) =>
  new Promise((resolve) => {
    const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url))
    const color = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}
    const tierOf = tier === undefined ? {} : { HEDDLE_TEST_TIER: tier }
    const child = spawn(process.execPath, [vitest, ...args], {
      env: { ...process.env, ...color, ...tierOf },
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
  const { args: asked, tier } = split(process.argv.slice(2))
  let args = asked
  for (let attempt = 1; ; attempt++) {
    const { exitCode, output } = await run(args, tier)
    if (verdict(exitCode, output) !== "again" || attempt === attempts) {
      process.exitCode = exitCode
      break
    }
    const files = filesOf(output)
    args = again(asked, files)
    const what = files.length === 0 ? "everything" : files.join(", ")
    console.error(
      `\nV8 aborted a test process (its register of code pages); run ${attempt + 1} of ${attempts}: ${what}.\n`
    )
  }
  if (tier === "quick") console.log(leftOut().join("\n"))
}
