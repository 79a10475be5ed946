// Real files in temporary folders, by the names that builders give them, and workers that cannot start from them.
import { assert, describe, it } from "@effect/vitest"
import * as Task from "@heddle/core/Task"
import type { TaskError } from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import type { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"

const transports: ReadonlyArray<
  readonly [
    name: "threads" | "processes",
    layer: (options: NodeProcesses.Options & NodeThreads.Options) => Layer.Layer<WorkerTransport>
  ]
> = [
  ["threads", NodeThreads.layer],
  ["processes", NodeProcesses.layer]
]

/** A folder with files of these names and texts. */
const folderWith = (files: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = realpathSync(mkdtempSync(join(tmpdir(), "heddle-entries-")))
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), text)
      }
      return { path: folder, url: (name: string) => pathToFileURL(join(folder, name)) }
    }),
    ({ path }) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )

const Name = Task.make("Name", { success: Schema.String })

const source = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)
const effectModule = (name: string): string => JSON.stringify(import.meta.resolve(`effect/${name}`))

/** Serves `Name`, as a module and as CommonJS. */
const body = (name: string): string => `
  const task = Task.make("Name", { success: Schema.String })
  runMain(task.toLayer(() => Effect.succeed(${JSON.stringify(name)})))
`
const asModule = (name: string): string => `
  import { runMain } from ${source("../src/NodeRunner.ts")}
  import * as Task from ${source("../../core/src/Task.ts")}
  import * as Effect from ${effectModule("Effect")}
  import * as Schema from ${effectModule("Schema")}
  ${body(name)}
`
const asCommon = (name: string): string => `
  const { runMain } = require(${JSON.stringify(fileURLToPath(new URL("../src/NodeRunner.ts", import.meta.url)))})
  const Task = require(${JSON.stringify(fileURLToPath(new URL("../../core/src/Task.ts", import.meta.url)))})
  const Effect = require(${JSON.stringify(fileURLToPath(import.meta.resolve("effect/Effect")))})
  const Schema = require(${JSON.stringify(fileURLToPath(import.meta.resolve("effect/Schema")))})
  ${body(name)}
`

const textOf = (name: string): string => (/\.c[jt]s$/.test(name) ? asCommon(name) : asModule(name))

const on = (transport: Layer.Layer<WorkerTransport>) =>
  Layer.provide(TaskPool.layer({ size: 1, startTimeout: "30 seconds" }), transport)

/** Why the pool did not open, or the task did not end well. */
const failureOf = <A>(
  effect: Effect.Effect<A, TaskError, TaskPool.TaskPool>,
  transport: Layer.Layer<WorkerTransport>
) =>
  Effect.map(Effect.exit(Effect.provide(effect, on(transport))), (exit) => {
    if (Exit.isSuccess(exit)) throw new Error("it started")
    const error = Cause.squash(exit.cause)
    if (!(error instanceof Error)) throw new Error("no error")
    return error
  })

const module = { "package.json": `{ "type": "module" }` }

