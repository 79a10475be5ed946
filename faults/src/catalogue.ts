// The faults: what is done, under which conditions, and what an answer would have to be. In the order of the report.
import { MessageChannel } from "node:worker_threads"
import type { BadFile } from "./badFiles.ts"
import { answer, type Injection } from "./injections.ts"
import type { SceneName } from "./scenes/index.ts"
import type { MemoryPolicy, Transport } from "./system.ts"

/** What is done to the system. */
export type Deed =
  /** A task that goes wrong by itself. */
  | { readonly _tag: "inject"; readonly injection: Injection }
  /** A payload, sent to a task that gives it back. */
  | { readonly _tag: "send"; readonly payload: () => unknown }
  /** The good task, called in a way that its types do not allow. */
  | { readonly _tag: "misuse"; readonly task: string; readonly payload: unknown }
  /** A worker file that is no good. */
  | { readonly _tag: "start"; readonly file: BadFile }
  /** The pool is closed while a task runs. */
  | { readonly _tag: "close" }
  /** The host is killed while its workers run. */
  | { readonly _tag: "kill-host"; readonly injection: Injection }
  /** The host is told to end while its worker runs: one signal, or a second one while it waits for its own clean-up. */
  | {
      readonly _tag: "signal"
      readonly signals: ReadonlyArray<"SIGINT" | "SIGTERM">
      readonly to: "host" | "group"
      readonly injection: Injection
    }
  /** What takes more than a call. */
  | { readonly _tag: "play"; readonly scene: SceneName }

export interface Fault {
  readonly name: string
  /** For the report. */
  readonly what: string
  readonly deed: Deed
  /** Whether the answer is right; absent where no answer can be. */
  readonly isRight?: (answer: any) => boolean
  /** Only where it can be done. Default: both. */
  readonly on?: Transport
  /** Whether the call has a time limit, by whatever means the system has. */
  readonly limited?: boolean
  /** Megabytes of heap that a worker may have. */
  readonly heapMb?: number
  /** What a worker may hold, by the means that the system has. */
  readonly memory?: MemoryPolicy
  /** Flags of Node for the host. */
  readonly flags?: ReadonlyArray<string>
  /** How many descriptors the host may have, and whatever it starts. */
  readonly descriptors?: number
  /** Whether the pool is no good for the next task, so that a new one is asked. */
  readonly isLast?: boolean
  /** Whether its outcome is known to vary from run to run, whatever the system: it is tried more often. */
  readonly varies?: boolean
  /** Milliseconds that it takes where nothing hangs, beyond the patience: thorough, quick. */
  readonly lasts?: readonly [thorough: number, quick: number]
}

/** How long it takes beyond the patience, in milliseconds. */
export const lastsOf = ({ lasts = [0, 0] }: Fault, isQuick: boolean): number => lasts[isQuick ? 1 : 0]

/** The time limit of calls that never come back, in milliseconds. */
export const limit = 500

const isAnswer = (value: unknown): boolean => value === answer

const injected = (injection: Injection, what: string, rest: Partial<Fault> = {}): Fault => ({
  name: injection,
  what,
  deed: { _tag: "inject", injection },
  ...rest
})

const sent = (name: string, what: string, payload: () => unknown, rest: Partial<Fault> = {}): Fault => ({
  name,
  what,
  deed: { _tag: "send", payload },
  ...rest
})

const started = (file: BadFile, what: string, rest: Partial<Fault> = {}): Fault => ({
  name: `start-${file}`,
  what,
  deed: { _tag: "start", file },
  ...rest
})

const signalled = (
  name: string,
  what: string,
  deed: Omit<Extract<Deed, { readonly _tag: "signal" }>, "_tag">
): Fault => ({ name, what, deed: { _tag: "signal", ...deed } })

const played = (scene: SceneName, what: string, rest: Partial<Fault> = {}): Fault => ({
  name: scene,
  what,
  deed: { _tag: "play", scene },
  ...rest
})

const limited = { limited: true } as const
const answers = { isRight: isAnswer } as const
const processes = { on: "processes" } as const
/** A death that races with a reply, or a growth that races with V8's own check. */
const varying = { varies: true } as const
const few = { descriptors: 48, isLast: true } as const

const lasting = (thoroughSeconds: number, quickSeconds: number): Partial<Fault> => ({
  lasts: [thoroughSeconds * 1000, quickSeconds * 1000]
})

