import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

it("G2: prints the squares in the order of their inputs, and the process ends by itself", async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main])
  assert.strictEqual(stdout, "[1, 4, 9, 16, 25]\n")
  assert.strictEqual(stderr, "")
}, 30_000)
