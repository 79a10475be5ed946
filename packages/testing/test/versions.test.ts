// The same histories elsewhere: in other processes, with other settings, and in each other Node at hand.
// `node scripts/run.mjs explore:versions` fetches those of the engine range, and compares more schedules.
import { execFile } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"

const script = fileURLToPath(new URL("../bench/histories.ts", import.meta.url))
const toolchain = fileURLToPath(new URL("../../../.toolchain/", import.meta.url))

/** As `explore:versions` left them. */
const others = (existsSync(toolchain) ? readdirSync(toolchain) : []).flatMap((home) => {
  const [name] = home.split("@")
  const executable = join(toolchain, home, "node_modules", name!, "bin", "node")
  return home.startsWith("node-") && existsSync(executable) ? [executable] : []
})

const digestsOf = async (executable: string, options: ReadonlyArray<string> = [], env = {}) => {
  const args = [...options, script, "10"]
  const { stdout } = await promisify(execFile)(executable, args, { env: { ...process.env, ...env } })
  return (JSON.parse(stdout) as { readonly digests: unknown }).digests
}

describe("the same program with the same seed", () => {
  it("has the same history in another process, with another time zone, locale and collector: G12", async () => {
    const here = await digestsOf(process.execPath)
    const env = { TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" }
    expect(await digestsOf(process.execPath, ["--max-semi-space-size=1"], env)).toEqual(here)
  }, 60_000)

  it.skipIf(others.length === 0)(
    "has the same history in each other Node that is at hand: G12",
    async () => {
      const here = await digestsOf(process.execPath)
      for (const other of others) expect(await digestsOf(other)).toEqual(here)
    },
    120_000
  )
})
