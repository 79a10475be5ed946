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
