// Services under every kind of schedule, while their workers die at every phase, callers leave, and services close and start again.
import { RunnerEndpoint, SharedService, Task, TaskError, TaskPool } from "@heddle/core"
import { Explore, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, it, vi } from "vitest"
import { atMost, check } from "./support/deaths.ts"

vi.setConfig({ testTimeout: 120_000 })

const contract = (concurrency: number) => {
  const Ledger = SharedService.make("Ledger", {
    concurrency,
    methods: {
      once: { payload: { id: Schema.Int }, success: Schema.Int, error: TaskError.TaskError },
      again: {
        payload: { id: Schema.Int },
        success: Schema.Int,
        error: TaskError.TaskError,
        idempotent: true
      }
    }
  })
  const Relay = Task.make("Relay", {
    payload: { ledger: Ledger.schema, ids: Schema.Array(Schema.Int) },
    error: TaskError.TaskError
  })
  const Leaf = Task.make("Leaf", { payload: { n: Schema.Int }, success: Schema.Int })
  return { Leaf, Ledger, Relay }
}

/** What the methods see: who runs in which worker, and which call ran how often. */
class Books {
  readonly problems: Array<string> = []
  private readonly runs = new Map<number, number>()
  private readonly running = new Map<number, number>()
  acquired = 0
  released = 0
  private readonly concurrency: number

  constructor(concurrency: number) {
    this.concurrency = concurrency
  }

  acquire(): void {
    this.acquired++
  }

  release(worker: number): void {
    this.released++
    if ((this.running.get(worker) ?? 0) > 0) this.problems.push("G3: released under a method that runs")
  }

  enter(worker: number, id: number, isIdempotent: boolean): void {
    const now = (this.running.get(worker) ?? 0) + 1
    this.running.set(worker, now)
    if (now > this.concurrency) this.problems.push(`${now} methods at a time`)
    const times = (this.runs.get(id) ?? 0) + 1
    this.runs.set(id, times)
    if (times > 1 && !isIdempotent) this.problems.push(`G6: call ${id} ran ${times} times`)
  }

  leave(worker: number): void {
    this.running.set(worker, this.running.get(worker)! - 1)
  }

  succeeded(id: number): void {
    if (!this.runs.has(id)) this.problems.push(`G1: call ${id} succeeded and never ran`)
  }

  ended(what: string, exit: Exit.Exit<unknown, unknown>): void {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return
    const error = Cause.squash(exit.cause)
    if (!TaskError.isTaskError(error))
      return void this.problems.push(`G9: ${what} ended with ${String(exit)}`)
    const { reason } = error
    if (what === "a call" && reason._tag === "WorkerLost" && reason.phase === "queue")
      this.problems.push("G5: a call is lost that had not started")
  }
}

