import { assert, describe, it } from "@effect/vitest"
import { Posts } from "../../../src/internal/worker/Posts.ts"
import type { RouteTarget } from "../../../src/internal/worker/handlers/handlers.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"
import type { RunnerEndpoint } from "../../../src/RunnerEndpoint.ts"

/** Posts, and each frame that left, as the names of its messages. */
const setUp = () => {
  const frames: Array<ReadonlyArray<string>> = []
  const turns: Array<() => void> = []
  const endpoint = {
    start: { workerEpoch: 1 },
    post: (frame: Message.Frame) => {
      const names: Array<string> = []
      Message.readReplies(frame, {
        succeeded: (ref) => names.push(`succeeded ${ref}`),
        measured: (route, count, millis) => names.push(`measured ${route}: ${count} in ${millis}`)
      })
      frames.push(names)
    },
    endOfTurn: (callback: () => void) => void turns.push(callback)
  } as unknown as RunnerEndpoint["Service"]
  const posts = new Posts(endpoint, () => {})
  const reply = (ref: number) => Message.pushSucceeded(posts.open(ref), ref, ref)
  const endTurn = () => {
    for (const turn of turns.splice(0)) turn()
  }
  return { endTurn, frames, posts, reply, turns }
}

const route = (number: number): RouteTarget => ({
  number,
  name: "T",
  module: undefined,
  compiled: undefined,
  count: 0,
  millis: 0
})

describe("posts of a worker", () => {
  it("replies of one turn travel together, with one turn asked for", () => {
    const { endTurn, frames, posts, reply, turns } = setUp()
    for (const ref of [1, 2]) {
      reply(ref)
      posts.schedule()
    }
    assert.deepStrictEqual([frames.length, turns.length], [0, 1])
    endTurn()
    assert.deepStrictEqual(frames, [["succeeded 1", "succeeded 2"]])
  })

  it("what needs no post of its own travels with the next one, and before a message that is posted alone", () => {
    const { frames, posts, reply } = setUp()
    posts.alongside(() => reply(2))
    posts.flush()
    assert.strictEqual(frames.length, 0)
    reply(1)
    posts.flush()
    posts.alongside(() => reply(3))
    posts.settle()
    assert.deepStrictEqual(frames, [["succeeded 1", "succeeded 2"], ["succeeded 3"]])
  })

  it("run times travel with the next post, summed up for each route", () => {
    const { frames, posts, reply } = setUp()
    const [a, b] = [route(1), route(2)]
    posts.ran(1, a, 1)
    posts.ran(2, a, 1)
    posts.ran(4, b, 3)
    reply(1)
    posts.flush()
    assert.deepStrictEqual(frames, [["succeeded 1", "measured 1: 2 in 3", "measured 2: 3 in 4"]])
    assert.deepStrictEqual([a.count, a.millis], [0, 0])
  })

  it("a chunk's run time is lined up before its reply: its caller sizes the next chunk by it", () => {
    const { frames, posts, reply } = setUp()
    posts.ran(4, route(1), 8, true)
    reply(1)
    posts.flushMessage()
    assert.deepStrictEqual(frames, [["measured 1: 8 in 4", "succeeded 1"]])
  })

  it("short tasks may go on before a post until their run times add up; a post begins anew: G5", () => {
    const { posts } = setUp()
    posts.ran(0.1)
    assert.isTrue(posts.mayWait)
    posts.ran(0.1)
    assert.isFalse(posts.mayWait)
    posts.flush()
    assert.isTrue(posts.mayWait)
  })

  it("a message that leaves at once leaves the run times behind", () => {
    const { frames, posts, reply } = setUp()
    posts.ran(1, route(1), 1)
    reply(1)
    posts.flushMessage()
    assert.deepStrictEqual(frames, [["succeeded 1"]])
    posts.flush()
    assert.deepStrictEqual(frames[1], ["measured 1: 1 in 1"])
  })
})
