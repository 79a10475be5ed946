// What goes wrong inside a worker. One module for every system, so that each is hurt by the same code.
import { execFileSync } from "node:child_process"
import { pbkdf2Sync } from "node:crypto"
import { closeSync, writeSync } from "node:fs"
import process from "node:process"
import { parentPort } from "node:worker_threads"

/** What a task answers that was hurt and still has an answer. */
export const answer = 42

const never = (): Promise<never> => {
  // Something that keeps the worker alive: what is injected shall end it, not an empty loop.
  setInterval(() => {}, 1000)
  return new Promise(() => {})
}

const throwing = (thrown: unknown) => (): never => {
  throw thrown
}

const later = (what: () => unknown): Promise<never> => {
  setTimeout(what, 10)
  return never()
}

const after = (what: () => unknown): number => {
  setTimeout(what, 10)
  return answer
}

const cyclic = (): Error => {
  const error: Error & { self?: unknown } = new Error("cyclic")
  error.cause = error
  error.self = error
  return error
}

class Spiteful extends Error {
  override get message(): string {
    throw new Error("from the getter of message")
  }
}

const reject = (reason: unknown): void => void Promise.reject(reason)

export const spin = (millis: number): void => {
  for (const end = performance.now() + millis; performance.now() < end;);
}

/** In small steps: a list, not an array, which would be copied as a whole each time that it grows. */
const grow = (): never => {
  let kept: { readonly rest: unknown } | undefined
  for (;;) kept = { rest: kept }
}

const overflow = (): number => overflow() + 1

const signal = (name: NodeJS.Signals): Promise<never> => {
  process.kill(process.pid, name)
  return never()
}

/** Whatever channel a worker has besides the pool's own, or the pool's own where that is the only one. */
const strays = (): number => {
  for (const stray of [
    undefined,
    null,
    "stray",
    7,
    { id: 1, result: "forged" },
    [1, 2, 3],
    { taskId: "1" }
  ]) {
    if (parentPort !== null) parentPort.postMessage(stray)
    // What cannot be a message at all is refused by Node itself.
    else if (stray !== undefined) process.send?.(stray)
  }
  return answer
}

const eachDescriptor = (use: (fd: number) => void): Promise<never> => {
  for (const fd of [3, 4, 5]) {
    try {
      use(fd)
    } catch {
      // Not every worker has each of them.
    }
  }
  return never()
}

const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth))

export const injections = {
  exit: () => process.exit(3),
  "exit-later": () => later(() => process.exit(3)),
  "exit-after-reply": () => after(() => process.exit(3)),
  abort: () => process.abort(),
  SIGKILL: () => signal("SIGKILL"),
  "SIGKILL-after-reply": () => after(() => signal("SIGKILL")),
  SIGSEGV: () => signal("SIGSEGV"),
  SIGSTOP: () => signal("SIGSTOP"),
  "throw-null": throwing(null),
  "throw-undefined": throwing(undefined),
  "throw-string": throwing("a string"),
  "throw-symbol": throwing(Symbol("odd")),
  "throw-function": throwing(() => {}),
  "throw-object": throwing({ code: 7 }),
  "throw-cyclic": () => throwing(cyclic())(),
  "throw-spiteful": () => throwing(new Spiteful())(),
  "reject-null": () => Promise.reject(null),
  "uncaught-during": () => later(throwing(new Error("uncaught"))),
  "uncaught-null": () => later(throwing(null)),
  "uncaught-after": () => after(throwing(new Error("uncaught"))),
  "rejection-during": () => later(() => reject(new Error("nobody handles this"))),
  "rejection-after": () => after(() => reject(new Error("nobody handles this"))),
  "heap-slow": grow,
  "heap-at-once": () => Array.from({ length: 50_000_000 }, (_, i) => ({ i })).length,
  "stack-overflow": overflow,
  loop: () => {
    for (;;);
  },
  "regular-expression": () => /^(?:a+)+$/.test(`${"a".repeat(200)}!`),
  "atomics-wait": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  "exec-sync": () => execFileSync("sleep", ["60"]),
  "pbkdf2-sync": () => pbkdf2Sync("password", "salt", 2 ** 28, 64, "sha512"),
  "blocked-then-late": () => {
    spin(1500)
    return "late"
  },
  "reply-function": () => () => answer,
  "reply-symbol": () => ({ deep: [Symbol("odd")] }),
  "reply-proxy": () => new Proxy({}, {}),
  "reply-deep": () => nested(1_000_000),
  "reply-huge": () => new Uint8Array(300 * 1024 * 1024),
  "output-flood": () => {
    for (let i = 0; i < 2000; i++) process.stdout.write(`${"x".repeat(999)}\n`)
    return answer
  },
  strays,
  "close-port": () => {
    parentPort?.close()
    if (parentPort === null) process.disconnect?.()
    return answer
  },
  "close-descriptors": () => eachDescriptor(closeSync),
  "garbage-on-descriptors": () => eachDescriptor((fd) => writeSync(fd, '{"not":"a record"\n'.repeat(10))),
  "pollute-prototype": () => {
    Reflect.set(Object.prototype, "polluted", true)
    return answer
  },
  wait: never,
  work: () => {
    spin(2)
    return answer
  }
} as const

export type Injection = keyof typeof injections

/** Performs one. */
export const inject = (name: Injection): unknown => injections[name]()

/** Gives back what it got. */
export const echo = (value: unknown): unknown => value

/** The good task. */
export const add = (n: number): number => n + 1
