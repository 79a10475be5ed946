import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import { vi } from "vitest"
import { warmUp } from "../../../src/internal/worker/warmUp.ts"
import * as Claims from "../../../src/protocol/claims/Claims.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"

const start = (words: Int32Array | undefined) => ({
  version: Message.version,
  workerEpoch: 3,
  concurrency: 2,
  words,
  claimCapacity: 8,
  size: 2,
  parallelism: 1,
  level: 0,
  isSpare: true
})

describe("the rehearsal of a spare", () => {
  it("runs a task from its frame to its reply", () => {
    const succeeded = vi.spyOn(Message, "pushSucceeded")
    warmUp(start(undefined), Context.empty())
    assert.strictEqual(succeeded.mock.calls.length, 1)
    vi.restoreAllMocks()
  })

  it("touches none of the words that it shares with the host: G5", () => {
    const words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(8)))
    words.fill(7)
    warmUp(start(words), Context.empty())
    assert.isTrue(words.every((word) => word === 7))
  })
})
