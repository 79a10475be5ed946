/**
 * A turn of the real event loop, for code beyond the simulation's control.
 *
 * @since 0.1.0
 */

const immediate: ((f: () => void) => unknown) | undefined = Reflect.get(globalThis, "setImmediate")

/** Resolves in a later turn, after at least so many milliseconds. */
export const realTurn = (millis: number): Promise<void> =>
  new Promise((resolve) => {
    if (millis === 0 && immediate !== undefined) immediate(resolve)
    else setTimeout(resolve, millis)
  })
