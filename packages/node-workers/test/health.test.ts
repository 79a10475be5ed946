// Silent workers, as they are seen from outside: for real, on threads and on processes.
import process from "node:process"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import * as TaskPool from "@heddle/core/TaskPool"
import { expectReason, withPool } from "@heddle/testing/conformance/suite/Harness"
import * as Tasks from "@heddle/testing/conformance/suite/tasks"
import { awaitReady, awaitSnapshot, only, recordEvents } from "@heddle/testing/conformance/suite/Watch"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { processes } from "./support/processesHarness.ts"
import { childrenOf, isAlive } from "./support/processTable.ts"
import { threads } from "./support/threadsHarness.ts"

const long = 30_000

const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(effect)

const now = { startImmediately: true } as const

const silent = (events: ReadonlyArray<PoolEvent>) =>
  Effect.as(
    Signal.awaitUntil(() => only(events, "WorkerSilent").length > 0, "a silent worker"),
    () => only(events, "WorkerSilent").map(({ activity }) => activity)
  )

describe("silent workers", () => {
  const table = [
    ["threads", threads, "busy", Tasks.Sabotage({ how: "spin" })],
    ["threads", threads, "blocked", Tasks.BlockNative()],
    ["threads", threads, "idle", Tasks.Sleep({ millis: 60_000 })],
    ["processes", processes, "busy", Tasks.Sabotage({ how: "spin" })],
    ["processes", processes, "idle", Tasks.Sleep({ millis: 60_000 })]
  ] as const
  for (const [name, harness, expected, task] of table) {
    it(
      `G4: on ${name}, a worker that is ${expected} is seen to be, and is left alone`,
      () =>
        run(
          withPool(
            harness,
            { size: 1, silence: 200, grace: 0 },
            Effect.gen(function* () {
              const events = yield* recordEvents
              const running = yield* Effect.forkChild(task, now)
              const seen = yield* silent(events)
              assert.strictEqual(seen()[0], expected)
              assert.strictEqual(only(events, "WorkerTerminating").length, 0)
              yield* Fiber.interrupt(running)
            })
          )
        ),
      long
    )
  }

  it.runIf(process.platform !== "win32")(
    "G4, G5: kill -STOP of a process: classified, killed, replaced; its task is lost, its neighbour never notices",
    () =>
      run(
        withPool(
          processes,
          { size: 2, silence: 200 },
          Effect.gen(function* () {
            yield* awaitReady(2)
            const events = yield* recordEvents
            const task = yield* Effect.forkChild(Effect.exit(Tasks.Sleep({ millis: 60_000 })), now)
            const { workers } = yield* awaitSnapshot(({ busy }) => busy === 1, "a busy worker")
            const victim = workers.find(({ running }) => running.length > 0)!
            const neighbour = yield* Effect.forkChild(Tasks.Sleep({ millis: 1500 }), now)
            process.kill(victim.pid!, "SIGSTOP")
            const reason = expectReason(yield* Fiber.join(task), "WorkerLost")
            assert.deepStrictEqual([reason.worker, reason.signal], [victim.worker, "SIGKILL"])
            assert.deepStrictEqual(
              only(events, "WorkerTerminating").map(({ why, worker }) => [worker, why]),
              [[victim.worker, "stopped"]]
            )
            assert.strictEqual(yield* Fiber.join(neighbour), 1500)
            yield* awaitReady(2)
            assert.strictEqual((yield* TaskPool.snapshot).counts.lost, 1)
          })
        )
      ),
    long
  )

  it.runIf(process.platform !== "win32")(
    "G4: kill -STOP of an idle process and of a spare: killed and replaced before a task meets them; nothing is lost",
    () =>
      run(
        withPool(
          processes,
          { size: 1, spares: 1, silence: 200 },
          Effect.gen(function* () {
            yield* awaitReady(1)
            const { workers } = yield* awaitSnapshot(({ spares }) => spares === 1, "a spare")
            const events = yield* recordEvents
            const [worker] = workers
            const [spare] = childrenOf(process.pid).filter((pid) => pid !== worker!.pid)
            process.kill(worker!.pid!, "SIGSTOP")
            process.kill(spare!, "SIGSTOP")
            yield* Signal.awaitUntil(() => only(events, "WorkerReady").length >= 2, "others in their places")
            yield* awaitSnapshot(({ idle, spares }) => idle === 1 && spares === 1, "a whole pool")
            assert.deepStrictEqual([isAlive(worker!.pid!), isAlive(spare!)], [false, false])
            assert.deepStrictEqual(
              only(events, "WorkerTerminating").map(({ why }) => why),
              ["stopped", "stopped"]
            )
            assert.strictEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42)
            assert.strictEqual((yield* TaskPool.snapshot).counts.lost, 0)
          })
        )
      ),
    long
  )
})
