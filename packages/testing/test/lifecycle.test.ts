// The whole product: the end of a body × the moment of the interruption × the fate of its worker × the interrupting party, under
// seeded schedules. In every cell there is one outcome (G1), in bounded time (G4), the capacity comes back, and
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
  moments.flatMap((moment) =>
    fates.flatMap((fate) => causes.map((by): Cell => ({ ending, moment, fate, by })))
  )
)

const limits = { grace: 200, terminateTimeout: 100 }
/** The body works for 20 ms, and cleans up for 30 ms, at every kind of end. */
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

/** The notes of the bodies of one run; simulated workers share the memory of the test. */
interface Seen {
  blocked: boolean
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
    Block.toLayer(() =>
      Effect.andThen(
        Effect.sync(() => (seen.blocked = true)),
        Effect.never
      )
    ),
    Probe.toLayer(() => Effect.succeed(42))
  )

const until = (condition: () => boolean) =>
  Effect.gen(function* () {
    while (!condition()) yield* Effect.sleep(1)
  })

/** How a program asks, and the fact to wait for afterwards. */
interface Submitted {
  readonly exit: Effect.Effect<Exit.Exit<unknown, unknown>>
  readonly interrupt: Effect.Effect<void>
}

const submit = (cell: Cell) =>
  Effect.gen(function* () {
    const payload = { ending: cell.ending }
    const controller = new AbortController()
    const options: TaskPool.RunOptions = {
      onInterrupt: cell.by === "abandon" ? "abandon" : "wait",
      signal: controller.signal,
      // A limit settles an endless task due to have settled before.
      timeout: cell.moment === "after settlement" && cell.ending === "never" ? 100 : "infinity"
    }
    if (cell.by === "caller" || cell.by === "abandon") {
      const fiber = yield* Effect.forkChild(TaskPool.run(Body, payload, options), { startImmediately: true })
      return { exit: Fiber.await(fiber), interrupt: Fiber.interrupt(fiber) } satisfies Submitted
    }
    const handle = yield* TaskPool.fork(Body, payload, options)
    const exit = Effect.exit(handle.await)
    const ask = {
      handle: handle.interrupt,
      deadline: handle.setDeadline(0),
      signal: Effect.sync(() => controller.abort())
    }
    return { exit, interrupt: Effect.andThen(ask[cell.by], Effect.asVoid(exit)) } satisfies Submitted
  })

const now = Effect.clockWith((clock) => clock.currentTimeMillis)

const program = (cell: Cell, seen: Seen) =>
  Effect.gen(function* () {
    const pool = yield* TaskPool.TaskPool
    const control = yield* SimulatedWorkers.Control
    const events: Array<PoolEvent> = []
    pool.subscribe((event) => events.push(event))
    const blocker = cell.moment === "before dispatch" ? yield* TaskPool.fork(Block, undefined) : undefined
    if (blocker !== undefined) yield* until(() => seen.blocked)
    const task = yield* submit(cell)
    yield* until(() => events.some((event) => event._tag === "TaskSubmitted" && event.task === "Body"))
    if (cell.moment === "running") yield* until(() => seen.started === 1)
    if (cell.moment === "after settlement") yield* task.exit
    if (cell.moment === "finalizing") {
      yield* until(() => seen.started === 1)
      if (cell.ending === "never") yield* Effect.forkChild(task.interrupt, { startImmediately: true })
      yield* until(() => seen.finalizing === 1)
    }

    if (cell.fate === "crashes") yield* control.crash(1)
    if (cell.fate === "hangs") yield* control.pause(1)
    const begin = yield* now
    yield* task.interrupt
    const millis = (yield* now) - begin
    const cleanedUp = seen.finalized === seen.started
    const exit = yield* task.exit

    if (blocker !== undefined) yield* blocker.interrupt
    const answer = isForfeit(cell) ? 42 : yield* TaskPool.run(Probe, undefined, { deadline: 500 })
    if (!isForfeit(cell)) yield* TaskPool.drain
    const { counts, queue } = yield* TaskPool.snapshot
    return { answer, cleanedUp, counts, events, exit, millis, queue }
  }).pipe(Effect.scoped)

/**
 * A worker hanging with an abandoned body keeps its slot for ever: nobody asked for the slot (S048). A worker hanging
 * without a task has a test of its own, below.
 */
const isForfeit = ({ by, fate, moment }: Cell): boolean => {
  if (fate !== "hangs" || moment === "before dispatch") return false
  return moment === "sent" || moment === "after settlement" || by === "abandon"
}

/** An exit in words. */
const tell = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isSuccess(exit)
    ? "succeeds"
    : Array.from(new Set(exit.cause.reasons.map(tellReason)))
        .toSorted()
        .join(" and ")

const tellReason = (reason: Cause.Reason<any>): string => {
  if (Cause.isInterruptReason(reason)) return "interrupted"
  if (Cause.isDieReason(reason)) return "dies"
  if (reason.error._tag === "Refusal") return "fails"
  const { by, _tag: tag } = reason.error.reason
  return tag === "Interrupted" ? `by ${by}` : tag
}

