import { assert, describe, it } from "@effect/vitest"
import type { Receipt } from "../../../src/internal/model/outcome.ts"
import { Violation } from "../../../src/protocol/frame/Violation.ts"
import { checkCall, checkEnd, forwardReceipt, receiveReceipt } from "../../../src/protocol/messages/Call.ts"
import { callData } from "../../support/callData.ts"

const valid = callData({ name: "Double" })

describe("a call from a worker", () => {
  it("is read as it is if all fields fit", () => {
    assert.strictEqual(checkCall(7, valid), valid)
  })

  it("is a violation if a field that the host uses is of another kind: S037", () => {
    for (const wrong of [
      { name: 7 },
      { module: {} },
      { module: { url: "file:///m.ts", name: "f", spread: 1 } },
      { priority: 0.5 },
      { grace: -1 },
      { runLimit: "1" },
      { deadline: NaN },
      { onInterrupt: "stop" },
      { transfer: {} },
      { extra: 7 },
      { forked: 1 },
      { interruptible: undefined }
    ]) {
      assert.throws(() => checkCall(7, { ...valid, ...wrong }), Violation, undefined, JSON.stringify(wrong))
    }
    assert.throws(() => checkCall(7, null), Violation)
  })

  it("of many items has a list of as many payloads: S037", () => {
    const many = { ...valid, items: 2 }
    for (const payload of [[1, 2], new Float64Array(2)]) assert.strictEqual(checkCall(payload, many).items, 2)
    for (const payload of [[1], new Float64Array(3), 7]) {
      assert.throws(() => checkCall(payload, many), "another length")
    }
  })

  it("may hold any values in the fields that only travel on", () => {
    assert.deepInclude(checkCall({ any: "payload" }, { ...valid, transfer: [7], extra: {} }), {
      name: "Double"
    })
  })
})

it("the end of a call has a known origin: S037", () => {
  for (const by of ["caller", "sibling", "handle", "signal"]) assert.strictEqual(checkEnd(by), by as never)
  for (const by of ["pool", undefined, 1]) assert.throws(() => checkEnd(by), Violation)
})

describe("a receipt on its way to the calling worker", () => {
  const crashed = (cause: unknown): Receipt => ({
    _tag: "crashed",
    task: "Double",
    id: 1,
    worker: 1,
    millis: 2,
    casualties: [],
    exit: { worker: 1, outOfMemory: false, stderr: "", cause }
  })

  it("carries the exception that ended the worker as data, and back as an error: G9", () => {
    const sent = forwardReceipt(crashed(Object.assign(new TypeError("bug"), { hook: () => {} })))
    const received = receiveReceipt(structuredClone(sent))
    const cause = received?._tag === "crashed" ? received.exit.cause : undefined
    assert.instanceOf(cause, TypeError)
    assert.strictEqual(cause.message, "bug")
  })

  it("is left as it is without such an exception", () => {
    const clean = { ...crashed(undefined), _tag: "clean" } as Receipt
    for (const receipt of [clean, crashed(undefined), undefined]) {
      assert.strictEqual(forwardReceipt(receipt), receipt)
      assert.strictEqual(receiveReceipt(receipt), receipt)
    }
  })
})
