import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as NodeThreads from "../../src/NodeThreads.ts"
import { inheritedFlags } from "../../src/internal/loading.ts"
import { resolve } from "../../src/internal/settings.ts"
import { inheritedHere } from "../support/environment.ts"
import { puppet, spawn } from "../support/Probe.ts"

const host = { PATH: "/bin", HOME: "/home/me", SECRET_TOKEN: "s3cret", NODE_OPTIONS: "--no-warnings" }

describe("what is refused", () => {
  const cases: ReadonlyArray<readonly [option: string, options: object, message: RegExp]> = [
    ["workers", { workers: 4 }, /workers: is not an option of threads/],
    ["entry", { entry: "./worker.ts" }, /entry: expected new URL/],
    ["entry", { entry: new URL("data:text/javascript,1") }, /expected a file: URL, got a data: URL/],
    ["entry", { entry: new URL("https://example.org/worker.js") }, /got a https: URL/],
    ["output", { output: "pipe" }, /expected one of "inherit", "log", "discard", got pipe/],
    ["env[0]", { env: [1] }, /env\[0\]: expected a string, got number/],
    ["env.A", { env: { A: undefined } }, /env\.A: expected a string, got undefined/],
    ["execArgv", { execArgv: "--inspect" }, /expected a list of strings/],
    ["stderrTail", { stderrTail: -1 }, /expected a number of bytes, got -1/],
    ["name", { name: 7 }, /expected a string/],
    ["resourceLimits.heapMb", { resourceLimits: { heapMb: 9 } }, /is not a limit of threads/],
    [
      "resourceLimits.maxOldGenerationSizeMb",
      { resourceLimits: { maxOldGenerationSizeMb: 2 } },
      /from 8, got 2/
    ],
    ["resourceLimits.stackSizeMb", { resourceLimits: { stackSizeMb: 0.1 } }, /from 0\.5, got 0\.1/],
    [
      "resourceLimits.maxYoungGenerationSizeMb",
      { resourceLimits: { maxYoungGenerationSizeMb: NaN } },
      /got NaN/
    ]
  ]
  for (const [option, options, message] of cases) {
    it.effect(`S116, S159: ${JSON.stringify(options)} is a defect of the layer that names ${option}`, () =>
      Effect.gen(function* () {
        const exit = yield* Layer.build(NodeThreads.layer(options)).pipe(Effect.scoped, Effect.exit)
        assert.isTrue(Exit.isFailure(exit))
        const defect = exit._tag === "Failure" ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(defect, InvalidOption)
        assert.strictEqual(defect.option, option)
        assert.match(defect.message, message)
      })
    )
  }
})

describe("the environment", () => {
  it("by default no secret and no NODE_OPTIONS crosses: S157", () => {
    assert.deepEqual({ ...resolve({}, host).env }, { PATH: "/bin" })
  })

  it("S157: a list adds what it names, as far as the host has it", () => {
    assert.deepEqual(
      { ...resolve({ env: ["HOME", "NOT_THERE"] }, host).env },
      { PATH: "/bin", HOME: "/home/me" }
    )
  })

  it("S157: a record is the whole environment", () => {
    assert.deepEqual({ ...resolve({ env: { MODE: "test" } }, host).env }, { MODE: "test" })
  })

  it("S156: a variable called __proto__ is a variable", () => {
    const { env } = resolve({ env: JSON.parse(`{"__proto__":"inert"}`) as Record<string, string> }, host)
    assert.deepStrictEqual(Object.keys(env), ["__proto__"])
  })

  it.live(
    "a real worker sees the variables of the two lists alone, and neither flags nor arguments of its host: S157, G10",
    () => {
      process.env["SECRET_TOKEN"] = "s3cret"
      process.env["HEDDLE_TEST_MODE"] = "quiet"
      return Effect.gen(function* () {
        const probe = yield* spawn
        probe.tell("self")
        const [, env, execArgv, argv] = yield* probe.hear("frame")
        assert.deepStrictEqual(env, { ...inheritedHere(), HEDDLE_TEST_MODE: "quiet" })
        assert.deepStrictEqual([execArgv, argv], [[], []])
      }).pipe(
        Effect.provide(NodeThreads.layer({ entry: puppet, env: ["HEDDLE_TEST_MODE"] })),
        Effect.ensuring(
          Effect.sync(() => {
            delete process.env["SECRET_TOKEN"]
            delete process.env["HEDDLE_TEST_MODE"]
          })
        )
      )
    }
  )
})

