// Which file a URL in the source means, in a build and where the source is run.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, assert, describe, it } from "vitest"
import { describeDataUrl, importModule, mustExist, orBuiltSibling } from "../../src/internal/builtSibling.ts"

const folder = mkdtempSync(join(tmpdir(), "heddle-"))

const file = (name: string): URL => pathToFileURL(join(folder, name))

const write = (...names: ReadonlyArray<string>): void => {
  for (const name of names) writeFileSync(join(folder, name), "export const name = import.meta.filename")
}

afterAll(() => rmSync(folder, { recursive: true }))

const found = (name: string): string => basename(orBuiltSibling(file(name)).pathname)

describe("a URL of a file", () => {
  write("both.ts", "both.js", "built.js", "built.cjs", "source.mts", "module.mjs")

  it("means its own file where that exists", () => {
    assert.strictEqual(found("both.ts"), "both.ts")
    assert.strictEqual(found("both.js"), "both.js")
  })

  it("means the build where the source is missing, the likeliest extension first", () => {
    assert.strictEqual(found("built.ts"), "built.js")
    assert.strictEqual(found("module.ts"), "module.mjs")
  })

  it("means the source where the build is missing", () => {
    assert.strictEqual(found("source.mjs"), "source.mts")
  })

  it("keeps its own name where no file exists, and where the extension is not of a module", () => {
    assert.strictEqual(found("missing.ts"), "missing.ts")
    assert.strictEqual(found("built.json"), "built.json")
    const remote = new URL("https://example.org/built.ts")
    assert.strictEqual(orBuiltSibling(remote), remote)
  })

  it("is refused where no file exists, with all paths that were tried", () => {
    const names = ["missing.ts", "missing.js", "missing.mjs", "missing.cjs"]
    assert.throws(
      () => mustExist(file("missing.ts")),
      `tried ${names.map((name) => join(folder, name)).join(", ")}.`
    )
    assert.strictEqual(mustExist(file("built.ts")).href, file("built.js").href)
  })
})

describe("a module of tasks", () => {
  it("is imported by the name of its build as well", async () => {
    write("tasks.mjs")
    const { name } = await importModule(file("tasks.mts").href)
    assert.strictEqual(name, join(folder, "tasks.mjs"))
  })

  it("is refused as a data: URL of another kind, with the builder's name and a remedy", async () => {
    const url = new URL("data:video/mp2t;base64,AAAA")
    assert.include(describeDataUrl(url), "a data: URL (video/mp2t)")
    const error = await importModule(url.href).then(
      () => undefined,
      (thrown: unknown) => thrown
    )
    assert.instanceOf(error, Error)
    assert.include(error.message, "Vite")
  })

  it("may be a data: URL of JavaScript, which Node can import", async () => {
    assert.deepInclude(await importModule("data:text/javascript,export const a = 1"), { a: 1 })
  })
})
