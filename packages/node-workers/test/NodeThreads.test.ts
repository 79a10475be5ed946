// The transport alone, without a pool.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as NodeThreads from "../src/NodeThreads.ts"
import { puppet, spawn, startOf, turns } from "./support/Probe.ts"

const threads = (options: NodeThreads.Options = {}) =>
  NodeThreads.layer({ entry: puppet, output: "discard", ...options })

describe("frames", () => {
  it.live("A worker is given what the host said at its start, and frames keep their order", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("start")
      for (let i = 0; i < 100; i++) probe.tell("echo", i)
      yield* probe.hear("frame", 101)
      assert.deepStrictEqual(probe.all("frame"), [
        ["start", startOf(1)],
        ...Array.from({ length: 100 }, (_, i) => ["echo", i])
      ])
      assert.isAbove(probe.connection.threadId!, 0)
    }).pipe(Effect.provide(threads()))
  )

  it.live("a buffer in the transfer list moves, both ways: S098", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      const buffer = new ArrayBuffer(64)
      probe.connection.post(["take", buffer], [buffer])
      assert.strictEqual(buffer.byteLength, 0)
      const [, length, back] = yield* probe.hear("frame")
      assert.strictEqual(length, 64)
      assert.strictEqual(back.byteLength, 64)
    }).pipe(Effect.provide(threads()))
  )

  it.live("a frame that cannot be cloned throws at the post, and the worker goes on: S099", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      assert.throws(() => probe.tell("echo", () => {}), /could not be cloned/)
      probe.tell("echo", "still here")
      assert.deepStrictEqual(yield* probe.hear("frame"), ["echo", "still here"])
    }).pipe(Effect.provide(threads()))
  )

  it.live("draining delivers at once, and in order, what has arrived while the host was busy", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("echo", 0)
      yield* probe.hear("frame")
      for (let i = 1; i <= 10; i++) probe.tell("echo", i)
      // The host's loop does not turn here, so only `drain` can hand over.
      while (probe.all("frame").length < 11) probe.connection.drain()
      probe.tell("echo", 11)
      yield* probe.hear("frame", 12)
      assert.deepStrictEqual(
        probe.all("frame"),
        Array.from({ length: 12 }, (_, i) => ["echo", i])
      )
    }).pipe(Effect.provide(threads()))
  )

  it.live("what comes by parentPort is a stray message, never a frame: S010, G10", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("stray", [1, 0, "looks like a reply"])
      probe.tell("echo", "real")
      yield* probe.hear("frame")
      yield* probe.hear("stray")
      assert.deepStrictEqual(probe.all("frame"), [["echo", "real"]])
      assert.deepStrictEqual(probe.all("stray"), [[1, 0, "looks like a reply"]])
    }).pipe(Effect.provide(threads()))
  )
})

