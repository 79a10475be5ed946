// What somebody has put on `Object.prototype` is no option, neither of ours nor of Node's.
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, describe, it } from "vitest"
import { resolve as resolveProcesses } from "../src/internal/processSettings.ts"
import { resolve as resolveThreads } from "../src/internal/settings.ts"
import { toConfinement } from "../src/internal/permissions.ts"
import { unmoved } from "../../core/test/support/polluted.ts"

const folder = mkdtempSync(join(tmpdir(), "heddle-polluted-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const main = fileURLToPath(new URL("./fixtures/polluted.main.ts", import.meta.url))

for (const transport of ["threads", "processes"]) {
  it(`with options of Node on Object.prototype, workers of ${transport} start as without: S223, G10`, async () => {
    const mark = join(folder, `${transport}.mark`)
    const intruder = join(folder, `${transport}.cjs`)
    writeFileSync(intruder, `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "run")`)
    const { stdout } = await promisify(execFile)(process.execPath, [main, transport, intruder])
    const { nothing, ...others } = JSON.parse(stdout)
    assert.isObject(nothing)
    for (const [option, found] of Object.entries(others)) assert.deepStrictEqual(found, nothing, option)
    assert.strictEqual(Object.keys(others).length, 2)
    assert.isFalse(existsSync(mark), "the intruder has run")
  }, 180_000)
}

const options: Record<string, unknown> = {
  entry: new URL("file:///intruder.js"),
  resourceLimits: { maxOldGenerationSizeMb: 8 },
  env: { NODE_OPTIONS: "--require /intruder.js" },
  execArgv: ["--require", "/intruder.js"],
  permissions: { fsRead: "all" },
  output: "discard",
  stderrTail: 1,
  name: "intruder",
  lowLatency: false,
  cwd: "/intruder",
  maxFrameBytes: 1,
  maxOldGenerationSizeMb: 8
}

describe("options of a transport", () => {
  const plain = ({ drops, makeOutput, ...rest }: any): unknown => ({
    ...rest,
    entry: String(rest.entry),
    drops: drops?.(),
    makeOutput: makeOutput.name,
    resourceLimits: Object.hasOwn(rest, "resourceLimits") ? { ...rest.resourceLimits } : undefined
  })
  for (const [name, resolve] of [
    ["threads", resolveThreads],
    ["processes", resolveProcesses]
  ] as const) {
    it(`what is left out of those of ${name} is the default, whatever is inherited: S223, G10`, () => {
      unmoved(options, () => plain(resolve({}, {})))
      unmoved({ PATH: "/intruder" }, () => plain(resolve({ env: { LANG: "C" } }, {})))
    })
  }

  it("permissions that are left out are denied, whatever is inherited: S223, S160, G10", () => {
    const entry = new URL("file:///app/worker.js")
    const flags = () => toConfinement({}, "process", entry, () => true)?.flags
    unmoved({ fsRead: "all", fsWrite: "all" }, flags)
    unmoved({ childProcess: true, worker: true, addons: true, wasi: true, net: true }, flags)
  })
})
