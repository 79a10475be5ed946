/**
 * Ends the workers that are left when a transport's layer closes. Normally there are none, since pools close first.
 *
 * @since 0.1.0
 */

/** How long closing waits for the workers, in milliseconds. */
const closeTimeout = 1000

export const endAll = async (left: ReadonlyArray<{ readonly end: () => Promise<void> }>): Promise<void> => {
  if (left.length === 0) return
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, closeTimeout)
  await Promise.race([Promise.all(left.map((worker) => worker.end())), timeout.promise])
  clearTimeout(timer)
}