describe("the flags", () => {
  const here = fileURLToPath(new URL("../../../..", import.meta.url))
  const file = "file:///app/node_modules/.pnpm/tsx@4.0.0/node_modules/tsx/dist/loader.mjs"
  const cases: ReadonlyArray<
    readonly [what: string, ofHost: ReadonlyArray<string>, passed: ReadonlyArray<string>]
  > = [
    ["a loader by its file", ["--import", file], ["--import", file]],
    ["a loader in one word, once", [`--import=${file}`, "--import", file], ["--import", file]],
    ["what tsx requires for itself", ["--require", "/app/node_modules/tsx/dist/preflight.cjs"], []],
    ["a loader that is not to be found where workers start", ["--import", "tsx"], []],
    ["a file that may do anything", ["--import", "./instrument.mjs", "--loader", "./mine.mjs"], []],
    ["a package that may do anything", ["--import", "@opentelemetry/register"], []],
    ["what Node reads itself", ["--experimental-transform-types"], ["--experimental-transform-types"]],
    ["any other flag", ["--inspect", "--conditions=built", "--max-old-space-size=64", "-e", "1", ""], []]
  ]
  for (const [what, ofHost, passed] of cases) {
    it(`S225, G10: ${what} ${passed.length > 0 ? "crosses" : "does not cross"}`, () => {
      assert.deepStrictEqual(
        inheritedFlags(ofHost, () => here),
        passed
      )
    })
  }

  it("S225, G10: none crosses to workers that are given flags, or are confined", () => {
    const given = process.execArgv
    process.execArgv = ["--import", file]
    try {
      assert.deepStrictEqual(resolve({}, host).execArgv, ["--import", file])
      assert.deepStrictEqual(resolve({ execArgv: [] }, host).execArgv, [])
      assert.notInclude(resolve({ permissions: {} }, host).execArgv, file)
    } finally {
      process.execArgv = given
    }
  })
})

describe("the entry", () => {
  it("S225: where its file is missing, it is the one of another extension, likeliest first", () => {
    const folder = mkdtempSync(join(tmpdir(), "heddle-entry-"))
    const file = (name: string) => pathToFileURL(join(folder, name))
    const cases: ReadonlyArray<readonly [named: string, there: ReadonlyArray<string>, found: string]> = [
      ["both.ts", ["both.ts", "both.js"], "both.ts"],
      ["both.js", ["both.ts", "both.js"], "both.js"],
      ["neither.ts", [], "neither.ts"],
      ["neither.json", ["neither.js"], "neither.json"],
      ["a.ts", ["a.js", "a.mjs", "a.cjs"], "a.js"],
      ["b.ts", ["b.mjs", "b.cjs"], "b.mjs"],
      ["c.ts", ["c.cjs"], "c.cjs"],
      ["d.mts", ["d.js", "d.mjs"], "d.mjs"],
      ["e.mts", ["e.js"], "e.js"],
      ["f.cts", ["f.js", "f.cjs"], "f.cjs"],
      ["g.js", ["g.ts", "g.mjs"], "g.ts"],
      ["h.js", ["h.mts"], "h.mts"],
      ["i.js", ["i.cts"], "i.cts"],
      ["j.mjs", ["j.mts", "j.js"], "j.mts"],
      ["k.cjs", ["k.cts", "k.js"], "k.cts"],
      ["l.worker.ts", ["l.worker.mjs", "l.js"], "l.worker.mjs"]
    ]
    try {
      for (const [named, there, found] of cases) {
        for (const name of there) writeFileSync(file(name), "")
        assert.strictEqual(resolve({ entry: file(named) }, host).entry.href, file(found).href)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("a URL of another realm's class is a URL, and becomes one of Node's: S208", () => {
    const foreign: unknown = {
      href: "file:///folder/worker.js",
      protocol: "file:",
      pathname: "/folder/worker.js"
    }
    const { entry } = resolve({ entry: foreign as URL }, host)
    assert.instanceOf(entry, URL)
    assert.strictEqual(entry.href, "file:///folder/worker.js")
  })

  it("by default it is the package's own empty worker", () => {
    assert.match(resolve({}, host).entry.pathname, /\/worker\.(?:ts|js)$/)
  })
})
