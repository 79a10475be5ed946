import { assert, describe, it } from "@effect/vitest"
import { type EndPorts, SendingEnd } from "../../../../src/internal/worker/channels/SendingEnd.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"

/** A sender, and what it said, one entry for each post. */
const setUp = (credit: number) => {
  const posts: Array<string> = []
  let frame: Message.Frame = []
  const post = (how: string) => {
    const words: Array<string> = []
    Message.readReplies(
      [1, 0, ...frame],
      {},
      {
        send: (_: number, elements: ReadonlyArray<unknown>) => words.push(`send ${elements.length}`),
        offer: (_: number, __: number, elements: ReadonlyArray<unknown>) =>
          words.push(`offer ${elements.length}`)
      }
    )
    frame = []
    if (words.length > 0) posts.push([...words, how].join(", "))
  }
  const ports = {
    say: (push: (open: Message.Frame) => void) => {
      push(frame)
      return frame
    },
    sayMoving: (push: (open: Message.Frame) => void, transfer: ReadonlyArray<unknown>) => {
      post("before")
      push(frame)
      post(`moving ${transfer.length}`)
    },
    get unposted() {
      return frame
    },
    post: () => post("at once"),
    waiting: () => {}
  } as unknown as EndPorts
  const token = { channel: 1, side: "send", acknowledge: false, isExclusive: false } as const
  const end = new SendingEnd(ports, 1, token)
  end.credit(credit)
  const send = (count: number, transfer?: ReadonlyArray<ArrayBuffer>) =>
    end.send({ elements: Array.from({ length: count }, (_, i) => i), transfer }, false, () => {})
  return { post, posts, send }
}

describe("what a sender with credit sends", () => {
  it("leaves together with the turn, and 128 elements at once: S260", () => {
    const { post, posts, send } = setUp(512)
    for (let i = 0; i < 3; i++) send(64)
    post("with the turn")
    assert.deepStrictEqual(posts, ["send 128, at once", "send 64, with the turn"])
  })

  it("leaves in one message with what moves, and waits as a whole: S260, G10", () => {
    const { post, posts, send } = setUp(4)
    send(1)
    send(2, [new ArrayBuffer(8)])
    send(2, [new ArrayBuffer(8)])
    post("with the turn")
    assert.deepStrictEqual(posts, ["send 1, before", "send 2, moving 1", "offer 2, moving 1"])
  })
})
