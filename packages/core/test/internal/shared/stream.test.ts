import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TaskDefinition } from "../../../src/internal/model/definition.ts"
import type { RunOptions } from "../../../src/internal/model/options.ts"
import type { PoolService } from "../../../src/internal/model/pool.ts"
import { stream, type StreamSettings } from "../../../src/internal/shared/stream.ts"
import { definitionOf } from "../host/fakes.ts"

/** A pool that doubles, and what it was asked for: single calls and chunks. */
const setUp = (chunkSize = 3) => {
  const asked: Array<unknown> = []
  const double = (n: unknown) => 2 * (n as number)
  const pool = {
    readAhead: 1,
    chunksAhead: 1,
    drawing: () => (payload: unknown) => payload,
    chunkSizeOf: () => chunkSize,
    run: (_: TaskDefinition, payload: unknown) => {
      asked.push(payload)
      return Effect.succeed(Array.isArray(payload) ? payload.map(double) : double(payload))
    },
    forEach: (_: TaskDefinition, inputs: ReadonlyArray<unknown>, options: { readonly chunkSize: number }) => {
      assert.strictEqual(options.chunkSize, inputs.length, "a chunk travels whole")
      asked.push([...inputs])
      return Effect.succeed(inputs.map(double))
    }
  } as unknown as PoolService
  const of = (
    inputs: Parameters<typeof stream>[2],
    settings: StreamSettings = {},
    options: RunOptions = {},
    definition = definitionOf("T")
  ) => stream(pool, definition, inputs, settings, options) as Stream.Stream<any, any>
  const run = (...all: Parameters<typeof of>) => Effect.runSync(Stream.runCollect(of(...all)))
  return { asked, of, run }
}

/** Inputs without end, and how many were drawn of them. */
const endless = () => {
  const state = { drawn: 0, isGivenUp: false }
  function* inputs() {
    try {
      for (;;) yield state.drawn++
    } finally {
      state.isGivenUp = true
    }
  }
  return { inputs: inputs(), state }
}

describe("the chunks of a stream", () => {
  it("are as large as what was measured says, and results come in order", () => {
    const { asked, run } = setUp()
    assert.deepStrictEqual(run([1, 2, 3, 4]), [2, 4, 6, 8])
    assert.deepStrictEqual(asked, [[1, 2, 3], [4]])
  })

  it("hold what is there: a stream's own chunk that is smaller is not waited for", () => {
    const { asked, run } = setUp()
    run(Stream.concat(Stream.fromIterable([1, 2]), Stream.fromIterable([3, 4, 5, 6])))
    assert.deepStrictEqual(asked, [[1, 2], [3, 4, 5], [6]])
  })

  it("are as large as the options say, and full but for the last one", () => {
    const { asked, run } = setUp()
    run(Stream.concat(Stream.fromIterable([1]), Stream.fromIterable([2, 3])), { chunkSize: 2 })
    assert.deepStrictEqual(asked, [[1, 2], [3]])
  })
})

describe("inputs that travel alone", () => {
  it("are those with a limit, a priority or a signal, which is meant for each: G4", () => {
    for (const options of [{ timeout: 5 }, { priority: 1 }, { signal: new AbortController().signal }]) {
      const { asked, run } = setUp()
      run([1, 2], {}, options)
      assert.deepStrictEqual(asked, [1, 2])
    }
  })

  it("are those of a task that has a limit of its own: G4", () => {
    for (const policy of [{ timeout: 5 }, { queueTimeout: 5 }]) {
      const { asked, run } = setUp()
      run([1, 2], {}, {}, definitionOf("T", policy))
      assert.deepStrictEqual(asked, [1, 2])
    }
  })

  it("are those of a stream that names how many run at once, or one for each chunk", () => {
    for (const settings of [{ concurrency: 2 }, { chunkSize: 1 }]) {
      const { asked, run } = setUp()
      run([1, 2], settings)
      assert.deepStrictEqual(asked, [1, 2])
    }
  })

  it("travel in chunks all the same where the size is named", () => {
    const { asked, run } = setUp()
    run([1, 2, 3], { chunkSize: 2 }, { timeout: 5 })
    assert.deepStrictEqual(asked, [[1, 2], [3]])
  })

  it("are lists of arguments where the task is a module's function", () => {
    const { asked, run } = setUp()
    run([1], { chunkSize: 1 }, {}, { ...definitionOf("f"), module: { url: "file:///a.js", name: "f" } })
    assert.deepStrictEqual(asked, [[1]])
  })
})

describe("the input of a stream", () => {
  it("is given up where the stream ends early, and not drawn far ahead: G2, G7", () => {
    const { of } = setUp()
    const { inputs, state } = endless()
    const taken = Effect.runSync(Stream.runCollect(Stream.take(of(inputs, { chunkSize: 1 }), 2)))
    assert.deepStrictEqual(taken, [0, 2])
    assert.isTrue(state.isGivenUp)
    assert.isAtMost(state.drawn, 4)
  })

  it("that throws is heard after all that it had given: G9", () => {
    const { asked, of } = setUp()
    function* inputs() {
      yield* [1, 2, 3, 4]
      throw new Error("broken")
    }
    const results: Array<unknown> = []
    const exit = Effect.runSyncExit(
      Stream.runForEach(of(inputs()), (result) => Effect.sync(() => results.push(result)))
    )
    assert.strictEqual(exit._tag, "Failure")
    assert.deepStrictEqual(asked, [[1, 2, 3], [4]])
    assert.deepStrictEqual(results, [2, 4, 6, 8])
  })
})
