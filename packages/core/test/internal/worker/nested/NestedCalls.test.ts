import { getEventListeners } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import type { RunOptions } from "../../../../src/internal/model/options.ts"
import { CurrentHandler } from "../../../../src/internal/model/handler.ts"
import type { Returned } from "../../../../src/internal/worker/nested/NestedCalls.ts"
import type { ReturnData } from "../../../../src/protocol/messages/Call.ts"
import * as Task from "../../../../src/Task.ts"
import { TaskError } from "../../../../src/TaskError.ts"
import { HostSide, returnedOf } from "../../../support/nested.ts"

const Double = Task.make("Double", {
  payload: Schema.Finite,
  success: Schema.Finite,
  error: Schema.String,
  validate: "both"
})

/** Starts a call of `Double` in a handler's fiber; the outcome, once the host has answered. */
const start = (host: HostSide, payload: unknown, options?: RunOptions) => {
  const outcome: { returned?: Returned } = {}
  const request = {
    definition: Double[TypeId],
    payload,
    options,
    onReturned: (returned: Returned) => void (outcome.returned = returned)
  }
  const call = host.inHandler((fiber) => host.calls.start(fiber, request))
  return { call, outcome }
}

const reasonOf = (exit: unknown): string | undefined => {
  const [reason] = Exit.isExit(exit) && Exit.isFailure(exit) ? exit.cause.reasons : []
  return reason !== undefined && Cause.isFailReason(reason) && reason.error instanceof TaskError
    ? reason.error.reason._tag
    : undefined
}

const answer = (data: Partial<ReturnData>) => {
  const host = new HostSide()
  const { outcome } = start(host, 21)
  host.calls.returned(1, returnedOf(data))
  return outcome.returned!
}

describe("a call inside a handler", () => {
  it("is a message with the payload, the caller's ref and the limits of task and call", () => {
    const host = new HostSide()
    start(host, 21, { timeout: 5, priority: -3 })
    const [call] = host.sent
    assert.deepInclude(call, { kind: "call", call: 1, ref: host.job.ref, payload: 21 })
    assert.deepInclude(call?.data, { name: "Double", runLimit: 5, priority: -3, forked: false })
  })

  it("ends with the decoded value of the host's answer", () => {
    assert.deepStrictEqual(answer({ how: "succeeded", value: 42 }).exit, Exit.succeed(42))
  })

  it("ends with the task's own failure, as the task's schema decodes it: G9", () => {
    assert.deepStrictEqual(answer({ how: "failed", cause: [["Fail", "no"]] }).exit, Exit.fail("no"))
  })

  it("ends as interrupted when the host has ended it", () => {
    const { exit } = answer({ how: "ended" })
    assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
  })

  it("ends as Malformed, found in the worker, when the answer does not fit: S107", () => {
    const { exit } = answer({ how: "succeeded", value: "42" })
    assert.strictEqual(reasonOf(exit), "Malformed")
    assert.include(JSON.stringify(exit), '"side":"worker"')
  })

  it("is answered once: a second answer is ignored: G1", () => {
    const host = new HostSide()
    const { outcome } = start(host, 21)
    host.calls.returned(1, returnedOf({ value: 1 }))
    host.calls.returned(1, returnedOf({ value: 2 }))
    assert.deepStrictEqual(outcome.returned?.exit, Exit.succeed(1))
  })
})

