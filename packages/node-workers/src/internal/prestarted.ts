/**
 * Threads that were started before there was a pool, until a transport with the same settings takes them.
 *
 * They do not hold the process. One that ends before it is taken is forgotten: the pool starts another, and hears of the
 * same end in its own time, with its cause.
 *
 * @since 0.1.0
 */
import { isDeepStrictEqual } from "node:util"
import type { Start } from "@heddle/core/protocol/messages/Message"
import { spawnThread, type Newborn } from "./spawnThread.ts"
import type { Settings } from "./settings.ts"

interface Waiting extends Newborn {
  readonly settings: Settings
  readonly forget: () => void
}

const waiting = new Set<Waiting>()

/** What a thread cannot change any more once it has been started. */
const traits = ({ entry, env, execArgv, lowLatency, name, output, resourceLimits }: Settings) => ({
  entry: entry.href,
  env: { ...env },
  execArgv,
  lowLatency,
  name,
  isMarked: output === "log",
  resourceLimits: { ...resourceLimits }
})

const isAlike = (a: Settings, b: Settings): boolean => isDeepStrictEqual(traits(a), traits(b))

/** Its thread id. Throws when nothing was started. */
export const begin = (settings: Settings, ordinal: number): number => {
  const newborn = spawnThread(settings, ordinal, undefined)
  const forget = (): void => {
    waiting.delete(entry)
  }
  const entry: Waiting = { ...newborn, settings, forget }
  newborn.worker.unref()
  // Also keeps an error from being unhandled.
  newborn.worker.on("error", forget)
  newborn.worker.on("exit", forget)
  waiting.add(entry)
  return newborn.worker.threadId
}

/** The one that has waited longest, told what to be. `undefined`: none waits that is alike. */
export const adopt = (settings: Settings, start: Start): Newborn | undefined => {
  for (const entry of waiting) {
    if (!isAlike(entry.settings, settings)) continue
    const { bell, forget, kept, outlet, port, worker } = entry
    forget()
    worker.removeListener("error", forget)
    worker.removeListener("exit", forget)
    worker.ref()
    port.postMessage(start)
    return { worker, port, bell, outlet, kept }
  }
  return undefined
}

/** Those that nobody took, to be ended. */
export const leftOf = (settings: Settings): ReadonlyArray<{ readonly end: () => Promise<void> }> =>
  Array.from(waiting)
    .filter((entry) => isAlike(entry.settings, settings))
    .map(({ forget, port, worker }) => ({
      end: async () => {
        forget()
        await worker.terminate()
        port.close()
      }
    }))
