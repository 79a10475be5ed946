// Which loader flags a worker inherits, and which hint an unreadable module gets.
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import { explainImport, explainStart, inheritedFlags } from "../../src/internal/loading.ts"

const here = (): string => import.meta.dirname

const inherits = (...flags: ReadonlyArray<string>): ReadonlyArray<string> => inheritedFlags(flags, here)

describe("the flags that a worker inherits", () => {
  it("are loaders that only read modules, by the path of the installed file: G10", () => {
    const path = "/app/node_modules/tsx/dist/loader.mjs"
    assert.deepStrictEqual(inherits("--import", path), ["--import", path])
    assert.deepStrictEqual(inherits(`--import=file://${path}`), ["--import", `file://${path}`])
    const scoped = "/app/node_modules/@swc-node/register/esm.mjs"
    assert.deepStrictEqual(inherits("--loader", scoped), ["--loader", scoped])
  })

  it("are Node's own flags for more kinds of files", () => {
    assert.deepStrictEqual(inherits("--experimental-transform-types"), ["--experimental-transform-types"])
  })

  it("are no other loader, nothing that is required, and no other flag: G10", () => {
    assert.deepStrictEqual(inherits("--import", "/app/node_modules/agent/start.mjs"), [])
    assert.deepStrictEqual(inherits("--import", "./instrument.mjs"), [])
    assert.deepStrictEqual(inherits("--require", "/app/node_modules/tsx/dist/preflight.cjs"), [])
    assert.deepStrictEqual(inherits("--inspect", "--max-old-space-size=100"), [])
  })

  it("are no loader that does not resolve: every start would fail", () => {
    assert.deepStrictEqual(inherits("--import", "sucrase/register"), [])
  })

  it("name each loader once, however often the host does", () => {
    const path = "/app/node_modules/tsx/dist/loader.mjs"
    assert.deepStrictEqual(inherits("--import", path, `--import=${path}`), ["--import", path])
  })
})

const withCode = (code: string): Error => Object.assign(new Error("cannot read"), { code })

describe("the hint for a module that cannot be read", () => {
  const { execArgv } = process

  beforeEach(() => {
    vi.stubEnv("VITEST", undefined)
    process.execArgv = []
  })

  afterEach(() => {
    vi.unstubAllEnvs()
    process.execArgv = execArgv
  })

  it("names a loader of the host that the worker lacks", () => {
    vi.stubEnv("NODE_OPTIONS", "--import /app/loader.mjs")
    const error = explainStart(withCode("ERR_MODULE_NOT_FOUND"), [])
    assert.instanceOf(error, Error)
    assert.include(error.message, 'pass execArgv: ["--import","/app/loader.mjs"]')
    assert.strictEqual(Reflect.get(error, "code"), "ERR_MODULE_NOT_FOUND")
    assert.instanceOf(error.cause, Error)
  })

  it("is left out where the worker has every loader of the host", () => {
    vi.stubEnv("NODE_OPTIONS", "--import /app/loader.mjs")
    const error = withCode("ERR_MODULE_NOT_FOUND")
    assert.strictEqual(explainStart(error, ["--import", "/app/loader.mjs"]), error)
  })

  it("says how workers read modules where Node cannot read the kind of file", () => {
    const error = explainStart(withCode("ERR_UNKNOWN_FILE_EXTENSION"), [])
    assert.include((error as Error).message, "workers read modules as Node does")
    assert.include((explainImport(withCode("ERR_UNKNOWN_FILE_EXTENSION")) as Error).message, "as Node does")
  })

  it("is left out of every other error, and of values that are no errors", () => {
    const error = withCode("EACCES")
    assert.strictEqual(explainStart(error, []), error)
    assert.strictEqual(explainStart("thrown", []), "thrown")
    assert.strictEqual(explainImport(error), error)
    assert.strictEqual(explainImport("thrown"), "thrown")
  })

  it("explains under Vitest that only tests are transformed", () => {
    vi.stubEnv("VITEST", "true")
    assert.include((explainStart(withCode("ERR_MODULE_NOT_FOUND"), []) as Error).message, "Vitest")
  })
})
