// Bodies whose owners have gone, in a process that is to exit.
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import { range } from "@heddle/testing/conformance/suite/Steps"
import { Sabotage } from "@heddle/testing/conformance/suite/tasks"
import { threads } from "./support/threadsHarness.ts"

const main = fileURLToPath(new URL("./fixtures/abandoned.main.ts", import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the program to its end; killed, and without a code, when that takes longer than 30 seconds. */
const run = (...args: ReadonlyArray<string>): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const child = execFile(process.execPath, [main, ...args], { timeout: 30_000 }, (_, stdout, stderr) =>
      resume(Effect.succeed({ code: child.exitCode, stdout, stderr }))
    )
    return Effect.sync(() => child.kill("SIGKILL"))
  })

describe("abandoned bodies", () => {
  for (const [how, args] of [
    ["ends later", ["ends"]],
    ["blocks its thread for ever", []]
  ] as const) {
    it.live(
      `S128, G2: a process whose abandoned body ${how} exits with code 0, and prints nothing about it`,
      () =>
        Effect.gen(function* () {
          assert.deepStrictEqual(yield* run(...args), { code: 0, stdout: "done\n", stderr: "" })
        }),
      40_000
    )
  }
})

describe("a flood of messages", () => {
  it.live(
    "S127: 300 stray messages of a thread are 300 events, in order, and other fibers go on meanwhile",
    () =>
      withPool(
        threads,
        { size: 1 },
        Effect.gen(function* () {
          const heard: Array<string> = []
          const listening = yield* Deferred.make<void>()
          const reading = yield* TaskPool.events.pipe(
            Stream.tap(() => Deferred.succeed(listening, undefined)),
            Stream.filter((event) => event._tag === "StrayMessage"),
            Stream.take(300),
            Stream.runForEach((event) => Effect.sync(() => heard.push(event.preview))),
            Effect.forkChild({ startImmediately: true })
          )
          yield* Effect.yieldNow
          let steps = 0
          const stepping = yield* Effect.forkChild(
            Effect.forever(
              Effect.andThen(
                Effect.yieldNow,
                Effect.sync(() => steps++)
              )
            )
          )
          for (const i of range(300)) yield* Sabotage({ how: "stray", message: `message ${i}` })
          yield* Fiber.join(reading)
          yield* Fiber.interrupt(stepping)
          assert.deepStrictEqual(
            heard,
            range(300).map((i) => `message ${i}`)
          )
          assert.isAbove(steps, 20)
        })
      ),
    60_000
  )
})
