/**
 * One run of one program in a world of its own, until one of four ends.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { Current, type Handle } from "./current.ts"
import type { History } from "./history.ts"
import type { Oracle } from "./oracle.ts"
import { realTurn } from "./realTurn.ts"
import { World, type WorldOptions } from "./world.ts"

export interface SessionOptions extends WorldOptions {
  readonly oracle: Oracle & { readonly choices?: ReadonlyArray<number> }
  readonly maxSteps: number
  /** Where the program's random numbers come from. */
  readonly random: (world: World) => Random.Random
  readonly explores: boolean
}

export type Ending<A, E> =
  | { readonly _tag: "Exited"; readonly exit: Exit.Exit<A, E> }
  | {
      readonly _tag: "Deadlock"
      readonly time: number
      readonly suspended: number
      readonly fibers: ReadonlyArray<string>
      readonly outside: number
    }
  | { readonly _tag: "StepLimit"; readonly steps: number; readonly time: number }
  | { readonly _tag: "Uncaught"; readonly cause: unknown; readonly time: number }

/** After the end of the program, ready tasks may still run, but not for ever. */
const epilogue = 10_000

export class Session<A, E> {
  /** Set once the program has ended, or cannot. */
  ending: Ending<A, E> | undefined
  readonly world: World
  private readonly options: SessionOptions
  private fiber: Fiber.Fiber<A, E> | undefined

  constructor(effect: Effect.Effect<A, E>, options: SessionOptions) {
    this.options = options
    this.world = new World(options)
    const context = Context.make(Scheduler.Scheduler, this.world.scheduler).pipe(
      Context.add(Clock.Clock, this.world.timeline.clock),
      Context.add(Random.Random, options.random(this.world)),
      Context.add(Current, handleOf(this.world, options.explores)),
      (base) =>
        options.explores ? Context.add(base, Logger.CurrentLoggers, new Set([loggerOf(this.world)])) : base
    )
    this.attempt(() => {
      this.fiber = Effect.runForkWith(context)(effect)
    })
  }

  get isOutside(): boolean {
    return this.world.outside > 0
  }

  get steps(): number {
    return this.world.steps
  }

  get time(): number {
    return this.world.timeline.elapsed
  }

  get uncontrolled(): number {
    return this.world.uncontrolled
  }

  get history(): History {
    const { events, hash } = this.world.recorder
    return { hash, choices: [...(this.options.oracle.choices ?? [])], events: [...events] }
  }

  /** Runs ready tasks, until the program has ended or nothing is ready. */
  advance(): "done" | "waiting" {
    while (!this.isDone() && !this.world.isIdle) {
      if (this.steps < this.options.maxSteps) this.attempt(() => this.world.step())
      else this.ending = { _tag: "StepLimit", steps: this.steps, time: this.time }
    }
    return this.isDone() ? "done" : "waiting"
  }

  jump(): boolean {
    return this.world.jump()
  }

  /** Gives the real event loop so many turns and so many milliseconds. Returns `true` at the first event from there. */
  async awaitReality(turns: number, millis: number): Promise<boolean> {
    const { uncontrolled } = this
    const brought = () => this.uncontrolled > uncontrolled || !this.world.isIdle || this.isDone()
    for (let turn = 0; turn < turns && !brought(); turn++) await realTurn(0)
    // 1 ms turns: counting them needs no real clock, and lets a slow machine have more time, never less.
    for (let waited = 0; waited < millis && !brought(); waited++) await realTurn(1)
    return brought()
  }

  /** Nothing is ready, and nothing will be. */
  giveUp(): void {
    const suspended = this.world.suspended()
    const fibers = suspended.flatMap(nameOf)
    const { outside } = this.world
    this.ending = { _tag: "Deadlock", time: this.time, suspended: suspended.length, fibers, outside }
  }

  /** Lets ready tasks finish, and counts the rest. */
  cleanUp(): { readonly fibers: number; readonly timers: number } {
    for (let i = 0; i < epilogue && this.steps < this.options.maxSteps && !this.world.isIdle; i++) {
      this.attempt(() => this.world.step())
    }
    return { fibers: this.world.suspended().length, timers: this.world.timeline.pending }
  }

  private isDone(): boolean {
    const exit = this.fiber?.pollUnsafe()
    if (exit !== undefined) this.ending ??= { _tag: "Exited", exit }
    return this.ending !== undefined
  }

  private attempt(f: () => void): void {
    try {
      this.world.enter(f)
    } catch (cause) {
      this.ending = { _tag: "Uncaught", cause, time: this.time }
    }
  }
}

const handleOf = (world: World, explores: boolean): Handle => ({
  explores,
  drawUnsafe: (kind, n) => world.draw(kind, n),
  recordUnsafe: (event) => world.record(event),
  leapUnsafe: (millis) => world.leap(millis),
  holdUnsafe: () => {
    world.outside++
    let isHeld = true
    return () => {
      if (isHeld) world.outside--
      isHeld = false
    }
  }
})

/** Thousands of runs would flood the console: log entries are shown with the failing run only. */
const loggerOf = (world: World): Logger.Logger<unknown, void> =>
  Logger.make(({ message }) => {
    world.note(`log: ${(Array.isArray(message) ? message : [message]).map(String).join(" ")}`)
  })

const nameOf = (fiber: Fiber.Fiber<unknown, unknown>): ReadonlyArray<string> => {
  const { span, stackFrame } = fiber.cache
  if (span?._tag === "Span") return [span.name]
  return stackFrame === undefined ? [] : [stackFrame.name]
}
