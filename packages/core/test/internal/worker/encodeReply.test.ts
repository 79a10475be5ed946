import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../src/internal/model/definition.ts"
import { encodeReply, type Reply, unsent } from "../../../src/internal/worker/encodeReply.ts"
import type { JobExit } from "../../../src/internal/worker/Job.ts"
import { codecOf } from "../../../src/protocol/values/Codec.ts"
import { Refused } from "../../../src/protocol/values/Clonable.ts"
import * as SharedChunk from "../../../src/protocol/values/SharedChunk.ts"
import * as Task from "../../../src/Task.ts"
import { Malformed } from "../../../src/TaskError.ts"
import { jobOf } from "../../support/jobs.ts"

const Any = Task.make("Any", { success: Schema.Any, error: Schema.Any })
const Text = Task.make("Text", { success: Schema.String, error: Schema.String })
const Pixels = Task.make("Pixels", {
  success: Task.transfer(Schema.Uint8Array, (bytes) => [bytes.buffer as ArrayBuffer])
})

const reply = (exit: JobExit, task: Task.AnyTask = Any, many = false): Reply =>
  encodeReply(jobOf(undefined, { many }), codecOf(task[TypeId]), exit, {})

const succeeded = (value: unknown, task?: Task.AnyTask, many?: boolean) => {
  const found = reply(Exit.succeed(value), task, many)
  assert.strictEqual(found._tag, "Succeeded")
  return found as Reply & { readonly _tag: "Succeeded" }
}

/** Returns the kinds of reasons in a failed reply; for the machinery's own errors, the tag of the inner reason. */
const reasonsOf = (found: Reply): ReadonlyArray<string> => {
  assert.strictEqual(found._tag, "Failed")
  const { cause } = found as Reply & { readonly _tag: "Failed" }
  return cause.map(([tag, value]) =>
    tag === "Task" ? (value as { readonly reason: { readonly _tag: string } }).reason._tag : tag
  )
}

describe("the reply to a success", () => {
  it("carries an immutable value as it is, and may wait for other replies", () => {
    assert.deepInclude(succeeded("done"), { value: "done", transfer: undefined, isOpen: false })
  })

  it("copies a small value, so that later changes of the handler do not show: S203", () => {
    const value = { n: 1 }
    const found = succeeded(value)
    value.n = 2
    assert.deepInclude(found, { value: { n: 1 }, isOpen: false })
  })

  it("leaves a large value open, to be posted at once instead of being copied twice", () => {
    const value = Array.from({ length: 1000 }, (_, n) => ({ n }))
    const found = succeeded(value)
    assert.isTrue(found.isOpen)
    assert.strictEqual(found.value, value)
  })

  it("lists the objects that the schema moves, and is open until they are posted: S098", () => {
    const pixels = new Uint8Array([1, 2, 3])
    const found = succeeded(pixels, Pixels)
    assert.deepStrictEqual(found.transfer, [pixels.buffer])
    assert.isTrue(found.isOpen)
  })

  it("becomes a failure if the value does not fit the schema: S107, G10", () => {
    assert.deepStrictEqual(reasonsOf(reply(Exit.succeed(7), Text)), ["Malformed"])
  })
})

describe("the reply to a failure", () => {
  it("carries failures, defects and interruptions apart: G9", () => {
    const exit = Exit.failCause(
      Cause.fromReasons([
        Cause.makeFailReason("no"),
        Cause.makeDieReason(new Error("bug")),
        Cause.makeInterruptReason()
      ])
    )
    assert.deepStrictEqual(reasonsOf(reply(exit, Text)), ["Fail", "Die", "Interrupt"])
  })

  it("names the path of a failure that cannot be cloned: S099", () => {
    const found = reply(Exit.fail({ reason: { retry: () => {} } }))
    assert.deepStrictEqual(reasonsOf(found), ["NotSerializable"])
    assert.include(JSON.stringify(found), "retry")
  })

  it("passes a payload that did not decode on as Malformed, not as the task's own failure: S107", () => {
    const issue = new Malformed({ side: "worker", what: "payload", path: "$", detail: "no number" })
    assert.deepStrictEqual(reasonsOf(reply(Exit.fail(issue), Text)), ["Malformed"])
  })

  it("explains a missing service in the words of missing.ts", () => {
    const found = reply(Exit.die(new Error("Service not found: app/Db")))
    assert.include(JSON.stringify(found), "which its worker does not provide")
  })
})

describe("the reply to many items", () => {
  it("moves a buffer of numbers, which nobody else holds", () => {
    const encoded = new Float64Array([1, 2])
    const found = succeeded({ encoded, transfer: undefined }, Any, true)
    assert.deepStrictEqual(found.transfer, [encoded.buffer])
    assert.isFalse(found.isOpen)
  })

  it("does not move shared memory", () => {
    const encoded = SharedChunk.items(SharedChunk.make(2), 2)
    assert.isUndefined(succeeded({ encoded, transfer: undefined }, Any, true).transfer)
  })

  it("moves the objects that its items move: S098", () => {
    const { buffer } = new Uint8Array(4)
    const found = succeeded({ encoded: [buffer], transfer: [buffer] }, Any, true)
    assert.deepStrictEqual(found.transfer, [buffer])
    assert.isTrue(found.isOpen)
  })

  it("fails with the reason of the item that was refused; the same failure of a single task is its own: S099, S107", () => {
    const refused = Exit.fail(new Refused({ path: "$[3]", detail: "a function" }))
    const malformed = Exit.fail(new Malformed({ side: "worker", what: "success", path: "$", detail: "no" }))
    assert.deepStrictEqual(reasonsOf(reply(refused, Any, true)), ["NotSerializable"])
    assert.deepStrictEqual(reasonsOf(reply(malformed, Any, true)), ["Malformed"])
    assert.deepStrictEqual(reasonsOf(reply(Exit.fail("no"), Any)), ["Fail"])
  })
})

it("a refused reply says where the worker found the part that cannot be sent: S099", () => {
  assert.deepInclude((unsent({ path: "$.f", detail: "a function" })[0] as readonly [string, any])[1].reason, {
    _tag: "NotSerializable",
    side: "worker",
    what: "reply",
    path: "$.f"
  })
})
