/**
 * One run of the program under one oracle: its end, and the log for a repetition.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { RecordedEvent } from "../../internal/history.ts"
import type { Oracle } from "../../internal/oracle.ts"
import * as Prng from "../../internal/prng.ts"
import { type Ending, Session } from "../../internal/session.ts"
import type { Strand } from "../../internal/strand.ts"
import type { World } from "../../internal/world.ts"
import type { Entry, Log } from "./log.ts"
import type { Trace } from "./trace.ts"

/**
 * - `Failed`: the program failed, died or was interrupted, or `check` threw.
 * - `Uncontrolled`: the real world had a say (a promise, a real timer, a random number), so a schedule decides nothing.
 */
export type Kind = "Failed" | "Deadlock" | "StepLimit" | "Uncaught" | "Uncontrolled"

export interface Problem {
  readonly kind: Kind
  readonly cause: unknown
  /** Problems of the same kind count as the same bug. */
  readonly fingerprint: string
}

/** The argument of `check`. */
export interface Checked<A, E> {
  readonly exit: Exit.Exit<A, E>
  readonly events: ReadonlyArray<RecordedEvent>
  readonly left: { readonly fibers: number; readonly timers: number }
  readonly time: number
}

export interface Program<A, E> {
  readonly effect: Effect.Effect<A, E>
  /** Throws at a wrong end. Without a check, anything but a success is a problem. */
  readonly check: ((end: Checked<A, E>) => void) | undefined
  readonly maxSteps: number
}

export interface Attempt {
  readonly log: Log
  readonly hash: string
  readonly problem: Problem | undefined
  readonly operations: number
  readonly strands: number
  readonly steps: number
}

export interface Plan {
  readonly oracle: Oracle
  readonly seed: number
  readonly realism: Log["realism"]
  readonly trace?: Trace | undefined
}

/** Runs the program once, to its end. */
export const attempt = <A, E>(program: Program<A, E>, plan: Plan): Attempt => {
  const { session, entries } = open(program, plan)
  while (session.advance() === "waiting") {
    if (!session.jump()) session.giveUp()
  }
  return close(program, plan, session, entries)
}

/** The same; a stuck run gives the real world some turns. Events from there are not controlled. */
export const attemptWithReality = async <A, E>(program: Program<A, E>, plan: Plan): Promise<Attempt> => {
  const { session, entries } = open(program, plan)
  while (session.advance() === "waiting") {
    if (session.jump() || (await session.awaitReality(4, 50))) continue
    session.giveUp()
  }
  return close(program, plan, session, entries)
}

const open = <A, E>(program: Program<A, E>, { oracle, realism, seed, trace }: Plan) => {
  const entries: Array<Entry> = []
  const place = ({ at, id }: Strand) => ({ strand: id, at })
  const session = new Session(program.effect, {
    oracle,
    reorder: realism === "adversarial",
    start: 0,
    stepMillis: 0,
    maxSteps: program.maxSteps,
    explores: true,
    random: (world) => randomOf(world, seed),
    observer: {
      onPreempt: (strand, to) => entries.push({ _tag: "Preempt", ...place(strand), to: to?.id }),
      onSwitch: (from, to) => entries.push({ _tag: "Switch", ...place(from), to: to.id }),
      onPostpone: (strand) => entries.push({ _tag: "Postpone", ...place(strand) }),
      onDraw: (strand, kind, value) =>
        entries.push({ _tag: "Draw", strand: strand.id, at: strand.draws[kind], kind, value })
    },
    tracer: trace
  })
  return { session, entries }
}

const close = <A, E>(
  program: Program<A, E>,
  { realism, seed, trace }: Plan,
  session: Session<A, E>,
  entries: ReadonlyArray<Entry>
): Attempt => {
  const { history, steps, time, uncontrolled, world } = session
  const log: Log = { seed, realism, entries: [...entries] }
  const { operations, strands } = world
  trace?.finish(world)
  const left = session.cleanUp()
  const ending = session.ending!
  const problem =
    uncontrolled > 0
      ? problemOf("Uncontrolled", new Error(`the real world had a say, ${uncontrolled} times`))
      : judge(program, ending, { events: history.events, left, time })
  return { log, hash: history.hash, problem, operations, strands, steps }
}

const judge = <A, E>(
  { check }: Program<A, E>,
  ending: Ending<A, E>,
  seen: Omit<Checked<A, E>, "exit">
): Problem | undefined => {
  if (ending._tag === "Exited") {
    const { exit } = ending
    if (check === undefined) {
      return Exit.isSuccess(exit) ? undefined : problemOf("Failed", Cause.squash(exit.cause))
    }
    try {
      check({ exit, ...seen })
      return undefined
    } catch (error) {
      return problemOf("Failed", error)
    }
  }
  if (ending._tag === "Uncaught") return problemOf("Uncaught", ending.cause)
  if (ending._tag === "StepLimit") {
    return problemOf("StepLimit", new Error(`not done after ${ending.steps} steps, at ${ending.time} ms`))
  }
  const who = ending.suspended === 1 ? "a fiber waits" : `${ending.suspended} fibers wait`
  return problemOf(
    "Deadlock",
    new Error(
      `deadlock at ${ending.time} ms: ${who}, and nothing can wake ${ending.suspended === 1 ? "it" : "them"}`
    )
  )
}

const problemOf = (kind: Kind, cause: unknown): Problem => {
  const isOwn = kind === "Failed" || kind === "Uncaught"
  return { kind, cause, fingerprint: isOwn ? `${kind} ${titleOf(cause)}` : kind }
}

/** The name of a cause, and the first line of its message. Numbers differ between runs of the same bug. */
const titleOf = (cause: unknown): string => {
  const isObject = typeof cause === "object" && cause !== null
  const {
    _tag,
    message = "",
    name
  } = (isObject ? cause : { message: cause, name: typeof cause }) as Record<string, unknown>
  const [firstLine] = String(message).split("\n")
  return `${String(_tag ?? name)}: ${firstLine!.replaceAll(/\d+/g, "#")}`
}

/** Numbers that depend on the seed and on the strand's count of draws, not on the schedule. */
const randomOf = (world: World, seed: number) => {
  const streams = new WeakMap<Strand, ReturnType<typeof Prng.toRandom>>()
  const own = () => {
    const strand = world.running()
    let stream = streams.get(strand)
    if (stream === undefined) {
      stream = Prng.toRandom(Prng.make(seed + Prng.hash(strand.id) * 2 ** 20, "program"))
      streams.set(strand, stream)
    }
    return stream
  }
  return {
    nextDoubleUnsafe: () => own().nextDoubleUnsafe(),
    nextIntUnsafe: () => own().nextIntUnsafe()
  }
}
