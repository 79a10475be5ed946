/**
 * State machines as data: a table of cells, the function that reads the table, and the queue in front of an owner.
 *
 * The same as in core, whose module is not public.
 *
 * @since 0.1.0
 */

/** The effect of one event in one state. `why` names the race or the rule behind a cell that is not obvious. */
export interface Cell<State extends string, Action extends string> {
  readonly next: State
  readonly actions: ReadonlyArray<Action>
  readonly why?: string
}

/** Invariant: an absent cell is a defect, never a silent no-op. Every legal race is written down. */
export type Table<State extends string, Event extends string, Action extends string> = {
  readonly [S in State]: { readonly [E in Event]?: Cell<State, Action> }
}

/** Throws the error of a missing cell. */
export const noCell = (machine: string, state: string, event: string): never => {
  throw new Error(`${machine}: no transition for event "${event}" in state "${state}"`)
}

/** Makes the function that finds a cell, and throws where the table has none. Allocates nothing per step. */
export const makeStep =
  <State extends string, Event extends string, Action extends string>(
    machine: string,
    table: Table<State, Event, Action>
  ) =>
  (state: State, event: Event): Cell<State, Action> =>
    table[state][event] ?? noCell(machine, state, event)

/** One state of a linked table: the cells of the state, under the names of the events. */
export type Linked<State extends string, Event extends string, Action extends string> = {
  readonly state: State
} & { readonly [E in Event]: Link<State, Event, Action> }

/** One cell of a linked table. A missing cell has no `next`. */
export interface Link<State extends string, Event extends string, Action extends string> {
  readonly event: Event
  readonly next: Linked<State, Event, Action> | undefined
  readonly actions: ReadonlyArray<Action>
}

/**
 * Links the cells of a table, for a machine that steps with every frame. All states have the same shape, so a step loads
 * two named properties. {@link makeStep} looks up two computed names, which takes about five times as long.
 */
export const link = <State extends string, Event extends string, Action extends string>(
  states: ReadonlyArray<State>,
  events: ReadonlyArray<Event>,
  table: Table<State, Event, Action>
): { readonly [S in State]: Linked<State, Event, Action> } => {
  const linked = {} as { [S in State]: Linked<State, Event, Action> }
  for (const state of states) linked[state] = { state } as Linked<State, Event, Action>
  for (const state of states) {
    for (const event of events) {
      const cell = table[state][event]
      const next = cell === undefined ? undefined : linked[cell.next]
      Reflect.set(linked[state], event, { event, next, actions: cell?.actions ?? [] })
    }
  }
  return linked
}

/**
 * Makes a function that takes the events of one machine one at a time.
 *
 * Invariant: no machine steps inside its own actions. An action may call a listener, and a listener may raise an event of
 * the same machine. Taken at once, the inner step would end before the outer step has done the rest of its actions, and
 * these would act on a state that has passed. So the event waits until the step is done.
 *
 * An event that is raised outside of a step is taken at once, without an allocation.
 */
export const oneAtATime = <Event>(take: (event: Event) => void): ((event: Event) => void) => {
  const raised: Array<Event> = []
  let isStepping = false
  return (event) => {
    if (isStepping) {
      raised.push(event)
      return
    }
    isStepping = true
    try {
      // A step that throws is a defect; the events behind it are taken with the next one.
      if (raised.length === 0) take(event)
      else raised.push(event)
      while (raised.length > 0) take(raised.shift()!)
    } finally {
      isStepping = false
    }
  }
}
