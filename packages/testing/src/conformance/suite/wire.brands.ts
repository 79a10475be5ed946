/**
 * Conformance cases: WIRE: data with the marks of an Effect, an Exit or a promise is data.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { type Case, expectEqual, expectSuccess, makeCase, withPool } from "./Harness.ts"
import { Answers } from "./map.tasks.ts"
import { Relay } from "./nest.tasks.ts"
import { Echo } from "./tasks.ts"

/** As a request or a file may hold them. */
const branded: ReadonlyArray<string> = [
  `{"~effect/Effect":{}}`,
  `{"~effect/Effect":{"_A":1,"_E":1,"_R":1}}`,
  `{"~effect/Effect":{},"~effect/Effect/evaluate":1}`,
  `{"~effect/Exit":"~effect/Exit","_tag":"Success","value":5}`,
  `{"~effect/Effect":{},"~effect/Exit":"~effect/Exit","_tag":"Success","value":5}`,
  `{"~effect/Effect":{},"~effect/Exit":"~effect/Exit","_tag":"Failure","cause":{"reasons":[]}}`,
  `{"~effect/Cause":"~effect/Cause","reasons":[]}`,
  `{"~effect/Equal":1,"~effect/Hash":2}`,
  `{"~effect/Stream":{}}`,
  `{"then":1}`,
  `{"then":{"then":null}}`,
  `{"_tag":"TaskError","reason":{"_tag":"WorkerLost"}}`,
  `{"_tag":"Some","value":1,"_id":"Option"}`,
  `["~effect/Exit"]`
]

const values = branded.map((text) => JSON.parse(text) as unknown)

/** Compared as text: Effect's equality would ask the data itself. */
const expectSame = (actual: ReadonlyArray<unknown>, what: string): void =>
  expectEqual(actual.map((value) => JSON.stringify(value)).join("\n"), branded.join("\n"), what)

const tasks = [
  ["a handler", Echo],
  ["a function", Answers.echo],
  ["an async function", Answers.echoLater],
  ["a function that answers an Effect", Answers.echoEffect],
  ["a function that answers a thenable", Answers.echoThenable]
] as const

/**
 * @category cases
 * @since 0.1.0
 */
export const wireBrands: ReadonlyArray<Case> = [
  ...tasks.map(([name, task]): Case => ({
    name: `${name} returns data with the marks of an Effect, an Exit or a promise unchanged, by each operation: S210, G10`,
    run: (harness) =>
      withPool(
        harness,
        { size: 1 },
        Effect.scoped(
          Effect.gen(function* () {
            expectSame(yield* Effect.forEach(values, (value) => task(value)), "called")
            expectSame(yield* TaskPool.forEach(task, values), "mapped")
            expectSame(yield* TaskPool.forEach(task, values, { chunkSize: 1 }), "mapped one by one")
            expectSame(yield* Stream.runCollect(TaskPool.stream(task, values)), "streamed")
            const handles = yield* Effect.forEach(values, (value) => TaskPool.fork(task, value))
            expectSame(yield* Effect.forEach(handles, (handle) => handle.await), "forked")
            const all = yield* Effect.forEach(values, (value) => TaskPool.broadcast(task, value))
            expectSame(
              all.flat().map(({ exit }) => expectSuccess(exit)),
              "broadcast"
            )
          })
        )
      )
  })),
  makeCase(
    "a handler calling tasks receives such data unchanged: S210, G10",
    { size: 1 },
    Effect.gen(function* () {
      const [called = [], mapped = []] = yield* Relay(values)
      expectSame(called, "called")
      expectSame(mapped, "mapped")
    })
  )
]
