// What a pool of threads leaves in its process when it has closed: nothing.
import { assert, describe, it } from "@effect/vitest"
import { TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Occupy, occupy as occupyWords } from "@heddle/testing/conformance/suite/cancel.tasks"
import type { TransportOptions } from "@heddle/testing/conformance/suite/Harness"
import * as Signal from "@heddle/testing/conformance/suite/Signal"
import { range } from "@heddle/testing/conformance/suite/Steps"
import { Add, Cleanup, Gate, gate, Sabotage } from "@heddle/testing/conformance/suite/tasks"
import { turns } from "./support/Probe.ts"
import { threads } from "./support/threadsHarness.ts"

/** All of the process that a pool could leave behind: ports, threads, listeners; and timers. */
const leftovers = () => {
  const resources = process.getActiveResourcesInfo()
  return {
    resources: resources.filter((kind) => /Port|Worker/.test(kind)),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    timers: resources.filter((kind) => kind === "Timeout").length
  }
}

/** Ports close in a later turn than they are told to. Timers are not waited for. */
const settled = Effect.gen(function* () {
  for (let i = 0; i < 200 && leftovers().resources.length > 0; i++) yield* turns(1)
  return leftovers()
})

const rounds = 5

/** The test framework has a timer or two that come and go; a pool that left one would have left one per round. */
const assertNothingLeft = (before: ReturnType<typeof leftovers>, what: string) =>
  Effect.map(settled, ({ timers, ...after }) => {
    const { timers: timersBefore, ...expected } = before
    assert.deepStrictEqual(after, expected, what)
    assert.isBelow(timers, timersBefore + rounds - 1, `timers after ${what}`)
  })

const pool = (options: TaskPool.PoolOptions, transport?: TransportOptions) =>
  Layer.provide(TaskPool.layer(options), threads.transport(transport))

/** Ways to spend a pool's life, and to end it. */
const lives: ReadonlyArray<
  readonly [string, Effect.Effect<unknown, unknown, TaskPool.TaskPool | Scope.Scope>]
> = [
  ["unused", Effect.void],
  [
    "used",
    TaskPool.forEach(
      Add,
      range(100).map((a) => ({ a, b: 1 }))
    )
  ],
  [
    "with limits that did not pass",
    TaskPool.run(Add, { a: 1, b: 1 }, { deadline: "1 hour", queueTimeout: "1 hour", timeout: "1 hour" })
  ],
  ["after a crash", Effect.exit(Sabotage({ how: "exit" }))],
  ["after two crashes, before a restart", Effect.replicateEffect(Effect.exit(Sabotage({ how: "exit" })), 3)],
  [
    "with a task that runs and limits that go on",
    Effect.gen(function* () {
      const signal = Signal.make()
      yield* TaskPool.fork(Gate, { signal }, { deadline: "1 hour", timeout: "1 hour", grace: "1 hour" })
      yield* Signal.awaitAtLeast(signal, gate.arrived, 1)
      return yield* Effect.fail("the program fails meanwhile")
    })
  ],
  [
    "with an abandoned body that ends before its grace has",
    Effect.gen(function* () {
      const signal = Signal.make()
      const caller = yield* Effect.forkChild(
        TaskPool.run(Occupy, { signal, deaf: true }, { onInterrupt: "abandon", grace: "1 hour" })
      )
      yield* Signal.awaitAtLeast(signal, occupyWords.arrived, 1)
      yield* Fiber.interrupt(caller)
      // It ends while the pool closes, and has an hour for that.
      yield* Effect.addFinalizer(() => Signal.add(signal, occupyWords.open))
    })
  ],
  ["with an endless loop", Effect.timeoutOption(Sabotage({ how: "spin" }), 50)],
  ["with a reader of events", Effect.forkScoped(Stream.runDrain(TaskPool.events))],
  ["with a clean-up under way", Effect.forkChild(Cleanup({ work: 600_000, cleanup: 20 }))]
]

describe("after close", () => {
  for (const [how, life] of lives) {
    it.live(
      `G2, S148: five pools ${how} leave no thread, port, listener or timer`,
      () =>
        Effect.gen(function* () {
          const before = yield* settled
          for (let round = 0; round < rounds; round++) {
            yield* Effect.exit(
              Effect.scoped(life).pipe(Effect.provide(pool({ size: 1 + (round % 2), grace: 100 })))
            )
          }
          yield* assertNothingLeft(before, `${rounds} rounds`)
        }),
      60_000
    )
  }

  it.live(
    "G2, S092: a pool that is closed while it starts leaves nothing, whatever its workers do",
    () =>
      Effect.gen(function* () {
        const before = yield* settled
        for (const start of ["hangs", "slow", "buildFails", "throws", "exits", "normal"] as const) {
          const scope = yield* Scope.make()
          const opening = yield* Effect.forkChild(
            Effect.exit(Layer.buildWithScope(pool({ size: 2, grace: 100 }, { start }), scope)),
            { startImmediately: true }
          )
          yield* turns(3)
          yield* Fiber.interrupt(opening)
          yield* Scope.close(scope, Exit.void)
        }
        yield* assertNothingLeft(before, "all of them")
      }),
    60_000
  )
})
