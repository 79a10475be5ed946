/**
 * Conformance cases: WIRE: a value of another realm crosses, or is refused, as the same value of this realm does.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { type Case, expect, expectEqual } from "./Harness.ts"
import { Echo } from "./tasks.ts"
import { onOneWorker } from "./wire.misfits.ts"
import { EchoMoving, hasRealms, type Kind, kinds, make, MakeThere, MoveThere } from "./wire.realms.tasks.ts"

/** A value as text, class by class. Only values of this realm are told by their class. */
const describe = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`
  if (Object.is(value, -0)) return "-0"
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value)
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return `${value.constructor.name}(${new Uint8Array(value).join()})`
  }
  if (ArrayBuffer.isView(value)) {
    return `${value.constructor.name} of ${describe(value.buffer)} from ${value.byteOffset}: ${value.byteLength}`
  }
  if (value instanceof Map) return `Map(${list(Array.from(value).flat())})`
  if (value instanceof Set) return `Set(${list(Array.from(value))})`
  if (value instanceof Date || value instanceof RegExp) return JSON.stringify(String(value))
  if (value instanceof Error) return `${value.constructor.name}(${value.message}, ${describe(value.cause)})`
  if (Array.isArray(value)) return `[${list(value)}]`
  const isPlain = Object.getPrototypeOf(value) === Object.prototype
  if (!isPlain) return Object.prototype.toString.call(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}: ${describe(item)}`)
    .join()}}`
}

const list = (values: ReadonlyArray<unknown>): string => values.map(describe).join()

/** The outcome of a call, as text. */
const outcome = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<string, never, R> =>
  Effect.map(Effect.exit(call), (exit) => {
    if (exit._tag === "Success") return describe(exit.value)
    return exit.cause.reasons
      .map((reason) => {
        if (reason._tag === "Die") return `died of ${describe(reason.defect)}`
        const error: unknown = reason._tag === "Fail" ? reason.error : reason._tag
        const { reason: why } = error as { readonly reason?: Record<string, unknown> }
        return ["failed with", why?.["_tag"], why?.["side"], why?.["path"], why?.["detail"]].join(" ")
      })
      .join()
  })

type Way = readonly [
  way: string,
  kinds: ReadonlyArray<Kind>,
  call: (kind: Kind, realm: "own" | "other") => Effect.Effect<unknown, unknown, TaskPool.TaskPool>
]

/** Kinds for a transfer list, accepted or refused. */
const buffers: ReadonlyArray<Kind> = [
  "ArrayBuffer",
  "Uint8Array",
  "BigInt64Array",
  "DataView",
  "SharedArrayBuffer",
  "Map"
]

const lists: ReadonlyArray<Kind> = ["Uint8Array", "Float64Array", "BigInt64Array", "boxed", "Set", "Map"]

const ways: ReadonlyArray<Way> = [
  ["a payload", kinds, (kind, realm) => Echo(make(kind, realm))],
  [
    "an item of a chunk",
    kinds,
    (kind, realm) => TaskPool.forEach(Echo, [0, make(kind, realm)], { chunkSize: 2 })
  ],
  [
    "a payload that moves",
    buffers,
    (kind, realm) =>
      Effect.suspend(() => {
        const value = make(kind, realm)
        return Effect.map(Effect.exit(EchoMoving(value)), (exit) => [
          exit._tag,
          exit._tag === "Success" ? exit.value : undefined,
          // A moved value has left its sender.
          (ArrayBuffer.isView(value) ? value.buffer : (value as ArrayBuffer)).byteLength
        ])
      })
  ],
  ["a reply", kinds, (kind, realm) => MakeThere({ kind, realm, how: "succeed" })],
  ["a reply that moves", buffers, (kind, realm) => MoveThere({ kind, realm })],
  ["a defect", kinds, (kind, realm) => MakeThere({ kind, realm, how: "die" })],
  [
    "the inputs of a forEach",
    lists,
    (kind, realm) => TaskPool.forEach(Echo, make(kind, realm) as Iterable<unknown>)
  ],
  [
    "the array that a forEach fills",
    ["Uint8Array", "Float64Array", "BigInt64Array"],
    (kind, realm) => {
      const into = make(kind, realm) as BigInt64Array
      const inputs = Array.from(make(kind, "own") as BigInt64Array).toReversed()
      return Effect.map(TaskPool.forEach(Echo, inputs, { into } as object), () => Array.from(into))
    }
  ]
]

/**
 * @category cases
 * @since 0.1.0
 */
export const wireRealms: ReadonlyArray<Case> = [
  ...ways.map(([way, kindsOfWay, call]): Case => ({
    name: `as ${way}, what another realm made crosses or is refused as what this realm makes: S208, G10`,
    run: (harness) =>
      onOneWorker(
        harness,
        Effect.gen(function* () {
          if (!hasRealms) return
          for (const kind of kindsOfWay) {
            const own = yield* outcome(Effect.suspend(() => call(kind, "own")))
            const other = yield* outcome(Effect.suspend(() => call(kind, "other")))
            expectEqual(other, own, `${kind} as ${way}`)
          }
        })
      )
  })),
  {
    name: "as an annotation of a log, what another realm made arrives as what this realm makes: S208, G9",
    run: (harness) => {
      const heard: Array<unknown> = []
      const logger = Logger.make(({ fiber }) => {
        heard.push(describe(fiber.getRef(References.CurrentLogAnnotations)["value"]))
      })
      return onOneWorker(
        harness,
        Effect.gen(function* () {
          if (!hasRealms) return
          for (const kind of kinds) {
            for (const realm of ["own", "other"] as const) yield* MakeThere({ kind, realm, how: "annotate" })
            expect(heard.length === 2, `${heard.length} entries for ${kind}`)
            expectEqual(heard[1], heard[0], `${kind} as an annotation`)
            heard.length = 0
          }
        })
      ).pipe(Effect.provide(Logger.layer([logger])))
    }
  }
]
