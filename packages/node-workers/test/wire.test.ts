// What crosses to threads and back, as far as only Node shows it.
import { AsyncLocalStorage } from "node:async_hooks"
import { MessageChannel } from "node:worker_threads"
import { assert, describe, it, vi } from "@effect/vitest"
import { Task, TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { expectReason, withPool } from "@heddle/testing/conformance/suite/Harness"
import { Add, Echo } from "@heddle/testing/conformance/suite/tasks"
import { Bytes, Move } from "@heddle/testing/conformance/suite/wire.tasks"
import * as NodeThreads from "../src/NodeThreads.ts"
import type * as surroundings from "./fixtures/surroundings.module.ts"
import { inheritedHere } from "./support/environment.ts"
import { threads } from "./support/threadsHarness.ts"

const Module = Task.fromModule<typeof surroundings>(
  new URL("./fixtures/surroundings.module.ts", import.meta.url)
)

const plain = (options: NodeThreads.Options) =>
  TaskPool.layer({ size: 1 }).pipe(Layer.provide(NodeThreads.layer({ output: "discard", ...options })))

// A thread takes its time to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describe("buffers of Node", () => {
  it.live(
    "S105: a Buffer from Node's pool cannot move: it is refused, typed, and the pool keeps its bytes",
    () =>
      withPool(
        threads,
        { size: 1 },
        Effect.gen(function* () {
          const neighbour = Buffer.from("neighbour")
          const pooled = Buffer.from("pooled")
          assert.strictEqual(pooled.buffer, neighbour.buffer, "this test needs two slices of one pool")
          const exit = yield* Effect.exit(Move({ bytes: pooled }))
          const { side, what } = expectReason(exit, "NotSerializable")
          assert.deepStrictEqual([side, what], ["host", "payload"])
          assert.deepStrictEqual([pooled.toString(), neighbour.toString()], ["pooled", "neighbour"])
          // Copied, it crosses like any bytes; a Buffer of its own moves.
          assert.deepStrictEqual(yield* Echo(pooled), new Uint8Array(pooled))
          const own = Buffer.from(new Uint8Array([1, 2, 3]).buffer)
          assert.deepStrictEqual(Array.from(yield* Move({ bytes: own })), [2, 3, 4])
          assert.strictEqual(own.byteLength, 0)
        })
      )
  )

  it.live(
    "S098, S105, S203: a view that moves takes its whole buffer along: the next view of it has none, in a chunk as in calls",
    () =>
      withPool(
        threads,
        { size: 1 },
        Effect.gen(function* () {
          const buffer = new ArrayBuffer(16)
          const inputs = [0, 4, 8, 12].map((at) => ({ bytes: new Uint8Array(buffer, at, 4) }))
          const exit = yield* Effect.exit(TaskPool.forEach(Move, inputs, { chunkSize: 4 }))
          assert.strictEqual(expectReason(exit, "NotSerializable").path, "$[1].bytes")
          assert.strictEqual(buffer.byteLength, 0)
          assert.isDefined(Bytes)
        })
      )
  )

  it.live("S099: a MessagePort that is not listed is refused, and still works afterwards", () =>
    Effect.gen(function* () {
      const { port1, port2 } = new MessageChannel()
      const exit = yield* Effect.exit(Module.answer(port1 as never))
      assert.include(expectReason(exit, "NotSerializable").path, "$args[0]")
      const heard = new Promise((resolve) => port2.once("message", resolve))
      port1.postMessage("still open")
      assert.strictEqual(yield* Effect.promise(() => heard), "still open")
      port1.close()
    }).pipe(Effect.provide(plain({})))
  )
})

describe("what a worker is given", () => {
  it.live(
    "of the host's environment and flags only variables of the two lists reach a worker: S157, G10",
    () => {
      const added = { SECRET_TOKEN: "hidden", NODE_OPTIONS: "--no-warnings", LISTED: "shown" }
      const before = Object.keys(added).map((key) => [key, process.env[key]] as const)
      Object.assign(process.env, added)
      return Effect.gen(function* () {
        const { argv, env, execArgv, isMainThread } = yield* Module.surroundings()
        assert.deepStrictEqual(
          Object.keys(env).toSorted(),
          Object.keys({ ...inheritedHere(), LISTED: "" }).toSorted()
        )
        assert.strictEqual(env["LISTED"], "shown")
        assert.deepStrictEqual([argv, execArgv, isMainThread], [[], [], false])
      }).pipe(
        Effect.provide(plain({ env: ["LISTED"] })),
        Effect.ensuring(
          Effect.sync(() => {
            for (const [key, value] of before) {
              if (value === undefined) delete process.env[key]
              else process.env[key] = value
            }
          })
        )
      )
    }
  )

  it.live("S159: an unknown option of threads is refused, naming it, and nothing is started", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.provide(Module.where(), plain({ execPath: "/bin/sh" } as never)))
      assert.isTrue(Exit.hasDies(exit))
      assert.include(
        String(Exit.isFailure(exit) && exit.cause.reasons.map((r) => "defect" in r && String(r.defect))),
        "execPath"
      )
    })
  )
})

describe("AsyncLocalStorage", () => {
  it.live("G10: the host's own store is kept across a batch of replies, and never crosses", () =>
    withPool(
      threads,
      { size: 1 },
      Effect.gen(function* () {
        const storage = new AsyncLocalStorage<string>()
        const context = yield* Effect.context<TaskPool.TaskPool>()
        // Fifty callers, each in a store of its own, whose replies come in few batches.
        const fibers = Array.from({ length: 50 }, (_, i) =>
          storage.run(`caller ${i}`, () =>
            Effect.runForkWith(context)(
              Effect.gen(function* () {
                const before = storage.getStore()
                yield* Add({ a: i, b: 1 })
                return [before, storage.getStore()]
              })
            )
          )
        )
        const stores = yield* Effect.forEach(fibers, Fiber.join)
        assert.deepStrictEqual(
          stores,
          Array.from({ length: 50 }, (_, i) => [`caller ${i}`, `caller ${i}`])
        )
      })
    )
  )

  it.live("G10: an async function that awaits a task has its own store afterwards", () =>
    withPool(
      threads,
      { size: 1 },
      Effect.gen(function* () {
        const storage = new AsyncLocalStorage<number>()
        const context = yield* Effect.context<TaskPool.TaskPool>()
        const call = async (i: number) => {
          await Effect.runPromiseWith(context)(Add({ a: i, b: 1 }))
          return storage.getStore()
        }
        const calls = Array.from({ length: 50 }, (_, i) => storage.run(i, () => call(i)))
        assert.deepStrictEqual(
          yield* Effect.promise(() => Promise.all(calls)),
          Array.from({ length: 50 }, (_, i) => i)
        )
      })
    )
  )
})
