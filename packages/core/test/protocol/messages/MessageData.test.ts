import { assert, describe, it } from "@effect/vitest"
import { Violation } from "../../../src/protocol/frame/Violation.ts"
import { checkCause, checkDefect, checkLog } from "../../../src/protocol/messages/MessageData.ts"

const log = {
  level: "Info",
  message: ["hello"],
  annotations: {},
  spans: [["query", 5]],
  cause: [],
  date: 0
}

describe("the contents of a worker's message", () => {
  it("a cause is a list of known reasons, whatever they hold: S037", () => {
    const reasons = [["Fail", 1], ["Die", null], ["Interrupt"], ["Task", {}]]
    assert.strictEqual(checkCause(reasons), reasons as never)
    for (const wrong of [[["Retry"]], [7], [[]]]) assert.throws(() => checkCause(wrong), Violation)
  })

  it("the reason of an abort is an object, or absent: S037", () => {
    const reason = { _tag: "Shown", text: "enough" }
    assert.strictEqual(checkDefect(reason), reason as never)
    assert.isUndefined(checkDefect(undefined))
    for (const wrong of [null, "enough", 7]) assert.throws(() => checkDefect(wrong), Violation)
  })

  it("a log entry is checked field by field: S037", () => {
    assert.strictEqual(checkLog(log), log as never)
    for (const [wrong, message] of [
      [{ level: 1 }, "a log level"],
      [{ message: "hello" }, "a log message"],
      [{ annotations: null }, "log annotations"],
      [{ spans: {} }, "log spans"],
      [{ spans: [["query", -1]] }, "the start of a log span"],
      [{ spans: [[5, 5]] }, "the label of a log span"],
      [{ cause: [["Retry"]] }, "a cause has an unknown reason"],
      [{ date: "now" }, "the date of a log entry"]
    ] as const) {
      assert.throws(() => checkLog({ ...log, ...wrong }), message)
    }
    assert.throws(() => checkLog("hello"), "a log entry is not an object")
  })
})
