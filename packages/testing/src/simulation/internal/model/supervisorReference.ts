/**
 * The behaviour of a supervisor in a few lines: its children in order, and its restarts still counted.
 *
 * Nothing takes any time but the pause after each command. So each command leads to a single observation, under any
 * schedule.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const child = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
const restart = Schema.Literals(["permanent", "transient", "temporary"])

/**
 * - `Start`: one more child; `child` is its name. Refused for a name in use.
 * - `Fail`: a child crashes; `End`: a child succeeds. `child` counts, around in a circle, the running children.
 * - `Terminate`, `Restart`, `Delete`: by hand, by name; refused in an unfit state.
 * - `Stop`: the supervisor is stopped.
 */
export const SupervisorCommand = Schema.Union([
  Schema.TaggedStruct("Start", { child, restart }),
  Schema.TaggedStruct("Fail", { child }),
  Schema.TaggedStruct("End", { child }),
  Schema.TaggedStruct("Terminate", { child }),
  Schema.TaggedStruct("Restart", { child }),
  Schema.TaggedStruct("Delete", { child }),
  Schema.TaggedStruct("Stop", {})
])

export type SupervisorCommand = typeof SupervisorCommand.Type

export type Answer = "done" | "NotFound" | "WrongState" | "AlreadyStarted" | "AlreadyPresent" | "NotRunning"

interface Kid {
  readonly id: number
  readonly restart: typeof restart.Type
  readonly isRunning: boolean
  readonly starts: number
}

/** `strategy`, `intensity`, `period` in milliseconds: as of the supervisor. */
export interface Rules {
  readonly strategy: "oneForOne" | "oneForAll" | "restForOne"
  readonly intensity: number
  readonly period: number
}

export interface State extends Rules {
  readonly state: "running" | "stopped" | "failed"
  /** In the order of their first start. */
  readonly kids: ReadonlyArray<Kid>
  readonly spent: ReadonlyArray<number>
  readonly now: number
  readonly answer: Answer
  /** The starts (`+0`) and ends (`-0`) of the last command. */
  readonly log: ReadonlyArray<string>
}

/** Milliseconds from one command to the next. */
export const pause = 1_000

export const initial = (rules: Rules): State => ({
  ...rules,
  state: "running",
  kids: [],
  spent: [],
  now: 0,
  answer: "done",
  log: []
})

/** The child ending by itself, if any. */
export const targetOf = ({ kids }: State, index: number): number | undefined => {
  const running = kids.filter(({ isRunning }) => isRunning)
  return running[index % running.length]?.id
}

export const recent = ({ now, period, spent }: State): ReadonlyArray<number> =>
  spent.filter((at) => now - at <= period)

const turn = (state: State, id: number, isRunning: boolean): State => {
  const kid = state.kids.find((one) => one.id === id)
  if (kid === undefined || kid.isRunning === isRunning) return state
  const turned = { ...kid, isRunning, starts: kid.starts + (isRunning ? 1 : 0) }
  return {
    ...state,
    kids: state.kids.map((one) => (one === kid ? turned : one)),
    log: [...state.log, `${isRunning ? "+" : "-"}${id}`]
  }
}

const stop = (state: State, id: number): State => turn(state, id, false)
const start = (state: State, id: number): State => turn(state, id, true)

const forget = (state: State, id: number): State => ({
  ...state,
  kids: state.kids.filter((kid) => kid.id !== id)
})

/** All children end, the last one first, and the supervisor with them. */
const endAs = (state: State, end: State["state"]): State => ({
  ...state.kids.toReversed().reduce((before, { id }) => stop(before, id), state),
  state: end
})

const rangeOf = ({ kids, strategy }: State, id: number): ReadonlyArray<Kid> => {
  const index = kids.findIndex((kid) => kid.id === id)
  if (strategy === "oneForOne") return kids.slice(index, index + 1)
  return strategy === "restForOne" ? kids.slice(index) : kids
}

/** Replaced children stop in reverse order, and start in order; temporary children leave. */
const replace = (state: State, id: number): State => {
  const range = rangeOf(state, id)
  const stopped = range.toReversed().reduce((before, kid) => stop(before, kid.id), state)
  const left = range
    .filter((kid) => kid.restart === "temporary")
    .reduce((s, kid) => forget(s, kid.id), stopped)
  return range.reduce((before, kid) => start(before, kid.id), left)
}

const endedByItself = (state: State, id: number, isCrash: boolean): State => {
  const kid = state.kids.find((one) => one.id === id)!
  const ended = stop(state, id)
  if (kid.restart === "temporary") return forget(ended, id)
  if (kid.restart === "transient" && !isCrash) return ended
  const spent = [...recent(ended), ended.now]
  const counted = { ...ended, spent }
  return spent.length > state.intensity ? endAs(counted, "failed") : replace(counted, id)
}

/** Why a command is refused, or nothing. */
const refusalOf = (
  { kids, state }: State,
  command: Exclude<SupervisorCommand, { readonly _tag: "Stop" | "Fail" | "End" }>
): Answer | undefined => {
  const kid = kids.find(({ id }) => id === command.child)
  if (command._tag === "Start") {
    if (state !== "running") return "NotRunning"
    return kid === undefined ? undefined : kid.isRunning ? "AlreadyStarted" : "AlreadyPresent"
  }
  if (kid === undefined) return "NotFound"
  if (command._tag === "Terminate") return undefined
  if (command._tag === "Restart" && state !== "running") return "NotRunning"
  return kid.isRunning ? "WrongState" : undefined
}

const apply = (state: State, command: SupervisorCommand): State => {
  if (command._tag === "Stop") return state.state === "running" ? endAs(state, "stopped") : state
  if (command._tag === "Fail" || command._tag === "End")
    return endedByItself(state, targetOf(state, command.child)!, command._tag === "Fail")
  const refusal = refusalOf(state, command)
  if (refusal !== undefined) return { ...state, answer: refusal }
  const id = command.child
  if (command._tag === "Restart") return start(state, id)
  if (command._tag === "Delete") return forget(state, id)
  if (command._tag === "Start") {
    const kid = { id, restart: command.restart, isRunning: false, starts: 0 }
    return start({ ...state, kids: [...state.kids, kid] }, id)
  }
  const isTemporary = state.kids.some((kid) => kid.id === id && kid.restart === "temporary")
  return isTemporary ? forget(stop(state, id), id) : stop(state, id)
}

export const next = (state: State, command: SupervisorCommand): State => {
  const after = apply({ ...state, log: [], answer: "done" }, command)
  return { ...after, now: state.now + pause }
}
