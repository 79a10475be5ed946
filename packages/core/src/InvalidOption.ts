/**
 * `InvalidOption`: a pool, a task, a supervisor or a transport was described wrongly. Imports nothing.
 *
 * @since 0.1.0
 */

/**
 * A mistake in the program, so a defect. The message names the option, what was expected and what was given.
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