for (const [name, layer] of transports) {
  describe(`an entry as builders name it, on ${name}`, () => {
    // Which file is taken of many is a test of the settings.
    const cases: ReadonlyArray<readonly [named: string, there: ReadonlyArray<string>, run: string]> = [
      ["worker.ts", ["worker.mjs"], "worker.mjs"],
      ["worker.ts", ["worker.cjs"], "worker.cjs"],
      ["worker.js", ["worker.ts"], "worker.ts"],
      ["worker.js", ["worker.cts"], "worker.cts"]
    ]
    for (const [named, there, run] of cases) {
      it.live(`${named} where there is ${there.join(" and ")} is ${run}: S225`, () =>
        Effect.gen(function* () {
          const folder = yield* folderWith({
            ...module,
            ...Object.fromEntries(there.map((file) => [file, textOf(file)]))
          })
          const transport = layer({ entry: folder.url(named) })
          assert.strictEqual(yield* Effect.provide(Name(undefined), on(transport)), run)
        }).pipe(Effect.scoped)
      )
    }

    it.live("a module of tasks is found by the same names: S225", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({ "maths.mjs": "export const two = () => 2" })
        const Maths = Task.fromModule<{ readonly two: () => number }>(folder.url("maths.ts"))
        assert.strictEqual(yield* Effect.provide(Maths.two(), on(layer({}))), 2)
      }).pipe(Effect.scoped)
    )

    it.live("where there is none of these, the pool does not open, and lists what was tried: S225", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({ "worker.json": "{}" })
        for (const [named, tried] of [
          ["worker.ts", ["worker.ts", "worker.js", "worker.mjs", "worker.cjs"]],
          ["worker.js", ["worker.js", "worker.ts", "worker.mjs", "worker.cjs", "worker.mts", "worker.cts"]],
          ["worker", ["worker"]]
        ] as const) {
          const error = yield* failureOf(Name(undefined), layer({ entry: folder.url(named) }))
          const paths = tried.map((file) => join(folder.path, file)).join(", ")
          assert.include(error.message, `(phase spawn, attempt 1)`)
          assert.include(error.message, `there is no such file: tried ${paths}.`)
        }
        const Maths = Task.fromModule<{ readonly two: () => number }>(folder.url("maths.ts"))
        const error = yield* failureOf(Maths.two(), layer({}))
        assert.include(
          error.message,
          `tried ${join(folder.path, "maths.ts")}, ${join(folder.path, "maths.js")}`
        )
      }).pipe(Effect.scoped)
    )

    it.live("a data: URL is refused with the builds that make one, and what to write: S225", () =>
      Effect.gen(function* () {
        const url = new URL("data:video/mp2t;base64,ZXhwb3J0IGNvbnN0IHR3byA9ICgpID0+IDI=")
        const error = yield* failureOf(Name(undefined), layer({ entry: url }))
        assert.match(
          error.message,
          /^entry: .* data: URL \(video\/mp2t\)\. .*Vite.*library mode.*webpack.*build\.ssr/
        )
        const Maths = Task.fromModule<{ readonly two: () => number }>(url)
        const later = yield* failureOf(Maths.two(), layer({}))
        assert.match(later.message, /a module of tasks is a file: .* data: URL \(video\/mp2t\)\. .*Vite/)
      })
    )
  })

  describe(`a worker that does not start, on ${name}`, () => {
    it.live("a file that ends without runMain is told so, and what an entry is: S226", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({ "worker.mjs": "export const two = () => 2" })
        const entry = folder.url("worker.mjs")
        const { message } = yield* failureOf(Name(undefined), layer({ entry }))
        assert.include(message, "(phase import, attempt 1)")
        assert.include(message, `${join(folder.path, "worker.mjs")} ended before`)
        assert.match(message, /NodeRunner\.runMain\(layer\).*Task\.fromModule/)
      }).pipe(Effect.scoped)
    )

    it.live("a file whose top level waits for ever says that it does: S226", () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({ "worker.mjs": "await new Promise(() => {})" })
        const entry = folder.url("worker.mjs")
        const { message } = yield* failureOf(Name(undefined), layer({ entry, output: "discard" }))
        assert.match(message, /exit code 13: .*worker\.mjs waits at its top level/)
      }).pipe(Effect.scoped)
    )

    it.live("flags that Node refuses are named, with Node's own words: S226", () =>
      Effect.gen(function* () {
        const execArgv = ["--no-such-flag"]
        const { message } = yield* failureOf(Name(undefined), layer({ execArgv, output: "discard" }))
        assert.match(message, /flags.*--no-such-flag/)
        if (name === "processes") assert.match(message, /bad option: --no-such-flag/)
      })
    )

    it.live("so is a variable with flags that Node refuses: S226", () =>
      Effect.gen(function* () {
        const env = { NODE_OPTIONS: "--no-such-flag" }
        const { message } = yield* failureOf(Name(undefined), layer({ env, output: "discard" }))
        assert.match(message, /NODE_OPTIONS.*--no-such-flag/)
      })
    )

    it.live("what a flag imports and is not there is named: S226", () =>
      Effect.gen(function* () {
        const execArgv = ["--import", "/no/such/setup.mjs"]
        const { message } = yield* failureOf(Name(undefined), layer({ execArgv, output: "discard" }))
        assert.match(message, /Cannot find module '\/no\/such\/setup\.mjs'/)
      })
    )
  })
}

