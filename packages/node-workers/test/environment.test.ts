// How values print in workers, and where their files go.
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { inherited } from "../src/internal/environment.ts"
import { resolve as resolveProcesses } from "../src/internal/processSettings.ts"
import { resolve as resolveThreads } from "../src/internal/settings.ts"

const main = fileURLToPath(new URL("./fixtures/locale.main.ts", import.meta.url))

const timeout = 60_000

describe("the environment of workers", () => {
  it(
    "dates, numbers, order and temporary files are the same on host, threads and processes: S206",
    () => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [main], {
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          TZ: "Asia/Tokyo",
          LANG: "de_DE.UTF-8",
          LC_ALL: "sv_SE.UTF-8",
          TMPDIR: "/tmp/of-the-host",
          NODE_ENV: "production",
          NO_COLOR: "1",
          NODE_OPTIONS: "--no-warnings",
          SECRET_TOKEN: "secret"
        }
      })
      assert.strictEqual(status, 0, stderr)
      const { host, processes, threads } = JSON.parse(stdout)
      assert.deepInclude(host, {
        zone: "Asia/Tokyo",
        locale: "sv-SE",
        offset: -540,
        sorted: ["a", "z", "ä"],
        tmpdir: "/tmp/of-the-host",
        NODE_ENV: "production",
        NO_COLOR: "1"
      })
      assert.deepStrictEqual(threads, { prints: host, secrets: [] })
      assert.deepStrictEqual(processes, { prints: host, secrets: [] })
    },
    timeout
  )

  const host = Object.fromEntries(inherited.map((name) => [name, `of ${name}`]))
  const kept = { ...host, HOME: "/home/me", LC_SECRET: "s3cret", NODE_OPTIONS: "--inspect", CI: "1" }

  for (const [transport, resolve] of [
    ["threads", resolveThreads],
    ["processes", resolveProcesses]
  ] as const) {
    it(`by default the names of one list cross to ${transport}, no other: S206, S157, G10`, () => {
      assert.deepStrictEqual({ ...resolve({}, kept).env }, host)
    })

    it(`a list of names crosses to ${transport} beside them: S206, S157`, () => {
      assert.deepStrictEqual({ ...resolve({ env: ["HOME"] }, kept).env }, { ...host, HOME: "/home/me" })
    })

    it(`a record is all that crosses to ${transport}: S206, S157`, () => {
      assert.deepStrictEqual({ ...resolve({ env: { MODE: "test" } }, kept).env }, { MODE: "test" })
    })
  }

  it("the page that lists the variables names each of them, and no other: S206", () => {
    const page = readFileSync(new URL("../../../docs/transports.md", import.meta.url), "utf8")
    const [, table = ""] = /^### Environment$[^|]*((?:^\|.*\n)+)/m.exec(page) ?? []
    assert.deepStrictEqual(
      Array.from(table.matchAll(/`(\w+)`/g), ([, name]) => name),
      [...inherited]
    )
  })

  it("no name of the list is of a kind that holds secrets or loads code: S206, G10", () => {
    for (const name of inherited) assert.notMatch(name, /SECRET|TOKEN|KEY|PASS|HOME|USER|OPTIONS|PRELOAD|\*/)
  })
})
