// Reserved workers under every kind of schedule, while workers die, holders leave, and the pool is resized and recycled.
import { RunnerEndpoint, Task, TaskError, TaskPool } from "@heddle/core"
import { Explore, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, it, vi } from "vitest"
import { atMost, check } from "./support/deaths.ts"

vi.setConfig({ testTimeout: 60_000 })

/** The pool itself, as the holder of the tasks that nobody pinned. */
const nobody = 0

const Mark = Task.make("Mark", { payload: { holder: Schema.Int, n: Schema.Int }, success: Schema.Int })

/** Who holds which worker, and each task that ran where it must not. */
class Ledger {
  readonly problems: Array<string> = []
  private readonly held = new Set<number>()
  private readonly holders = new Map<number, number>()

  readonly follow = Effect.map(TaskPool.TaskPool, ({ subscribe }) =>
    subscribe((event) => {
      if (event._tag === "WorkerReserved") this.held.add(event.worker)
      if (event._tag !== "ReservationEnded") return
      this.held.delete(event.worker)
      this.holders.delete(event.worker)
    })
  )

  holds(holder: number, worker: number): void {
    if (this.held.has(worker)) this.holders.set(worker, holder)
  }

  private look(worker: number, holder: number): void {
    if (!this.held.has(worker)) return
    const is = this.holders.get(worker)
    if (holder === nobody || (is !== undefined && is !== holder))
      this.problems.push(`worker ${worker} of ${is ?? "somebody"} runs a task of ${holder || "the pool"}`)
  }

  readonly handlers = Mark.toLayer(
    Effect.gen({ self: this }, function* () {
      const { workerEpoch } = Option.getOrThrow(
        yield* Effect.serviceOption(RunnerEndpoint.RunnerEndpoint)
      ).start
      return ({ holder, n }) =>
        Effect.gen({ self: this }, function* () {
          this.look(workerEpoch, holder)
          yield* Effect.onExit(Effect.sleep(n), () => Effect.sleep(1))
          this.look(workerEpoch, holder)
          return 2 * n
        })
    })
  )
}

const isTold = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit) ||
  Cause.hasInterruptsOnly(exit.cause) ||
  TaskError.isTaskError(Cause.squash(exit.cause))

const program = (sharedMemory: boolean, size: TaskPool.PoolOptions["size"]) =>
  Effect.gen(function* () {
    const ledger = new Ledger()
    const workers = SimulatedWorkers.layer(ledger.handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: (yield* atMost(2)).decide
    })
    const draw = (count: number) => Explore.draw("command", count)

    const call = (worker: TaskPool.Reserved, holder: number, n: number) =>
      Effect.map(worker.run(Mark, { holder, n }), (twice) => {
        if (twice !== 2 * n) ledger.problems.push(`G1: ${twice} is not twice ${n}`)
      })

    const hold = (holder: number) =>
      Effect.gen(function* () {
        const reuse = (yield* draw(2)) === 1
        const wait = [1, 20, 1000][yield* draw(3)]!
        const worker = yield* TaskPool.reserve({ reuse, wait })
        ledger.holds(holder, worker.worker)
        yield* Effect.all([call(worker, holder, 3), call(worker, holder, 5)].map(Effect.exit), {
          concurrency: "unbounded"
        })
        // Leaves while the call runs.
        if ((yield* draw(2)) === 1) yield* Effect.forkChild(call(worker, holder, 50))
        else yield* call(worker, holder, 1)
        return worker
      }).pipe(
        Effect.scoped,
        Effect.tap((worker) =>
          Effect.flatMap(Effect.exit(worker.run(Mark, { holder, n: 1 })), (late) => {
            if (Exit.isSuccess(late)) ledger.problems.push("a call after the end of the reservation")
            return Effect.void
          })
        )
      )

    const uses = Effect.gen(function* () {
      yield* ledger.follow
      const patience = 1 + (yield* draw(30))
      const all = [
        hold(1),
        Effect.timeoutOption(hold(2), patience),
        hold(3),
        TaskPool.forEach(
          Mark,
          [1, 2, 3, 4].map((n) => ({ holder: nobody, n })),
          { chunkSize: 1 }
        ),
        [Effect.void, TaskPool.recycle, TaskPool.resize(2), TaskPool.resize(3)][yield* draw(4)]!
      ]
      const exits = yield* Effect.all(
        all.map((use) => Effect.exit(Effect.timeoutOption(use, "30 seconds"))),
        { concurrency: "unbounded" }
      )
      for (const exit of exits) {
        if (!isTold(exit)) ledger.problems.push(`G1: ${String(exit)}`)
        if (Exit.isSuccess(exit) && exit.value?._tag === "None") ledger.problems.push("G1: never ended")
      }
      const { reservations } = yield* TaskPool.snapshot
      if (reservations.held + reservations.waiting > 0)
        ledger.problems.push(`G2: ${JSON.stringify(reservations)}`)
    })
    const options = { size, grace: 20, terminateTimeout: 20, restarts: { backoff: { base: 1 } } }
    yield* Effect.provide(uses, Layer.provide(TaskPool.layer(options), workers))
    if (ledger.problems.length > 0) return yield* Effect.die(new Error(ledger.problems.join("\n")))
  })

const options: Explore.Options<void, unknown> = {
  schedules: 100,
  maxSteps: 50_000,
  verifyEvery: 20,
  shrinkRuns: 100,
  check
}

describe("reserved workers", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    for (const [sharedMemory, size] of [
      [true, 3],
      [false, 3],
      [true, { min: 1, max: 3, idle: 5 }]
    ] as const) {
      const how = `${realism}, ${sharedMemory ? "with" : "without"} shared memory, size ${JSON.stringify(size)}`
      it(`run their holder's calls alone, and go back, in ${options.schedules} schedules with faults (${how}): S250, S252, S253, G1, G2`, async () => {
        await Explore.assert(program(sharedMemory, size), { ...options, realism })
      })
    }
  }
})
