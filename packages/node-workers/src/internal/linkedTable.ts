/**
 * Tables of states for machines that step with every frame: cells are linked, so that a step looks nothing up by name.
 *
 * @since 0.1.0
 */
import type { Table } from "@heddle/core/StateTable"

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
 * two named properties. `makeStep` looks up two computed names, which takes about five times as long.
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
