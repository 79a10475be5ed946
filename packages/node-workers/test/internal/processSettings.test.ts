import { InvalidOption } from "@heddle/core/TaskPool"
import { assert, describe, it } from "vitest"
import { resolve } from "../../src/internal/processSettings.ts"

const hostEnv = { PATH: "/bin", SECRET_TOKEN: "secret", LISTED: "listed", NODE_OPTIONS: "--inspect" }

const refusals: ReadonlyArray<readonly [options: object, field: string]> = [
  [{ entri: 1 }, "entri"],
  [{ entry: "./worker.ts" }, "entry"],
  [{ entry: new URL("https://example.com/worker.js") }, "entry"],
  [{ resourceLimits: { maxOldGenerationSizeMb: 7 } }, "resourceLimits.maxOldGenerationSizeMb"],
  [{ resourceLimits: { maxOldGenerationSizeMb: Number.NaN } }, "resourceLimits.maxOldGenerationSizeMb"],
  [{ resourceLimits: { stackSizeMb: 4 } }, "resourceLimits.stackSizeMb"],
  [{ env: [1] }, "env[0]"],
  [{ execArgv: "--inspect" }, "execArgv"],
  [{ cwd: 1 }, "cwd"],
  [{ cwd: new URL("https://example.com/") }, "cwd"],
  [{ output: "pipe" }, "output"],
  [{ stderrTail: -1 }, "stderrTail"],
  [{ name: 1 }, "name"],
  [{ maxFrameBytes: 2 ** 31 }, "maxFrameBytes"],
  [{ maxFrameBytes: 1.5 }, "maxFrameBytes"]
]

describe("the options of processes", () => {
  it("by default no secret and no flag crosses, and frames are at most 256 MiB: S157, G10", () => {
    const settings = resolve({}, hostEnv)
    assert.deepStrictEqual({ ...settings.env }, { PATH: "/bin" })
    assert.deepStrictEqual([settings.execArgv, settings.cwd], [[], undefined])
    assert.strictEqual(settings.maxFrameBytes, 268_435_456)
    assert.match(settings.entry, /src\/worker\.ts$/)
  })

  it("limits of the heap become flags of Node, after the given flags", () => {
    const { execArgv } = resolve(
      {
        execArgv: ["--stack-trace-limit=7"],
        resourceLimits: { maxOldGenerationSizeMb: 64.5, maxYoungGenerationSizeMb: 12 }
      },
      hostEnv
    )
    assert.deepStrictEqual(execArgv, [
      "--stack-trace-limit=7",
      "--max-old-space-size=64",
      "--max-semi-space-size=4"
    ])
  })

  it("a directory is a path or a file: URL", () => {
    assert.strictEqual(resolve({ cwd: "/tmp" }, hostEnv).cwd, "/tmp")
    assert.strictEqual(resolve({ cwd: new URL("file:///tmp/a%20b") }, hostEnv).cwd, "/tmp/a b")
  })

  for (const [options, field] of refusals) {
    it(`${JSON.stringify(options)} is refused, naming ${field}: S159`, () => {
      try {
        resolve(options, hostEnv)
      } catch (error) {
        assert.instanceOf(error, InvalidOption)
        return assert.include(String(error), field)
      }
      assert.fail("it was taken")
    })
  }
})
