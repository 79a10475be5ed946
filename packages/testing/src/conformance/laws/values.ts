/**
 * Laws of values: a task owns its payload, and a caller owns its result.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { Spoil } from "../suite/captures.tasks.ts"
import { expectEqual } from "../suite/Harness.ts"
import { range } from "../suite/Steps.ts"
import { draw } from "../../internal/current.ts"
import { type Law, make } from "./Law.ts"

export const ownValues: Law = make({
  name: "a value of its own",
  numbers: ["G10"],
  states:
    "each payload and each result keeps its value from the handover, under any later change of the object",
  pool: { size: 2 },
  program: Effect.gen(function* () {
    const box = { n: 0, parts: [0] }
    const set = (n: number) => {
      box.n = box.parts[0] = n
      return box
    }
    const handles: Array<TaskPool.TaskHandle<typeof Spoil.success.Type, unknown>> = []
    for (const n of range(8)) {
      handles.push(yield* TaskPool.fork(Spoil, set(n)))
      if ((yield* draw("command", 3)) === 0) yield* Effect.yieldNow
    }
    set(100)
    const inputs = range(6).map(() => box)
    const chunkSize = 1 + (yield* draw("command", 6))
    const mapped = yield* TaskPool.forEach(Spoil, inputs, { chunkSize })
    return { called: yield* Effect.forEach(handles, (handle) => handle.await), mapped, box }
  }),
  check: ({ box, called, mapped }) => {
    const boxOf = (n: number) => ({ n, parts: [n] })
    expectEqual(called, range(8).map(boxOf), "results of calls with one object")
    expectEqual(
      mapped,
      range(6).map(() => boxOf(100)),
      "results of a map over one object"
    )
    expectEqual(box, boxOf(100), "the caller's object")
    expectEqual(new Set([...called, ...mapped]).size, 14, "objects among the results")
  }
})
