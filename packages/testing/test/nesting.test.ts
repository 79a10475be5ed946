// Tasks calling tasks, while workers die and callers leave: every task settles, and nothing outlives its caller.
import { Task, TaskError, TaskPool } from "@heddle/core"
import { Fault, SimulatedWorkers, Simulation } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const ways = ["all", "forEach", "fork", "race", "cut"] as const

const Tree = Task.make("Tree", {
  payload: {
    root: Schema.Int,
    depth: Schema.Int,
    width: Schema.Int,
    millis: Schema.Finite,
    how: Schema.Literals(ways)
  },
  success: Schema.Int,
  error: TaskError.TaskError
})

type Payload = typeof Tree.payload.Type

/** How many handlers of a root's tree run; meaningful while no worker dies. */
class Census {
  private readonly running = new Map<number, number>()

  readonly count = (root: number): number => this.running.get(root) ?? 0

  private readonly add = (root: number, by: number) =>
    Effect.sync(() => this.running.set(root, this.count(root) + by))

  readonly handlers = Tree.toLayer((payload) =>
    Effect.acquireUseRelease(
      this.add(payload.root, 1),
      () => body(payload),
      () => Effect.andThen(Effect.sleep(1), this.add(payload.root, -1))
    )
  )
}

const body = (payload: Payload): Effect.Effect<number, TaskError.TaskError, TaskPool.TaskPool> => {
  const { depth, how, millis, width } = payload
  if (depth === 0) return Effect.as(Effect.sleep(millis), 1)
  const below = Array.from({ length: width }, () => ({ ...payload, depth: depth - 1 }))
  const sum = (counts: ReadonlyArray<number>) => counts.reduce((total, count) => total + count, 0)
  switch (how) {
    case "all":
      return Effect.map(
        Effect.forEach(below, (child) => Tree(child), { concurrency: "unbounded" }),
        sum
      )
    case "forEach":
      return Effect.map(TaskPool.forEach(Tree, below), sum)
    case "fork":
      return Effect.scoped(
        Effect.flatMap(
          Effect.forEach(below, (child) => TaskPool.fork(Tree, child)),
          (handles) =>
            Effect.map(
              Effect.forEach(handles, (handle) => handle.await),
              sum
            )
        )
      )
    case "race":
      return Effect.raceAllFirst(below.map((child) => Tree(child)))
    case "cut":
      return Effect.map(
        Effect.timeoutOption(Tree(below[0]!), millis / 2),
        Option.getOrElse(() => 0)
      )
  }
}

const uses = (census: Census, problems: Array<string>) =>
  Effect.all(
    Array.from({ length: 8 }, (_, root) =>
      Effect.gen(function* () {
        const how = ways[yield* Random.nextIntBetween(0, ways.length - 1)]!
        const depth = yield* Random.nextIntBetween(1, 4)
        const millis = yield* Random.nextIntBetween(0, 20)
        const call = Tree({ root, depth, width: 2, millis, how })
        const patience = yield* Random.nextIntBetween(1, 100)
        const cut = yield* Random.nextBoolean
        const exit = yield* Effect.exit(
          cut ? Effect.asVoid(Effect.timeoutOption(call, patience)) : Effect.asVoid(call)
        )
        if (census.count(root) > 0)
          problems.push(`G2: ${census.count(root)} of tree ${root} outlived it (${how})`)
        return exit
      }).pipe(Effect.timeoutOption("60 seconds"))
    ),
    { concurrency: "unbounded" }
  )

interface Setting {
  readonly sharedMemory: boolean
  readonly concurrency: number
  readonly size: number
}

const program = (setting: Setting, census: Census, problems: Array<string>, chance: number) =>
  Effect.gen(function* () {
    const random = yield* Random.Random
    const { concurrency, sharedMemory, size } = setting
    const workers = SimulatedWorkers.layer(census.handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: ({ at }) => (at !== "spawn" && random.nextDoubleUnsafe() < chance ? Fault.crash(at) : undefined)
    })
    const options = { size, concurrency, grace: 5_000, terminateTimeout: 20, queue: { capacity: 2 } }
    const settled = Effect.map(uses(census, problems), (exits) => (seen = exits))
    let seen: ReadonlyArray<Option.Option<Exit.Exit<unknown, unknown>>> | undefined
    const pool = Layer.provide(TaskPool.layer(options), workers)
    const exit = yield* Effect.exit(Effect.provide(settled, pool))
    // The close reports a worker dying while stopping, after the outcomes.
    return seen !== undefined && chance > 0 && TaskError.isTaskError(squashed(exit)) ? seen : yield* exit
  })

const squashed = (exit: Exit.Exit<unknown, unknown>): unknown =>
  Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

const settings: ReadonlyArray<Setting> = [
  { sharedMemory: true, concurrency: 1, size: 1 },
  { sharedMemory: true, concurrency: 1, size: 3 },
  { sharedMemory: true, concurrency: 3, size: 2 },
  { sharedMemory: false, concurrency: 1, size: 2 },
  { sharedMemory: false, concurrency: 3, size: 2 }
]

const problemsOf = (setting: Setting, seed: number, chance: number): ReadonlyArray<string> => {
  const problems: Array<string> = []
  const census = new Census()
  const realism = seed % 2 === 0 ? "fifo" : "adversarial"
  const result = Simulation.run(program(setting, census, problems, chance), {
    seed,
    realism,
    maxSteps: 1_000_000
  })
  const { fibers, timers } = result.left
  if (fibers + timers > 0) problems.push(`left: ${fibers} fibers, ${timers} timers`)
  if (Exit.isFailure(result.exit)) return [...problems, String(result.exit)]
  for (const [root, exit] of result.exit.value.entries()) {
    if (Option.isNone(exit)) problems.push(`G1: tree ${root} never settled`)
    else if (Exit.isFailure(exit.value) && !TaskError.isTaskError(Cause.squash(exit.value.cause)))
      problems.push(String(exit.value))
    else if (chance === 0 && Exit.isFailure(exit.value)) problems.push(String(exit.value))
  }
  return chance > 0 ? problems.filter((problem) => !problem.startsWith("G2")) : problems
}

describe("tasks calling tasks", () => {
  for (const setting of settings) {
    it(`no schedule makes tasks wait for ever, and no task outlives its caller (${JSON.stringify(setting)}): S145, G2, G3`, () => {
      for (let seed = 0; seed < 12; seed++) {
        expect({ seed, problems: problemsOf(setting, seed, 0) }).toEqual({ seed, problems: [] })
      }
    })

    it(`tasks settle under any death of a worker at any moment (${JSON.stringify(setting)}): G1`, () => {
      for (let seed = 0; seed < 12; seed++) {
        expect({ seed, problems: problemsOf(setting, seed, 0.03) }).toEqual({ seed, problems: [] })
      }
    })
  }
})
