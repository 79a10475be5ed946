// The flags behind `permissions`, and the permissions that a worker drops itself. Confined workers run in
// `test/permissions.test.ts`.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, sep } from "node:path"
import { pathToFileURL } from "node:url"
import { InvalidOption } from "@heddle/core/InvalidOption"
import { afterAll, assert, describe, it } from "vitest"
import { type Permissions, toConfinement } from "../../src/internal/permissions.ts"

const folder = realpathSync(mkdtempSync(join(tmpdir(), "heddle-")))
const entry = pathToFileURL(join(folder, "app", "worker.mjs"))
mkdirSync(join(folder, "app"))
mkdirSync(join(folder, "data"))
writeFileSync(entry, "")
symlinkSync(join(folder, "data"), join(folder, "link"))

afterAll(() => rmSync(folder, { recursive: true }))

const confine = (permissions: Permissions, kind: "thread" | "process" = "thread") =>
  toConfinement(permissions, kind, entry, () => true)!

const paths = (flags: ReadonlyArray<string>, flag: string): ReadonlyArray<string> =>
  flags.filter((given) => given.startsWith(`${flag}=`)).map((given) => given.slice(flag.length + 1))

describe("permissions", () => {
  it("left out confine nothing; given, they deny everything that is not listed", () => {
    assert.isUndefined(toConfinement(undefined, "thread", entry, () => true))
    const { flags } = confine({})
    assert.strictEqual(flags[0], "--permission")
    assert.deepStrictEqual(paths(flags, "--allow-fs-write"), [])
    assert.isFalse(flags.some((flag) => /^--allow-(?:child-process|worker|addons|wasi|net)$/.test(flag)))
  })

  it("always allow the entry, and the places where Node looks for its packages", () => {
    const read = paths(confine({}).flags, "--allow-fs-read")
    assert.include(read, join(folder, "app", "worker.mjs"))
    assert.include(read, join(folder, "node_modules") + sep)
    assert.include(read, join(folder, "package.json"))
    assert.notInclude(read, join(folder, "data") + sep)
  })

  it("allow a directory with its content, under its own name and as resolved by symlinks", () => {
    const link = join(folder, "link")
    for (const path of [link, pathToFileURL(link)]) {
      assert.deepStrictEqual(paths(confine({ fsWrite: [path] }).flags, "--allow-fs-write"), [
        link + sep,
        join(folder, "data") + sep
      ])
    }
    assert.deepStrictEqual(paths(confine({ fsRead: "all" }).flags, "--allow-fs-read"), ["*"])
  })

  it("become one flag for each switch", () => {
    const { flags } = confine({ childProcess: true, worker: true, addons: false })
    assert.includeMembers([...flags], ["--allow-child-process", "--allow-worker"])
    assert.notInclude(flags, "--allow-addons")
  })

  it("of a thread drop the working directory, unless a permitted path includes it", () => {
    assert.deepStrictEqual(confine({}).drops(), [{ scope: "fs.read", reference: process.cwd() }])
    assert.deepStrictEqual(confine({ fsRead: [process.cwd()] }).drops(), [])
    assert.deepStrictEqual(confine({ fsRead: "all" }).drops(), [])
  })

  it("of a process allow the thread of the watchdog, and drop that permission again: G2", () => {
    const { drops, flags } = confine({}, "process")
    assert.include(flags, "--allow-worker")
    assert.deepStrictEqual(drops(), [{ scope: "worker" }])
    assert.deepStrictEqual(confine({ worker: true }, "process").drops(), [])
  })

  it("that are unknown, ill-typed or patterns are refused by name", () => {
    const bad: ReadonlyArray<readonly [object, string]> = [
      [{ network: true }, "permissions.network"],
      [{ worker: "yes" }, "permissions.worker"],
      [{ fsRead: "some" }, "permissions.fsRead"],
      [{ fsRead: ["/ok", "/a/*"] }, "permissions.fsRead[1]"],
      [{ fsWrite: [new URL("https://example.org")] }, "permissions.fsWrite[0]"]
    ]
    for (const [permissions, option] of bad) {
      try {
        confine(permissions)
        assert.fail(`${option} was accepted`)
      } catch (error) {
        assert.instanceOf(error, InvalidOption)
        assert.include(error.message, option)
      }
    }
  })

  it("are refused on a Node that cannot drop one", () => {
    assert.throws(() => toConfinement({}, "thread", entry, () => false), InvalidOption, /no permission model/)
  })
})
