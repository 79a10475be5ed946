import { assert, describe, it } from "@effect/vitest"
import { type Replies, replyVisitor } from "../../../../src/internal/host/worker/workerInbound.ts"
import * as CauseCodec from "../../../../src/protocol/values/CauseCodec.ts"
import type { CallData } from "../../../../src/protocol/messages/Call.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import * as Cause from "effect/Cause"
import { makeTask } from "../fakes.ts"

const task = makeTask({ name: "held" })
const held = 5
const unknown = 6

/** A visitor of a worker that holds one task, and the calls that it makes. */
const setUp = () => {
  const heard: Array<ReadonlyArray<unknown>> = []
  const listener = (prefix = "") =>
    new Proxy(
      {},
      {
        get: (_, name) => {
          if (name === "taskOf") return (ref: number) => (ref === held ? task : undefined)
          if (name === "calls") return () => listener("calls.")
          return (...args: ReadonlyArray<unknown>) => heard.push([`${prefix}${String(name)}`, ...args])
        }
      }
    )
  return { heard, visitor: replyVisitor(listener() as Replies) }
}

/** What is heard of one message. */
const hear = (say: (visitor: Message.ReplyVisitor) => void) => {
  const { heard, visitor } = setUp()
  say(visitor)
  return heard
}

const log = {} as Message.LogData

describe("what a worker's messages mean", () => {
  it("an outcome goes to the task that its ref names", () => {
    assert.deepStrictEqual(
      hear((to) => to.succeeded(held, 1)),
      [["onSucceeded", task, 1]]
    )
    assert.deepStrictEqual(
      hear((to) => to.failed(held, [["Interrupt"]])),
      [["onFailed", task, [["Interrupt"]]]]
    )
  })

  it("an outcome of a task that the worker does not hold is late, and no more: S053", () => {
    assert.deepStrictEqual(
      hear((to) => to.succeeded(unknown, 1)),
      [["onLate"]]
    )
    assert.deepStrictEqual(
      hear((to) => to.failed(unknown, [])),
      [["onLate"]]
    )
  })

  it("a start, and the answer that a task is unknown, are nothing where the task is settled already", () => {
    assert.deepStrictEqual(
      hear((to) => to.started(held)),
      [["onStarted", task]]
    )
    assert.deepStrictEqual(
      hear((to) => to.absent(held)),
      [["onAbsent", task]]
    )
    assert.deepStrictEqual(
      hear((to) => to.started(unknown)),
      []
    )
    assert.deepStrictEqual(
      hear((to) => to.absent(unknown)),
      []
    )
  })

  it("an entry of the log that is of no task, or of one that has ended, is the worker's", () => {
    assert.deepStrictEqual(
      hear((to) => to.log(held, log)),
      [["onLog", task, log]]
    )
    for (const ref of [undefined, unknown])
      assert.deepStrictEqual(
        hear((to) => to.log(ref, log)),
        [["onLog", undefined, log]]
      )
  })

  it("a worker of this version is ready; one of another version cannot start, and is told why", () => {
    assert.deepStrictEqual(
      hear((to) => to.ready(Message.version, ["A"])),
      [["onReady", ["A"]]]
    )
    const [[name, phase, cause]] = hear((to) => to.ready(Message.version + 1, ["A"])) as [Array<unknown>]
    assert.deepStrictEqual([name, phase], ["onStartFailed", "version"])
    assert.include((cause as Error).message, `version ${Message.version + 1} of the protocol`)
  })

  it("a start that failed has the defect that it died of: G9", () => {
    const data = CauseCodec.encode(Cause.die(new RangeError("too far")))
    const [[name, phase, cause]] = hear((to) => to.startFailed("build", data)) as [Array<unknown>]
    assert.deepStrictEqual([name, phase], ["onStartFailed", "build"])
    assert.strictEqual((cause as Error).message, "too far")
  })

  it("a call knows the task that made it, if the worker still holds that one", () => {
    const data = {} as CallData
    assert.deepStrictEqual(
      hear((to) => to.call(3, held, "payload", data)),
      [["calls.call", 3, task, "payload", data]]
    )
    assert.deepStrictEqual(
      hear((to) => to.call(3, unknown, "payload", data)),
      [["calls.call", 3, undefined, "payload", data]]
    )
  })

  it("what is said of a call goes to the calls of this worker", () => {
    assert.deepStrictEqual(
      hear((to) => {
        to.endCall(3, "sibling", undefined)
        to.awaitCall(3)
        to.redeadline(3, 50)
        to.askSnapshot(4)
      }),
      [
        ["calls.end", 3, "sibling", undefined],
        ["calls.await", 3],
        ["calls.redeadline", 3, 50],
        ["calls.snapshot", 4]
      ]
    )
  })

  it("run times and the end of the worker are handed on as they are", () => {
    assert.deepStrictEqual(
      hear((to) => {
        to.measured(2, 10, 5)
        to.stopped()
      }),
      [["onMeasured", 2, 10, 5], ["onStopped"]]
    )
  })
})
