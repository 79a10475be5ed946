/**
 * What a pool does, said in a few lines: who runs, in whose slot, and who waits.
 *
 * No task takes any time: each runs until a command ends it, so what is to be seen after a command is one thing, whatever
 * the schedule.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const which = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

/**
 * - `Submit`: somebody calls the task.
 * - `Nest`: the handler of a task calls the task on the same pool, and waits for it before it ends. `task` counts those that may.
 * - `Finish`: the body of a task ends, or will as soon as it is run and what it called has ended. `task` counts, around in a
 *   circle, those without an outcome.
 * - `Interrupt`: a caller is interrupted, on the host or within a handler; counted likewise.
 * - `Crash`: the worker of a task dies. `task` counts those that run.
 * - `Resize`: the pool is to have so many workers. Not fewer than those that are busy: which of them has to leave is the pool's
 *   choice, and until it has left another one may run more.
 * - `Close`: the pool's scope closes.
 */
export const PoolCommand = Schema.Union([
  Schema.TaggedStruct("Submit", {}),
  Schema.TaggedStruct("Nest", { task: which }),
  Schema.TaggedStruct("Finish", { task: which }),
  Schema.TaggedStruct("Interrupt", { task: which }),
  Schema.TaggedStruct("Crash", { task: which }),
  Schema.TaggedStruct("Resize", { size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 4 })) }),
  Schema.TaggedStruct("Close", {})
])

export type PoolCommand = typeof PoolCommand.Type

/** `orphaned`: it had none yet when its caller was lost, or the pool closed; nobody is left who could tell. */
export type Outcome = "pending" | "done" | "interrupted" | "lost" | "closed" | "orphaned" | "wrong"

export interface Work {
  /** The task whose handler called it. */
  readonly caller: number | undefined
  readonly outcome: Outcome
  /** The task whose slot it runs in: itself, or an ancestor that lends it. Undefined while it does not run. */
  readonly slot: number | undefined
  /** It ends as soon as it can. */
  readonly isToldToEnd: boolean
}

export interface State {
  readonly isOpen: boolean
  readonly size: number
  /** In the order of their submission, which is that of the queue as well. */
  readonly tasks: ReadonlyArray<Work>
}

type Targeted = Exclude<PoolCommand, { readonly _tag: "Submit" | "Resize" | "Close" }>

const indexesOf = ({ tasks }: State, fits: (work: Work, task: number) => boolean): Array<number> =>
  [...tasks.keys()].filter((task) => fits(tasks[task]!, task))

const isPending = ({ outcome }: Work): boolean => outcome === "pending"
const isRunning = ({ slot }: Work): boolean => slot !== undefined
const isWaiting = (work: Work): boolean => isPending(work) && !isRunning(work)

/** Those whose handlers run. */
export const runningOf = (state: State): Array<number> => indexesOf(state, isRunning)

/**
 * A task that runs in a slot of its own though another one called it may not call any: what it called could take the slot of
 * either of two that lend, whichever is free first, and what is to be seen would depend on the schedule.
 */
const mayNest = (work: Work, task: number): boolean =>
  isRunning(work) && !work.isToldToEnd && (work.caller === undefined || work.slot !== task)

const candidates: { readonly [Tag in Targeted["_tag"]]: (work: Work, task: number) => boolean } = {
  Nest: mayNest,
  Finish: (work) => isPending(work) && !work.isToldToEnd,
  Interrupt: isPending,
  Crash: isRunning
}

/** Those that own a slot: one for each busy worker. */
const ownersOf = (state: State): Array<number> => indexesOf(state, ({ slot }, task) => slot === task)

export const isEnabled = (state: State, command: PoolCommand): boolean => {
  if (command._tag === "Submit") return true
  if (command._tag === "Close") return state.isOpen
  if (command._tag === "Resize") return state.isOpen && command.size >= ownersOf(state).length
  return targetOf(state, command) !== undefined
}

/** The task that a command means, if there is one. */
export const targetOf = (state: State, { _tag, task }: Targeted): number | undefined => {
  const found = indexesOf(state, candidates[_tag])
  return found[task % found.length]
}

const childrenOf = (state: State, task: number): Array<number> =>
  indexesOf(state, (work) => work.caller === task)

const change = (state: State, task: number, by: Partial<Work>): State => ({
  ...state,
  tasks: state.tasks.with(task, { ...state.tasks[task]!, ...by })
})

/** A task has an outcome, and what it called has ended before. */
const settle = (state: State, task: number, outcome: Outcome, below: Outcome = outcome): State => {
  const ended = childrenOf(state, task)
    .filter((child) => isPending(state.tasks[child]!))
    .reduce((before, child) => settle(before, child, below), state)
  return change(ended, task, { outcome, slot: undefined })
}

/** A body that was told to end does, once what it called has ended; then perhaps its caller can. */
const endIfReady = (state: State, task: number): State => {
  const { caller, isToldToEnd, outcome, slot } = state.tasks[task]!
  const isHeldUp = childrenOf(state, task).some((child) => isPending(state.tasks[child]!))
  if (outcome === "pending" && (!isToldToEnd || slot === undefined || isHeldUp)) return state
  const ended = outcome === "pending" ? settle(state, task, "done") : state
  return caller === undefined || ended.tasks[caller]!.outcome !== "pending"
    ? ended
    : endIfReady(ended, caller)
}

export const apply = (state: State, command: PoolCommand): State => {
  const submit = (work: Pick<Work, "caller" | "outcome">): State => ({
    ...state,
    tasks: [...state.tasks, { ...work, slot: undefined, isToldToEnd: false }]
  })
  if (command._tag === "Submit")
    return submit({ caller: undefined, outcome: state.isOpen ? "pending" : "closed" })
  if (command._tag === "Close") {
    const roots = indexesOf(state, (work) => isPending(work) && work.caller === undefined)
    const closed = roots.reduce((before, task) => settle(before, task, "closed", "orphaned"), state)
    return { ...closed, isOpen: false }
  }
  if (command._tag === "Resize") return { ...state, size: command.size }
  const task = targetOf(state, command)!
  if (command._tag === "Nest") return submit({ caller: task, outcome: "pending" })
  if (command._tag === "Finish") return endIfReady(change(state, task, { isToldToEnd: true }), task)
  if (command._tag === "Interrupt") return endIfReady(settle(state, task, "interrupted"), task)
  // Whoever shares the slot of the one that owns it is lost with it.
  const owner = state.tasks[task]!.slot!
  return endIfReady(settle(state, owner, "lost", "orphaned"), owner)
}

/** Whoever is first in line runs, while there is room; then in a slot that a caller who waits for it lends. */
export const fill = (state: State): State => {
  const place = (task: number, slot: number): State => fill(endIfReady(change(state, task, { slot }), task))
  const waiting = indexesOf(state, isWaiting)
  const [first] = waiting
  if (first !== undefined && ownersOf(state).length < state.size) return place(first, first)
  for (const task of waiting) {
    const lender = state.tasks[task]!.caller
    const slot = lender === undefined ? undefined : state.tasks[lender]!.slot
    const isLent = childrenOf(state, lender ?? -1).some((child) => state.tasks[child]!.slot === slot)
    if (slot !== undefined && !isLent) return place(task, slot)
  }
  return state
}
