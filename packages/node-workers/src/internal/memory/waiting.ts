/**
 * How a thread sleeps on a word of shared memory: in its event loop, or, in a worker alone, outside of it.
 *
 * @since 0.3.0
 */
import { isInterrupted } from "@heddle/core/Task"
import * as Realm from "./realm.ts"

/** How a sleep outside of the event loop ended. */
export type Slept = "awake" | "late" | "interrupted"

/** Longest sleep of a synchronous wait before it looks whether its task was interrupted, in milliseconds. */
const sliceMillis = 25

/**
 * Calls back once the word differs, or was notified. Cannot be cancelled: the caller changes the word and notifies it. Without a time-out
 * of V8's, which would leave its timer behind after the wake-up.
 */
export const sleep = (
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  word: number,
  wake: () => void
): void => {
  const waiting = Atomics.waitAsync(words, index, word)
  if (!waiting.async) return wake()
  const release = keepAlive()
  void waiting.value.then(() => {
    release()
    wake()
  })
}

/**
 * Sleeps outside of the event loop. `until`: in milliseconds, as `performance.now()` counts them. `isOver`: whether to wake although the
 * word is the same.
 */
export const sleepSync = (
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  word: number,
  until: number,
  isOver: () => boolean
): Slept => {
  Realm.setWaiting(true)
  try {
    while (Atomics.load(words, index) === word && !isOver()) {
      if (isInterrupted()) return "interrupted"
      const left = until - performance.now()
      if (left <= 0) return "late"
      if (Atomics.wait(words, index, word, Math.min(left, sliceMillis)) !== "timed-out") return "awake"
    }
    return "awake"
  } finally {
    Realm.setWaiting(false)
  }
}

let sleepers = 0
let handle: NodeJS.Timeout | undefined

/** A process whose only business is a sleep would end: Node does not count such sleeps. */
const keepAlive = (): (() => void) => {
  if (sleepers++ === 0) handle = setInterval(() => {}, 2 ** 31 - 1)
  return () => {
    if (--sleepers > 0) return
    clearInterval(handle)
    handle = undefined
  }
}
