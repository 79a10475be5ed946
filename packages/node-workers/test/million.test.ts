// What piles up over a long life: nothing. Each test runs a process of its own and judges what that found.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { bundleOf } from "./support/bundles.ts"

const host = fileURLToPath(new URL("./fixtures/million.host.ts", import.meta.url))

const run = async (
  mode: "million" | "rounds" | "references" | "elements",
  ...options: ReadonlyArray<string>
): Promise<any> => {
  const args = ["--expose-gc", host, mode, bundleOf("million.worker").href, ...options]
  const { stderr, stdout } = await promisify(execFile)(process.execPath, args)
  assert.strictEqual(stderr, "")
  return JSON.parse(stdout)
}

const timeout = 180_000

/** Elements of each stream. Ten million take minutes. */
const elements = Number(process.env["HEDDLE_ELEMENTS"] ?? 500_000)

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
    "streams and a channel of many elements need no more memory than those of few, on both sides: G13, G14",
    { timeout: Math.max(timeout, elements / 10) },
    async () => {
      const { after, before, bytesPerElement, counts, warnings } = await run("elements", `${elements}`)
      assert.deepStrictEqual(counts, { out: elements, in: elements, channel: elements })
      // A timer may still run at the first look.
      const { resources: left, ...others } = after
      const { resources: were, ...othersBefore } = before
      assert.deepStrictEqual(others, othersBefore)
      for (const kind of Object.keys(left)) assert.isAtMost(left[kind], were[kind] ?? 0, kind)
      assert.deepStrictEqual(warnings, [])
      for (const [side, bytes] of Object.entries(bytesPerElement)) assert.isBelow(bytes as number, 8, side)
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
