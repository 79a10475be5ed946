/**
 * The state of all threads and of their shared memory, and the moves from there. States are values: a move
 * makes a new state.
 *
 * @since 0.1.0
 */
import type { Local } from "./local.ts"
import { type Operation, show, type Words } from "./operation.ts"

/**
 * - `running`: its next operation may be enabled.
 * - `waiting`: in `Atomics.wait`, until notified.
 * - `paused`: in `Atomics.pause`, until another thread has changed the memory.
 * - `ended`: returned; `threw`: ended by an error; `stopped`: crashed.
 */
export type Status = "running" | "waiting" | "paused" | "ended" | "threw" | "stopped"

export interface ThreadState {
  readonly local: Local
  readonly status: Status
  /** Another thread has changed the memory since this thread's last pause. */
  readonly stale: boolean
}

export interface State {
  readonly memory: Readonly<Record<string, Words>>
  readonly threads: ReadonlyArray<ThreadState>
  readonly ports: Readonly<Record<string, ReadonlyArray<unknown>>>
  readonly log: ReadonlyArray<string>
  /** Threads in `Atomics.wait`, the longest first. */
  readonly waiters: ReadonlyArray<number>
}

/** One step of a thread. `how`: performs its operation (with this answer, for a choice), or an event befalls the thread. */
export interface Move {
  readonly thread: number
  readonly how: "step" | "timeout" | "stop" | number
}

export interface Rules {
  readonly names: ReadonlyArray<string>
  /** By thread. */
  readonly mayStop: ReadonlyArray<boolean>
  readonly timeouts: boolean
}

export const initial = (
  memory: Record<string, Words>,
  locals: ReadonlyArray<Local>,
  rules: Rules
): State => ({
  memory,
  threads: locals.map((local, i) => settle({ local, status: "running", stale: false }, rules.mayStop[i]!)),
  ports: {},
  log: [],
  waiters: []
})

/** What decides the rest of a thread. Nothing of a thread that is over does, except its value. */
const placeOf = ({ local, status }: ThreadState): number | string => {
  const isGone = status === "stopped" || (status === "ended" && valueOf(local) === undefined)
  return isGone ? "" : local.id
}

const valueOf = ({ next }: Local): unknown => (next._tag === "Ended" ? next.value : undefined)

/** Two states with the same key have the same future. */
export const keyOf = ({ log, memory, ports, threads, waiters }: State): string => {
  const words = Object.values(memory).map((array) => array.join())
  const places = threads.map((thread) => `${placeOf(thread)}${thread.status}${thread.stale ? 1 : 0}`)
  return [...words, ...places, waiters.join(), show(ports), ...log].join("|")
}

export const pendingOf = (thread: ThreadState): Operation =>
  thread.local.next._tag === "Performs" ? thread.local.next.operation : { _tag: "End" }

/** Ends a thread with a certain end, unless the thread may still crash on the way out. */
const settle = (thread: ThreadState, mayStop: boolean): ThreadState => {
  const { _tag } = thread.local.next
  if (_tag === "Performs" || (_tag === "Ended" && mayStop)) return thread
  return { ...thread, status: _tag === "Ended" ? "ended" : "threw" }
}

const isOver = (status: Status): boolean => status === "ended" || status === "threw" || status === "stopped"

/** Whether every thread has come to its end. */
export const isOverall = (state: State): boolean => state.threads.every(({ status }) => isOver(status))

/** The possible moves. None, and not {@link isOverall}: a deadlock. */
export const moves = (state: State, rules: Rules): ReadonlyArray<Move> => {
  const found: Array<Move> = []
  const stops: Array<Move> = []
  state.threads.forEach((thread, index) => {
    const operation = pendingOf(thread)
    if (!isOver(thread.status) && rules.mayStop[index]!) stops.push({ thread: index, how: "stop" })
    if (thread.status === "running" && isEnabled(state, operation, rules)) {
      if (operation._tag === "Choose") {
        for (let i = 0; i < operation.of; i++) found.push({ thread: index, how: i })
      } else found.push({ thread: index, how: "step" })
    }
    if (thread.status === "waiting" && rules.timeouts && operation._tag === "Wait") {
      if (operation.timeout < Infinity) found.push({ thread: index, how: "timeout" })
    }
  })
  // A crash is no way out of a deadlock.
  return found.length === 0 ? [] : [...found, ...stops]
}

