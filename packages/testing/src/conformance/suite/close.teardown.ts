/**
 * Conformance cases: CLOSE, the finalizers of a worker's own layer.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { OnTeardown, teardown } from "./close.tasks.ts"
import { type Case, expect, expectEqual } from "./Harness.ts"
import * as Signal from "./Signal.ts"
import { awaitSnapshot, open, range } from "./Steps.ts"

/** Tolerance of a close beyond its limits on a busy machine, in milliseconds. */
const slack = 1_500

const teardowns: ReadonlyArray<Case> = [
  {
    name: "the finalizer of a worker's layer runs once in the life of each worker, and closing waits for the finalizer: S096",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 2 })
          yield* pool.provide(
            Effect.gen(function* () {
              yield* awaitSnapshot(
                ({ workers }) => workers.filter((w) => w.state === "ready").length === 2,
                "two ready"
              )
              const tell = OnTeardown({ signal, millis: 50, wait: 2 })
              yield* Effect.all([tell, tell], { concurrency: 2 })
            })
          )
          expectEqual(Signal.read(signal, teardown.begun), 0, "finalizers while the workers live")
          yield* pool.close
          yield* pool.close
          expectEqual(
            [Signal.read(signal, teardown.begun), Signal.read(signal, teardown.ended)],
            [2, 2],
            "finalizers"
          )
        })
      )
  },
  {
    name: "a finalizer slower than the grace is cut off, and closing ends: S096, G4",
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 1, grace: 100 })
          yield* pool.provide(OnTeardown({ signal, millis: 600_000 }))
          const millis = yield* pool.closeTimed
          expect(millis >= 90 && millis < 100 + slack, `closing took ${millis} ms`)
          expectEqual(
            [Signal.read(signal, teardown.begun), Signal.read(signal, teardown.ended)],
            [1, 0],
            "begun, ended"
          )
        })
      )
  },
  {
    name: "workers stop in parallel: 6 stops of 400 ms take about 400 ms, and a slow worker is ended at its limit: S097",
    timeout: 60_000,
    run: (harness) =>
      Effect.scoped(
        Effect.gen(function* () {
          const signal = Signal.make()
          const pool = yield* open(harness, { size: 6, grace: 1_200 })
          yield* pool.provide(
            Effect.gen(function* () {
              yield* awaitSnapshot(
                ({ workers }) => workers.filter((w) => w.state === "ready").length === 6,
                "six ready"
              )
              const tell = (millis: number) => OnTeardown({ signal, millis, wait: 6 })
              yield* Effect.forEach(range(6), (i) => tell(i === 0 ? 600_000 : 400), { concurrency: 6 })
            })
          )
          const millis = yield* pool.closeTimed
          expectEqual(
            [Signal.read(signal, teardown.begun), Signal.read(signal, teardown.ended)],
            [6, 5],
            "begun, ended"
          )
          // Sequentially, closing would take 5 × 400 + 1,200.
          expect(millis >= 1_190 && millis < 1_200 + slack, `closing took ${millis} ms`)
        })
      )
  }
]

/**
 * @category cases
 * @since 0.1.0
 */
export const closeTeardowns: ReadonlyArray<Case> = teardowns
