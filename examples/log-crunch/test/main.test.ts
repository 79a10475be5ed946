import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { fileOf } from "./fixture.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))

const start = (...args: ReadonlyArray<string>) =>
  Effect.promise(() => promisify(execFile)(process.execPath, [main, ...args]))

describe("log-crunch, as a process", () => {
  it.live(
    "makes the log, reads it, and measures itself; the next run reads the same log and stops early",
    () =>
      Effect.gen(function* () {
        const { file } = yield* fileOf("")
        rmSync(file)
        const common = ["--file", file, "--size", "0.1", "--bad-every", "100", "--workers", "2"]
        const first = yield* start(...common, "--compare", "--rounds", "1")
        assert.strictEqual(first.stderr, "")
        assert.include(first.stdout, "Writing ")
        assert.match(first.stdout, /0\.1 MB, [\d,]+ lines in [\d.]+ s on 2 workers: \d+ MB\/s\./)
        assert.match(first.stdout, /\d+ bad lines:\n {2}at byte \d+: /)
        assert.match(
          first.stdout,
          /this thread alone, the same work .+ the pool is [\d.]+ \([\d.]+–[\d.]+\)× as fast/
        )
        assert.match(first.stdout, /`readline` alone, lines only .+ the pool is /)

        const second = yield* start(...common, "--first-errors", "2", "--quiet")
        assert.match(second.stdout, /^Stopped after [\d.]+ MB of 0\.1 MB/)
        assert.match(second.stdout, /\n2 bad lines:\n/)
      }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)),
    120_000
  )
})
