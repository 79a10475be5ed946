// A pool finishing its running tasks while its worker dies.
import { Task, TaskPool } from "@heddle/core"
import { SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"

const Again = Task.make("Again", { idempotent: true })
const served = Again.toLayer(() => Effect.sleep(50))

describe("onClose: finish", () => {
  for (const onClose of ["finish", "drain"] as const) {
    const what = onClose === "finish" ? "is lost and runs once" : "is run again"
    it(`an idempotent task whose worker dies while its pool closes by ${onClose} ${what}: S227, G6`, () => {
      const program = Effect.gen(function* () {
        const scope = yield* Scope.make()
        const workers = SimulatedWorkers.layer(served)
        const context = yield* Layer.buildWithScope(
          Layer.provideMerge(TaskPool.layer({ size: 1, onClose }), workers),
          scope
        )
        return yield* Effect.gen(function* () {
          const control = yield* SimulatedWorkers.Control
          const first = yield* TaskPool.fork(Again, undefined)
          const second = yield* TaskPool.fork(Again, undefined)
          yield* Effect.sleep(10)
          yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
          yield* Effect.sleep(10)
          yield* control.crash(1)
          const exits = [yield* Effect.exit(first.await), yield* Effect.exit(second.await)]
          const starts = yield* control.starts
          return [starts.length, ...exits.map((exit) => (Exit.isSuccess(exit) ? "succeeds" : reasonOf(exit)))]
        }).pipe(Effect.provide(context))
      }).pipe(Effect.scoped)
      const expected = onClose === "finish" ? [1, "WorkerLost", "PoolClosed"] : [3, "succeeds", "succeeds"]
      const { exit, left } = Simulation.run(program)
      expect(exit).toEqual(Exit.succeed(expected))
      expect(left).toEqual({ fibers: 0, timers: 0 })
    })
  }
})

const reasonOf = (exit: Exit.Failure<unknown, unknown>): string => {
  const [reason] = exit.cause.reasons
  return reason?._tag === "Fail" ? ((reason.error as any).reason._tag as string) : String(reason?._tag)
}
