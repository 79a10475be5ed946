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
 * Takes the events of one machine one at a time.
 *
 * Invariant: no machine steps inside its own actions. An action may run foreign code (a listener, a caller, a
 * transport), and foreign code may raise an event of the same machine. Taken at once, the inner step would finish
 * before the outer step's remaining actions, which would then act on a stale state. So the event waits until the step
 * is done.
 */
export const oneAtATime = <Event>(take: (event: Event) => void): ((event: Event) => void) => {
  const raised: Array<Event> = []
  let isStepping = false
  return (event) => {
    raised.push(event)
    if (isStepping) return
    isStepping = true
    try {
      // A throwing step is a defect; the events queued behind the step are taken together with the next event.
      while (raised.length > 0) take(raised.shift()!)
    } finally {
      isStepping = false
    }
  }
}
