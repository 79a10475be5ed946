// One soak on one transport: full load, random faults, and in the end an account of what the pool did and left.
import { stat } from "node:fs/promises"
import process from "node:process"
import { TaskPool } from "@heddle/core"
import type { TaskError } from "@heddle/core/TaskError"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { Transport } from "./system.ts"
import { grown, held, type Held } from "./held.ts"
import { answer } from "./injections.ts"
import { type Ending, isExpected, type Move, movesOf } from "./soakPlan.ts"
import { Add, Injections } from "./systems/heddle.tasks.ts"
import { heddle } from "./systems/heddle.ts"

export interface SoakOptions {
  readonly transport: Transport
  readonly seed: number
  readonly millis: number
  readonly size: number
}

export interface SoakReport {
  readonly transport: Transport
  readonly seed: number
  readonly size: number
  readonly seconds: number
  readonly calls: number
  /** How often each ending occurred. */
  readonly endings: Readonly<Record<Ending, number>>
  /** Workers that were started. */
  readonly workers: number
  /** The longest that any call took, in milliseconds. */
  readonly slowest: number
  /** What the process held before, and after the pool was closed. */
  readonly before: Held
  readonly after: Held
  /** What must not be: empty where all is well. */
  readonly problems: ReadonlyArray<string>
}

/** At most so many problems are told one by one. */
const mostProblems = 20

/** Nothing that a soak does may take longer, in milliseconds: start time-out, grace and termination are below it. */
const patience = 30_000

/** Counts, and the problems found so far. */
export class Account {
  calls = 0
  slowest = 0
  workers = 0
  readonly endings: Record<Ending, number> = {}
  readonly problems: Array<string> = []
  private readonly open = new Set<unknown>()

  problem(what: string): void {
    if (this.problems.length < mostProblems) this.problems.push(what)
  }

  settled(move: Move, ending: Ending, millis: number): void {
    this.calls++
    this.slowest = Math.max(this.slowest, Math.round(millis))
    this.endings[ending] = (this.endings[ending] ?? 0) + 1
    if (!isExpected(move, ending)) this.problem(`${JSON.stringify(move)} ended as ${ending}`)
    if (millis > patience) this.problem(`${JSON.stringify(move)} took ${Math.round(millis)} ms`)
  }

  /** What the pool itself says of each task: submitted once, settled once (G1). */
  hear(event: { readonly _tag: string; readonly id?: unknown }): void {
    if (event._tag === "WorkerStarting") this.workers++
    else if (event._tag === "TaskSubmitted") this.open.add(event.id)
    else if (event._tag === "TaskSettled" && !this.open.delete(event.id))
      this.problem(`task ${String(event.id)} settled twice, or was never submitted`)
  }

  close(): void {
    if (this.open.size > 0) this.problem(`${this.open.size} tasks never settled`)
  }
}

const rich = () => ({ map: new Map<unknown, unknown>([[1, { deep: [Number.NaN] }]]), text: "x".repeat(100) })

const isSame = (value: any): boolean =>
  value?.map instanceof Map && Number.isNaN(value.map.get(1)?.deep[0]) && value.text.length === 100

const endingOf = (exit: Exit.Exit<boolean, TaskError>): Ending => {
  if (Exit.isSuccess(exit)) return exit.value ? "value" : "wrong value"
  const failed = exit.cause.reasons.find(Cause.isFailReason)
  if (failed !== undefined) return failed.error.reason._tag
  return exit.cause.reasons.some(Cause.isDieReason) ? "died" : "interrupted"
}

type Call = Effect.Effect<boolean, TaskError, TaskPool.TaskPool>

