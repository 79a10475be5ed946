// What a process holds: threads, children, descriptors, heap. As `/proc` says; nothing where there is none.
import { readdirSync } from "node:fs"
import process from "node:process"
import { setImmediate as turn, setTimeout as delay } from "node:timers/promises"
import { descendantsOf } from "./processTable.ts"

export interface Held {
  readonly threads: number
  readonly children: number
  readonly descriptors: number
  readonly heapMb: number
}

const countOf = (path: string): number => {
  try {
    return readdirSync(path).length
  } catch {
    return 0
  }
}

/** Of this process, after a collection of garbage where it may ask for one. */
export const held = async (): Promise<Held> => {
  for (let i = 0; i < 5; i++) {
    await turn()
    globalThis.gc?.()
  }
  return {
    threads: countOf("/proc/self/task"),
    children: descendantsOf(process.pid).length,
    descriptors: countOf("/proc/self/fd"),
    heapMb: Math.round(process.memoryUsage().heapUsed / 1024 / 1024)
  }
}

/** What is there now and was not before, heap aside. */
export const grown = (before: Held, after: Held): ReadonlyArray<string> =>
  (["threads", "children", "descriptors"] as const)
    .filter((kind) => after[kind] > before[kind])
    .map((kind) => `${after[kind] - before[kind]} ${kind} are left`)

/** The same, once it is nothing or the time is over. */
export const leftOf = async (before: Held, within: number): Promise<ReadonlyArray<string>> => {
  const end = performance.now() + within
  for (;;) {
    const left = grown(before, await held())
    if (left.length === 0 || performance.now() > end) return left
    await delay(20)
  }
}
