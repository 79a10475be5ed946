/**
 * A plain module, for cases of `Task.fromModule`.
 *
 * @since 0.1.0
 */

/**
 * @category functions
 * @since 0.1.0
 */
export const double = (n: number): number => 2 * n

/**
 * @category functions
 * @since 0.1.0
 */
export const greet = async (name: string): Promise<string> => `hello ${name}`

/**
 * Takes nothing.
 *
 * @category functions
 * @since 0.1.0
 */
export const nothing = (): void => {}
