import { assert, describe, it } from "@effect/vitest"
import { InvalidOption } from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as NodeThreads from "../../src/NodeThreads.ts"
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

describe("the entry", () => {
  it("in a build, where the .ts that a URL names is missing, the .js beside it is taken", () => {
    const folder = mkdtempSync(join(tmpdir(), "heddle-entry-"))
    const file = (name: string) => pathToFileURL(join(folder, name))
    const entryOf = (name: string) => resolve({ entry: file(name) }, host).entry.href
    try {
      for (const name of ["both.ts", "both.js", "built.js", "module.mjs"]) writeFileSync(file(name), "")
      assert.strictEqual(entryOf("built.ts"), file("built.js").href)
      assert.strictEqual(entryOf("module.mts"), file("module.mjs").href)
      assert.strictEqual(entryOf("both.ts"), file("both.ts").href)
      assert.strictEqual(entryOf("neither.ts"), file("neither.ts").href)
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