describe("a call that cannot be made", () => {
  it("is a deadlock while the layer is built, for the pool waits for this worker", () => {
    const host = new HostSide()
    host.calls.isServing = false
    const exit = Effect.runSync(
      Effect.withFiber((fiber) => Effect.succeed(host.startIn(fiber, Double[TypeId], 1)))
    )
    assert.strictEqual(reasonOf(exit), "Deadlocked")
  })

  it("is refused in a fiber of no handler, and after the handler has ended: G2", () => {
    const host = new HostSide()
    const outside = Effect.withFiber((fiber) => Effect.succeed(host.startIn(fiber, Double[TypeId], 1)))
    assert.strictEqual(reasonOf(Effect.runSync(outside)), "PoolClosed")
    host.job.finish()
    const late = Effect.provideService(outside, CurrentHandler, host.job)
    assert.strictEqual(reasonOf(Effect.runSync(late)), "PoolClosed")
    assert.deepStrictEqual(host.sent, [])
  })

  it("is refused for a payload that does not encode, and for a signal aborted already: S107", () => {
    const host = new HostSide()
    assert.strictEqual(reasonOf(start(host, "21").call), "Malformed")
    assert.strictEqual(reasonOf(start(host, 21, { signal: AbortSignal.abort() }).call), "Interrupted")
  })

  it("ends as NotSerializable when its message could not be posted: S099", () => {
    const host = new HostSide()
    const { outcome } = start(host, 21)
    host.calls.refused(1, { path: "$.f", detail: "a function" })
    assert.strictEqual(reasonOf(outcome.returned?.exit), "NotSerializable")
  })
})

describe("the end of a call", () => {
  it("is asked for when its signal is aborted, with the signal's reason", () => {
    const host = new HostSide()
    const controller = new AbortController()
    start(host, 21, { signal: controller.signal })
    controller.abort("enough")
    assert.deepInclude(host.sent[1], { kind: "endCall", call: 1, by: "signal" })
    assert.deepInclude(host.sent[1]?.reason, { value: "enough" })
  })

  it("is not asked for once the call has been answered, nor does the signal keep a listener: S146", () => {
    const host = new HostSide()
    const controller = new AbortController()
    const { call } = start(host, 21, { signal: controller.signal })
    assert.strictEqual(getEventListeners(controller.signal, "abort").length, 1)
    host.calls.returned(1, returnedOf({ value: 1 }))
    assert.strictEqual(getEventListeners(controller.signal, "abort").length, 0)
    controller.abort()
    host.calls.tellEnd(call as never, "handle")
    assert.strictEqual(host.sent.length, 1)
  })

  it("is acknowledged by the host's answer: interrupting the caller waits for it: G3", () => {
    const host = new HostSide()
    const { call } = start(host, 21)
    const fiber = Effect.runFork(host.calls.cancel(call as never))
    assert.deepInclude(host.sent[1], { kind: "endCall", by: "caller" })
    assert.isUndefined(fiber.pollUnsafe())
    host.calls.returned(1, returnedOf({ how: "ended" }))
    assert.deepStrictEqual(fiber.pollUnsafe(), Exit.void)
  })
})

describe("the size of a chunk", () => {
  it("is one until the host has told how long the task takes; then it fills the target time", () => {
    const host = new HostSide()
    const size = () => host.calls.chunkSize(Double[TypeId], 1000)
    assert.strictEqual(size(), 1)
    start(host, 21)
    host.calls.returned(1, returnedOf({ value: 1, estimate: 0.02 }))
    assert.strictEqual(size(), 100)
    assert.strictEqual(host.calls.chunkSize(Double[TypeId], 10), 10)
  })
})

describe("a snapshot of the pool", () => {
  it("is asked of the host, and completes with the host's answer", () => {
    const host = new HostSide()
    const fiber = Effect.runFork(host.calls.snapshot)
    assert.deepStrictEqual(host.sent, [{ kind: "askSnapshot", call: 1 }])
    const snapshot = { state: "open" } as never
    host.calls.onSnapshot(1, snapshot)
    assert.deepStrictEqual(fiber.pollUnsafe(), Exit.succeed(snapshot))
  })

  it("is forgotten when the asking fiber is interrupted", () => {
    const host = new HostSide()
    const fiber = Effect.runFork(host.calls.snapshot)
    Effect.runSync(Fiber.interrupt(fiber))
    host.calls.onSnapshot(1, { state: "open" } as never)
    assert.isTrue(Exit.isFailure(fiber.pollUnsafe()!))
  })

  it("dies while the layer is built, instead of waiting for ever", () => {
    const host = new HostSide()
    host.calls.isServing = false
    assert.isTrue(Exit.hasDies(Effect.runSyncExit(host.calls.snapshot)))
  })
})
