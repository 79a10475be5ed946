// What runs while `Object.prototype` has a foreign property, which every object inherits.
import { assert } from "vitest"

/** Puts a property on `Object.prototype`; returns what takes it away. */
export const pollute = (key: string, value: unknown): (() => void) => {
  Reflect.defineProperty(Object.prototype, key, {
    value,
    configurable: true,
    enumerable: false,
    writable: true
  })
  return () => void Reflect.deleteProperty(Object.prototype, key)
}

/** Runs a function, which must not wait, with a property on `Object.prototype`. */
const polluted = <A>(key: string, value: unknown, run: () => A): A => {
  const clean = pollute(key, value)
  try {
    return run()
  } finally {
    clean()
  }
}

/** Checks that a function, which must not wait, returns the same with each of these properties on `Object.prototype`. */
export const unmoved = (options: Record<string, unknown>, run: () => unknown): void => {
  const expected = run()
  for (const [key, value] of Object.entries(options))
    assert.deepStrictEqual(polluted(key, value, run), expected, key)
}
