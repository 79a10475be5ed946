import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const run = promisify(execFile)

/** What each plugin ends with, every time. */
const endings = {
  upper: "A TEXT",
  exits: "lost: exit code 3",
  spins: "too slow (run)",
  eats: "lost: out of memory",
  "throws-null": "threw null",
  overflows: "threw RangeError: Maximum call stack size exceeded",
  "returns-function": "cannot be sent: reply",
  "late-throw": "lost: nobody catches this: a text"
}

describe("untrusted-plugins", () => {
  for (const transport of ["threads", "processes"]) {
    it(`G1, G5: on ${transport}, each call of each plugin has one outcome, and the pool serves on`, async () => {
      const { stderr, stdout } = await run(process.execPath, [main, transport, "--rounds", "1"])
      const lines = stdout.trim().split("\n")
      assert.strictEqual(lines[0], `On ${transport}:`)
      const rows = lines.slice(2, -1).map((line) => {
        const [plugin, calls, outcomes, , , ...words] = line.split(/ +/)
        return [plugin, calls, outcomes, words.join(" ")]
      })
      assert.deepStrictEqual(
        rows,
        Object.entries(endings).map(([plugin, words]) => [plugin, "1", "1", words])
      )
      assert.strictEqual(
        lines.at(-1),
        "8 calls, 8 outcomes. The pool: 10 tasks, 10 settled, 2 workers serve."
      )
      assert.strictEqual(stderr, "")
    }, 60_000)
  }

  it("says how it is used", async () => {
    const failure = await run(process.execPath, [main, "elsewhere"]).catch((error: unknown) => error)
    assert.deepInclude(failure, { code: 2 })
    assert.match(Reflect.get(Object(failure), "stderr"), /usage/)
  })
})
