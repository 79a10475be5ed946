/**
 * Conformance cases: SEC: values forbidden to cross, and their refusals.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import { type Case, expect, expectDefect, expectEqual, expectReason, makeCase, withPool } from "./Harness.ts"
import { Plain } from "./map.tasks.ts"
import { Add } from "./tasks.ts"
import { Around, Inspect } from "./wire.values.tasks.ts"

/** An object with an own key of this name, as made by `JSON.parse`. */
const parsed = (key: string): Record<string, unknown> => JSON.parse(`{"a":1,"${key}":{"polluted":true}}`)

const inert: ReadonlyArray<Case> = ["__proto__", "constructor", "prototype"].map((key) =>
  makeCase(
    `an own ${key} key changes no prototype in the worker nor on the host: S156, G10`,
    { size: 1 },
    Effect.gen(function* () {
      const known = parsed(key) as { a: number }
      const answer = yield* Inspect({ record: parsed(key), anything: parsed(key), known })
      expectEqual([answer.polluted, answer.prototypes], [false, true], "polluted, prototypes as they were")
      expect(!("polluted" in answer.echo), "the record that came back has another prototype")
      expect(Object.getPrototypeOf(answer.echo) === Object.prototype, "the record that came back")
      const annotated = yield* Effect.annotateLogs(Around(), parsed(key))
      expect(!("polluted" in annotated.annotations), "annotations have another prototype")
      expect(!("polluted" in {}), "every object of the host")
    })
  )
)

const refusals: ReadonlyArray<Case> = [
  makeCase(
    "names like ../../x, constructor, __proto__ and toString are UnknownTask, with the list of served tasks: S159, S009",
    { size: 1 },
    Effect.gen(function* () {
      for (const name of [
        "../../x",
        "constructor",
        "__proto__",
        "toString",
        "hasOwnProperty",
        "file:///etc/passwd"
      ]) {
        for (const call of [
          Task.make(name)(),
          TaskPool.forEach(Task.make(name), [undefined]),
          TaskPool.broadcast(Task.make(name), undefined)
        ]) {
          const { name: said, served } = expectReason(
            yield* Effect.exit<unknown, unknown, TaskPool.TaskPool>(call),
            "UnknownTask"
          )
          expectEqual([said, served.includes("Echo"), served.includes(name)], [name, true, false])
        }
      }
      expectEqual(yield* Add({ a: 1, b: 1 }), 2)
    })
  ),
  makeCase(
    "of a module only its own exported functions are tasks: no toString, constructor or __proto__: S159, G10",
    { size: 1 },
    Effect.gen(function* () {
      for (const name of ["toString", "constructor", "__proto__", "default", "missing"]) {
        const inherited = (
          Plain as unknown as Record<string, () => Effect.Effect<unknown, unknown, TaskPool.TaskPool>>
        )[name]!
        const { served } = expectReason(yield* Effect.exit(inherited()), "UnknownTask")
        const exported = [
          "add",
          "countdown",
          "double",
          "evens",
          "greet",
          "inBase",
          "joined",
          "nothing",
          "total",
          "types"
        ]
        expectEqual(served.toSorted(), exported, "served")
      }
      expectEqual(yield* Plain.double(21), 42)
    })
  ),
  ...[
    ["sizes", { sizes: 2 }],
    ["queue.capasity", { queue: { capasity: 2 } }],
    ["size", { size: 0 }],
    ["queue.strategy", { queue: { strategy: "drop" } }],
    ["grace", { grace: -1 }]
  ].map(([option, options]): Case => ({
    name: `a pool with ${JSON.stringify(options)} is refused, naming ${option as string}; nothing is started: S159`,
    run: (harness) =>
      Effect.gen(function* () {
        const built = withPool(harness, options as TaskPool.PoolOptions, TaskPool.snapshot)
        const defect = expectDefect(yield* Effect.exit(built))
        expect(defect instanceof TaskPool.InvalidOption, String(defect))
        expectEqual(defect.option, option)
      })
  })),
  makeCase(
    "a call with an unknown option is refused, naming the option; the task does not run: S159",
    { size: 1 },
    Effect.gen(function* () {
      for (const options of [
        { priority: 0.5 },
        { grace: -1 },
        { timeuot: 1 }
      ] as Array<TaskPool.RunOptions>) {
        const defect = expectDefect(yield* Effect.exit(TaskPool.run(Add, { a: 1, b: 1 }, options)))
        expect(defect instanceof TaskPool.InvalidOption, String(defect))
        expectEqual(defect.option, Object.keys(options)[0], "the option that is named")
      }
      expectEqual((yield* TaskPool.snapshot).counts.succeeded, 0, "runs")
    })
  )
]

/**
 * @category cases
 * @since 0.1.0
 */
export const wireSecurity: ReadonlyArray<Case> = [...inert, ...refusals]
