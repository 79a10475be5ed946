/**
 * Threads that were started before a pool exists, until a transport with the same settings adopts them.
 *
 * Prestarted threads do not keep the process alive. A thread that ends before its adoption is forgotten: the pool starts
 * another, which will end of the same cause, and reports that cause.
 *
 * @since 0.1.0
 */
import { isDeepStrictEqual } from "node:util"
import type { Start } from "@heddle/core/protocol/messages/Message"
import * as Realm from "./memory/realm.ts"
import { spawnThread, type SpawnedThread } from "./spawnThread.ts"
import type { Settings } from "./settings.ts"

interface PrestartedThread extends SpawnedThread {
  readonly settings: Settings
  readonly forget: () => void
  readonly exited: () => void
}

const waiting = new Set<PrestartedThread>()

/** The settings that are fixed once a thread has been started. */
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

/** Starts a thread and returns its id. Throws where no thread was started. */
export const prestart = (settings: Settings, ordinal: number): number => {
  const spawned = spawnThread(settings, ordinal, undefined)
  const forget = (): void => {
    waiting.delete(entry)
  }
  const exited = (): void => {
    forget()
    Realm.gone(spawned.agent, ordinal)
  }
  const entry: PrestartedThread = { ...spawned, settings, forget, exited }
  spawned.worker.unref()
  // A listener also keeps the error from being unhandled.
  spawned.worker.on("error", forget)
  spawned.worker.on("exit", exited)
  waiting.add(entry)
  return spawned.worker.threadId
}

/** Takes the oldest thread with these settings and sends its start. `undefined`: no such thread waits. */
export const adopt = (settings: Settings, start: Start): SpawnedThread | undefined => {
  for (const entry of waiting) {
    if (!isAlike(entry.settings, settings)) continue
    const { agent, bell, exited, forget, output, port, unsent, worker } = entry
    forget()
    worker.removeListener("error", forget)
    worker.removeListener("exit", exited)
    worker.ref()
    port.postMessage(start)
    return { worker, port, bell, output, unsent, agent }
  }
  return undefined
}

/** Returns the threads with these settings that no transport adopted, to be ended. */
export const notAdopted = (settings: Settings): ReadonlyArray<{ readonly end: () => Promise<void> }> =>
  Array.from(waiting)
    .filter((entry) => isAlike(entry.settings, settings))
    .map(({ forget, port, worker }) => ({
      end: async () => {
        forget()
        await worker.terminate()
        port.close()
      }
    }))
