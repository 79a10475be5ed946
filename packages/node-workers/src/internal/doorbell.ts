/**
 * Three words shared by a host and one of its threads, so that each can wait for a post of the other outside of its event loop.
 *
 * Only this file touches the words. `rings` counts the host's posts, `replies` those of the thread, each after the post.
 * `parked` is 1 while the thread sleeps on that word and has not been woken. Waking costs the host as much as a post does, so of many posts in a row only the first wakes.
 *
 * No post is missed. The host posts, then adds to `rings`, then resets `parked`. The thread reads `rings`, then polls for a
 * post, then sets `parked`, then sleeps *if `rings` has not changed and `parked` is still set*. A post after the poll rings
 * after the poll. So either the thread sees the new count and does not sleep, or `parked` was set before the ring, and the
 * host resets the word, which prevents or ends the sleep. A test walks every interleaving of the two.
 *
 * @since 0.1.0
 */

export type Doorbell = Int32Array<SharedArrayBuffer>

const Rings = 0
const Parked = 1
const Replies = 2

export const make = (): Doorbell => new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))

/** Host: rings after a post, and wakes the thread if parked. */
export const ring = (bell: Doorbell): void => {
  Atomics.add(bell, Rings, 1)
  if (Atomics.compareExchange(bell, Parked, 1, 0) === 1) Atomics.notify(bell, Parked)
}

/** Thread: returns the count of rings. Read the count before polling for a post. */
export const rings = (bell: Doorbell): number => Atomics.load(bell, Rings)

/** Thread: sleeps until the count of rings differs from `seen`, or the time is over. Returns whether the bell rang. */
export const park = (bell: Doorbell, seen: number, millis: number): boolean => {
  Atomics.store(bell, Parked, 1)
  const isRung = Atomics.load(bell, Rings) !== seen || Atomics.wait(bell, Parked, 1, millis) !== "timed-out"
  Atomics.store(bell, Parked, 0)
  return isRung
}

/** Thread: counts a post. Only after the post: the port's lock is free by then. */
export const reply = (bell: Doorbell): void => void Atomics.add(bell, Replies, 1)

/** Host: returns the count of the thread's posts, a number of 32 bits. */
export const replies = (bell: Doorbell): number => Atomics.load(bell, Replies)

/** Host: returns whether the thread is parked here. From outside a parked thread looks stopped, but is idle. */
export const isParked = (bell: Doorbell): boolean => Atomics.load(bell, Parked) === 1
