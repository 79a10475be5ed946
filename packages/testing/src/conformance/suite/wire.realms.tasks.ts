/**
 * Tasks of the group WIRE: values from another realm, a `vm` context of the host or of the worker.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** One value of each kind known to structured clone, and some kinds refused by structured clone. */
const sources = {
  ArrayBuffer: "new Uint8Array([1, 2, 3]).buffer",
  SharedArrayBuffer: "new SharedArrayBuffer(4)",
  DataView: "new DataView(new Uint8Array([1, 2, 3]).buffer, 1)",
  Uint8Array: "new Uint8Array([1, 2, 3])",
  Float64Array: "new Float64Array([1.5, -0])",
  BigInt64Array: "new BigInt64Array([1n, -2n])",
  Map: "new Map([['bytes', new Uint8Array([1]).buffer], ['inner', new Map([[new Date(1), /a/g]])]])",
  Set: "new Set([1, new Set(['x']), [2n]])",
  Date: "new Date(86400000)",
  RegExp: "/a+/gi",
  Error: "Object.assign(new RangeError('of a realm', { cause: new Map([[1, 2]]) }), { f() {} })",
  boxed: "[Object(1), Object('text'), Object(true), Object(1n)]",
  record: "({ list: [1, { bytes: new ArrayBuffer(2) }], nothing: undefined, empty: Object.create(null) })",
  instance: "new (class Point { constructor() { this.x = new Uint8Array([7]) } })()",
  shared: "new Map([['deep', new Set([new SharedArrayBuffer(4)])]])",
  function: "({ list: [() => 1] })",
  "function in a map": "new Map([['f', { f() {} }]])",
  "function in a set": "new Set([1, () => 1])",
  promise: "({ later: Promise.resolve(1) })",
  symbol: "[Symbol('s')]"
} as const

/**
 * The kinds of value.
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = keyof typeof sources

/**
 * Every kind of value.
 *
 * @category models
 * @since 0.1.0
 */
export const kinds = Object.keys(sources) as ReadonlyArray<Kind>

/**
 * Whose built-in classes make the value.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Realm = Schema.Literals(["own", "other"])

const KindSchema = Schema.Literals(kinds)

interface Vm {
  readonly createContext: (globals: object) => object
  readonly runInContext: (code: string, context: object) => unknown
  readonly runInThisContext: (code: string) => unknown
}

/** Node's; elsewhere there is no second realm. */
const vm = (): Vm | undefined => {
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => unknown }
  }
  return process?.getBuiltinModule?.("node:vm") as Vm | undefined
}

/**
 * Whether this platform has more than one realm.
 *
 * @category models
 * @since 0.1.0
 */
export const hasRealms = vm() !== undefined

/**
 * A value of the named kind.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (kind: Kind, realm: typeof Realm.Type): unknown => {
  const code = `(${sources[kind]})`
  const { createContext, runInContext, runInThisContext } = vm()!
  return realm === "own" ? runInThisContext(code) : runInContext(code, createContext({}))
}

const whatMoves = (value: unknown): ReadonlyArray<ArrayBuffer> =>
  value === undefined
    ? []
    : [ArrayBuffer.isView(value) ? (value.buffer as ArrayBuffer) : (value as ArrayBuffer)]

const Moving = Task.transfer(Schema.Unknown, whatMoves)

/**
 * Returns a moving value, both ways.
 *
 * @category tasks
 * @since 0.1.0
 */
export const EchoMoving = Task.make("EchoMoving", { payload: Moving, success: Moving })

/**
 * Makes a value in the worker, and succeeds with the value, moves the value, or dies of the value.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MakeThere = Task.make("MakeThere", {
  payload: { kind: KindSchema, realm: Realm, how: Schema.Literals(["succeed", "die", "annotate"]) },
  success: Schema.Unknown
})

/**
 * The same, and the value moves.
 *
 * @category tasks
 * @since 0.1.0
 */
export const MoveThere = Task.make("MoveThere", {
  payload: { kind: KindSchema, realm: Realm },
  success: Moving
})

/**
 * Serves them.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = Layer.mergeAll(
  EchoMoving.toLayer((value) => Effect.succeed(value)),
  MakeThere.toLayer(({ how, kind, realm }) =>
    Effect.suspend(() => {
      const value = make(kind, realm)
      if (how === "die") return Effect.die(value)
      return how === "succeed"
        ? Effect.succeed(value)
        : Effect.as(Effect.annotateLogs(Effect.logInfo("made"), { value }), undefined)
    })
  ),
  MoveThere.toLayer(({ kind, realm }) => Effect.sync(() => make(kind, realm)))
)
