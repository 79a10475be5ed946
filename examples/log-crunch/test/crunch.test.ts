import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import { crunch } from "../src/crunch.ts"
import { crossover } from "../src/crossover.ts"
import { generate } from "../src/generate.ts"
import { readlineAlone, runInline } from "../src/inline.ts"
import { cut } from "../src/ranges.ts"
import { parse } from "../src/record.ts"
import { Report } from "../src/report.ts"
import { type Log, run } from "../src/run.ts"
import { findings } from "../src/summary.ts"
import { Tally } from "../src/tally.ts"
import { LogUnreadable } from "../src/tasks.ts"
import { expected, fileOf, line } from "./fixture.ts"

/** Bad lines, empty ones, both newlines, characters of several bytes, and no newline at the end. */
const awkward = [
  line(),
  "no record",
  "",
  line({ service: "größe", path: "/商品", message: "🧵" }) + "\r",
  "\r",
  '{"service":"cart","status":200,"path":"/ca',
  line({ status: 99 }),
  line({ ms: "1" }),
  '["an", "array"]',
  "null",
  line({ status: 503, ms: 4000 })
].join("\n")

/** As `run` does, on parts of a size of one's own. */
const inParts = Effect.fnUntraced(function* (file: string, size: number, part: number) {
  const report = new Report()
  yield* Stream.fromIterable(cut(size, part)).pipe(
    Stream.flatMap((range) => crunch({ file, ...range }), { concurrency: 4 }),
    Stream.runForEach((found) => Effect.sync(() => report.add(found)))
  )
  return report
})

describe("The handler, without a pool", () => {
  it.live("finds the same wherever the log is cut, through lines and through characters", () =>
    Effect.gen(function* () {
      const { file, size } = yield* fileOf(awkward)
      const inline = runInline({ file, size })
      const { bad, lines } = expected(Buffer.from(awkward))
      assert.deepStrictEqual(
        inline.firstBad.map(({ offset }) => offset),
        [...bad]
      )
      assert.strictEqual(inline.tally.lines, lines)
      assert.strictEqual(inline.tally.paths.get("/商品"), 1)
      // Each border of a line and of a character is hit by some of these.
      for (let part = 1; part <= size + 1; part += part < 24 ? 1 : 17) {
        const report = yield* inParts(file, size, part)
        assert.strictEqual(report.bytes, size, `parts of ${part}`)
        assert.strictEqual(findings(report), findings(inline), `parts of ${part}`)
      }
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("a bad line says what is wrong with it, and how it begins", () =>
    Effect.gen(function* () {
      const { file, size } = yield* fileOf(awkward)
      const found = findings(runInline({ file, size }))
      assert.include(found, `at byte ${Buffer.byteLength(line()) + 1}: not JSON: "no record"`)
      assert.include(found, "`status` is not a whole number from 100 to 599")
      assert.include(found, "`ms` is not a number from 0")
      assert.include(found, "not an object")
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("the first bad lines end the run; every file that was opened is closed by then: G3", () =>
    Effect.gen(function* () {
      const { file, size } = yield* fileOf(`${line()}\n`.repeat(20_000) + `oops\n${line()}\n`.repeat(20_000))
      const files = { opened: 0, closed: 0 }
      const counting = Effect.updateService(FileSystem.FileSystem, (fs) => ({
        ...fs,
        open: (...args: Parameters<typeof fs.open>) =>
          Effect.tap(fs.open(...args), () =>
            Effect.acquireRelease(
              Effect.sync(() => files.opened++),
              () => Effect.sync(() => files.closed++)
            )
          )
      }))
      const report = yield* run({ file, size }, crunch, { workers: 2, firstErrors: 3 }).pipe(counting)
      assert.strictEqual(report.badLines, 3)
      assert.isBelow(report.bytes, size)
      assert.isAbove(files.opened, 0)
      assert.strictEqual(files.closed, files.opened)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )

  it.live("a log that cannot be read is an error that names it", () =>
    Effect.gen(function* () {
      const error = yield* run({ file: "/no/such/log", size: 10 }, crunch, { workers: 1 }).pipe(Effect.flip)
      assert.instanceOf(error, LogUnreadable)
      assert.include(error.message, "/no/such/log")
    }).pipe(Effect.provide(NodeFileSystem.layer))
  )
})

describe("The crossover", () => {
  it.live("tells by size how much faster the first one is, and below which size it is not", () =>
    Effect.gen(function* () {
      const log = yield* fileOf(`${line()}\n`.repeat(2000))
      // Stands in for a pool: certainly slower than what it is measured against.
      const onPool = (part: Log) =>
        Effect.andThen(run(part, crunch, { workers: 1 }), Effect.sleep("50 millis"))
      const told = yield* crossover(log, onPool, onPool, 1)
      assert.deepStrictEqual(
        told.split("\n").map((row) => row.trim().split("  ")[0]),
        [
          "The pool against this thread alone, by the size of the log; above 1 the pool is faster; medians (min–max):",
          "size",
          "16 kB",
          "64 kB",
          "112 kB",
          "This thread alone wins at every size that was tried where the pool is there, and at every size that was tried where it is started for the log."
        ]
      )
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})

describe("A log that is made", () => {
  it.live("is the same for the same seed, as large as asked for, and its bad lines are found", () =>
    Effect.gen(function* () {
      const { file } = yield* fileOf("")
      const recipe = { size: 5_000_000, seed: 3, badEvery: 1000 }
      yield* generate(`${file}.1`, recipe)
      yield* generate(`${file}.2`, recipe)
      const bytes = readFileSync(`${file}.1`)
      assert.isTrue(bytes.equals(readFileSync(`${file}.2`)))
      assert.isAtLeast(bytes.length, recipe.size)
      assert.isBelow(bytes.length, recipe.size + 400)
      const { bad, lines } = expected(bytes)
      const log = { file: `${file}.1`, size: bytes.length }
      const report = runInline(log)
      assert.isAbove(bad.length, 10)
      assert.deepStrictEqual(
        report.firstBad.map(({ offset }) => offset),
        [...bad]
      )
      assert.strictEqual(report.tally.lines, lines)
      assert.strictEqual(report.bytes, bytes.length)
      const whole = new Tally()
      for (const text of bytes.toString("utf8").split("\n")) {
        const record = parse(text)
        if (typeof record !== "string") whole.add(record)
      }
      assert.deepStrictEqual(report.tally, whole)
      assert.strictEqual(yield* Effect.promise(() => readlineAlone(log)), lines + bad.length)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer))
  )
})
