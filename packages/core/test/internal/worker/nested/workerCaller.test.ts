import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../../src/internal/model/definition.ts"
import { CurrentHandler } from "../../../../src/internal/model/handler.ts"
import type { ForEachOptions } from "../../../../src/internal/model/pool.ts"
import { forEach } from "../../../../src/internal/shared/forEach.ts"
import { workerCaller } from "../../../../src/internal/worker/nested/workerCaller.ts"
import * as Task from "../../../../src/Task.ts"
import { HostSide, returnedOf, type Sent } from "../../../support/nested.ts"

const Double = Task.make("Double", { payload: Schema.Finite, success: Schema.Finite, error: Schema.String })

const forEachOn = (host: HostSide, inputs: Iterable<unknown>, options: ForEachOptions) =>
  Effect.provideService(
    forEach(workerCaller(host.calls, 2), Double[TypeId], inputs, options),
    CurrentHandler,
    host.job
  )

const items = ({ payload }: Sent): Array<number> => Array.from(payload as ArrayLike<number>)

describe("forEach inside a handler", () => {
  it("sends each chunk as one call of as many items, and joins the answers in order", () => {
    const host = new HostSide()
    host.onSent = (sent) =>
      host.calls.returned(sent.call, returnedOf({ value: items(sent).map((n) => 2 * n) }))
    const results = Effect.runSync(forEachOn(host, [1, 2, 3, 4, 5], { chunkSize: 2 }))
    assert.deepStrictEqual(results, [2, 4, 6, 8, 10])
    assert.deepStrictEqual(
      host.sent.map((sent) => [items(sent), sent.data?.items]),
      [
        [[1, 2], 2],
        [[3, 4], 2],
        [[5], 1]
      ]
    )
  })

  it("ends the other chunks when one fails, and waits for the host's acknowledgement: G3", () => {
    const host = new HostSide()
    const fiber = Effect.runFork(forEachOn(host, [1, 2, 3], { chunkSize: 1 }))
    host.calls.returned(1, returnedOf({ how: "failed", cause: [["Fail", "no"]] }))
    assert.deepInclude(host.sent[2], { kind: "endCall", call: 2, by: "sibling" })
    assert.isUndefined(fiber.pollUnsafe())
    host.calls.returned(2, returnedOf({ how: "ended" }))
    assert.deepStrictEqual(fiber.pollUnsafe(), Exit.fail("no"))
    assert.strictEqual(host.sent.length, 3)
  })

  it("fails at once where its handler may call nothing any more: G2", () => {
    const host = new HostSide()
    host.job.finish()
    assert.isTrue(Exit.isFailure(Effect.runSyncExit(forEachOn(host, [1], { chunkSize: 1 }))))
    assert.deepStrictEqual(host.sent, [])
  })
})