const nested = (depth: number): unknown => {
  let value: unknown = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

const detached = (): Uint8Array => {
  const bytes = new Uint8Array(8)
  structuredClone(bytes, { transfer: [bytes.buffer] })
  return bytes
}

const rich = () => ({
  map: new Map<unknown, unknown>([[Number.NaN, undefined]]),
  date: new Date(0),
  big: 2n ** 70n
})

const isRich = (value: any): boolean =>
  value?.map instanceof Map &&
  value.map.has(Number.NaN) &&
  value.date instanceof Date &&
  value.date.getTime() === 0 &&
  value.big === 2n ** 70n

const isInert = (value: any): boolean =>
  (Object.prototype as any).polluted === undefined &&
  value?.polluted === undefined &&
  Object.getPrototypeOf(value ?? {}) === Object.prototype

export const faults: ReadonlyArray<Fault> = [
  injected("exit", "`process.exit(3)` in a task"),
  injected("exit-later", "`process.exit(3)` in a timer, while the task waits"),
  injected("exit-after-reply", "`process.exit(3)` just after the reply", { ...answers, ...varying }),
  injected("abort", "`process.abort()`", processes),
  injected("SIGKILL", "the worker kills itself with SIGKILL", processes),
  injected("SIGKILL-after-reply", "the worker kills itself with SIGKILL just after the reply", {
    ...processes,
    ...answers,
    ...varying
  }),
  played("SIGKILL-idle", "the idle worker gets SIGKILL, and is called at once", {
    ...processes,
    ...varying
  }),
  injected("SIGSEGV", "the worker dies of SIGSEGV", processes),
  injected("SIGSTOP", "the worker stops (SIGSTOP), time limit", { ...processes, ...limited }),
  {
    ...injected("SIGSTOP", "the worker stops (SIGSTOP), no time limit", processes),
    name: "SIGSTOP-unlimited"
  },
  injected("throw-null", "`throw null`"),
  injected("throw-undefined", "`throw undefined`"),
  injected("throw-string", "a thrown string"),
  injected("throw-symbol", "a thrown symbol"),
  injected("throw-function", "a thrown function"),
  injected("throw-object", "a thrown plain object"),
  injected("throw-cyclic", "an error that is its own cause"),
  injected("throw-spiteful", "an error whose `message` throws"),
  injected("reject-null", "a rejection with `null`"),
  injected("uncaught-during", "an uncaught exception, while the task waits"),
  injected("uncaught-null", "an uncaught `null`, while the task waits"),
  injected("uncaught-after", "an uncaught exception after the reply", answers),
  injected("rejection-during", "an unhandled rejection, while the task waits"),
  injected("rejection-after", "an unhandled rejection after the reply", answers),
  injected("heap-slow", "a heap that grows past its limit", { heapMb: 64, ...varying }),
  injected("heap-at-once", "an array far past the limit of the heap", { heapMb: 64, ...varying }),
  {
    ...injected("heap-at-once", "an array far past the memory policy, or else past a limit of the heap", {
      heapMb: 256,
      memory: { soft: 256, hard: 512 },
      ...varying
    }),
    name: "heap-policy"
  },
  {
    ...injected("heap-slow", "a heap that grows past what Node itself allows", { on: "threads", ...varying }),
    name: "heap-of-node",
    flags: ["--max-old-space-size=128"]
  },
  played("off-heap-kept", "array buffers past the memory policy, kept after the task", lasting(10, 10)),
  played("off-heap-taken", "array buffers far past the memory policy, within a task", {
    ...lasting(30, 30),
    ...varying
  }),
  injected("stack-overflow", "endless recursion"),
  injected("loop", "`for (;;);`, time limit", limited),
  injected("regular-expression", "a catastrophic regular expression, time limit", limited),
  injected("atomics-wait", "`Atomics.wait` for ever, time limit", limited),
  injected("exec-sync", "`execFileSync` for a minute, time limit", limited),
  injected("pbkdf2-sync", "`pbkdf2Sync` for minutes, time limit", limited),
  injected("blocked-then-late", "an answer after the time limit", limited),
  sent("payload-function", "a function in the payload", () => ({ deep: [() => answer] })),
  sent("payload-symbol", "a symbol in the payload", () => ({ deep: [Symbol("odd")] })),
  sent("payload-proxy", "a proxy as the payload", () => new Proxy({}, {})),
  sent("payload-port", "a port in the payload, not transferred", () => {
    const { port1 } = new MessageChannel()
    port1.unref()
    return { port1 }
  }),
  sent("payload-detached", "a detached buffer in the payload", detached),
  sent("payload-deep", "a payload nested a million deep", () => nested(1_000_000)),
  sent("payload-huge", "a payload of 300 MB", () => new Uint8Array(300 * 1024 * 1024), {
    isRight: (value) => value instanceof Uint8Array && value.length === 300 * 1024 * 1024
  }),
  sent("payload-rich", "a Map with NaN, a Date, a bigint, there and back", rich, { isRight: isRich }),
  sent(
    "payload-proto",
    "`__proto__` in parsed JSON, there and back",
    () => JSON.parse('{"__proto__":{"polluted":1}}'),
    {
      isRight: isInert
    }
  ),
  {
    name: "wrong-payload",
    what: "a text for a task that adds numbers",
    deed: { _tag: "misuse", task: "add", payload: "1" }
  },
  {
    name: "unknown-task",
    what: "a task of the name `toString`",
    deed: { _tag: "misuse", task: "toString", payload: 1 }
  },
  {
    name: "wrong-reply",
    what: "a text as the reply of a task that declares a number",
    deed: { _tag: "misuse", task: "lie", payload: 1 }
  },
  played("late-reply", "a reply after its time limit, among others", lasting(10, 10)),
  played("replaced-reply", "a reply while its worker is replaced, then others", lasting(30, 10)),
  played("host-blocked", "an answer in time, at a host that is blocked beyond the time limit"),
  played("host-stopped", "the host stops for two seconds (SIGSTOP, SIGCONT)"),
  injected("reply-function", "a function as the reply"),
  injected("reply-symbol", "a symbol deep in the reply"),
  injected("reply-proxy", "a proxy as the reply"),
  injected("reply-deep", "a reply nested a million deep"),
  injected("reply-huge", "a reply of 300 MB", {
    isRight: (value) => value instanceof Uint8Array && value.length === 300 * 1024 * 1024
  }),
  injected("output-flood", "2 MB on standard output", answers),
  injected("strays", "stray messages on `parentPort` or `process.send`", answers),
  injected("close-port", "`parentPort.close()` or `process.disconnect()`, then a reply", answers),
  injected("close-descriptors", "descriptors 3 to 5 closed, while the task waits", processes),
  injected("garbage-on-descriptors", "garbage on descriptors 3 to 5, while the task waits", processes),
  injected("pollute-prototype", "`Object.prototype` polluted in the worker", answers),
  started("missing", "a worker file that is missing"),
  started("syntax", "a syntax error in the worker file"),
  started("throw", "a throw at import"),
  started("throw-null", "`throw null` at import"),
  started("rejection", "an unhandled rejection at import"),
  started("exit", "`process.exit(7)` at import"),
  started("loop", "`for (;;);` at import"),
  started("pending", "a top-level await that never ends"),
  started("slow", "an import that takes two seconds", { isRight: (value) => value === 2 }),
  played("restart-storm", "workers that crash 20 ms after their start, each time", {
    isLast: true,
    ...lasting(15, 5)
  }),
  played("restart-storm-idle", "the same, and nobody calls", { isLast: true, ...lasting(15, 10) }),
  played("poison", "a task that kills each worker it touches"),
  played("poison-idempotent", "the same, and it may be run again", { isLast: true, ...lasting(10, 10) }),
  played("descriptors-exhausted", "no descriptor left when a worker is lost (`ulimit -n 48`)", few),
  played("descriptors-short", "no descriptor left for 300 ms when a worker is lost", few),
  played(
    "nested-pool",
    "a pool in a worker, its own worker in `for (;;);`: the outer one is closed",
    lasting(30, 30)
  ),
  played("nested-depth", "pools within the workers of pools, eight deep", lasting(30, 30)),
  played("nested-task", "a task that waits for another one of its pool, one worker"),
  played("deadlock", "a task that waits for itself through another one, one worker"),
  played("close-against-submit", "tasks are submitted as the pool closes", lasting(120, 30)),
  played("interrupt-against-acquire", "time limits at about the start of tasks", lasting(120, 30)),
  played("close-against-start", "the pool is closed as its worker starts", lasting(60, 30)),
  played("many-tasks", "very many tasks: descriptors, threads, listeners, heap", lasting(1800, 120)),
  {
    name: "close-while-running",
    what: "the pool is closed under a task that waits",
    deed: { _tag: "close" }
  },
  signalled("SIGINT-group", "SIGINT to the group of the host, its worker waits", {
    signals: ["SIGINT"],
    to: "group",
    injection: "wait"
  }),
  signalled("SIGTERM-host", "SIGTERM to the host, its worker is in `for (;;);`", {
    signals: ["SIGTERM"],
    to: "host",
    injection: "loop"
  }),
  signalled("signal-twice", "SIGINT, then SIGTERM while its own clean-up hangs", {
    signals: ["SIGINT", "SIGTERM"],
    to: "host",
    injection: "wait"
  }),
  {
    name: "kill-host-waiting",
    what: "the host gets SIGKILL, its worker waits",
    deed: { _tag: "kill-host", injection: "wait" },
    ...processes
  },
  {
    name: "kill-host-looping",
    what: "the host gets SIGKILL, its worker is in `for (;;);`",
    deed: { _tag: "kill-host", injection: "loop" },
    ...processes
  }
]
