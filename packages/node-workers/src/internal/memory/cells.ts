/**
 * Atomic operations on the integers of an array, by an index that is checked.
 *
 * @since 0.3.0
 */
import type { ArrayOf, IntegerKind, NumberOf } from "./numbers.ts"

/**
 * Each operation happens at once, as no other thread sees a half of it. `add` to `exchange` return the number before. A number past the
 * range of the kind wraps around.
 */
export interface Atomic<N extends number | bigint> {
  readonly load: (index: number) => N
  /** Returns the given number. */
  readonly store: (index: number, value: N) => N
  readonly add: (index: number, value: N) => N
  readonly sub: (index: number, value: N) => N
  readonly and: (index: number, value: N) => N
  readonly or: (index: number, value: N) => N
  readonly xor: (index: number, value: N) => N
  readonly exchange: (index: number, value: N) => N
  /** Writes `replacement` if the number is `expected`. Returns the number before: the write happened if that is `expected`. */
  readonly compareExchange: (index: number, expected: N, replacement: N) => N
}

/** `at`: the place of an index in the array. Throws for an index that does not exist. */
export const atomicOf = <K extends IntegerKind>(
  given: ArrayOf<K>,
  at: (index: number) => number
): Atomic<NumberOf<K>> => {
  const array = given as unknown as Int32Array<SharedArrayBuffer>
  const atomic: Atomic<number> = {
    load: (index) => Atomics.load(array, at(index)),
    store: (index, value) => Atomics.store(array, at(index), value),
    add: (index, value) => Atomics.add(array, at(index), value),
    sub: (index, value) => Atomics.sub(array, at(index), value),
    and: (index, value) => Atomics.and(array, at(index), value),
    or: (index, value) => Atomics.or(array, at(index), value),
    xor: (index, value) => Atomics.xor(array, at(index), value),
    exchange: (index, value) => Atomics.exchange(array, at(index), value),
    compareExchange: (index, expected, replacement) =>
      Atomics.compareExchange(array, at(index), expected, replacement)
  }
  return atomic as unknown as Atomic<NumberOf<K>>
}
