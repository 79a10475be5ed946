// A foreign property on `Object.prototype` is no option of a call.
import * as SharedService from "@heddle/core/SharedService"
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import { Add, Echo } from "@heddle/testing/conformance/suite/tasks"
import { SimulatedWorkers, Simulation } from "@heddle/testing"
import { assert, it } from "vitest"
import { pollute } from "../../core/test/support/polluted.ts"
import { simulated } from "./support/simulatedHarness.ts"

const options: Record<string, unknown> = {
  priority: 1_000,
  deadline: 0,
  timeout: 0,
  queueTimeout: 0,
  grace: -1,
  onInterrupt: "intruded",
  signal: AbortSignal.abort(),
  chunkSize: -1,
  into: new Uint8Array(0),
  ordered: false,
  parallelism: 0,
  sharedMemory: false,
  faults: "intruded"
}

const program = Effect.scoped(
  Effect.gen(function* () {
    const [three, list] = [{ a: 1, b: 2 }, [1, 2, 3]]
    const handle = yield* TaskPool.fork(Add, three, {})
    return [
      yield* TaskPool.run(Add, three, {}),
      yield* handle.await,
      yield* TaskPool.forEach(Echo, list, {}),
      yield* TaskPool.forEach(Echo, list),
      yield* Stream.runCollect(TaskPool.stream(Echo, list)),
      (yield* TaskPool.broadcast(Add, three, {})).map(({ exit }) => exit._tag)
    ]
  })
)

for (const [key, value] of Object.entries(options)) {
  it(`a call without ${key} has none, with any inherited properties: S223, G10`, async () => {
    const harness = simulated()
    const clean = pollute(key, value)
    try {
      const exit = await harness.run(withPool(harness, { size: 1 }, program))
      assert.deepStrictEqual(exit._tag === "Success" ? exit.value : exit.cause, [
        3,
        3,
        [1, 2, 3],
        [1, 2, 3],
        [1, 2, 3],
        ["Success"]
      ])
    } finally {
      clean()
    }
  })
}

/** Runs a program on simulated workers while every object inherits a property. */
const polluted = <A, E>(
  key: string,
  value: unknown,
  handlers: Parameters<typeof SimulatedWorkers.layer>[0],
  effect: Effect.Effect<A, E, TaskPool.TaskPool>
) => {
  const pool = Layer.provide(TaskPool.layer({ size: 2 }), SimulatedWorkers.layer(handlers))
  const clean = pollute(key, value)
  try {
    return Simulation.run(Effect.provide(effect, pool)).exit
  } finally {
    clean()
  }
}

const Never = Task.make("Never")

/** What the pool notes of a task's limits, and of its end. */
const notes: Record<string, unknown> = {
  queue: "intruded",
  deadline: "intruded",
  run: "intruded",
  grace: "intruded",
  unlisten: "intruded",
  why: { _tag: "PoolClosing" },
  since: -1,
  loss: "intruded",
  casualties: "intruded",
  crash: { exitCode: "intruded" },
  exits: ["intruded"]
}

for (const [key, value] of Object.entries(notes)) {
  it(`a limit ends its task, and tells so, with an inherited ${key}: S223, G4`, () => {
    const limited = TaskPool.run(Never, undefined, { timeout: 5, queueTimeout: 60_000 })
    const exit = polluted(
      key,
      value,
      Never.toLayer(() => Effect.never),
      Effect.flip(limited)
    )
    assert.strictEqual(exit._tag === "Success" ? exit.value.reason._tag : exit.cause, "DeadlineExceeded")
  })
}

const Store = SharedService.make("Store", {
  payload: Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer]),
  methods: { first: { success: Schema.Finite } }
})

const startOptions: Record<string, unknown> = {
  // Would refuse to move the payload.
  restart: "fresh",
  intensity: -1,
  period: 0,
  startTimeout: 0,
  grace: -1
}

for (const [key, value] of Object.entries(startOptions)) {
  it(`a service that is started without ${key} has none, with any inherited properties: S223, S286`, () => {
    const handlers = Store.toLayer((bytes) =>
      Effect.succeed(Store.of({ first: () => Effect.succeed(bytes[0]!) }))
    )
    const first = Effect.flatMap(Store.start(Uint8Array.of(7), {}), (store) => store.first())
    assert.deepStrictEqual(polluted(key, value, handlers, Effect.scoped(first)), Exit.succeed(7))
  })
}
