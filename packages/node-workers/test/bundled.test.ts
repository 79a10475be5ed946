// A host that contains Heddle. `check:packages` does the same with every bundler, and the published packages.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "vite"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { resolveFrom } from "../src/internal/ownFiles.ts"

const folder = realpathSync(mkdtempSync(join(tmpdir(), "heddle-bundled-")))
const trapped = join(folder, "trapped")
const installed = join(folder, "node_modules", "@heddle")

const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const run = (): ReadonlyArray<string> =>
  execFileSync(process.execPath, [join(folder, "dist", "host.mjs")], { encoding: "utf8", env: {} })
    .trim()
    .split("\n")

beforeAll(async () => {
  const input = fileURLToPath(new URL("./fixtures/bundled.main.ts", import.meta.url))
  await build({
    configFile: false,
    root: dirname(input),
    ssr: { noExternal: true },
    build: {
      ssr: input,
      outDir: join(folder, "dist"),
      rolldownOptions: { output: { entryFileNames: "host.mjs" } }
    },
    logLevel: "error"
  })
  write("dist/maths.mjs", "export const square = (n) => n * n")
  // Where Heddle's own files would be, were the bundle a module of its package.
  for (const name of ["worker", "process.main", "internal/process.main"]) {
    for (const file of [`${name}.js`, `${name}.ts`, `dist/${name}.js`, `dist/${name}.ts`]) {
      write(
        file,
        `process.getBuiltinModule("node:fs").writeFileSync(${JSON.stringify(trapped)}, import.meta.url)`
      )
    }
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

describe("a bundled host", () => {
  it("S224: its workers run the files of the package, and none of the user's that lies beside the bundle", () => {
    mkdirSync(installed, { recursive: true })
    symlinkSync(fileURLToPath(new URL("..", import.meta.url)), join(installed, "node-workers"))
    assert.deepStrictEqual(run(), ["49", "49"])
    assert.isFalse(existsSync(trapped))
  })

  it("S224: where the package is not installed beside it, the layer says so, and what to do", () => {
    rmSync(installed, { recursive: true, force: true })
    const [threads, processes] = run()
    assert.match(threads!, /InvalidOption: @heddle\/node-workers: .*host\.mjs.*"external".*; or pass entry/)
    assert.match(processes!, /InvalidOption: @heddle\/node-workers: .*host\.mjs.*"external".* install it\./)
    assert.isFalse(existsSync(trapped))
  })
})

it("a package's file is looked for from one place after another", () => {
  write("elsewhere/node_modules/fitting/index.js", "")
  const nowhere = join(folder, "dist", "host.mjs")
  assert.strictEqual(resolveFrom("fitting", [nowhere]), undefined)
  assert.strictEqual(
    resolveFrom("fitting", [nowhere, join(folder, "elsewhere", "main.js")]),
    join(folder, "elsewhere/node_modules/fitting/index.js")
  )
})
