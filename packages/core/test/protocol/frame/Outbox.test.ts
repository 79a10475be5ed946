import { assert, describe, it } from "@effect/vitest"
import type { Movable } from "../../../src/internal/model/movable.ts"
import { Refused, type Unclonable } from "../../../src/protocol/values/Clonable.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"
import { Outbox } from "../../../src/protocol/frame/Outbox.ts"

const workerEpoch = 7

/** An outbox posting through structured clone, like a thread's. */
const make = (onRefused: (id: number, found: Unclonable, outbox: Outbox) => void = () => {}) => {
  const frames: Array<Message.Frame> = []
  const transfers: Array<ReadonlyArray<Movable> | undefined> = []
  const refused: Array<readonly [id: number, path: string]> = []
  let attempts = 0
  const outbox: Outbox = new Outbox({
    workerEpoch,
    post: (frame, transfer) => {
      attempts++
      if (attempts > 100) throw new Error("it never ends")
      frames.push(structuredClone(frame, { transfer: [...(transfer ?? [])] as Array<ArrayBuffer> }))
      transfers.push(transfer)
    },
    onRefused: (id, found) => {
      if (refused.length > 10) assert.fail("it never ends")
      refused.push([id, found.path])
      onRefused(id, found, outbox)
    }
  })
  return { outbox, frames, transfers, refused, attempts: () => attempts }
}

const reply = (outbox: Outbox, id: number, value: unknown): void =>
  Message.pushSucceeded(outbox.open(id), id, value)

/** The contents of each frame: the sequence number, then id and value of each reply. */
const read = (frames: ReadonlyArray<Message.Frame>) =>
  frames.map((frame) => {
    const replies: Array<readonly [number, unknown]> = []
    const other = () => assert.fail("not a reply")
    Message.readReplies(frame, {
      succeeded: (id, value) => void replies.push([id, value]),
      failed: (id) => void replies.push([id, "failed"]),
      measured: other,
      ready: other,
      startFailed: other,
      started: other,
      absent: other,
      log: other,
      stopped: other,
      call: other,
      endCall: other,
      awaitCall: other,
      redeadline: other,
      askSnapshot: other
    })
    assert.strictEqual(frame[0], workerEpoch)
    return [frame[1] as number, ...replies]
  })

