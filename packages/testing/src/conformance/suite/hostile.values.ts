/**
 * Hostile values: for each way of reading, asking or printing, one value throws.
 *
 * Each value has a number, so a worker makes the very value of the test.
 *
 * @since 0.1.0
 */
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"

const revoked = (target: object): object => {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** The missile of a trap or a getter: an error, or a value equally bad to inspect. */
const missiles: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ["an error", () => new Error("fought back")],
  ["null", () => null],
  ["a symbol", () => Symbol("fought back")],
  ["a revoked proxy", () => revoked({})],
  ["a revoked function", () => revoked(() => {})],
  ["an error without a message", () => barbed(new Error("hidden"), "message", new Error("fought back"))]
]

class Custom {
  readonly field = 1
}

class CustomError extends Error {
  readonly _tag = "CustomError"
}

const bases: ReadonlyArray<readonly [name: string, make: () => object]> = [
  ["an object", () => ({ field: 1 })],
  ["a function", () => () => 1],
  ["a list", () => [1, 2, 3]],
  ["an error", () => new Error("hostile")],
  ["a custom error", () => new CustomError("hostile")],
  ["an instance", () => new Custom()],
  ["a map", () => new Map([["key", 1]])],
  ["a date", () => new Date(0)],
  ["bytes", () => new Uint8Array(8)]
]

const traps: ReadonlyArray<keyof ProxyHandler<object>> = [
  "apply",
  "construct",
  "defineProperty",
  "deleteProperty",
  "get",
  "getOwnPropertyDescriptor",
  "getPrototypeOf",
  "has",
  "isExtensible",
  "ownKeys",
  "preventExtensions",
  "set",
  "setPrototypeOf"
]

/** The names that Heddle, Effect, Node and JavaScript read from values. */
const asked: ReadonlyArray<PropertyKey> = [
  ..."name message stack cause errors _tag then catch toString valueOf toJSON constructor length size".split(
    " "
  ),
  ..."reason reasons value error defect failure code field fields key keys payload path detail side".split(
    " "
  ),
  ..."asEffect pipe annotations context annotate ast make _op 0".split(" "),
  ..."~effect/Effect ~effect/Effect/evaluate ~effect/Exit ~effect/Cause ~effect/Cause/Reason".split(" "),
  ..."~effect/Schema ~effect/SchemaIssue/Issue ~effect/Option ~effect/Redactable".split(" "),
  Equal.symbol,
  Hash.symbol,
  Symbol.iterator,
  Symbol.asyncIterator,
  Symbol.toPrimitive,
  Symbol.toStringTag,
  Symbol.hasInstance,
  Symbol.isConcatSpreadable,
  Symbol.species,
  Symbol.for("nodejs.util.inspect.custom")
]

/** The same object, with a throwing property. */
const barbed = <A extends object>(value: A, key: PropertyKey, thrown: unknown): A => {
  try {
    return Object.defineProperty(value, key, {
      configurable: true,
      enumerable: true,
      get: () => {
        throw thrown
      }
    })
  } catch {
    // A typed array has no place for the property.
    return value
  }
}

const trapped = (target: object, names: ReadonlyArray<keyof ProxyHandler<object>>, thrown: unknown): object =>
  new Proxy(
    target,
    Object.fromEntries(
      names.map((name) => [
        name,
        () => {
          throw thrown
        }
      ])
    )
  )

/** Throws at the second reading: a reader checking first and posting later meets the throw. */
const fickle = (value: object): object => {
  let readings = 0
  return Object.defineProperty(value, "field", {
    enumerable: true,
    get: () => {
      if (++readings > 1) throw new Error("fought back, the second time")
      return 1
    }
  })
}

const cyclicCause = (length: number): Error => {
  const errors = Array.from({ length }, (_, index) => new Error(`cause ${index}`))
  errors.forEach((error, index) => {
    error.cause = errors[(index + 1) % length]
  })
  return errors[0]!
}

const deep = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

const cyclicObject = (): object => {
  const value: Record<string, unknown> = { list: [] }
  value["self"] = value
  ;(value["list"] as Array<unknown>).push(value)
  return value
}

/** Apart from literals, since a linter rightly warns of literals with a `then`. */
const thenable = (f: (onFulfilled: (u: unknown) => void) => unknown): object =>
  Object.fromEntries(["then"].map((key) => [key, f]))

