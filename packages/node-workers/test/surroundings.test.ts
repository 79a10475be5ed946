// Pools that are opened in workers where no Effect context says so: in plain functions, at import, by a worker's own file.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Task, TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeRunner from "../src/NodeRunner.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import { Chain } from "./fixtures/chain.tasks.ts"
import type * as deep from "./fixtures/deep.module.ts"
import { itUnless } from "./support/itUnless.ts"
import { isAlive, within } from "./support/processTable.ts"

const Deep = Task.fromModule<typeof deep>(new URL("./fixtures/deep.module.ts", import.meta.url))

const long = 120_000

/** How deep pools may be made inside the workers of pools. */
const limit = 4

const kinds = ["threads", "processes"] as const

let directory: string
let log: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "heddle-deep-"))
  log = join(directory, "log")
})
afterEach(() => rmSync(directory, { recursive: true }))

const loads = (): number => readFileSync(log, "utf8").split("\n").length - 1

const pool = (on: (typeof kinds)[number], size: number, more: Record<string, string> = {}) => {
  const env = { PATH: process.env["PATH"] ?? "", DEEP_LOG: log, DEEP_ON: on, ...more }
  return Layer.provide(
    TaskPool.layer({ size, startTimeout: "60 seconds" }),
    on === "threads" ? NodeThreads.layer({ env }) : NodeProcesses.layer({ env })
  )
}

describe.each(kinds)("in a worker of %s, where no context says so", (on) => {
  it(
    "a plain function that opens a pool of itself is stopped at the depth of pools, typed: G7: S216",
    async () => {
      const below = await Effect.runPromise(Effect.provide(Deep.dive(), pool(on, 1)))
      assert.deepStrictEqual([below, loads()], [limit, limit + 1])
    },
    long
  )

  it(
    "a module that opens a pool of itself when it is imported is stopped at the depth of pools, typed: G7: S216",
    async () => {
      const below = await Effect.runPromise(
        Effect.provide(Deep.depth(), pool(on, 1, { DEEP_AT_IMPORT: "yes" }))
      )
      assert.deepStrictEqual([below, loads()], [limit, limit + 1])
    },
    long
  )

  it(
    "a pool there counts on its worker's part of the machine: G7: S216",
    async () => {
      const width = await Effect.runPromise(Effect.provide(Deep.width(), pool(on, availableParallelism())))
      assert.strictEqual(width, 1)
    },
    long
  )
})

/** Runs a program of its own; answers with its exit code and what it wrote. */
const runMain = async (how: string, on: string) => {
  const main = fileURLToPath(new URL("./fixtures/unguarded.main.ts", import.meta.url))
  const child = spawn(process.execPath, [main, how, log, on], { stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)))
  const [code] = await once(child, "close")
  return { code, output }
}

describe.each(kinds)("a program that is the file of its own workers, on %s", (on) => {
  for (const how of on === "threads" ? ["unguarded", "prestarted"] : ["unguarded"]) {
    it(
      `${how}, it fails at once, says to guard the file, and starts one worker only: G7: S216`,
      async () => {
        const { code, output } = await runMain(how, on)
        assert.deepStrictEqual([code, loads()], [1, 2], output)
        assert.match(output, /a pool was opened by the file of a worker before it called NodeRunner\.runMain/)
        assert.include(output, "if (!NodeRunner.isWorker())")
      },
      long
    )
  }

  it(
    "with the guard it runs: G7: S216",
    async () => {
      assert.deepStrictEqual(await runMain("guarded", on), { code: 0, output: "42\n" })
      assert.strictEqual(loads(), 2)
    },
    long
  )
})

describe("a chain of processes, each in a pool of the one before", () => {
  const pidOf = (below: number): number => Number(readFileSync(join(directory, String(below)), "utf8"))

  itUnless(process.platform !== "linux" && "it looks processes up in /proc")(
    "when one dies all below it end at once, also past one that was stopped: S216, G2",
    async () => {
      const outermost = TaskPool.layer({ size: 1, startTimeout: "60 seconds" }).pipe(
        Layer.provide(
          NodeProcesses.layer({
            entry: new URL("./fixtures/chain.process.ts", import.meta.url),
            output: "discard"
          })
        )
      )
      const running = Effect.runFork(Effect.provide(Effect.exit(Chain({ below: 3, directory })), outermost))
      assert.isTrue(await within(60_000, () => readdirSync(directory).includes("0")), "the innermost runs")
      const [innermost, third, second, first] = [pidOf(0), pidOf(1), pidOf(2), pidOf(3)]
      process.kill(second, "SIGSTOP")
      try {
        process.kill(first, "SIGKILL")
        assert.isTrue(await within(20_000, () => !isAlive(third) && !isAlive(innermost)), "those below end")
        assert.isTrue(isAlive(second), "the one that was stopped cannot")
      } finally {
        process.kill(second, "SIGKILL")
        await Effect.runPromise(Fiber.interrupt(running))
      }
    },
    long
  )
})

it("a program is no worker: G7", () => {
  assert.isFalse(NodeRunner.isWorker())
})