const perform = (move: Move): Call => {
  switch (move._tag) {
    case "add":
      return Effect.map(Add(move.n), (sum) => sum === move.n + 1)
    case "echo":
      return Effect.map(Injections.echo(rich()), isSame)
    case "unsendable":
      return Effect.map(Injections.echo({ deep: [() => answer] }), () => false)
    case "inject": {
      const options = move.timeout === undefined ? {} : { timeout: move.timeout }
      return Effect.map(TaskPool.run(Injections.inject, move.injection, options), (value) => value === answer)
    }
    case "interrupt":
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Injections.inject(move.injection), { startImmediately: true })
        yield* Effect.sleep(move.after)
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        return yield* Effect.map(exit, () => false)
      })
  }
}

const soaking = Effect.fnUntraced(function* (options: SoakOptions, account: Account) {
  const { millis, seed, size, transport } = options
  const pool = yield* TaskPool.TaskPool
  const unsubscribe = pool.subscribe((event) => account.hear(event))
  const end = performance.now() + millis
  const caller = Effect.fnUntraced(function* (index: number) {
    const moves = movesOf(seed, index, transport)
    while (performance.now() < end) {
      const move = moves.next().value
      const began = performance.now()
      const exit = yield* Effect.exit(perform(move))
      account.settled(move, endingOf(exit), performance.now() - began)
    }
  })
  yield* Effect.forEach(
    Array.from({ length: size * 8 }, (_, index) => index),
    caller,
    {
      concurrency: "unbounded",
      discard: true
    }
  )
  yield* TaskPool.drain
  account.close()

  // The pool is healthy: every worker is up, and each serves.
  const up = yield* TaskPool.snapshot.pipe(
    Effect.repeat({ until: ({ total }) => total === size, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOption("15 seconds")
  )
  if (up._tag === "None") account.problem("not every worker is up after 15 s")
  const sums = yield* Effect.forEach(
    Array.from({ length: size * 4 }, (_, n) => n),
    (n) => Add(n),
    {
      concurrency: "unbounded"
    }
  )
  if (sums.some((sum, n) => sum !== n + 1)) account.problem("the good task is wrong after all")

  const { counts } = yield* TaskPool.snapshot
  const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
  const settled = succeeded + failed + died + interrupted + lost + rejected
  if (settled !== submitted) account.problem(`the pool counts ${submitted} tasks and ${settled} outcomes`)
  unsubscribe()
})

const layerOf = ({ size, transport }: SoakOptions) => {
  const options = {
    entry: heddle[0]!.worker,
    output: "discard",
    resourceLimits: { maxOldGenerationSizeMb: 64 }
  } as const
  const workers = transport === "threads" ? NodeThreads.layer(options) : NodeProcesses.layer(options)
  return TaskPool.layer({ size, grace: 20 }).pipe(Layer.provide(workers))
}

/** What a pool may leave in the heap of its host, in megabytes: compiled code and statistics, no tasks. */
const heapSlack = 32

export const leaks = (before: Held, after: Held): ReadonlyArray<string> => [
  ...grown(before, after),
  ...(after.heapMb > before.heapMb + heapSlack
    ? [`the heap grew from ${before.heapMb} to ${after.heapMb} MB`]
    : [])
]

export const soak = async (options: SoakOptions): Promise<SoakReport> => {
  // A first pool makes what every process makes once, and so does a first file: threads of libuv, compiled code.
  await Effect.runPromise(Effect.provide(Add(1), layerOf(options)))
  await stat(process.execPath)
  const before = await held()
  const account = new Account()
  const hear = (error: unknown): void => account.problem(`the host heard of ${String(error)}`)
  process.on("uncaughtException", hear)
  process.on("unhandledRejection", hear)
  const began = performance.now()
  const exit = await Effect.runPromiseExit(Effect.provide(soaking(options, account), layerOf(options)))
  if (Exit.isFailure(exit)) account.problem(`the pool failed: ${Cause.pretty(exit.cause)}`)
  const seconds = Math.round((performance.now() - began) / 100) / 10
  const after = await held()
  return {
    transport: options.transport,
    seed: options.seed,
    size: options.size,
    seconds,
    calls: account.calls,
    endings: account.endings,
    workers: account.workers,
    slowest: account.slowest,
    before,
    after,
    problems: [...account.problems, ...leaks(before, after)]
  }
}
