import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Writable } from "node:stream"
import * as NodeThreads from "../../src/NodeThreads.ts"
import { forwardTo, makeTailBuffer } from "../../src/internal/output.ts"
import { puppet, spawn } from "../support/Probe.ts"

describe("what a worker prints", () => {
  it.live("S154: two megabytes on streams that are discarded hold nobody up", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      for (const stream of ["stdout", "stderr"]) probe.tell("print", stream, "x".repeat(1024), 2048)
      yield* probe.hear("frame", 2)
      probe.tell("exit", 0)
      const exit = yield* probe.exited
      assert.strictEqual(exit.exitCode, 0)
    }).pipe(Effect.provide(NodeThreads.layer({ entry: puppet, output: "discard" })))
  )

  it.live("G9: the end of what it wrote to standard error explains its death, whole and bounded", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("print", "stderr", "0123456789", 100_000)
      probe.tell("print", "stderr", "last words\n", 1)
      probe.tell("throw", "error")
      const { stderr } = yield* probe.exited
      assert.lengthOf(stderr, 100)
      assert.isTrue(stderr.endsWith("0123456789last words\n"))
    }).pipe(Effect.provide(NodeThreads.layer({ entry: puppet, output: "discard", stderrTail: 100 })))
  )

  it.live("G9: words printed just before process.exit are not lost", () =>
    Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("print", "stderr", "goodbye", 1)
      probe.tell("exit", 1)
      const { stderr } = yield* probe.exited
      assert.strictEqual(stderr, "goodbye")
    }).pipe(Effect.provide(NodeThreads.layer({ entry: puppet, output: "discard" })))
  )

  it.live("S153: by default it is written on to the host's own streams", () => {
    const written: Array<string> = []
    const original = process.stdout.write
    process.stdout.write = (chunk: unknown) => written.push(String(chunk)) > 0
    return Effect.gen(function* () {
      const probe = yield* spawn
      probe.tell("print", "stdout", "hello from a worker", 1)
      probe.tell("exit", 0)
      yield* probe.exited
      assert.include(written.join(""), "hello from a worker")
    }).pipe(
      Effect.provide(NodeThreads.layer({ entry: puppet })),
      Effect.ensuring(Effect.sync(() => void (process.stdout.write = original)))
    )
  })
})

describe("inherit", () => {
  it("G7: drops what the host cannot get rid of, and tells how much when it flows again", () => {
    const stuck: Array<() => void> = []
    const received: Array<string> = []
    const target = new Writable({
      write: (chunk, _, done) => {
        received.push(String(chunk))
        stuck.push(done)
      }
    })
    const sink = forwardTo(() => target)
    const megabyte = Buffer.alloc(1024 * 1024, "x")
    sink(megabyte)
    sink(Buffer.from("y"))
    sink(Buffer.from("dropped"))
    assert.isBelow(target.writableLength, 1024 * 1024 + 10)
    while (stuck.length > 0) stuck.pop()!()
    sink(Buffer.from("again"))
    while (stuck.length > 0) stuck.pop()!()
    assert.deepStrictEqual(received.slice(1), [
      "y",
      "\n[7 bytes that workers printed were dropped here]\n",
      "again"
    ])
  })

  it("tells how much it dropped when the host's stream flows again, though nothing more is printed: S222, G7", () => {
    const stuck: Array<() => void> = []
    const received: Array<string> = []
    const target = new Writable({
      write: (chunk, _, done) => {
        received.push(String(chunk))
        stuck.push(done)
      }
    })
    const sink = forwardTo(() => target)
    sink(Buffer.alloc(1024 * 1024 + 1, "x"))
    sink(Buffer.from("dropped"))
    sink(Buffer.from("too"))
    stuck.pop()!()
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      assert.deepStrictEqual(received.slice(1), ["\n[10 bytes that workers printed were dropped here]\n"])
      assert.strictEqual(target.listenerCount("drain"), 0)
    })
  })

  it("writes nothing to a stream that has ended", () => {
    const target = new Writable({ write: () => assert.fail("written") })
    target.destroy()
    forwardTo(() => target)(Buffer.from("late"))
  })
})

describe("makeTailBuffer", () => {
  it("keeps the last bytes over many chunks", () => {
    const tail = makeTailBuffer(5)
    for (const chunk of ["ab", "cdefgh", "", "i"]) tail.push(Buffer.from(chunk))
    assert.strictEqual(tail.text(), "efghi")
  })

  it("does not begin within a character", () => {
    const tail = makeTailBuffer(4)
    tail.push(Buffer.from("äöü"))
    assert.strictEqual(tail.text(), "öü")
    tail.push(Buffer.from("!"))
    assert.strictEqual(tail.text(), "ü!")
  })

  it("keeps nothing where nothing is to be kept", () => {
    const tail = makeTailBuffer(0)
    tail.push(Buffer.from("abc"))
    assert.strictEqual(tail.text(), "")
  })
})
