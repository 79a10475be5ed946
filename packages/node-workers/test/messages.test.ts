// What a mistake says, as far as only Node shows it.
import { MessageChannel } from "node:worker_threads"
import { assert, describe, it, vi } from "@effect/vitest"
import { Task, TaskPool } from "@heddle/core"
import { expectReason } from "@heddle/testing/conformance/suite/Harness"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as NodeProcesses from "../src/NodeProcesses.ts"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as surroundings from "./fixtures/surroundings.module.ts"

interface Hidden {
  readonly square: (n: number) => number
  readonly sqaure: (n: number) => number
}
const url = new URL("./fixtures/hidden.module.cjs", import.meta.url)
const Hidden = Task.fromModule<Hidden>(url)
const Module = Task.fromModule<typeof surroundings>(
  new URL("./fixtures/surroundings.module.ts", import.meta.url)
)

// A worker takes its time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

for (const [name, transport] of [
  ["threads", NodeThreads.layer({ output: "discard" })],
  ["processes", NodeProcesses.layer({ output: "discard" })]
] as const) {
  const pool = TaskPool.layer({ size: 1, startTimeout: "1 minute" }).pipe(Layer.provide(transport))

  describe(`on ${name}`, () => {
    it.live("S226: a function that Node cannot see in a CommonJS module is said to be hidden there", () =>
      Effect.gen(function* () {
        const hidden = expectReason(yield* Effect.exit(Hidden.square(3)), "UnknownTask")
        assert.deepInclude(hidden, { name: "square", module: url.href, export: "hidden" })
        assert.include(hidden.message, `${url.href} has "square" in module.exports`)
        assert.include(hidden.message, "write exports.square = …")
        const missing = expectReason(yield* Effect.exit(Hidden.sqaure(3)), "UnknownTask")
        assert.strictEqual(missing.export, "missing")
        assert.notInclude(missing.message, "worker's entry")
      }).pipe(Effect.provide(pool))
    )

    it.live("S226, S099: a port in the payload of a module's function is named, with how it can move", () =>
      Effect.gen(function* () {
        const { port1 } = new MessageChannel()
        const { detail, path } = expectReason(
          yield* Effect.exit(Module.answer([port1] as never)),
          "NotSerializable"
        )
        port1.close()
        assert.strictEqual(path, "$args[0][0]")
        assert.match(detail, /MessagePort.*Task\.make.*Task\.transfer/)
      }).pipe(Effect.provide(pool))
    )
  })
}
