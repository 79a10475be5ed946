/**
 * Conformance cases: hostile values, at every entrance of a user's value.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskError from "@heddle/core/TaskError"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { type Case, expect, expectEqual, withPool } from "./Harness.ts"
import { givenUp, Module, Narrow, Open, Place, Plain, Strict, Transforming, Wide } from "./hostile.tasks.ts"
import { describeHostile, hostileCount, makeHostile } from "./hostile.values.ts"
import { Add, Echo, Where } from "./tasks.ts"

type Program = Effect.Effect<unknown, unknown, TaskPool.TaskPool | Scope.Scope>

/** Moves its payload, of any type. */
const Moving = Task.make("Echo", {
  payload: Task.transfer(Schema.Unknown, (value) => [value as ArrayBuffer]),
  success: Schema.Unknown
})

/** Where a value enters on the host. */
const onHost: ReadonlyArray<readonly [name: string, bring: (hostile: any) => Program]> = [
  ["payload", (hostile) => Echo(hostile)],
  ["payload's field", (hostile) => Echo({ list: [hostile] })],
  ["payload of a struct", (hostile) => Narrow(hostile)],
  ["payload's field of a struct", (hostile) => Narrow({ n: hostile })],
  ["payload of a class", (hostile) => Wide(hostile)],
  ["payload's field of a class", (hostile) => Wide({ content: hostile })],
  ["argument", (hostile) => Module.returns(hostile)],
  ["item", (hostile) => TaskPool.forEach(Echo, [1, hostile, 2])],
  ["item of a struct", (hostile) => TaskPool.forEach(Narrow, [{ n: 1 }, hostile])],
  ["element", (hostile) => Stream.runDrain(TaskPool.stream(Echo, [1, hostile, 2]))],
  ["forked payload", (hostile) => Effect.flatMap(TaskPool.fork(Echo, hostile), (handle) => handle.await)],
  ["broadcast payload", (hostile) => TaskPool.broadcast(Echo, hostile)],
  ["moved payload", (hostile) => Moving(hostile)],
  ["log annotation", (hostile) => Effect.annotateLogs(Add({ a: 1, b: 1 }), { hostile })],
  [
    "span",
    (hostile) =>
      Effect.provideService(
        Add({ a: 1, b: 1 }),
        Tracer.ParentSpan,
        Object.assign(Tracer.externalSpan({ traceId: "t", spanId: "s" }), { traceId: hostile })
      )
  ],
  ["reason of an abortion", (hostile) => givenUp(TaskPool.run, hostile)],
  [
    "reason of an earlier abortion",
    (hostile) => TaskPool.run(Add, { a: 1, b: 1 }, { signal: AbortSignal.abort(hostile) })
  ]
]

/** The entrances of a value in a worker; the worker makes the value from its number. */
const inWorker: ReadonlyArray<readonly [name: string, bring: (value: number) => Program]> = [
  ...[Open, Strict, Transforming].flatMap((task) =>
    Place.literals.map(
      (place) => [`${place} of ${task.key}`, (value: number): Program => task({ place, value })] as const
    )
  ),
  ["success of a plain function", (value) => Plain({ value, throws: false })],
  ["defect of a plain function", (value) => Plain({ value, throws: true })],
  [
    "one success of many",
    (value) =>
      TaskPool.forEach(
        Open,
        range(3).map((i) => ({ place: "success" as const, value: value + i }))
      )
  ],
  ["one failure of many", (value) => TaskPool.forEach(Strict, [{ place: "failure", value }])],
  ["many of a plain function", (value) => TaskPool.forEach(Plain, [{ value, throws: false }])],
  ...(["returns", "throws", "resolves", "rejects", "fails"] as const).flatMap((how) => [
    [`what a module's function ${how}`, (value: number): Program => Module[how](value)] as const,
    [
      `what a module's function ${how}, of many`,
      (value: number): Program => TaskPool.forEach(Module[how], [value, value])
    ] as const
  ])
]

const range = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, index) => index)

/**
 * How many places a value can be brought to.
 *
 * @category values
 * @since 0.1.0
 */
export const placeCount: number = onHost.length + inWorker.length

/** One value at one place, in words. */
const describe = (place: number, value: number): string =>
  `${(onHost[place] ?? inWorker[place - onHost.length]!)[0]}: ${describeHostile(value)}`

/** Brings a value to a place. A promise of a module may throw at its creation: in the caller's own code. */
const bring = (place: number, value: number): Program =>
  Effect.suspend(() => {
    const host = onHost[place]
    return host === undefined ? inWorker[place - onHost.length]![1](value) : host[1](makeHostile(value))
  })

/**
 * Brings values to places, one after another. Dies unless each call has one printable outcome, the worker stays
 * and the next good task succeeds.
 *
 * @category running
 * @since 0.1.0
 */
export const bringAll = (
  pairs: Iterable<readonly [place: number, value: number]>
): Effect.Effect<void, unknown, TaskPool.TaskPool> =>
  Effect.gen(function* () {
    const { worker } = yield* Where()
    let settled = 0
    for (const [place, value] of pairs) {
      const what = describe(place, value)
      const exit = yield* Effect.exit(Effect.scoped(bring(place, value)))
      const failure = problemOf(exit)
      expect(failure === undefined, `${what}: ${failure}`)
      if (++settled % 8 > 0) continue
      expectEqual((yield* Where()).worker, worker, `the worker after ${what}`)
    }
    expectEqual((yield* Where()).worker, worker, "the worker in the end")
    expectEqual(yield* Add({ a: 20, b: 22 }), 42)
    // Logged values would be printed thousands of times.
  }).pipe(Effect.provideService(References.CurrentLoggers, new Set()))

const problemOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (exit._tag === "Success") return undefined
  try {
    const text = Cause.pretty(exit.cause)
    for (const reason of exit.cause.reasons) {
      if (reason._tag === "Interrupt") return `the caller had asked for no interruption: ${text}`
      if (reason._tag !== "Fail" || !TaskError.isTaskError(reason.error)) continue
      const { _tag } = reason.error.reason
      if (!typed.has(_tag)) return text
    }
    return exit.cause.reasons.length > 0 ? undefined : "an empty cause"
  } catch (error) {
    return `it cannot be printed: ${String(error)}`
  }
}

/** The permitted outcomes of a bad value. */
const typed: ReadonlySet<TaskError.Reason["_tag"]> = new Set(["Malformed", "NotSerializable", "Interrupted"])

/**
 * So many pairs of a place and a value, without chance: each place meets values from all over the list, and with enough
 * pairs each value every place.
 *
 * @category values
 * @since 0.1.0
 */
export const pairs = function* (
  count: number,
  offset = 0
): Generator<readonly [place: number, value: number]> {
  // Coprime with the number of values: no pair repeats before all pairs had a turn.
  let stride = Math.floor(hostileCount * 0.618)
  while (gcd(stride, hostileCount) > 1) stride++
  for (let i = offset; i < offset + count; i++) {
    const round = Math.floor(i / placeCount)
    const place = i % placeCount
    yield [place, (round * stride + place * 97) % hostileCount]
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/**
 * @category cases
 * @since 0.1.0
 */
export const hostile: ReadonlyArray<Case> = range(2).map((part) => ({
  name: `a value throwing at every reader has one typed outcome, and the worker stays, part ${part + 1}: S209, G1, G9`,
  timeout: 60_000,
  run: (harness) => withPool(harness, { size: 1 }, bringAll(pairs(5 * placeCount, 5 * placeCount * part)))
}))
