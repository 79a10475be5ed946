// What piles up over a long life: nothing. Each test runs a process of its own and judges what that found.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"

const host = fileURLToPath(new URL("./fixtures/million.host.ts", import.meta.url))

const run = async (mode: "million" | "rounds" | "references"): Promise<any> => {
  const { stderr, stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", host, mode])
  assert.strictEqual(stderr, "")
  return JSON.parse(stdout)
}

const timeout = 180_000

describe("a long life", () => {
  it(
    "a million tasks through one pool: each is answered once, rightly, and nothing is left of them: G1, S148",
    { timeout },
    async () => {
      const found = await run("million")
      const { counts } = found
      assert.deepInclude(found, {
        sum: (1_000_000 * 1_000_001) / 2,
        wrong: 0,
        answeredOnce: true,
        settledTwice: 0,
        settledOnce: true,
        left: 0,
        warnings: []
      })
      assert.deepInclude(counts, {
        submitted: 1_000_000 + found.broadcasts,
        succeeded: 1_000_000 + found.broadcasts,
        failed: 0,
        died: 0,
        interrupted: 0,
        lost: 0,
        rejected: 0,
        late: 0
      })
      assert.deepStrictEqual(found.after, found.before)
      assert.isBelow(found.bytesPerTask.host, 64)
      assert.isBelow(found.bytesPerTask.workers, 64)
    }
  )

  it(
    "pools that open and close, in every way there is, leave no descriptor, thread, listener or handle: G2, S148",
    { timeout },
    async () => {
      const { after, before, bytesPerRound, warnings } = await run("rounds")
      assert.deepStrictEqual(after, before)
      assert.deepStrictEqual(warnings, [])
      assert.isBelow(bytesPerRound, 4096)
    }
  )

  it(
    "payloads are collected while the pool and the handles of their tasks stay alive: S146",
    { timeout },
    async () => {
      assert.deepStrictEqual(await run("references"), {
        called: 0,
        forked: 0,
        interrupted: 0,
        listed: 0,
        again: 10,
        next: 2,
        warnings: []
      })
    }
  )
})
