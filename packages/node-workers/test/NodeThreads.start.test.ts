// Workers that never come up. Each ends, says why, and leaves the host alone.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as NodeThreads from "../src/NodeThreads.ts"
import { puppet, spawn } from "./support/Probe.ts"

/** A layer whose workers run this text. */
const running = <A, E>(text: string, effect: Effect.Effect<A, E, Effect.Services<typeof spawn>>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const folder = mkdtempSync(join(tmpdir(), "heddle-start-"))
      writeFileSync(join(folder, "bad.worker.mjs"), text)
      return folder
    }),
    (folder) => {
      const entry = pathToFileURL(join(folder, "bad.worker.mjs"))
      return Effect.provide(effect, NodeThreads.layer({ entry, output: "discard" }))
    },
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  )

const exitOfOne = Effect.flatMap(spawn, (probe) => probe.exited)

describe("a worker that never comes up", () => {
  it.live("a missing file makes the spawn throw, and is named: S021", () =>
    Effect.gen(function* () {
      const defect = yield* Effect.sandbox(spawn).pipe(Effect.flip)
      assert.include(String(defect.reasons[0]), "not-there.worker.ts")
    }).pipe(
      Effect.provide(
        NodeThreads.layer({
          entry: new URL("./fixtures/not-there.worker.ts", import.meta.url),
          output: "discard"
        })
      )
    )
  )

  it.live("a syntax error is the cause: S021", () =>
    Effect.gen(function* () {
      const { cause, exitCode } = yield* running("let let = ;", exitOfOne)
      assert.strictEqual(exitCode, 1)
      assert.instanceOf(cause, SyntaxError)
    })
  )

  it.live("what is thrown at import is the cause: S021", () =>
    Effect.gen(function* () {
      const { cause } = yield* running(`throw new RangeError("at import")`, exitOfOne)
      assert.instanceOf(cause, RangeError)
      assert.strictEqual(cause.message, "at import")
    })
  )

  it.live("an exit at import keeps its code: S021", () =>
    Effect.gen(function* () {
      const exit = yield* running("process.exit(7)", exitOfOne)
      assert.strictEqual(exit.exitCode, 7)
    })
  )

  it.live("a top-level await that nothing will ever settle ends with Node's code 13: S022", () =>
    Effect.gen(function* () {
      const exit = yield* running("await new Promise(() => {})", exitOfOne)
      assert.strictEqual(exit.exitCode, 13)
    })
  )

  it.live("a hang at import ends by termination: S022", () =>
    running(
      `await new Promise((resolve) => setInterval(resolve, 1)); for (;;);`,
      Effect.gen(function* () {
        const probe = yield* spawn
        probe.connection.terminate()
        yield* probe.exited
        assert.deepStrictEqual(probe.all("frame"), [])
      })
    )
  )

  it.live("flags that Node refuses for threads make the spawn throw, and nothing is started: S021, G10", () =>
    Effect.gen(function* () {
      const before = process.getActiveResourcesInfo().length
      const defect = yield* Effect.sandbox(spawn).pipe(Effect.flip)
      assert.include(String(defect.reasons[0]), "--max-old-space-size")
      assert.strictEqual(process.getActiveResourcesInfo().length, before)
    }).pipe(Effect.provide(NodeThreads.layer({ entry: puppet, execArgv: ["--max-old-space-size=100"] })))
  )
})
