/**
 * `InvalidOption`: the options of a pool, a task, a supervisor or a transport are invalid. Imports nothing.
 *
 * @since 0.1.0
 */

/**
 * A mistake in the program, so a defect. The message names the option, the expected value and the given value.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidOption extends Error {
  override readonly name = "InvalidOption"
  readonly option: string
  constructor(option: string, problem: string) {
    super(`${option}: ${problem}`)
    this.option = option
  }
}
