// Walks over the tables of state machines: every cell, every path, and tables with one cell altered.
import { type Cell, IllegalTransition, type Table } from "../../src/internal/machine/transition.ts"

/** What a module of a machine exports. */
export interface Machine<State extends string, Event extends string, Action extends string> {
  readonly states: ReadonlyArray<State>
  readonly events: ReadonlyArray<Event>
  readonly table: Table<State, Event, Action>
  readonly step: (state: State, event: Event) => Cell<State, Action>
}

interface Place<State, Event> {
  readonly state: State
  readonly event: Event
}

/** The cells that the table has, in the order of its states and events. */
export const cellsOf = <S extends string, E extends string, A extends string>({
  events,
  states,
  table
}: Omit<Machine<S, E, A>, "step">) =>
  states.flatMap((state) =>
    events.flatMap((event) => {
      const cell = table[state][event]
      return cell === undefined ? [] : [{ state, event, cell, where: `${state} × ${event}` }]
    })
  )

/** The actions that stand in any cell. */
export const actionsOf = <S extends string, E extends string, A extends string>(
  machine: Omit<Machine<S, E, A>, "step">
): ReadonlyArray<A> => [...new Set(cellsOf(machine).flatMap(({ cell }) => cell.actions))]

/** Steps through every cell of states × events; returns the mistakes. */
export const problemsOf = <S extends string, E extends string, A extends string>({
  events,
  states,
  step,
  table
}: Machine<S, E, A>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  for (const state of states) {
    for (const event of events) {
      const where = `${state} × ${event}`
      const cell = table[state][event]
      if (cell === undefined) {
        const thrown = errorOf(() => step(state, event))
        if (thrown === undefined) problems.push(`${where}: absent, yet it does not throw`)
        else if (!(thrown instanceof IllegalTransition)) problems.push(`${where}: throws something else`)
        else if (!thrown.message.includes(`"${state}"`) || !thrown.message.includes(`"${event}"`))
          problems.push(`${where}: the error does not name it`)
        continue
      }
      if (!states.includes(cell.next)) problems.push(`${where}: goes to an unknown state ${cell.next}`)
      if (new Set(cell.actions).size !== cell.actions.length) problems.push(`${where}: does something twice`)
      if (step(state, event) !== cell) problems.push(`${where}: step does not answer the cell`)
    }
    for (const event of Object.keys(table[state]))
      if (!events.includes(event as E)) problems.push(`${state}: has a cell for an unknown event ${event}`)
  }
  for (const state of Object.keys(table))
    if (!states.includes(state as S)) problems.push(`unknown state ${state}`)
  return problems
}

const errorOf = (run: () => unknown): unknown => {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

/** The states to which the table leads from one state, that state included. */
export const reachable = <S extends string, E extends string, A extends string>(
  { events, table }: Pick<Machine<S, E, A>, "events" | "table">,
  from: S
): Set<S> => {
  const reached = new Set([from])
  for (const state of reached) for (const event of events) reached.add(table[state][event]?.next ?? state)
  return reached
}

/** Visits each state with all that was done on the way there, for every path that does at most seven things. */
export const walkPaths = <S extends string, E extends string, A extends string>(
  { events, table }: Pick<Machine<S, E, A>, "events" | "table">,
  from: S,
  visit: (state: S, done: ReadonlyArray<A>) => void
): void => {
  const visited = new Set<string>()
  const go = (state: S, done: ReadonlyArray<A>): void => {
    const key = `${state} ${done.join()}`
    if (visited.has(key) || done.length > 7) return
    visited.add(key)
    visit(state, done)
    for (const event of events) {
      const cell = table[state][event]
      if (cell !== undefined) go(cell.next, [...done, ...cell.actions])
    }
  }
  go(from, [])
}

/** The same table with one cell replaced. */
export const altered = <S extends string, E extends string, A extends string>(
  table: Table<S, E, A>,
  { event, state }: Place<S, E>,
  cell: Cell<S, A> | undefined
): Table<S, E, A> => ({ ...table, [state]: { ...table[state], [event]: cell } })

/**
 * - `drops`: the actions that are dropped, each from each cell that has it.
 * - `adds`: the actions that are added, each to each cell that has it not.
 * - `isHarmless`: of an action in a cell, whether no walk can notice that it is dropped or added.
 * - `removes`: whether each cell is also removed. Default: no.
 */
export interface Alterations<State, Event, Action extends string> {
  readonly drops: ReadonlyArray<Action>
  readonly adds: ReadonlyArray<Action>
  readonly isHarmless?: (
    action: Action,
    place: Place<State, Event> & { readonly cell: Cell<any, Action> }
  ) => boolean
  readonly removes?: boolean
}

/** Alters one cell after the other; returns the alterations that a walk finds nothing wrong with, and their number in all. */
export const unnoticed = <S extends string, E extends string, A extends string>(
  machine: Omit<Machine<S, E, A>, "step">,
  violations: (table: Table<S, E, A>) => ReadonlyArray<string>,
  { adds, drops, isHarmless, removes = false }: Alterations<S, E, A>
): { readonly missed: ReadonlyArray<string>; readonly tried: number } => {
  const missed: Array<string> = []
  let tried = 0
  const attempt = (place: Place<S, E>, cell: Cell<S, A> | undefined, what: string): void => {
    tried++
    if (violations(altered(machine.table, place, cell)).length === 0) missed.push(what)
  }
  for (const place of cellsOf(machine)) {
    const { cell, where } = place
    for (const action of new Set([...drops, ...adds])) {
      const isDone = cell.actions.includes(action)
      if (!(isDone ? drops : adds).includes(action) || isHarmless?.(action, place) === true) continue
      const actions = isDone ? cell.actions.filter((each) => each !== action) : [...cell.actions, action]
      attempt(place, { ...cell, actions }, `${where} ${isDone ? "without" : "with"} ${action}`)
    }
    if (removes) attempt(place, undefined, `${where} is missing`)
  }
  return { missed, tried }
}