describe("a directory that is not there", () => {
  it.live("a cwd that is missing, or no directory, is named, on processes: S226", () =>
    Effect.gen(function* () {
      const folder = yield* folderWith({ file: "" })
      for (const [cwd, problem] of [
        [join(folder.path, "none"), "does not exist"],
        [join(folder.path, "file"), "is no directory"],
        [join(folder.path, "file", "none"), "is no directory"]
      ] as const) {
        const { message } = yield* failureOf(Name(undefined), NodeProcesses.layer({ cwd }))
        assert.include(
          message,
          `(phase spawn, attempt 1): worker 1: Error: cwd: the directory ${cwd} ${problem}`
        )
      }
    }).pipe(Effect.scoped)
  )

  it.live("a cwd that was removed ends no worker that runs there, and is named by the next ones: S226", () =>
    Effect.gen(function* () {
      const folder = yield* folderWith({
        "here/file": "",
        "maths.mjs": "export const two = () => 2; export const exit = () => process.exit(3)"
      })
      const Maths = Task.fromModule<{ readonly two: () => number; readonly exit: () => number }>(
        folder.url("maths.mjs")
      )
      const cwd = join(folder.path, "here")
      const pool = TaskPool.layer({ size: 1, restarts: { intensity: 0 } }).pipe(
        Layer.provide(NodeProcesses.layer({ cwd }))
      )
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* Maths.two(), 2)
        rmSync(cwd, { recursive: true })
        assert.strictEqual(yield* Maths.two(), 2)
        yield* Effect.exit(Maths.exit())
        const { message } = yield* Effect.flip(Maths.two())
        assert.include(message, `cwd: the directory ${cwd} does not exist`)
      }).pipe(Effect.provide(pool))
    }).pipe(Effect.scoped)
  )

  it("a host whose own directory was removed starts no worker, and loses no task: S226", () => {
    const lines = hosted([], ["", "", "removed"])
    for (const line of lines) {
      assert.match(
        line,
        /phase spawn, attempt 1.*the directory in which this host runs was removed.*process\.chdir/
      )
    }
    assert.lengthOf(lines, 2)
  })
})

/** What a host prints that is started so: a line for threads, a line for processes. */
function hosted(
  flags: ReadonlyArray<string>,
  args: ReadonlyArray<string>,
  cwd: string = fileURLToPath(new URL("..", import.meta.url))
): ReadonlyArray<string> {
  const main = fileURLToPath(new URL("./fixtures/surroundings.main.ts", import.meta.url))
  const env = { PATH: process.env["PATH"] }
  return execFileSync(process.execPath, [...flags, main, ...args], { cwd, env, encoding: "utf8" })
    .trim()
    .split("\n")
}

describe("a host under a loader", () => {
  /** Finds "virtual:name", as an alias of a project does. */
  const loader = `
    import { registerHooks } from "node:module"
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "virtual:name"
          ? { url: "data:text/javascript,export default 'by an alias'", shortCircuit: true }
          : next(specifier, context)
    })
  `
  const files = {
    "worker.mjs": asModule("").replace(body(""), "").concat(`
      import name from "virtual:name"
      runMain(Task.make("Name", { success: Schema.String }).toLayer(() => Effect.succeed(name)))
    `),
    "loader.mjs": loader,
    "node_modules/tsx/package.json": `{ "name": "tsx", "exports": { ".": "./dist/loader.mjs" } }`,
    "node_modules/tsx/dist/loader.mjs": loader
  }

  it.live("one that is known to do nothing else is its workers' too: S225", () =>
    Effect.gen(function* () {
      const folder = yield* folderWith(files)
      const lines = hosted(["--import", "tsx"], [folder.url("worker.mjs").href], folder.path)
      assert.deepStrictEqual(lines, ["by an alias", "by an alias"])
    }).pipe(Effect.scoped)
  )

  it.live("any other is named by the failure that it might have helped, as it is to be passed: S225", () =>
    Effect.gen(function* () {
      const folder = yield* folderWith(files)
      const entry = folder.url("worker.mjs").href
      const flags = ["--import", "./loader.mjs"]
      for (const line of hosted(flags, [entry], folder.path)) {
        assert.include(line, `pass execArgv: ${JSON.stringify(flags)} if they need it`)
      }
      const passed = hosted(flags, [entry, JSON.stringify(flags)], folder.path)
      assert.deepStrictEqual(passed, ["by an alias", "by an alias"])
    }).pipe(Effect.scoped)
  )

  it.live("flags that are given are all, and a loader that they leave out is named: S225", () =>
    Effect.gen(function* () {
      const folder = yield* folderWith(files)
      for (const line of hosted(["--import", "tsx"], [folder.url("worker.mjs").href, "[]"], folder.path)) {
        assert.include(line, `pass execArgv: ["--import","tsx"] if they need it`)
      }
    }).pipe(Effect.scoped)
  )

  it.live(
    "what Vitest reads and Node does not is explained, in an entry and in a module of tasks: S225",
    () =>
      Effect.gen(function* () {
        const folder = yield* folderWith({
          "worker.ts": "enum Kind { A }",
          "maths.ts": "export enum Kind { A }"
        })
        for (const [, layer] of transports) {
          const transport = layer({ entry: folder.url("worker.ts"), output: "discard" })
          const { message } = yield* failureOf(Name(undefined), transport)
          assert.match(message, /enum.*Vitest.*execArgv: \["--import", "tsx"\]/)
          const Maths = Task.fromModule<{ readonly two: () => number }>(folder.url("maths.ts"))
          const later = yield* failureOf(Maths.two(), layer({}))
          assert.match(later.message, /enum.*execArgv: \["--import", "tsx"\]/)
        }
      }).pipe(Effect.scoped)
  )
})
