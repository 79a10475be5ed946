// The whole product: how a body ends × when it is interrupted × what becomes of its worker × who interrupts it, under
// seeded schedules. Whatever happens, there is one outcome (G1), in bounded time (G4), the capacity comes back, and
// nothing is left (G2).
import { Task, TaskPool } from "@heddle/core"
import type { PoolEvent } from "@heddle/core/PoolEvent"
import { SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const endings = ["succeeds", "fails", "dies", "never"] as const
const moments = ["before dispatch", "sent", "running", "finalizing", "after settlement"] as const
const fates = ["lives", "crashes", "hangs"] as const
const causes = ["handle", "caller", "abandon", "signal", "deadline"] as const

interface Cell {
  readonly ending: (typeof endings)[number]
  readonly moment: (typeof moments)[number]
  readonly fate: (typeof fates)[number]
  readonly by: (typeof causes)[number]
}

const cells: ReadonlyArray<Cell> = endings.flatMap((ending) =>
  moments.flatMap((moment) => fates.flatMap((fate) => causes.map((by): Cell => ({ ending, moment, fate, by }))))
)

const limits = { grace: 200, terminateTimeout: 100 }
/** The body works for 20 ms, and cleans up for 30 ms, however it ends. */
const work = 20
const cleanup = 30

class Refusal extends Schema.TaggedError<Refusal>()("Refusal", {}) {}

const Body = Task.make("Body", {
  payload: { ending: Schema.Literals(endings) },
  success: Schema.String,
  error: Refusal
})
const Block = Task.make("Block")
const Probe = Task.make("Probe", { success: Schema.Int })

/** What the bodies of one run did; simulated workers share the memory of the test. */
interface Seen {
  started: number
  finalizing: number
  finalized: number
}

const serve = (seen: Seen) =>
  Layer.mergeAll(
    Body.toLayer(({ ending }) => {
      const end = {
        succeeds: Effect.succeed("done"),
        fails: Effect.fail(new Refusal()),
        dies: Effect.die(new Error("broken")),
        never: Effect.never
      }[ending]
      const finalizer = Effect.sync(() => seen.finalizing++).pipe(
        Effect.andThen(Effect.sleep(cleanup)),
        Effect.andThen(Effect.sync(() => seen.finalized++))
      )
      return Effect.acquireUseRelease(
        Effect.sync(() => seen.started++),
        () => Effect.andThen(Effect.sleep(work), end),
        () => finalizer
      )
    }),
    Block.toLayer(() => Effect.never),
    Probe.toLayer(() => Effect.succeed(42))
  )

const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep(1)
  })

/** Served at once, or after a worker that does not answer was given up. */
const probe: Effect.Effect<number, unknown, TaskPool.TaskPool> = TaskPool.run(Probe, undefined, {
  deadline: 500
}).pipe(Effect.catch(() => TaskPool.run(Probe, undefined, { deadline: 500 })))

const strike = (cell: Cell, control: SimulatedWorkers.Control["Service"]) =>
  cell.fate === "lives" ? Effect.void : cell.fate === "crashes" ? control.crash(1) : control.pause(1)

const program = (cell: Cell, seen: Seen) =>
  Effect.gen(function* () {
    const pool = yield* TaskPool.TaskPool
    const control = yield* SimulatedWorkers.Control
    const events: Array<PoolEvent> = []
    pool.subscribe((event) => events.push(event))
    const blocker = cell.moment === "before dispatch" ? yield* TaskPool.fork(Block, undefined) : undefined
    const controller = new AbortController()
    const options: TaskPool.RunOptions = {
      onInterrupt: cell.by === "abandon" ? "abandon" : "wait",
      signal: controller.signal,
      // Nobody can interrupt what does not end by itself and has settled: here a limit settles it.
      ...(cell.moment === "after settlement" && cell.ending === "never" ? { timeout: 100 } : undefined)
    }
    const handle = yield* TaskPool.fork(Body, { ending: cell.ending }, options)
    // The caller is a fiber that runs the task itself; the handle is another, so each cell uses one of the two.
    const isCaller = cell.by === "caller" || cell.by === "abandon"
    return { blocker, control, controller, events, handle, isCaller, options, seen }
  })

void program
