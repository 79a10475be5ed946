/**
 * Two words that a host and one of its threads share, so that a thread that waits without its event loop hears of a post.
 *
 * This file alone touches them. `rings` counts the host's posts; `parked` is one while the thread sleeps on it, and nobody has
 * woken it yet. Waking costs the host as much as a post does, so of many posts in a row the first one wakes.
 *
 * No post is slept through. The host posts, then adds to `rings`, then takes `parked` back; the thread reads `rings`, then
 * looks for a post, then sets `parked`, then sleeps *if `rings` is still what it read and `parked` is still set*. If the post
 * came after the look, so did the ring. Either the thread sees the new count and does not sleep, or `parked` was set before the
 * ring: then the host takes it back, so that the sleep does not begin, or is ended. A test walks every interleaving of the two.
 *
 * @since 0.1.0
 */

export type Doorbell = Int32Array<SharedArrayBuffer>

const Rings = 0
const Parked = 1

export const make = (): Doorbell => new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))

/** Host: after a post. */
export const ring = (bell: Doorbell): void => {
  Atomics.add(bell, Rings, 1)
  if (Atomics.compareExchange(bell, Parked, 1, 0) === 1) Atomics.notify(bell, Parked)
}

/** Thread: to be read before it looks for a post. */
export const rings = (bell: Doorbell): number => Atomics.load(bell, Rings)

/** Thread: sleeps until a ring that `seen` does not count, or until the time is over. `false`: it is over. */
export const sleep = (bell: Doorbell, seen: number, millis: number): boolean => {
  Atomics.store(bell, Parked, 1)
  const isRung = Atomics.load(bell, Rings) !== seen || Atomics.wait(bell, Parked, 1, millis) !== "timed-out"
  Atomics.store(bell, Parked, 0)
  return isRung
}

/** Host: whether the thread sleeps here. Such a thread looks stopped from outside, and is idle. */
export const isParked = (bell: Doorbell): boolean => Atomics.load(bell, Parked) === 1