describe("the end of a worker", () => {
  it.live("an exit is reported once, with its code, and posts after it do nothing: S025, G9", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("exit", 3)
      const exit = yield* probe.exited
      assert.deepStrictEqual(exit, { exitCode: 3, outOfMemory: false, cause: undefined, stderr: "" })
      probe.tell("echo", "into the void")
      probe.connection.drain()
      probe.connection.terminate()
      yield* turns(5)
      assert.lengthOf(probe.heard, 1)
    }).pipe(Effect.provide(threads()))
  )

  it.live("frames posted just before process.exit arrive, all of them, before the exit is told: G5", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      for (let i = 0; i < 2000; i++) probe.tell("echo", i)
      probe.tell("exit", 0)
      yield* probe.exited
      assert.lengthOf(probe.all("frame"), 2000)
      assert.deepStrictEqual(probe.heard.at(-2), ["frame", ["echo", 1999]])
      assert.strictEqual(probe.heard.at(-1)![0], "exit")
    }).pipe(Effect.provide(threads()))
  )

  it.live("frames that the host was too busy to read are delivered before the exit: G5", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("echo", "up")
      yield* probe.hear("frame")
      for (let i = 0; i < 10; i++) probe.tell("echo", i)
      probe.tell("exit", 0)
      // Until the thread is long gone, on a host whose loop does not turn.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
      yield* probe.exited
      assert.lengthOf(probe.all("frame"), 11)
    }).pipe(Effect.provide(threads()))
  )

  it.live(
    "a worker that has nothing left to wait for, and never served, ends with code 0 and says so: S226",
    () =>
      Effect.gen(function* () {
        const probe = yield* spawn
        probe.tell("leave")
        const { cause, exitCode } = yield* probe.exited
        assert.strictEqual(exitCode, 0)
        assert.match(String(cause), /puppet\.worker\.ts ended before .*runMain/)
      }).pipe(Effect.provide(threads()))
  )

  it.live("an uncaught exception ends the worker and arrives as its cause: S007, G9", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("throw", "error")
      const { cause, exitCode } = yield* probe.exited
      assert.strictEqual(exitCode, 1)
      assert.instanceOf(cause, TypeError)
      assert.strictEqual(cause.message, "thrown late")
      assert.strictEqual(cause.cause, "a cause")
      assert.include(cause.stack!, "puppet.worker.ts")
    }).pipe(Effect.provide(threads()))
  )

  it.live("an unhandled rejection ends the worker in the same way: S007", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("reject")
      const { cause } = yield* probe.exited
      assert.strictEqual((cause as Error).message, "rejected")
    }).pipe(Effect.provide(threads()))
  )

  it.live("a thrown null or symbol ends the worker, and the host is not harmed: S013", () =>
    Effect.gen(function* () {
      for (const kind of ["null", "symbol"]) {
        const probe = yield* spawn
        probe.tell("throw", kind)
        const { cause, exitCode, outOfMemory } = yield* probe.exited
        assert.deepStrictEqual([exitCode, outOfMemory], [1, false])
        if (kind === "null") assert.isNull(cause)
      }
    }).pipe(Effect.provide(threads()))
  )

  it.live(
    "a heap overflow says that the worker ran out of memory: S034",
    () =>
      Effect.gen(function* () {
        const probe = yield* spawn
        probe.tell("eatHeap")
        const { cause, outOfMemory } = yield* probe.exited
        assert.isTrue(outOfMemory)
        assert.include((cause as Error).message, "memory")
      }).pipe(Effect.provide(threads({ resourceLimits: { maxOldGenerationSizeMb: 16 } }))),
    60_000
  )

  it.live("termination ends an endless loop: S038, G4", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("loop")
      yield* probe.hear("frame")
      probe.connection.terminate()
      probe.connection.terminate()
      const exit = yield* probe.exited
      assert.strictEqual(exit.exitCode, 1)
      assert.lengthOf(probe.all("exit"), 1)
    }).pipe(Effect.provide(threads()))
  )

  it.live(
    "once a terminated thread is said to have halted it runs nothing more; it says so once, before its exit: G3",
    () =>
      Effect.gen(function* () {
        // Whether a thread says so is for Node to say: often its exit comes as soon.
        for (let round = 0; round < 5; round++) {
          const probe = yield* spawn
          const words = new Int32Array(new SharedArrayBuffer(4))
          const seen: Array<number> = []
          probe.onHalted = () => {
            assert.lengthOf(probe.all("exit"), 0)
            seen.push(Atomics.load(words, 0))
          }
          probe.tell("count", words)
          yield* probe.hear("frame")
          probe.connection.terminate()
          yield* probe.exited
          assert.isAtMost(seen.length, 1)
          for (const count of seen) assert.strictEqual(Atomics.load(words, 0), count)
        }
      }).pipe(Effect.provide(threads()))
  )

  it.live("the channel of a thread that has halted may be read and written from the moment it is told", () =>
    Effect.gen(function* () {
      let told = 0
      while (told === 0) {
        const probe = yield* spawn
        const use = () => {
          probe.connection.drain()
          probe.tell("late")
        }
        probe.onHalted = () => {
          told++
          use()
          // Node tells it from within the closing of the port, and runs microtasks before that is over.
          queueMicrotask(use)
        }
        probe.tell("count", new Int32Array(new SharedArrayBuffer(4)))
        yield* probe.hear("frame")
        probe.connection.terminate()
        yield* probe.exited
      }
    }).pipe(Effect.provide(threads()))
  )

  it.live("termination before the thread is up ends it too: S020, S092", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.connection.terminate()
      yield* probe.exited
      assert.lengthOf(probe.heard, 1)
    }).pipe(Effect.provide(threads()))
  )

  it.live("a worker that closes its channel is ended, since it could never answer: S037", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("echo", 1)
      probe.tell("closePort")
      yield* probe.exited
      assert.deepStrictEqual(
        probe.heard.map(([kind]) => kind),
        ["frame", "exit"]
      )
    }).pipe(Effect.provide(threads()))
  )
})
