/**
 * Conformance cases: NEST, tasks calling tasks.
 *
 * @since 0.1.0
 */
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { occupy } from "./cancel.tasks.ts"
import { type Case, expect, expectEqual, expectReason, makeCase, withPool } from "./Harness.ts"
import { Chain, Descend, ForkJoin, Guardian, guardian, PassOn, Ping, Warden, Witness } from "./nest.tasks.ts"
import * as Signal from "./Signal.ts"
import * as Tasks from "./tasks.ts"
import { awaitReady, awaitSnapshot } from "./Watch.ts"

const limit = 64

const joins: ReadonlyArray<Case> = (["all", "forEach", "fork", "into", "stream"] as const).map((how) =>
  makeCase(
    `a pool of one finishes a fork/join of 3^4 tasks joined by ${how}: S145`,
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(yield* ForkJoin({ width: 3, depth: 4, how }), 81, "leaves")
      const { busy, queue } = yield* awaitSnapshot((snapshot) => snapshot.busy === 0, "idle")
      expectEqual([busy, queue.waiting], [0, 0], "what is left")
    }),
    { timeout: 30_000 }
  )
)

const outcomesOfChildren: ReadonlyArray<
  readonly [(typeof Witness.payload.Type)["how"], string, ReadonlyArray<string>]
> = [
  ["fail", "a declared failure is the class it was", ["Refusal 7"]],
  ["die", "a defect keeps its message", ["died of not a function, said the test"]],
  ["crash", "a lost worker is a nested WorkerLost", ["nested WorkerLost"]],
  ["unknown", "a task that nobody serves is a nested UnknownTask", ["nested UnknownTask"]],
  ["malformed", "a payload that does not fit is a nested Malformed", ["nested Malformed"]],
  ["unclonable", "a payload that cannot be cloned is a nested NotSerializable", ["nested NotSerializable"]],
  ["deadline", "a deadline is a nested DeadlineExceeded", ["nested DeadlineExceeded"]],
  [
    "handle",
    "one ended by its handle is a nested Interrupted",
    ["true true", "nested Interrupted by handle"]
  ],
  ["timeout", "a time-out of the handler's own ends its child", ["succeeded", "None"]],
  ["drain", "one that waits for all tasks would wait for itself", ["died of Deadlocked"]],
  ["snapshot", "the pool's snapshot is that of its host", ["succeeded", "open 1 of 2: Witness"]],
  ["broadcast", "a broadcast is a nested HostOnly", ["nested HostOnly"]],
  ["reserve", "a reservation is a nested HostOnly", ["nested HostOnly"]],
  ["resize", "resizing the pool is a mistake, HostOnly", ["died of HostOnly"]],
  ["recycle", "recycling the pool is a mistake, HostOnly", ["died of HostOnly"]],
  ["events", "listening to the pool is a mistake, HostOnly", ["died of HostOnly"]]
]

const witnesses: ReadonlyArray<Case> = outcomesOfChildren.map(([how, what, seen]) =>
  makeCase(
    `inside a handler, ${what}: G9`,
    { size: 2 },
    Effect.gen(function* () {
      // Gives the child a worker of its own.
      yield* awaitReady(2)
      const got = yield* Witness({ how })
      expectEqual(
        got.map((line) => line.replace(/^.*"None".*$|^none\(\)$/i, "None")),
        seen,
        "what the handler saw"
      )
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
    })
  )
)

/**
 * @category cases
 * @since 0.1.0
 */
