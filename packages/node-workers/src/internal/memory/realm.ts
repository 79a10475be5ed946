/**
 * The threads of a process that share structures, and the structures themselves.
 *
 * An *agent* is a thread with a number: 1 is the host's main thread, and each worker thread has another one for its life. Structures
 * name their owners by it. The host keeps the register: when a thread is gone, each structure is recovered for its agent *before* the
 * pool hears of the loss, so a lock is free when the caller of its lost task goes on (G17). Only then the number is given to another
 * thread: a number that is used again names nobody else's places.
 *
 * @since 0.3.0
 */
import { isMainThread } from "node:worker_threads"

/** The number of the host's main thread. */
export const hostAgent = 1

/** The most agents at a time, the host included. */
export const maxAgents = 64

/** The number of a thread for which no number was left: such a thread uses no locks. */
export const noAgent = 0

/** A thread that is gone. */
export interface Death {
  readonly agent: number
  /** The id of its worker, as in `WorkerLost`. */
  readonly worker: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What the realm asks of a structure. Each method wakes those who wait. */
export interface Structure {
  readonly recover: (death: Death) => void
  readonly dispose: () => void
}

/** The words that host and threads share: whether an agent waits in a lock, outside of its event loop. */
export type Board = Int32Array<SharedArrayBuffer>

/** A thread's part in the realm. */
export interface Membership {
  readonly agent: number
  readonly board: Board
}

const key = Symbol.for("~@heddle/node-workers/memory")

// -----------------------------------------------------------------------------
// the host
// -----------------------------------------------------------------------------

const board: Board = new Int32Array(new SharedArrayBuffer((maxAgents + 1) * Int32Array.BYTES_PER_ELEMENT))
const structures = new Set<Structure>()
const taken = new Set<number>([hostAgent])

/** Adds a structure until the returned function is called, which disposes of it. */
export const register = (structure: Structure): (() => void) => {
  structures.add(structure)
  return () => {
    if (structures.delete(structure)) structure.dispose()
  }
}

/** Gives a new thread its number. A thread of a worker has none: its structures would be made where nobody recovers them. */
export const birth = (): Membership => {
  if (!isHost()) return { agent: noAgent, board }
  let agent = hostAgent
  while (taken.has(agent)) agent++
  if (agent > maxAgents) return { agent: noAgent, board }
  taken.add(agent)
  return { agent, board }
}

/** The thread writes no more: frees what it held. Once for each birth: the number may be another thread's from now on. */
export const gone = (agent: number, worker: number): void => {
  if (agent <= hostAgent || !taken.has(agent)) return
  const death: Death = { agent, worker, at: Date.now() }
  for (const structure of structures) structure.recover(death)
  Atomics.store(board, agent, 0)
  taken.delete(agent)
}

/** Whether a thread waits in a lock. From outside it looks stopped. */
export const isWaiting = (agent: number): boolean => Atomics.load(board, agent) !== 0

// -----------------------------------------------------------------------------
// each thread
// -----------------------------------------------------------------------------

/** Worker: takes its part. Every copy of this package in the thread finds it. */
export const join = (membership: Membership): void => {
  Reflect.set(globalThis, key, membership)
}

/** Whether this is the thread that makes structures and recovers them. */
export const isHost = (): boolean => isMainThread

/** The number of this thread; `noAgent` where it has none. */
export const currentAgent = (): number => membership()?.agent ?? (isHost() ? hostAgent : noAgent)

/** Says whether this thread waits in a lock. */
export const setWaiting = (waiting: boolean): void => {
  const found = membership()
  if (found !== undefined) Atomics.store(found.board, found.agent, Number(waiting))
}

const membership = (): Membership | undefined => Reflect.get(globalThis, key)