/** Every permitted outcome of a cell; the order of events decides which one happens. */
const allowed = ({ by, ending, fate, moment }: Cell): ReadonlyArray<string> => {
  if (moment === "after settlement") return [ending === "never" ? "DeadlineExceeded" : ending]
  const asked =
    by === "caller" || by === "abandon" ? "interrupted" : by === "deadline" ? "DeadlineExceeded" : `by ${by}`
  const lost = fate === "crashes" && (moment === "running" || moment === "finalizing") ? ["WorkerLost"] : []
  // Its work was over; its result may still arrive, and a defect always does.
  const own =
    moment === "finalizing" && fate === "lives" && (by === "handle" || by === "signal") ? [ending] : []
  const joined =
    moment === "finalizing" && fate === "lives" && ending === "dies"
      ? [[asked, ending].toSorted().join(" and ")]
      : []
  return [asked, ...lost, ...own, ...joined]
}

/** The requirements of every run of a cell, under any schedule. Returns the outcome. */
const check = (cell: Cell, options: Simulation.Options): string => {
  const seen: Seen = { blocked: false, started: 0, finalizing: 0, finalized: 0 }
  const layer = TaskPool.layer({ size: 1, ...limits }).pipe(
    Layer.provideMerge(SimulatedWorkers.layer(serve(seen), { latency: { min: 1, max: 5 } }))
  )
  const result = Simulation.run(Effect.provide(program(cell, seen), layer), options)
  const where = JSON.stringify({ ...cell, ...options })
  if (Exit.isFailure(result.exit)) return expect.fail(`${where}: ${Cause.pretty(result.exit.cause)}`)
  const { answer, cleanedUp, counts, events, exit, millis, queue } = result.exit.value
  const outcome = tell(exit)
  expect(allowed(cell), where).toContain(outcome)
  expect(events.filter(({ _tag }) => _tag === "TaskSettled").length, where).toBe(
    events.filter(({ _tag }) => _tag === "TaskSubmitted").length
  )
  const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
  expect(succeeded + failed + died + interrupted + lost + rejected, where).toBe(submitted)
  expect([answer, queue.length, queue.waiting], where).toEqual([42, 0, 0])
  // G4: the limits, a clean-up within the grace, and the time of frames and polls.
  const most =
    cell.by === "abandon" ? 1 : cell.fate === "hangs" ? limits.grace + limits.terminateTimeout : cleanup
  expect(millis, where).toBeLessThanOrEqual(most + 20)
  if (cell.by !== "abandon" && cell.fate === "lives") expect(cleanedUp, `${where}: G3`).toBe(true)
  expect(seen.started, `${where}: G6`).toBeLessThanOrEqual(1)
  if (cell.moment === "before dispatch") expect(seen.started, where).toBe(0)
  expect(result.left, `${where}: G2`).toEqual({ fibers: 0, timers: 0 })
  expect(result.uncontrolled, where).toBe(0)
  return outcome
}

const seeds = 5

describe("lifecycle: endings × moments × fates × causes, under seeded schedules", () => {
  for (const moment of moments) {
    for (const fate of fates) {
      it(`interrupted ${moment}, the worker ${fate}: one outcome, and the capacity comes back: G1, G2, G3, G4`, () => {
        for (const cell of cells.filter((c) => c.moment === moment && c.fate === fate)) {
          for (const realism of ["fifo", "adversarial"] as const) {
            for (let seed = 0; seed < seeds; seed++) check(cell, { realism, seed })
          }
        }
      }, 60_000)
    }
  }

  it("an idle hanging worker is given up after a task's limit has passed: G4, G5", () => {
    const seen: Seen = { blocked: false, started: 0, finalizing: 0, finalized: 0 }
    const hung = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      yield* control.pause(1)
      const first = yield* Effect.exit(TaskPool.run(Probe, undefined, { deadline: "10 seconds" }))
      return [tell(first), yield* TaskPool.run(Probe, undefined, { deadline: "10 seconds" })]
    })
    const layer = TaskPool.layer({ size: 1, ...limits }).pipe(
      Layer.provideMerge(SimulatedWorkers.layer(serve(seen)))
    )
    const { exit } = Simulation.run(Effect.provide(hung, layer))
    expect(exit).toEqual(Exit.succeed(["DeadlineExceeded", 42]))
  })

  it("a computing loop sees its interruption before the message arrives: S049, G4", () => {
    const Loop = Task.make("Loop")
    const served = Loop.toLayer((_, { isInterrupted }) =>
      Effect.uninterruptible(
        Effect.whileLoop({ while: () => !isInterrupted(), body: () => Effect.sleep(1), step: () => {} })
      )
    )
    const interrupted = Effect.gen(function* () {
      const handle = yield* TaskPool.fork(Loop, undefined, { grace: "10 seconds" })
      yield* Effect.sleep(150)
      return yield* handle.interrupt
    }).pipe(Effect.scoped)
    const layer = TaskPool.layer({ size: 1 }).pipe(
      Layer.provide(SimulatedWorkers.layer(served, { latency: 100 }))
    )
    // The answer travels for 100 ms; the request would have taken as long before.
    const { exit } = Simulation.run(Effect.provide(interrupted, layer))
    expect(Exit.map(exit, ({ _tag, millis }) => [_tag, millis >= 100 && millis <= 105])).toEqual(
      Exit.succeed(["clean", true])
    )
  })

  it("a cell has the same history for the same seed: G12", () => {
    const cell: Cell = { ending: "never", moment: "running", fate: "hangs", by: "handle" }
    expect(check(cell, { realism: "adversarial", seed: 7 })).toBe(
      check(cell, { realism: "adversarial", seed: 7 })
    )
  })
})
