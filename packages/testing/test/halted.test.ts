// Workers without running code, still held by the platform.
import * as TaskPool from "@heddle/core/TaskPool"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import { only, recordEvents } from "@heddle/testing/conformance/suite/Watch"
import * as Tasks from "@heddle/testing/conformance/suite/tasks"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import { assert, describe, it } from "vitest"
import { simulated } from "./support/simulatedHarness.ts"

const harness = simulated()

/** A transport whose threads are terminated as real ones are: they halt at once, and exit when they are let go. */
const slowToExit = () => {
  const exits: Array<() => void> = []
  let isLetGo = false
  const letGo = () => {
    isLetGo = true
    for (const exit of exits.splice(0)) exit()
  }
  const transport = Layer.effect(
    WorkerTransport,
    Effect.map(WorkerTransport, (real) =>
      WorkerTransport.of({
        ...real,
        spawn: (start, listener) => {
          let isTerminated = false
          const connection = real.spawn(start, {
            onFrame: listener.onFrame,
            onStray: listener.onStray,
            onExit: (exit) => {
              if (!isTerminated) return listener.onExit(exit)
              listener.onHalted?.(exit)
              if (isLetGo) listener.onExit(exit)
              else exits.push(() => listener.onExit(exit))
            }
          })
          return {
            ...connection,
            terminate: () => {
              isTerminated = true
              connection.terminate()
            }
          }
        }
      })
    )
  ).pipe(Layer.provide(harness.transport()))
  return { exits, letGo, transport }
}

const options = { size: 1, grace: 0, terminateTimeout: 700, onClose: "interrupt" } as const

/** Has the only worker terminated, for an endless task. */
const halt = Effect.gen(function* () {
  const stuck = yield* Effect.forkChild(Tasks.Sabotage({ how: "spin" }))
  yield* Effect.sleep(50)
  yield* Fiber.interrupt(stuck)
})

const closeAfter = <A>(
  transport: Layer.Layer<WorkerTransport>,
  program: Effect.Effect<A, unknown, TaskPool.TaskPool | Scope>,
  extra: TaskPool.PoolOptions = {}
) => {
  const pool = Layer.provide(TaskPool.layer({ ...options, ...extra }), transport)
  return harness.run(
    Effect.gen(function* () {
      let before = 0
      const value = yield* Effect.provide(
        Effect.tap(Effect.scoped(program), () =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            before = now
          })
        ),
        pool
      )
      return { value, closing: (yield* Clock.currentTimeMillis) - before }
    })
  )
}

describe("a halted worker", () => {
  it("its task is settled and its place is taken before the exit; closing waits for the exit: G3, G4", async () => {
    const { exits, letGo, transport } = slowToExit()
    const exit = await closeAfter(
      transport,
      Effect.gen(function* () {
        const events = yield* recordEvents
        yield* halt
        assert.strictEqual(yield* Tasks.Add({ a: 1, b: 2 }), 3)
        assert.lengthOf(exits, 1)
        assert.lengthOf(only(events, "WorkerStopped"), 1)
        const { total, workers } = yield* TaskPool.snapshot
        assert.deepStrictEqual([total, workers.length, workers[0]!.state], [1, 1, "ready"])
        yield* Effect.forkDetach(Effect.delay(Effect.sync(letGo), 300))
      })
    )
    assert(exit._tag === "Success", String(exit))
    assert.isAtLeast(exit.value.closing, 300)
    assert.isBelow(exit.value.closing, 700)
  })

  it("closing waits no longer than for any other terminated worker; a later exit does no harm: G4", async () => {
    const { letGo, transport } = slowToExit()
    const exit = await closeAfter(transport, halt)
    assert(exit._tag === "Success", String(exit))
    assert.isAtLeast(exit.value.closing, 600)
    assert.isAtMost(exit.value.closing, 1400)
    letGo()
  })

  it("a spare takes its place at once: G5", async () => {
    const { letGo, transport } = slowToExit()
    const exit = await closeAfter(
      transport,
      Effect.gen(function* () {
        yield* Effect.sleep(500)
        const events = yield* recordEvents
        yield* halt
        assert.strictEqual(yield* Tasks.Add({ a: 1, b: 2 }), 3)
        assert.lengthOf(only(events, "SpareTookPlace"), 1)
        letGo()
      }),
      { spares: 1 }
    )
    assert(exit._tag === "Success", String(exit))
  })
})
