import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import { CurrentHandler } from "../../../../src/internal/model/handler.ts"
import { make } from "../../../../src/internal/worker/nested/nestedPool.ts"
import * as Task from "../../../../src/Task.ts"
import { TaskError } from "../../../../src/TaskError.ts"
import { HostSide, returnedOf } from "../../../support/nested.ts"

const Double = Task.make("Double", { payload: Schema.Finite, success: Schema.Finite })
const definition = Double[TypeId]

const reasonOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  const [reason] = Exit.isFailure(exit) ? exit.cause.reasons : []
  const thrown = reason?._tag === "Fail" ? reason.error : reason?._tag === "Die" ? reason.defect : undefined
  return thrown instanceof TaskError ? `${reason?._tag} ${thrown.reason._tag}` : undefined
}

const inHandler = <A, E>(host: HostSide, effect: Effect.Effect<A, E>) =>
  Effect.provideService(effect, CurrentHandler, host.job)

/** Returns a forked task, accepted by the host as number 7, and the scope of the task. */
const forked = () => {
  const host = new HostSide()
  host.onSent = ({ call, kind }) => {
    if (kind === "call") host.calls.accepted(call, 7)
  }
  const scope = Scope.makeUnsafe()
  const fork = Scope.provide(make(host.calls, 2).fork(definition, 21), scope)
  const handle = Effect.runSync(inHandler(host, fork))
  return { host, scope, handle, last: () => host.sent.at(-1) }
}

describe("the pool inside a handler", () => {
  it("runs a task on the host, and gives the value back", () => {
    const host = new HostSide()
    host.onSent = ({ call }) => host.calls.returned(call, returnedOf({ value: 42 }))
    assert.strictEqual(Effect.runSync(inHandler(host, make(host.calls, 2).run(definition, 21))), 42)
  })

  it("refuses what only the program that made the pool may do, by kind of signature", () => {
    const { calls } = new HostSide()
    const pool = make(calls, 2)
    assert.strictEqual(reasonOf(Effect.runSyncExit(pool.broadcast(definition, 1))), "Fail HostOnly")
    assert.strictEqual(reasonOf(Effect.runSyncExit(Effect.scoped(pool.reserve()))), "Fail HostOnly")
    assert.strictEqual(reasonOf(Effect.runSyncExit(pool.resize(2))), "Die HostOnly")
    assert.strictEqual(reasonOf(Effect.runSyncExit(pool.recycle)), "Die HostOnly")
    assert.throws(() => pool.subscribe(() => {}), TaskError)
  })

  it("dies of a drain, which would wait for the very task that asks", () => {
    const { calls } = new HostSide()
    assert.strictEqual(reasonOf(Effect.runSyncExit(make(calls, 2).drain)), "Die Deadlocked")
  })

  it("keeps twice as many tasks in flight as the pool runs at a time: G7", () => {
    const { calls } = new HostSide()
    assert.deepInclude(make(calls, 3), { readAhead: 6, chunksAhead: 6 })
  })
})

describe("a task forked inside a handler", () => {
  it("is there once the host has accepted it, under the host's number", () => {
    const { handle, host } = forked()
    assert.strictEqual(handle.id, 7)
    assert.isTrue(host.sent[0]?.data?.forked)
  })

  it("is refused in a scope that is closed: G2", () => {
    const host = new HostSide()
    const scope = Scope.makeUnsafe()
    Effect.runSync(Scope.close(scope, Exit.void))
    const fork = Scope.provide(make(host.calls, 2).fork(definition, 21), scope)
    assert.strictEqual(reasonOf(Effect.runSyncExit(inHandler(host, fork))), "Fail PoolClosed")
    assert.deepStrictEqual(host.sent, [])
  })

  it("lends its caller's slot from the first wait on, and tells the host once", () => {
    const { handle, host } = forked()
    const first = Effect.runFork(handle.await)
    const second = Effect.runFork(handle.await)
    assert.deepStrictEqual(
      host.sent.map(({ kind }) => kind),
      ["call", "awaitCall"]
    )
    host.calls.returned(1, returnedOf({ value: 42 }))
    assert.deepStrictEqual([first.pollUnsafe(), second.pollUnsafe()], [Exit.succeed(42), Exit.succeed(42)])
  })

  it("ends with its scope, which waits for the host's acknowledgement: G2, G3", () => {
    const { host, scope } = forked()
    const closing = Effect.runFork(Scope.close(scope, Exit.void))
    assert.deepInclude(host.sent[1], { kind: "endCall", call: 1, by: "handle" })
    assert.isUndefined(closing.pollUnsafe())
    host.calls.returned(1, returnedOf({ how: "ended" }))
    assert.deepStrictEqual(closing.pollUnsafe(), Exit.void)
  })

  it("leaves nothing in its scope once it has settled: S146", () => {
    const { host, scope } = forked()
    assert.strictEqual(scope.state._tag, "Open")
    host.calls.returned(1, returnedOf({ value: 42 }))
    assert.strictEqual(scope.state._tag, "Empty")
  })

  it("is interrupted with the host's receipt; after its end with a clean one: G3", () => {
    const { handle, host } = forked()
    const receipt = { _tag: "forced", task: "Double", id: 7, worker: 1, millis: 3, casualties: [] } as const
    const interrupting = Effect.runFork(handle.interrupt)
    host.calls.returned(1, returnedOf({ how: "ended", receipt }))
    assert.deepStrictEqual(interrupting.pollUnsafe(), Exit.succeed(receipt))
    const settled = forked()
    settled.host.calls.returned(1, returnedOf({ value: 42 }))
    assert.deepInclude(Effect.runSync(settled.handle.interrupt), { _tag: "clean", id: 7 })
  })

  it("hears of a new deadline as long as it runs: G12", () => {
    const { handle, host, last } = forked()
    Effect.runSync(handle.setDeadline("2 seconds"))
    assert.deepInclude(last(), { kind: "redeadline", millis: 2000 })
    host.calls.returned(1, returnedOf({ value: 42 }))
    Effect.runSync(handle.setDeadline(1))
    assert.deepInclude(last(), { millis: 2000 })
  })

  it("is observed as queued, then as settled", () => {
    const { handle, host } = forked()
    const seen: Array<string> = []
    handle.watch((status) => seen.push(status))
    host.calls.returned(1, returnedOf({ value: 42 }))
    handle.watch((status) => seen.push(`late ${status}`))
    assert.deepStrictEqual(seen, ["queued", "settled", "late settled"])
  })

  it("fails where the call cannot be made, and is settled at once", () => {
    const host = new HostSide()
    host.job.finish()
    const fork = Effect.scoped(make(host.calls, 2).fork(definition, 21))
    const handle = Effect.runSync(inHandler(host, fork))
    assert.strictEqual(handle.id, 0)
    const exit = Effect.runSyncExit(handle.await)
    assert.isTrue(Exit.isFailure(exit) && Cause.hasFails(exit.cause))
  })
})
