/**
 * State machines as data: a table of cells, and the one function that reads the table.
 *
 * @since 0.1.0
 */

/** The reaction to an event in a state. `why` names the race or the rule behind a cell that is not obvious. */
export interface Cell<State extends string, Action extends string> {
  readonly next: State
  readonly actions: ReadonlyArray<Action>
  readonly why?: string
}

/** Invariant: an absent cell is a defect of the engine, never a silent no-op. Every legal race has a cell. */
export type Table<State extends string, Event extends string, Action extends string> = {
  readonly [S in State]: { readonly [E in Event]?: Cell<State, Action> }
}

export class IllegalTransition extends Error {
  override readonly name = "IllegalTransition"
  constructor(machine: string, state: string, event: string) {
    super(`${machine}: no transition for event "${event}" in state "${state}"`)
  }
}

/** Makes the function that finds a cell, and throws where the table has none. Allocates nothing per step. */
export const makeStep =
  <State extends string, Event extends string, Action extends string>(
    machine: string,
    table: Table<State, Event, Action>
  ) =>
  (state: State, event: Event): Cell<State, Action> => {
    const cell = table[state][event]
    if (cell === undefined) throw new IllegalTransition(machine, state, event)
    return cell
  }

/**
 * Makes a function that takes the events of one machine one at a time.
 *
 * Invariant: no machine steps inside its own actions. An action may run foreign code (a listener, a caller, a transport), which
 * may raise an event of the same machine. Taken at once, the inner step would end before the outer step has done the rest of its
 * actions, and these would act on a state that has passed. So the event waits until the step is done.
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
