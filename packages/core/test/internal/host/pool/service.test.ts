import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { make } from "../../../../src/internal/host/pool/service.ts"
import { defaults } from "../../../../src/internal/model/defaults.ts"
import type { PoolOptions } from "../../../../src/internal/model/options.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import { WorkerTransport } from "../../../../src/WorkerTransport.ts"

type Transport = WorkerTransport["Service"]

/** Workers that say that they are ready when the test says so, and stop when they are asked to. */
const setUp = (parts: Partial<Transport> = {}, options: PoolOptions = { size: 1 }) => {
  const starts: Array<Message.Start> = []
  const workers: Array<{ readonly ready: () => void; readonly exit: () => void }> = []
  const transport: Transport = {
    name: "fake",
    parallelism: 8,
    sharedMemory: true,
    endOfTurn: (callback) => queueMicrotask(callback),
    spawn: (start, listener) => {
      starts.push(start)
      let sequence = 0
      const say = (push: (frame: Message.Frame) => void) => {
        const frame = Message.emptyFrame(start.workerEpoch, sequence++)
        push(frame)
        listener.onFrame(frame)
      }
      const exit = () => listener.onExit({ outOfMemory: false, stderr: "", exitCode: 0 })
      workers.push({ ready: () => say((frame) => Message.pushReady(frame, ["T"])), exit })
      return {
        post: (frame) =>
          Message.readRequests(frame, {
            stop: () => {
              say(Message.pushStopped)
              exit()
            }
          }),
        drain: () => {},
        terminate: exit
      }
    },
    ...parts
  }
  /** The pool in a scope of its own. */
  const open = Effect.gen(function* () {
    const scope = yield* Scope.make()
    const opening = yield* Effect.forkChild(
      make(options).pipe(Effect.provideService(WorkerTransport, transport), Scope.provide(scope)),
      { startImmediately: true }
    )
    return { opening, scope }
  })
  return { open, starts, workers }
}

const reasonOf = (exit: Exit.Exit<any, any> | undefined): any =>
  exit?._tag === "Failure" ? (Cause.squash(exit.cause) as any).reason : undefined

describe("opening a pool", () => {
  it.effect("waits for the first worker: G11", () =>
    Effect.gen(function* () {
      const { open, workers } = setUp({}, { size: 2 })
      const { opening, scope } = yield* open
      assert.lengthOf(workers, 2)
      assert.isUndefined(opening.pollUnsafe())
      workers[1]!.ready()
      assert.strictEqual(opening.pollUnsafe()?._tag, "Success")
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect("fails where the first worker cannot start, with the reason: G11", () =>
    Effect.gen(function* () {
      const { open, workers } = setUp()
      const { opening, scope } = yield* open
      workers[0]!.exit()
      assert.strictEqual(reasonOf(opening.pollUnsafe())._tag, "SpawnFailed")
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect(
    "in a worker of a pool it is one deeper, and shares that worker's part of the machine: S142",
    () =>
      Effect.gen(function* () {
        const { open, starts } = setUp({ within: () => ({ level: 1, parallelism: 2 }) })
        const { scope } = yield* open
        assert.deepInclude(starts[0], { level: 2, parallelism: 2 })
        yield* Scope.close(scope, Exit.void)
      })
  )

  it.effect("deeper than pools may nest no worker starts: S142, S216, G7", () =>
    Effect.gen(function* () {
      const { open, starts } = setUp({ within: () => ({ level: defaults.poolDepth, parallelism: 2 }) })
      const { opening } = yield* open
      assert.deepInclude(reasonOf(opening.pollUnsafe()), {
        _tag: "TooDeep",
        what: "pools",
        limit: defaults.poolDepth
      })
      assert.deepStrictEqual(starts, [])
    })
  )
})

describe("an open pool", () => {
  const opened = (...all: Parameters<typeof setUp>) =>
    Effect.gen(function* () {
      const { open, workers } = setUp(...all)
      const { opening, scope } = yield* open
      workers[0]!.ready()
      const exit = opening.pollUnsafe()
      assert.strictEqual(exit?._tag, "Success")
      return { pool: (exit as Exit.Success<Effect.Success<ReturnType<typeof make>>>).value, scope }
    })

  it.effect(
    "reads so far ahead as its workers can be fed, and less far where they hold nothing ahead: G7",
    () =>
      Effect.gen(function* () {
        for (const [sharedMemory, concurrency, readAhead] of [
          [true, 1, 2 * 3 * defaults.readAhead],
          [true, 20, 2 * 3 * 20],
          [false, 1, 2 * 3],
          [false, 2, 2 * 3 * 2]
        ] as const) {
          const { pool, scope } = yield* opened({ sharedMemory }, { size: 3, concurrency })
          assert.strictEqual(pool.readAhead, readAhead)
          assert.strictEqual(pool.chunksAhead, 2 * 3 * concurrency)
          yield* Scope.close(scope, Exit.void)
        }
      })
  )

  it.effect("whoever awaits its failure hears that it closed well: G11", () =>
    Effect.gen(function* () {
      const { pool, scope } = yield* opened()
      const waiting = yield* Effect.forkChild(pool.awaitFailed, { startImmediately: true })
      assert.isUndefined(waiting.pollUnsafe())
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(reasonOf(waiting.pollUnsafe()), { _tag: "PoolClosed", state: "closed" })
    })
  )

  it.effect("is drained at once where nothing is open", () =>
    Effect.gen(function* () {
      const { pool, scope } = yield* opened()
      yield* pool.drain
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* pool.snapshot).state, "closed")
    })
  )
})