const isEnabled = (state: State, operation: Operation, rules: Rules): boolean => {
  if (operation._tag === "Receive") return (state.ports[operation.port] ?? []).length > 0
  if (operation._tag !== "Join") return true
  const joined = state.threads[rules.names.indexOf(operation.thread)]
  return joined === undefined || isOver(joined.status)
}

/** The state after a move, and the thread's result; `undefined` while the thread waits. */
export const apply = (
  state: State,
  { how, thread: index }: Move,
  rules: Rules
): { readonly state: State; readonly answer: unknown } => {
  const threads = [...state.threads]
  const resume = (thread: number, answer: unknown) => {
    const { local, stale } = threads[thread]!
    threads[thread] = settle({ local: local.after(answer), status: "running", stale }, rules.mayStop[thread]!)
  }
  const become = (status: Status) => {
    threads[index] = { ...threads[index]!, status }
  }
  const without = (waiters: ReadonlyArray<number>) => waiters.filter((waiter) => waiter !== index)
  if (how === "stop") {
    become("stopped")
    return { state: { ...state, threads, waiters: without(state.waiters) }, answer: undefined }
  }
  if (how === "timeout") {
    resume(index, "timed-out")
    return { state: { ...state, threads, waiters: without(state.waiters) }, answer: "timed-out" }
  }
  const operation = pendingOf(threads[index]!)
  const answered = (answer: unknown, next: Partial<State> = {}) => {
    resume(index, answer)
    return { state: { ...state, threads, ...next }, answer }
  }
  switch (operation._tag) {
    case "End":
      become("ended")
      return { state: { ...state, threads }, answer: undefined }
    case "Choose":
      return answered(how)
    case "Log":
      return answered(undefined, { log: [...state.log, operation.event] })
    case "Post": {
      const queue = [...(state.ports[operation.port] ?? []), operation.message]
      return answered(undefined, { ports: { ...state.ports, [operation.port]: queue } })
    }
    case "Receive":
    case "Poll": {
      const [message, ...rest] = state.ports[operation.port] ?? []
      return answered(message, { ports: { ...state.ports, [operation.port]: rest } })
    }
    case "Join": {
      const joined = threads[rules.names.indexOf(operation.thread)]
      return answered(joined?.status === "stopped" ? "stopped" : "ended")
    }
    case "Pause": {
      const { stale } = threads[index]!
      threads[index] = { ...threads[index]!, stale: false }
      if (stale) return answered(undefined)
      become("paused")
      return { state: { ...state, threads }, answer: undefined }
    }
    case "Wait": {
      const word = state.memory[operation.array]![operation.index]
      if (word !== operation.value) return answered("not-equal")
      become("waiting")
      return { state: { ...state, threads, waiters: [...state.waiters, index] }, answer: undefined }
    }
    case "Notify": {
      const here = state.waiters.filter((waiter) => {
        const wait = pendingOf(threads[waiter]!)
        return wait._tag === "Wait" && wait.array === operation.array && wait.index === operation.index
      })
      const woken = here.slice(0, operation.count)
      for (const waiter of woken) resume(waiter, "ok")
      return answered(woken.length, { waiters: state.waiters.filter((waiter) => !woken.includes(waiter)) })
    }
    case "Load":
      return answered(state.memory[operation.array]![operation.index])
    default: {
      const words = state.memory[operation.array]!.slice()
      const answer = write(words, operation)
      if (words[operation.index] !== state.memory[operation.array]![operation.index]) {
        for (const other of threads.keys()) {
          if (other === index) continue
          if (threads[other]!.status === "paused") resume(other, undefined)
          else threads[other] = { ...threads[other]!, stale: true }
        }
      }
      return answered(answer, { memory: { ...state.memory, [operation.array]: words } })
    }
  }
}

const write = (
  words: any,
  operation: Extract<Operation, { readonly _tag: "Store" | "Change" | "CompareExchange" }>
): unknown => {
  const { index, value } = operation as { readonly index: number; readonly value: any }
  if (operation._tag === "Change") return Atomics[operation.change](words, index, value)
  if (operation._tag === "CompareExchange") {
    return Atomics.compareExchange(words, index, operation.expected as any, value)
  }
  if (operation.plain) words[index] = value
  else Atomics.store(words, index, value)
  return undefined
}
