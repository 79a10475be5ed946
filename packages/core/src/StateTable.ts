/**
 * State machines as data, as Heddle holds the lives of its tasks, workers and pools: for those who write a transport.
 *
 * A machine is a table. Its owner keeps the state, takes the cell of an event, and performs the actions of the cell. A test walks
 * every cell, absent cells included.
 *
 * **Example** (The life of a connection)
 *
 * ```ts
 * import * as StateTable from "@heddle/core/StateTable"
 *
 * const table: StateTable.Table<"open" | "closed", "close", "hangUp"> = {
 *   open: { close: { next: "closed", actions: ["hangUp"] } },
 *   closed: { close: { next: "closed", actions: [], why: "closed twice" } }
 * }
 * const step = StateTable.makeStep("connection", table)
 * let state: "open" | "closed" = "open"
 * const done: Array<string> = []
 * // An action that closes again is taken when the step is done.
 * const happen = StateTable.oneAtATime<"close">((event) => {
 *   const cell = step(state, event)
 *   state = cell.next
 *   done.push(...cell.actions)
 * })
 * happen("close")
 * happen("close")
 * console.log(state, done)
 * // => closed [ 'hangUp' ]
 * ```
 *
 * @since 0.1.0
 */

export {
  /**
   * The reaction to an event in a state.
   *
   * @category models
   * @since 0.1.0
   */
  type Cell,
  /**
   * The error of an event without a cell: a defect of the machine's owner.
   *
   * @category errors
   * @since 0.1.0
   */
  IllegalTransition,
  /**
   * Makes the function that finds the cell of a state and an event. The function throws {@link IllegalTransition} where the table has
   * none.
   *
   * @category constructors
   * @since 0.1.0
   */
  makeStep,
  /**
   * Makes a function that takes the events of a machine one at a time: an event raised by an action is taken when the step is done.
   *
   * @category constructors
   * @since 0.1.0
   */
  oneAtATime,
  /**
   * A machine's cells, by state and event.
   *
   * @category models
   * @since 0.1.0
   */
  type Table
} from "./internal/machine/transition.ts"
