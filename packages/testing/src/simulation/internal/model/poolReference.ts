/**
 * The behaviour of a pool in a few lines: the running tasks, their slots, and the queue.
 *
 * No task takes any time: each runs until a command ends the task. So each command leads to a single observation, under any
 * schedule.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const which = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 }))

/**
 * - `Submit`: a caller on the host calls the task.
 * - `Nest`: the handler of a task calls the task on the same pool, and waits for the call before its end. `task` counts callers.
 * - `Finish`: the body of a task ends, or will end once running and after all its calls. `task` counts, around in a
 *   circle, the tasks without an outcome.
 * - `Interrupt`: a caller is interrupted, on the host or within a handler; counted likewise.
 * - `Crash`: the worker of a task dies. `task` counts the running tasks.
 * - `Resize`: sets the number of workers. Not below the number of busy workers: the pool chooses which busy worker leaves,
 *   and until its end another task may run.
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

/** `orphaned`: had no outcome at the loss of its caller or at the pool's close; nobody is left to report one. */
export type Outcome = "pending" | "done" | "interrupted" | "lost" | "closed" | "orphaned" | "wrong"

export interface Work {
  /** The calling task. */
  readonly caller: number | undefined
  readonly outcome: Outcome
  /** The owner of its slot: the task itself, or a lending ancestor. Undefined while the task does not run. */
  readonly slot: number | undefined
  /** Ends as soon as possible. */
  readonly isToldToEnd: boolean
}

export interface State {
  readonly isOpen: boolean
  readonly size: number
  /** In the order of submission, also the order of the queue. */
  readonly tasks: ReadonlyArray<Work>
}

type Targeted = Exclude<PoolCommand, { readonly _tag: "Submit" | "Resize" | "Close" }>

const indexesOf = ({ tasks }: State, fits: (work: Work, task: number) => boolean): Array<number> =>
  [...tasks.keys()].filter((task) => fits(tasks[task]!, task))

const isPending = ({ outcome }: Work): boolean => outcome === "pending"
const isRunning = ({ slot }: Work): boolean => slot !== undefined
const isWaiting = (work: Work): boolean => isPending(work) && !isRunning(work)

/** The tasks with a running handler. */
export const runningOf = (state: State): Array<number> => indexesOf(state, isRunning)

/**
 * A nested task in a slot of its own may not call any task: its call could take the slot of
 * either of two lenders, and the observation would depend on the schedule.
 */
const mayNest = (work: Work, task: number): boolean =>
  isRunning(work) && !work.isToldToEnd && (work.caller === undefined || work.slot !== task)

const candidates: { readonly [Tag in Targeted["_tag"]]: (work: Work, task: number) => boolean } = {
  Nest: mayNest,
  Finish: (work) => isPending(work) && !work.isToldToEnd,
  Interrupt: isPending,
  Crash: isRunning
}

/** The owners of slots: one for each busy worker. */
const ownersOf = (state: State): Array<number> => indexesOf(state, ({ slot }, task) => slot === task)

export const isEnabled = (state: State, command: PoolCommand): boolean => {
  if (command._tag === "Submit") return true
  if (command._tag === "Close") return state.isOpen
  if (command._tag === "Resize") return state.isOpen && command.size >= ownersOf(state).length
  return targetOf(state, command) !== undefined
}

/** The task of a command, if any. */
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

/** Settles a task after its calls. */
const settle = (state: State, task: number, outcome: Outcome, below: Outcome = outcome): State => {
  const ended = childrenOf(state, task)
    .filter((child) => isPending(state.tasks[child]!))
    .reduce((before, child) => settle(before, child, below), state)
  return change(ended, task, { outcome, slot: undefined })
}

/** Ends a body under orders to end after its last call; then perhaps its caller as well. */
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
  // All tasks in the owner's slot are lost with the owner.
  const owner = state.tasks[task]!.slot!
  return endIfReady(settle(state, owner, "lost", "orphaned"), owner)
}

/** Runs the first in line while there is room, then in the slot of a waiting caller. */
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