describe("the outbox", () => {
  it("collected messages travel as one post, in order; the next post is a new frame", () => {
    const { frames, outbox } = make()
    assert.isTrue(outbox.isEmpty)
    for (const id of [1, 2, 3]) reply(outbox, id, `value ${id}`)
    assert.strictEqual(outbox.size, 3)
    assert.isFalse(outbox.isEmpty)
    assert.deepStrictEqual(frames, [])
    outbox.flush()
    assert.isTrue(outbox.isEmpty)
    reply(outbox, 4, "value 4")
    outbox.flush()
    assert.deepStrictEqual(read(frames), [
      [0, [1, "value 1"], [2, "value 2"], [3, "value 3"]],
      [1, [4, "value 4"]]
    ])
  })

  it("with nothing to say nothing is posted, and no sequence number is used", () => {
    const { attempts, frames, outbox } = make()
    outbox.flush()
    outbox.flush()
    assert.strictEqual(attempts(), 0)
    reply(outbox, 1, "a")
    outbox.flush()
    outbox.flush()
    assert.deepStrictEqual(read(frames), [[0, [1, "a"]]])
  })

  for (const bad of [0, 1, 2]) {
    it(`of three messages the one at ${bad} cannot be cloned: it alone is refused, the others arrive in order: S099, G10`, () => {
      const { frames, outbox, refused } = make()
      for (const id of [0, 1, 2]) reply(outbox, id + 1, id === bad ? { deep: [{ fn: () => {} }] } : id)
      outbox.flush()
      assert.deepStrictEqual(refused, [[bad + 1, "$.deep[0].fn"]])
      const good = [0, 1, 2].filter((id) => id !== bad)
      assert.deepStrictEqual(
        read(frames),
        good.map((id, sequence) => [sequence, [id + 1, id]])
      )
      reply(outbox, 9, "after")
      outbox.flush()
      assert.deepStrictEqual(read(frames).at(-1), [2, [9, "after"]])
    })
  }

  it("a lone message that cannot be cloned is refused at its first attempt: S099", () => {
    const { attempts, frames, outbox, refused } = make()
    reply(outbox, 5, Symbol("s"))
    outbox.flush()
    assert.deepStrictEqual([refused, frames, attempts()], [[[5, "$"]], [], 1])
  })

  it("every one refused: each is told once, and nothing is posted", () => {
    const { frames, outbox, refused } = make()
    for (const id of [1, 2, 3]) reply(outbox, id, () => {})
    outbox.flush()
    assert.deepStrictEqual(
      refused.map(([id]) => id),
      [1, 2, 3]
    )
    assert.deepStrictEqual(frames, [])
    assert.isTrue(outbox.isEmpty)
  })

  it("a replacement that is pushed while a message is refused leaves with the same flush, after the good ones", () => {
    const { frames, outbox, refused } = make((id, _, sender) => reply(sender, id, "instead"))
    reply(outbox, 1, "good")
    reply(outbox, 2, () => {})
    reply(outbox, 3, "good too")
    outbox.flush()
    assert.deepStrictEqual(refused, [[2, "$"]])
    assert.deepStrictEqual(read(frames), [
      [0, [1, "good"]],
      [1, [3, "good too"]],
      [2, [2, "instead"]]
    ])
    assert.isTrue(outbox.isEmpty)
  })

  it("objects to transfer travel with their own message: S098", () => {
    const { frames, outbox, transfers } = make()
    const bytes = new Uint8Array([1, 2, 3])
    reply(outbox, 1, bytes)
    outbox.flush([bytes.buffer])
    assert.strictEqual(bytes.byteLength, 0)
    assert.deepStrictEqual(read(frames), [[0, [1, new Uint8Array([1, 2, 3])]]])
    assert.strictEqual(transfers.length, 1)
  })

  it("a transfer that is refused says so once, and its replacement travels without the list: S105", () => {
    const bytes = new Uint8Array([1, 2, 3])
    structuredClone(bytes, { transfer: [bytes.buffer] })
    const { frames, outbox, refused, transfers } = make((id, _, sender) => reply(sender, id, "instead"))
    reply(outbox, 1, { n: 1 })
    outbox.flush([bytes.buffer])
    assert.strictEqual(refused.length, 1)
    assert.deepStrictEqual(read(frames), [[0, [1, "instead"]]])
    assert.deepStrictEqual(transfers, [undefined])
  })

  it("a message posted alone follows those collected; refused, it is told to its sender, and nothing has moved: S105", () => {
    const { frames, outbox, refused } = make()
    const post = (value: unknown, bytes: Uint8Array<ArrayBuffer>) =>
      outbox.post((frame) => Message.pushSucceeded(frame, 2, value), [bytes.buffer])
    reply(outbox, 1, "before")
    const bytes = new Uint8Array([1, 2, 3])
    assert.isFalse(post([bytes, () => {}], bytes))
    assert.strictEqual(bytes.byteLength, 3)
    assert.isTrue(post(bytes, bytes))
    assert.strictEqual(bytes.byteLength, 0)
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual(read(frames), [
      [0, [1, "before"]],
      [1, [2, new Uint8Array([1, 2, 3])]]
    ])
  })

  it("after a refused post nothing has moved: S105", () => {
    const { outbox, refused } = make()
    const bytes = new Uint8Array([1, 2, 3])
    reply(outbox, 1, [bytes, () => {}])
    outbox.flush([bytes.buffer])
    assert.deepStrictEqual(refused, [[1, "$[1]"]])
    assert.strictEqual(bytes.byteLength, 3)
  })

  it("a transport that knows what it refuses, and where, is believed: G10", () => {
    const refused: Array<Unclonable> = []
    const outbox = new Outbox({
      workerEpoch,
      post: () => {
        throw new Refused({ path: "$.words", detail: "shared memory" })
      },
      onRefused: (_, { detail, path }) => refused.push({ detail, path })
    })
    // Structured clone itself would find nothing wrong.
    reply(outbox, 1, { words: new SharedArrayBuffer(4) })
    outbox.flush()
    assert.deepStrictEqual(refused, [{ detail: "shared memory", path: "$.words" }])
  })
})
