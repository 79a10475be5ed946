/**
 * State machines as data: a table of cells, and the one function that reads it.
 *
 * @since 0.1.0
 */

/** What an event does in a state. `why` names the race or the rule behind a cell that is not obvious. */
export interface Cell<State extends string, Action extends string> {
  readonly next: State
  readonly actions: ReadonlyArray<Action>
  readonly why?: string
}

/** Invariant: an absent cell is a defect of the engine, never a silent no-op: every legal race is written down. */
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
 * Invariant: no machine steps inside its own actions. An action may run foreign code (a listener, a caller, a transport),
 * which may raise an event of the same machine; taken at once, the inner step would be over before the outer one has done
 * the rest of its actions, which would then act on a state that is gone. The event waits until the step is done.
 */
export const oneAtATime = <Event>(take: (event: Event) => void): ((event: Event) => void) => {
  const raised: Array<Event> = []
  let isStepping = false
  return (event) => {
    raised.push(event)
    if (isStepping) return
    isStepping = true
    try {
      // A step that throws is a defect; the events behind it are taken with the next one.
      while (raised.length > 0) take(raised.shift()!)
    } finally {
      isStepping = false
    }
  }
}
