// What is left behind: nothing.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import * as Context from "effect/Context"
import * as NodeThreads from "../src/NodeThreads.ts"
import { Probe, puppet, spawn, startOf, turns } from "./support/Probe.ts"

const threads = NodeThreads.layer({ entry: puppet, output: "discard" })

/** Everything of the process that a worker could leave behind. */
const leftovers = () => ({
  resources: process.getActiveResourcesInfo().filter((kind) => /Port|Worker/.test(kind)).length,
  listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
})

/** Ports close in a later turn than they are told to. */
const settled = Effect.gen(function* () {
  for (let i = 0; i < 100 && leftovers().resources > 0; i++) yield* turns(1)
  return leftovers()
})

describe("the layer's scope", () => {
  it.live(
    "200 workers that come and go leave no thread, port or listener, and no warning: G2, S148",
    () =>
      Effect.gen(function* () {
        const transport = yield* WorkerTransport
        const warnings: Array<Error> = []
        const onWarning = (warning: Error) => void warnings.push(warning)
        process.on("warning", onWarning)
        const before = leftovers()
        yield* Effect.forEach(
          Array.from({ length: 200 }, (_, i) => i),
          (i) =>
            Effect.gen(function* () {
              const probe = new Probe(transport, startOf(i))
              if (i % 4 > 0) {
                probe.tell("echo", i)
                yield* probe.hear("frame")
              }
              if (i % 4 === 2) probe.tell("exit", 0)
              else if (i % 4 === 3) probe.tell("throw", "error")
              else probe.connection.terminate()
              yield* probe.hear("exit")
            }),
          { concurrency: 4 }
        )
        assert.deepStrictEqual(yield* settled, before)
        assert.deepStrictEqual(warnings, [])
        process.off("warning", onWarning)
      }).pipe(Effect.provide(threads)),
    60_000
  )

  it.live("closing it ends the workers that are left, and waits for them: G2", () =>
    Effect.gen(function* () {
      const probes = yield* Effect.gen(function* () {
        const looping = yield* spawn
        const idle = yield* spawn
        looping.tell("loop")
        idle.tell("echo", 1)
        yield* looping.hear("frame")
        yield* idle.hear("frame")
        return [looping, idle]
      }).pipe(Effect.provide(threads))
      for (const probe of probes) assert.strictEqual(probe.heard.at(-1)![0], "exit")
      assert.strictEqual((yield* settled).resources, 0)
    })
  )

  it.live(
    "closing it waits a bounded time for a worker in native code, which goes when that code returns: G4, S055",
    () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const context = yield* Layer.buildWithScope(threads, scope)
        const probe = new Probe(Context.get(context, WorkerTransport))
        const folder = mkdtempSync(join(tmpdir(), "heddle-block-"))
        const begun = join(folder, "begun")
        const over = join(folder, "over")
        probe.tell("block", begun, over)
        while (!existsSync(begun)) yield* turns(1)
        yield* Scope.close(scope, Exit.void)
        assert.deepStrictEqual(probe.heard, [])
        writeFileSync(over, "")
        const exit = yield* probe.exited
        assert.deepInclude(exit, { exitCode: 1, cause: undefined })
        rmSync(folder, { recursive: true })
      }),
    60_000
  )
})
