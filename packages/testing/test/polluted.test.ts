// A foreign property on `Object.prototype` is no option of a call.
import * as TaskPool from "@heddle/core/TaskPool"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { withPool } from "@heddle/testing/conformance/suite/Harness"
import { Add, Echo } from "@heddle/testing/conformance/suite/tasks"
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
