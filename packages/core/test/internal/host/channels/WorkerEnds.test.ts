import { assert, describe, it } from "@effect/vitest"
import { Channels } from "../../../../src/internal/host/channels/Channels.ts"
import { WorkerEnds } from "../../../../src/internal/host/channels/WorkerEnds.ts"
import { resolveChannel } from "../../../../src/internal/model/channel.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import { noServices } from "../fakes.ts"

const setUp = (options: Parameters<typeof resolveChannel>[0] = {}) => {
  const channels = new Channels({
    platform: {},
    guard: (answer) => answer(),
    onSettled: () => () => {},
    services: noServices
  })
  const made = channels.make(resolveChannel(options))
  const said: Array<Message.Frame> = []
  const answers = { count: 0 }
  const ends = new WorkerEnds({
    channels,
    taskOf: () => undefined,
    say: (push) => {
      const frame = Message.emptyFrame(1, 0)
      push(frame)
      said.push(frame.slice(2))
    },
    onWaiting: () => {},
    onAnswered: () => void answers.count++
  })
  const read = (push: (frame: Message.Frame) => void) => {
    const frame = Message.emptyFrame(1, 0)
    push(frame)
    Message.readReplies(frame, {}, ends)
  }
  const token = (side: "send" | "receive", channel = made.sender.token.channel) => ({
    channel,
    side,
    acknowledge: false,
    isExclusive: false
  })
  read((frame) => Message.pushOpen(frame, 1, 5, token("send")))
  read((frame) => Message.pushOpen(frame, 2, 5, token("receive")))
  return { answers, channels, ends, made, read, said, token }
}

const lies: ReadonlyArray<readonly [string, (frame: Message.Frame) => void]> = [
  [
    "the number of another end",
    (f) => Message.pushOpen(f, 1, 5, { channel: 1, side: "send", acknowledge: false, isExclusive: false })
  ],
  ["an end that it has not", (f) => Message.pushSend(f, 9, [1])],
  ["more elements than its credit", (f) => Message.pushSend(f, 1, [1])],
  ["more credit back than it had", (f) => Message.pushYield(f, 1, 1)],
  ["more elements taken than delivered", (f) => Message.pushTaken(f, 2, 1)],
  ["more elements back than delivered", (f) => Message.pushBack(f, 2, 1, 1)],
  ["a send by a receiver", (f) => Message.pushOffer(f, 2, 1, [1], false)],
  ["a take by a sender", (f) => Message.pushTake(f, 1, 1, 1, false)],
  ["a take of nothing", (f) => Message.pushTake(f, 2, 1, 0, false)],
  ["elements that are no list", (f) => Message.pushSend(f, 1, "abc" as never)],
  ["a number that is none", (f) => Message.pushTaken(f, 2, -1)],
  ["a fraction of an element", (f) => Message.pushTake(f, 2, 1, 0.5, false)],
  [
    "a side that is none",
    (f) =>
      Message.pushOpen(f, 7, 5, { channel: 1, side: "both" as never, acknowledge: false, isExclusive: false })
  ]
]

describe("what a worker may say about its ends", () => {
  it.each(lies)("%s is a violation: S273", (_, lie) => {
    const { read } = setUp()
    assert.throws(() => read(lie), Message.Violation)
  })

  it("the end of a channel that is no more is told so, and what it says is ignored: S265, S273", () => {
    const { read, said, token } = setUp()
    said.length = 0
    read((frame) => Message.pushOpen(frame, 3, 5, token("send", 77)))
    assert.deepStrictEqual(said[0]!.slice(1), [3, { _tag: "Closed", by: "scope" }])
    read((frame) => Message.pushOffer(frame, 3, 1, [1], false))
    read((frame) => Message.pushClose(frame, 3))
  })

  it("a worker that crosses the end of a channel with its elements breaks nothing: S267, S273", () => {
    const { made, read } = setUp({ capacity: 8 })
    read((frame) => Message.pushOffer(frame, 1, 1, [1], false))
    made.close()
    read((frame) => {
      Message.pushSend(frame, 1, [2, 3])
      Message.pushYield(frame, 1, 2)
      Message.pushTaken(frame, 2, 1)
      Message.pushBack(frame, 2, 1, 1)
      Message.pushEnd(frame, 1, undefined)
      Message.pushClose(frame, 1)
      Message.pushClose(frame, 2)
    })
  })

  it.each<[string, (read: (push: (frame: Message.Frame) => void) => void) => void, number]>([
    [
      "a take, when the element is there before",
      (read) => {
        read((frame) => Message.pushOffer(frame, 1, 1, [1], false))
        read((frame) => Message.pushTake(frame, 2, 2, 1, false))
      },
      // The offer was awaited, too.
      2
    ],
    [
      "a take, when the element comes later",
      (read) => {
        read((frame) => Message.pushTake(frame, 2, 2, 1, false))
        read((frame) => Message.pushOffer(frame, 1, 1, [1], false))
      },
      2
    ],
    [
      "elements fetched ahead, before the handler waits for them",
      (read) => {
        read((frame) => Message.pushOffer(frame, 1, 1, [1], false))
        read((frame) => Message.pushTake(frame, 2, 2, 8, true))
        read((frame) => Message.pushAwaitTake(frame, 2, 2))
      },
      2
    ],
    [
      "elements fetched ahead that nobody waits for",
      (read) => {
        read((frame) => Message.pushOffer(frame, 1, 1, [1], false))
        read((frame) => Message.pushTake(frame, 2, 2, 8, true))
      },
      1
    ],
    [
      "a take that the worker withdrew",
      (read) => {
        read((frame) => Message.pushTake(frame, 2, 2, 1, false))
        read((frame) => Message.pushWithdraw(frame, 2, 2))
      },
      0
    ]
  ])("an answer is told where a handler waits for it, as the worker replies soon: %s", (_, use, count) => {
    const { answers, read } = setUp()
    use(read)
    assert.strictEqual(answers.count, count)
  })

  it("an end that a lost worker had open is lost, and one that it closed is not: S269, G15", () => {
    const { ends, made, read } = setUp()
    read((frame) => Message.pushClose(frame, 1))
    read((frame) => Message.pushClose(frame, 2))
    ends.lose({ worker: 1, outOfMemory: false, stderr: "" })
    assert.strictEqual(made.snapshot().state, "open")
    const other = setUp()
    other.ends.lose({ worker: 1, outOfMemory: false, stderr: "" })
    assert.strictEqual(other.made.snapshot().state, "over")
  })
})
