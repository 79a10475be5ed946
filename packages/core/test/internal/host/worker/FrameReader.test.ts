import { assert, describe, it } from "@effect/vitest"
import { FrameReader } from "../../../../src/internal/host/worker/FrameReader.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"

const epoch = 4

/** A reader, and what it handed on: `progress` stands for the call that a frame counts as. */
const setUp = (parts: Partial<Message.ReplyVisitor> = {}) => {
  const heard: Array<unknown> = []
  const visitor = {
    started: (ref: number) => heard.push(`started ${ref}`),
    stopped: () => heard.push("stopped"),
    ...parts
  } as Message.ReplyVisitor
  const reader = new FrameReader(epoch, visitor)
  const read = (value: unknown) => reader.read(value, () => heard.push("progress"))
  return { heard, read, reader }
}

const frame = (sequence: number, ...refs: ReadonlyArray<number>): Message.Frame => {
  const made = Message.emptyFrame(epoch, sequence)
  for (const ref of refs) Message.pushStarted(made, ref)
  return made
}

describe("the frames of a worker", () => {
  it("a frame counts as progress before its first message is heard", () => {
    const { heard, read } = setUp()
    assert.strictEqual(read(frame(0, 1, 2)), "read")
    assert.deepStrictEqual(heard, ["progress", "started 1", "started 2"])
  })

  it("frames are read once, in order: one that was seen, or is of another worker, is dropped", () => {
    const { heard, read, reader } = setUp()
    read(frame(0, 1))
    assert.strictEqual(read(frame(0, 9)), "late")
    assert.strictEqual(read(Message.emptyFrame(epoch + 1, 1)), "late")
    assert.strictEqual(read(frame(1, 2)), "read")
    assert.deepStrictEqual(heard, ["progress", "started 1", "progress", "started 2"])
    assert.isUndefined(reader.violation)
  })

  it("a missing frame is a violation, and says which one: S037", () => {
    const { heard, read, reader } = setUp()
    read(frame(2, 1))
    assert.deepStrictEqual(heard, [])
    assert.strictEqual(reader.violation?.detail, "frames 0 to 1 are missing")
  })

  it("what is no frame is a violation, whatever it is: S037", () => {
    for (const value of [undefined, null, "text", {}, [], [epoch], ["4", 0]]) {
      const { read, reader } = setUp()
      const outcome = read(value)
      assert.strictEqual(outcome, reader.violation)
      assert.isDefined(reader.violation)
    }
  })

  it("messages before the broken one count, those after it do not: S037", () => {
    const { heard, read, reader } = setUp()
    const made = frame(0, 1)
    made.push(999)
    Message.pushStopped(made)
    read(made)
    assert.deepStrictEqual(heard, ["progress", "started 1"])
    assert.match(reader.violation!.detail, /unknown reply 999/)
  })

  it("a visitor that throws at a message has found a violation: S037", () => {
    const cause = new Message.Violation("no such call")
    const { read, reader } = setUp({
      stopped: () => {
        throw cause
      }
    })
    const made = frame(0)
    Message.pushStopped(made)
    assert.deepStrictEqual(read(made), { detail: "no such call", cause })
    assert.strictEqual(reader.breach?.message, "protocol violation: no such call")
  })

  it("without a violation there is no breach", () => {
    const { read, reader } = setUp()
    read(frame(0))
    assert.isUndefined(reader.breach)
  })
})
