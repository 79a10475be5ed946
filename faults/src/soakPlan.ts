// What the callers of a soak do next: from a seed, and nothing else; and which outcomes each of these moves may have.
import type { Transport } from "./system.ts"
import type { Injection } from "./injections.ts"

/** What ended a call: `value`, `died`, `interrupted`, or the reason of its `TaskError`. */
export type Ending = string

export type Move =
  /** The good task. */
  | { readonly _tag: "add"; readonly n: number }
  /** A value there and back, which has to be the same. */
  | { readonly _tag: "echo" }
  /** A payload that cannot be sent. */
  | { readonly _tag: "unsendable" }
  | { readonly _tag: "inject"; readonly injection: Injection; readonly timeout: number | undefined }
  /** A task that waits, interrupted by its caller after so many milliseconds. */
  | { readonly _tag: "interrupt"; readonly injection: Injection; readonly after: number }

/** A number from 0 up to 1, from a state of 32 bits (mulberry32). */
export const makeRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Choice {
  readonly weight: number
  readonly injection: Injection
  readonly endings: ReadonlyArray<Ending>
  /** Milliseconds; such a task never ends by itself. */
  readonly timeout?: number
  readonly on?: Transport
}

const lost = ["WorkerLost"]
const late = ["DeadlineExceeded"]
const refused = ["NotSerializable"]
const died = ["died"]

/** Not among them: what hurts a worker after its reply, since the next task there may be lost with it, as it should be. */
const choices: ReadonlyArray<Choice> = [
  { weight: 4, injection: "exit", endings: lost },
  { weight: 4, injection: "exit-later", endings: lost },
  { weight: 4, injection: "uncaught-during", endings: lost },
  { weight: 2, injection: "uncaught-null", endings: lost },
  { weight: 4, injection: "rejection-during", endings: lost },
  { weight: 8, injection: "throw-null", endings: died },
  { weight: 8, injection: "throw-cyclic", endings: died },
  { weight: 4, injection: "throw-spiteful", endings: died },
  { weight: 8, injection: "stack-overflow", endings: died },
  { weight: 8, injection: "reply-function", endings: refused },
  { weight: 8, injection: "reply-symbol", endings: refused },
  { weight: 4, injection: "loop", endings: late, timeout: 50 },
  { weight: 2, injection: "regular-expression", endings: late, timeout: 50 },
  { weight: 2, injection: "atomics-wait", endings: late, timeout: 50 },
  { weight: 4, injection: "wait", endings: late, timeout: 50 },
  { weight: 1, injection: "heap-slow", endings: lost },
  { weight: 4, injection: "SIGKILL", endings: lost, on: "processes" },
  { weight: 2, injection: "SIGSEGV", endings: lost, on: "processes" },
  { weight: 2, injection: "abort", endings: lost, on: "processes" },
  { weight: 2, injection: "SIGSTOP", endings: late, timeout: 50, on: "processes" },
  { weight: 2, injection: "close-descriptors", endings: lost, on: "processes" },
  { weight: 2, injection: "garbage-on-descriptors", endings: lost, on: "processes" }
]

/** Of so many moves one is a fault; of the others most are good. */
const faultEvery = 50

/** The moves of one caller, without end. */
export function* movesOf(seed: number, caller: number, transport: Transport): Generator<Move, never> {
  const random = makeRandom(Math.imul(seed, 2_654_435_761) + caller)
  const possible = choices.filter(({ on }) => on === undefined || on === transport)
  const total = possible.reduce((sum, { weight }) => sum + weight, 0)
  const pick = (): Choice => {
    let left = random() * total
    return possible.find(({ weight }) => (left -= weight) < 0) ?? possible[0]!
  }
  for (;;) {
    if (random() < 1 / faultEvery) {
      const { injection, timeout } = pick()
      yield { _tag: "inject", injection, timeout }
      continue
    }
    const at = random()
    if (at < 0.005) yield { _tag: "interrupt", injection: "wait", after: Math.floor(random() * 30) }
    else if (at < 0.02) yield { _tag: "unsendable" }
    else if (at < 0.2) yield { _tag: "echo" }
    else if (at < 0.5) yield { _tag: "inject", injection: "work", timeout: undefined }
    else yield { _tag: "add", n: Math.floor(random() * 1e9) }
  }
}

/** Whether a move may end like this. A good task is never lost: nothing else runs beside it (G5). */
export const isExpected = (move: Move, ending: Ending): boolean => {
  switch (move._tag) {
    case "add":
    case "echo":
      return ending === "value"
    case "unsendable":
      return ending === "NotSerializable"
    // It may have waited in the queue all the time, or its worker may have ended as it asked to.
    case "interrupt":
      return ending === "interrupted"
    case "inject":
      if (move.injection === "work") return ending === "value"
      return choices.some(
        ({ endings, injection }) => injection === move.injection && endings.includes(ending)
      )
  }
}
