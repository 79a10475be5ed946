import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

it("G2: serves under load on the event loop and on the pool, prints both, and ends by itself", async () => {
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [main, "--seconds", "0.5"])
  const phases = stdout.trim().split("\n\n")
  assert.lengthOf(phases, 5)
  const [inline, pooled, overload, leaving, after] = phases as [string, string, string, string, string]
  assert.match(inline, /^On the event loop, 8 clients\n {2}answers +200: \d+\n/)
  assert.match(pooled, /^On a pool of \d, 8 clients\n {2}answers +200: \d+/)
  assert.match(overload, /503: \d+.*Retry-After: 1/)
  assert.match(leaving, /hung up: \d+/)
  assert.match(leaving, /hashes +\d+ asked for, \d+ cancelled or refused, \d+ completed$/)
  assert.strictEqual(after, "The next login: 200")
  for (const phase of phases.slice(0, 4)) assert.match(phase, /event loop +late by p50/)
  assert.strictEqual(stderr, "")
}, 60_000)