const special: ReadonlyArray<readonly [name: string, make: () => unknown]> = [
  ["a revoked object", () => revoked({})],
  ["a revoked function", () => revoked(() => {})],
  ["a revoked list", () => revoked([])],
  ["a revoked error", () => revoked(new Error("hidden"))],
  ["a proxy of a revoked proxy", () => new Proxy(revoked({}), {})],
  ["an error whose prototype is a revoked proxy", () => Object.setPrototypeOf(new Error("x"), revoked({}))],
  ["an object whose prototype is a revoked proxy", () => Object.create(revoked({}))],
  ["an object without a prototype", () => Object.create(null)],
  ["an error without a prototype", () => Object.setPrototypeOf(new Error("x"), null)],
  ["an error that is its own cause", () => cyclicCause(1)],
  ["a cycle of causes", () => cyclicCause(5)],
  ["a long chain of causes", () => deep(10_000, (cause) => new Error("link", { cause }))],
  ["a deep tree of errors", () => deep(500, (inner) => new AggregateError([inner, inner]))],
  ["a deep list", () => deep(20_000, (inner) => [inner])],
  ["a deep object", () => deep(20_000, (inner) => ({ inner }))],
  ["a cyclic object", cyclicObject],
  ["an error that holds itself", () => Object.assign(new Error("x"), cyclicObject())],
  ["an error of symbols", () => Object.assign(new Error("x"), { name: Symbol("n"), message: Symbol("m") })],
  ["an error of objects", () => Object.assign(new Error("x"), { name: {}, message: Object.create(null) })],
  ["an error whose parts are no list", () => Object.assign(new Error("x"), { errors: "none" })],
  ["an error with a huge list of parts", () => Object.assign(new Error("x"), { errors: Array(2 ** 31) })],
  ["an error with barbed parts", () => new AggregateError([revoked({}), barbed({}, "message", null)])],
  ["a fickle object", () => fickle({})],
  ["a fickle error", () => fickle(new Error("fickle"))],
  ["an object whose text is no text", () => ({ toString: () => ({}), valueOf: () => ({}) })],
  ["an object whose text is a symbol", () => ({ [Symbol.toPrimitive]: () => Symbol("no") })],
  ["a huge tag", () => ({ [Symbol.toStringTag]: "x".repeat(1_000_000) })],
  ["a tag that is an object", () => ({ [Symbol.toStringTag]: {} })],
  ["an own __proto__", () => JSON.parse('{"__proto__":{"then":1}}')],
  ["a thenable that throws", () => thenable(() => Promise.reject(revoked({})))],
  ["a thenable that never answers synchronously", () => thenable((f) => f(revoked({})))],
  [
    "a promise that rejects",
    () => {
      const promise = Promise.reject(revoked({}))
      promise.catch(() => {})
      return promise
    }
  ],
  ["a symbol", () => Symbol("hostile")],
  ["a registered symbol", () => Symbol.for("hostile")],
  ["a big integer", () => 10n ** 100n],
  ["not a number", () => Number.NaN],
  ["a class", () => Custom],
  ["a weak map", () => new WeakMap()],
  ["a generator", () => (function* () {})()],
  ["a sparse list", () => Array(100_000)]
]

type Recipe = readonly [name: string, make: () => unknown]

/** Every hostile value: each trap and each getter on each base, with each missile; then the special kinds. */
const recipes: ReadonlyArray<Recipe> = [
  ...special,
  ...bases.flatMap(([base, make]) =>
    missiles.flatMap(([missile, throwable]): ReadonlyArray<Recipe> => [
      [`${base}, every trap of which throws ${missile}`, () => trapped(make(), traps, throwable())],
      ...traps.map((trap): Recipe => [
        `${base} whose ${trap} throws ${missile}`,
        () => trapped(make(), [trap], throwable())
      ]),
      ...asked.map((key): Recipe => [
        `${base} whose ${String(key)} throws ${missile}`,
        () => barbed(make(), key, throwable())
      ])
    ])
  )
]

/**
 * How many hostile values there are.
 *
 * @category values
 * @since 0.1.0
 */
export const hostileCount: number = recipes.length

/**
 * Makes the hostile value of a number, anew each time.
 *
 * @category values
 * @since 0.1.0
 */
export const makeHostile = (index: number): any => recipes[index % recipes.length]![1]()

/**
 * Describes a hostile value in words.
 *
 * @category values
 * @since 0.1.0
 */
export const describeHostile = (index: number): string => recipes[index % recipes.length]![0]