export const nest: ReadonlyArray<Case> = [
  ...joins,
  ...witnesses,
  {
    name: "pools of one and of two recurse to the limit, with any queue, and one level more is a typed error: S145",
    timeout: 60_000,
    run: (harness) =>
      Effect.forEach(
        [
          { size: 1 },
          { size: 2 },
          { size: 1, queue: { capacity: 0 } },
          { size: 1, queue: { capacity: 0, strategy: "reject" } },
          { size: 1, concurrency: 3 }
        ] as const,
        (options) =>
          withPool(
            harness,
            options,
            Effect.gen(function* () {
              expectEqual(yield* Descend({ depth: 10 }), 10, "levels")
              expectEqual(yield* Descend({ depth: limit }), limit, "levels")
              const exit = yield* Effect.exit(Descend({ depth: limit + 1 }))
              const reason = expectReason(exit, "TooDeep")
              expectEqual([reason.limit, reason.chain.length], [limit, limit + 2], "limit, chain")
            })
          ),
        { discard: true }
      )
  },
  makeCase(
    "a task waiting for itself through another task fails with Deadlocked, which names the cycle: S145",
    { size: 1 },
    Effect.gen(function* () {
      const reason = expectReason(yield* Effect.exit(Ping({ to: "itself" })), "Deadlocked")
      expectEqual(reason.cycle, ["Pong", "Ping", "Pong"], "cycle")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
    })
  ),
  makeCase(
    "endless recursion over data with the keys of Effect's equality fails with TooDeep: S210",
    { size: 1 },
    Effect.gen(function* () {
      const to: unknown = JSON.parse(`{"~effect/Equal":1,"~effect/Hash":2}`)
      expectReason(yield* Effect.exit(Ping({ to })), "TooDeep")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
    })
  ),
  makeCase(
    "more callers than slots, all of which wait for children, all end: S145",
    { size: 2, queue: { capacity: 1 } },
    Effect.gen(function* () {
      const all = yield* Effect.all(
        Array.from({ length: 12 }, (_, i) =>
          ForkJoin({ width: 2, depth: 3, how: i % 2 === 0 ? "all" : "forEach" })
        ),
        { concurrency: "unbounded" }
      )
      expectEqual(
        all,
        Array.from({ length: 12 }, () => 8),
        "leaves"
      )
    }),
    { timeout: 60_000 }
  ),
  makeCase(
    "a handler's chain of 100 sequential calls ends in order: S144",
    { size: 1 },
    Effect.gen(function* () {
      expectEqual(
        yield* Chain({ length: 100 }),
        Array.from({ length: 100 }, (_, i) => i),
        "order"
      )
    })
  ),
  makeCase(
    "chains of 100, 50 and 60 sequential tasks all complete in order: S144",
    { size: 2 },
    Effect.gen(function* () {
      const chain = (length: number) =>
        Effect.gen(function* () {
          const order: Array<number> = []
          for (let i = 0; i < length; i++) order.push(yield* Tasks.Add({ a: i, b: 0 }))
          return order
        })
      const lengths = [100, 50, 60]
      const all = yield* Effect.all(lengths.map(chain), { concurrency: "unbounded" })
      expectEqual(
        all.map((order) => order.length),
        lengths,
        "lengths"
      )
      for (const order of all)
        expect(
          order.every((n, i) => n === i),
          "in order"
        )
    })
  ),
  makeCase(
    "a handler may fail with its child's failure: nested, and counted as a failure of its own: G9",
    { size: 2 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const before = (yield* TaskPool.snapshot).counts
      const exit = yield* Effect.exit(PassOn())
      const reason = expectReason(exit, "DeadlineExceeded")
      expectEqual(reason.limit, 10, "limit")
      const { counts } = yield* TaskPool.snapshot
      expectEqual(
        [counts.failed - before.failed, counts.interrupted - before.interrupted],
        [1, 1],
        "failed parents, interrupted children"
      )
    })
  ),
  ...[1, 3].map((size) =>
    makeCase(
      `interrupting a task on a pool of ${size} ends its children and theirs first, finalizers and all: G3`,
      { size },
      Effect.gen(function* () {
        const signal = Signal.make()
        const caller = yield* Effect.forkChild(Warden({ signal, cleanup: 30 }))
        yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
        yield* Fiber.interrupt(caller)
        expectEqual(
          [Signal.read(signal, occupy.cleaned), Signal.read(signal, guardian.cleaned)],
          [1, 1],
          "clean-ups when the caller hears"
        )
        expectEqual(Signal.read(signal, occupy.running), 0, "children that run")
        yield* awaitSnapshot(({ busy }) => busy === 0, "idle")
        expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
      }),
      { needs: ["sharedMemory"] }
    )
  ),
  makeCase(
    "a deaf child is ended with its worker, and its parent on another worker cleans up afterwards: G4",
    { size: 2, grace: 100 },
    Effect.gen(function* () {
      yield* awaitReady(2)
      const signal = Signal.make()
      const caller = yield* Effect.forkChild(Guardian({ signal, deaf: true }))
      yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
      yield* Fiber.interrupt(caller)
      expectEqual(Signal.read(signal, guardian.cleaned), 1, "clean-ups of the parent")
      expectEqual(yield* Tasks.Add({ a: 20, b: 22 }), 42, "the next good task")
    }),
    { needs: ["sharedMemory"] }
  ),
  makeCase(
    "a task's abandoned children end before its own outcome: G2",
    { size: 2 },
    Effect.gen(function* () {
      const signal = Signal.make()
      expectEqual(yield* Guardian({ signal, cleanup: 20, leave: true }), 0)
      expectEqual(
        [Signal.read(signal, occupy.cleaned), Signal.read(signal, occupy.running)],
        [1, 0],
        "clean-ups, running"
      )
    }),
    { needs: ["sharedMemory"] }
  ),
  makeCase(
    "the loss of a worker loses its task, after the end of the task's children on other workers: G5",
    { size: 2, grace: 200 },
    Effect.gen(function* () {
      const signal = Signal.make()
      const exit = yield* Effect.exit(TaskPool.run(Guardian, { signal, cleanup: 20 }, { deadline: 200 }))
      expectReason(exit, "DeadlineExceeded")
      expectEqual(Signal.read(signal, occupy.running), 0, "children that run")
    }),
    { needs: ["sharedMemory"] }
  ),
  {
    name: "closing a pool ends waiting tasks and the tasks they wait for: G2",
    needs: ["sharedMemory"],
    run: (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        yield* withPool(
          harness,
          { size: 1 },
          Effect.gen(function* () {
            yield* Effect.forkDetach(Effect.exit(Warden({ signal, cleanup: 20 })))
            yield* Signal.awaitAtLeast(signal, occupy.arrived, 1)
          })
        )
        expectEqual(
          [Signal.read(signal, occupy.cleaned), Signal.read(signal, occupy.running)],
          [1, 0],
          "clean-ups, running"
        )
      })
  },
  {
    name: "a draining pool lets its tasks call tasks until all are done: S093",
    needs: ["sharedMemory"],
    run: (harness) =>
      Effect.gen(function* () {
        const signal = Signal.make()
        const ended: Array<unknown> = []
        yield* withPool(
          harness,
          { size: 1, onClose: "drain" },
          Effect.gen(function* () {
            yield* Effect.forkDetach(
              Effect.tap(ForkJoin({ width: 2, depth: 5, how: "all" }), (n) =>
                Effect.sync(() => ended.push(n))
              )
            )
            const gate = Tasks.Gate({ signal, value: 1 })
            yield* Effect.forkDetach(Effect.exit(gate))
            Signal.addUnsafe(signal, Tasks.gate.open)
            yield* awaitSnapshot(({ counts }) => counts.submitted >= 2, "both are submitted")
          })
        )
        expectEqual(ended, [32], "what the drained task gave")
      })
  }
]