const program = (concurrency: number, sharedMemory: boolean, size: number) =>
  Effect.gen(function* () {
    const books = new Books(concurrency)
    const { Leaf, Ledger, Relay } = contract(concurrency)
    const method =
      (worker: number, isIdempotent: boolean) =>
      ({ id }: { readonly id: number }) =>
        Effect.acquireUseRelease(
          Effect.sync(() => books.enter(worker, id, isIdempotent)),
          () => Effect.andThen(Effect.sleep(2), Leaf({ n: id })),
          () =>
            Effect.andThen(
              Effect.sleep(1),
              Effect.sync(() => books.leave(worker))
            )
        )
    const handlers = Layer.mergeAll(
      Leaf.toLayer(({ n }) => Effect.as(Effect.sleep(1), n)),
      Ledger.toLayer(
        Effect.gen(function* () {
          const endpoint = yield* Effect.serviceOption(RunnerEndpoint.RunnerEndpoint)
          const { workerEpoch } = Option.getOrThrow(endpoint).start
          yield* Effect.acquireRelease(
            Effect.sync(() => books.acquire()),
            () => Effect.sync(() => books.release(workerEpoch))
          )
          yield* Effect.sleep(2)
          return { once: method(workerEpoch, false), again: method(workerEpoch, true) }
        })
      ),
      Relay.toLayer(({ ids, ledger }) =>
        Effect.forEach(
          ids,
          (id) =>
            Effect.map(ledger.once({ id }), (answer) => {
              if (answer !== id) books.problems.push(`G1: ${answer} answers ${id}`)
              books.succeeded(id)
            }),
          { concurrency: 2, discard: true }
        )
      )
    )
    const sabotage = yield* atMost(3)
    const workers = SimulatedWorkers.layer(handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: sabotage.decide
    })
    const draw = (count: number) => Explore.draw("command", count)

    const uses = Effect.gen(function* () {
      const restart = (yield* draw(2)) === 0 ? "never" : "fresh"
      const life = [5, 15, 10_000][yield* draw(3)]!
      const patience = 1 + (yield* draw(15))
      let next = 1
      const limits = { intensity: 2, startTimeout: 200, grace: 20 }
      // Another service, interrupted at any moment of its start.
      const hasty = Effect.timeoutOption(Effect.scoped(Ledger.start(undefined, limits)), patience)
      const use = Effect.gen(function* () {
        const ledger = yield* Ledger.start(undefined, { ...limits, restart })
        const call = (name: "once" | "again") =>
          Effect.suspend(() => {
            const id = next++
            return Effect.map(ledger[name]({ id }), (answer) => {
              if (answer !== id) books.problems.push(`G1: ${answer} answers ${id}`)
              books.succeeded(id)
            })
          })
        const relay = Effect.suspend(() => Relay({ ledger, ids: [next++, next++, next++] }))
        const calls = yield* Effect.forEach(
          [
            call("once"),
            call("again"),
            relay,
            Effect.timeoutOption(call("once"), patience),
            relay,
            call("once")
          ],
          (each) => Effect.forkDetach(Effect.exit(each), { startImmediately: true })
        )
        const all = Effect.forEach(calls, Fiber.join, { concurrency: "unbounded" })
        // The scope may close under the calls.
        const heard = yield* Effect.timeoutOption(all, life)
        if (life === 10_000 && Option.isNone(heard)) books.problems.push("G1: a call waits for what is gone")
        return { all, ledger }
      })
      const other = yield* Effect.forkChild(Effect.exit(hasty), { startImmediately: true })
      const used = yield* Effect.exit(Effect.timeoutOption(Effect.scoped(use), "30 seconds"))
      books.ended("the start", used)
      books.ended("the interrupted start", yield* Fiber.join(other))
      if (Exit.isFailure(used)) return
      if (Option.isNone(used.value)) return void books.problems.push("G2: the service never closed")
      const { all, ledger } = used.value.value
      const exits = yield* Effect.timeoutOption(all, "30 seconds")
      if (Option.isNone(exits)) return void books.problems.push("G1: a call never ended")
      for (const exit of exits.value) books.ended("a call", exit)
      const late = yield* Effect.exit(ledger.once({ id: 0 }))
      if (Exit.isSuccess(late)) books.problems.push("a call after the end of the service")
      books.ended("a late call", late)
      const { reservations } = yield* TaskPool.snapshot
      if (reservations.held + reservations.waiting > 0)
        books.problems.push(`G2: ${JSON.stringify(reservations)}`)
    })
    const options = { size, grace: 20, terminateTimeout: 20, restarts: { backoff: { base: 1 } } }
    yield* Effect.provide(uses, Layer.provide(TaskPool.layer(options), workers))
    if (sabotage.had() === 0 && books.released < books.acquired) books.problems.push("G2: never released")
    if (books.released > books.acquired) books.problems.push("G2: released twice")
    if (books.problems.length > 0) return yield* Effect.die(new Error(books.problems.join("\n")))
  })

const options: Explore.Options<void, unknown> = {
  schedules: 100,
  maxSteps: 50_000,
  verifyEvery: 20,
  shrinkRuns: 100,
  check
}

describe("services", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    for (const [concurrency, sharedMemory, size] of [
      [1, true, 3],
      [1, false, 2],
      [2, true, 2]
    ] as const) {
      const how = `${realism}, ${sharedMemory ? "with" : "without"} shared memory, ${concurrency} at a time, size ${size}`
      it(`end every call once, run no method twice and not too many at a time, in ${options.schedules} schedules with faults (${how}): S286, S288, S289, G1, G2, G6`, async () => {
        await Explore.assert(program(concurrency, sharedMemory, size), { ...options, realism })
      })
    }
  }
})
