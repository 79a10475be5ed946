/**
 * Lets unmodified code run on modelled arrays: `Atomics.*` and plain indexing become operations.
 *
 * `Atomics` is changed only while a modelled thread is on the stack, and only for modelled arrays.
 *
 * @since 0.1.0
 */
import type { Change, Operation, Words } from "./operation.ts"

/** Performs one operation of the running thread, and returns the thread's result. */
export type Perform = (operation: Operation) => unknown

const names = new WeakMap<object, string>()
let current: Perform | undefined

/** Performs an operation of the currently running thread. */
export const perform: Perform = (operation) => {
  if (current === undefined) throw new Error("what is modelled is touched outside of a modelled thread")
  return current(operation)
}

const constants = new Set<string | symbol>(["length", "byteLength", "byteOffset", "BYTES_PER_ELEMENT"])

/** An array as threads see the array. */
export const modelled = (name: string, shape: Words): Words => {
  const indexOf = (key: string | symbol): number => {
    const index = typeof key === "string" ? Number(key) : Number.NaN
    return Number.isInteger(index) && index >= 0 && index < shape.length ? index : -1
  }
  const refuse = (key: string | symbol): never => {
    throw new TypeError(
      `${name}.${String(key)} is not modelled: use Atomics, or plain indexing within bounds`
    )
  }
  const proxy = new Proxy(shape, {
    get: (_, key) => {
      const index = indexOf(key)
      if (index >= 0) return perform({ _tag: "Load", array: name, index, plain: true })
      return constants.has(key) ? Reflect.get(shape, key, shape) : refuse(key)
    },
    set: (_, key, value) => {
      const index = indexOf(key)
      if (index < 0) refuse(key)
      perform({ _tag: "Store", array: name, index, value, plain: true })
      return true
    }
  })
  names.set(proxy, name)
  return proxy
}

type Method = (this: void, ...args: Array<any>) => unknown

const at = (words: Words, index: number) => {
  const array = names.get(words)!
  if (!Number.isInteger(index) || index < 0 || index >= words.length) {
    throw new RangeError(`${array}[${index}] is out of bounds`)
  }
  return { array, index }
}

const change =
  (name: Change): Method =>
  (words: Words, index: number, value: unknown) =>
    perform({ _tag: "Change", ...at(words, index), change: name, value })

const methods: Record<string, Method> = {
  load: (words: Words, index: number) => perform({ _tag: "Load", ...at(words, index), plain: false }),
  store: (words: Words, index: number, value: unknown) => {
    perform({ _tag: "Store", ...at(words, index), value, plain: false })
    return value
  },
  compareExchange: (words: Words, index: number, expected: unknown, value: unknown) =>
    perform({ _tag: "CompareExchange", ...at(words, index), expected, value }),
  wait: (words: Words, index: number, value: unknown, timeout = Infinity) =>
    perform({ _tag: "Wait", ...at(words, index), value, timeout: Number(timeout) }),
  notify: (words: Words, index: number, count = Infinity) =>
    perform({ _tag: "Notify", ...at(words, index), count: Number(count) }),
  waitAsync: () => {
    throw new TypeError("Atomics.waitAsync is not modelled: threads are synchronous")
  },
  add: change("add"),
  and: change("and"),
  exchange: change("exchange"),
  or: change("or"),
  sub: change("sub"),
  xor: change("xor")
}

/** Runs a thread's code with its operations going to `by`. */
export const intercepting = <A>(by: Perform, run: () => A): A => {
  const atomics = Atomics as unknown as Record<string, Method>
  const before = current
  const saved = new Map<string, PropertyDescriptor | undefined>()
  const put = (name: string, value: Method) => {
    saved.set(name, Object.getOwnPropertyDescriptor(atomics, name))
    Object.defineProperty(atomics, name, { value, configurable: true, writable: true })
  }
  for (const [name, method] of Object.entries(methods)) {
    const original = atomics[name]
    put(name, (...args) => (names.has(args[0]) ? method(...args) : original?.(...args)))
  }
  put("pause", () => perform({ _tag: "Pause" }))
  current = by
  try {
    return run()
  } finally {
    current = before
    for (const [name, descriptor] of saved) {
      if (descriptor === undefined) Reflect.deleteProperty(atomics, name)
      else Object.defineProperty(atomics, name, descriptor)
    }
  }
}
