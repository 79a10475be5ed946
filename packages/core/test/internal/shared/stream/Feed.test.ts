import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { Feed } from "../../../../src/internal/shared/stream/Feed.ts"

const made = (
  buffer: number,
  credit = buffer,
  decode: (element: unknown) => unknown = (element) => element
) => {
  const grants: Array<number> = []
  const feed = new Feed({ buffer, credit, grant: (count) => grants.push(count), decode })
  return { feed, grants }
}

const pulled = (feed: Feed) => Effect.runSync(feed.pull)

const isDone = (exit: Exit.Exit<unknown, unknown>): boolean =>
  exit._tag === "Failure" &&
  exit.cause.reasons.some((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error))

describe("Feed", () => {
  it("gives what has arrived in order, half of the buffer at most: S237, G13", () => {
    const { feed } = made(8)
    assert.isTrue(feed.arrive([1, 2]))
    assert.isTrue(feed.arrive(Float64Array.of(3, 4, 5, 6, 7, 8)))
    assert.deepStrictEqual(pulled(feed), [1, 2])
    assert.deepStrictEqual(pulled(feed), [3, 4, 5, 6])
    assert.deepStrictEqual(pulled(feed), [7, 8])
    assert.strictEqual(feed.arrived, 8)
  })

  it("refuses more than there was credit for: G14", () => {
    const { feed } = made(4)
    assert.isTrue(feed.arrive([1, 2, 3]))
    assert.isFalse(feed.arrive([4, 5]))
    assert.isTrue(feed.arrive([4]))
    assert.isFalse(feed.arrive([5]))
  })

  it("gives credit back when the consumer asks again, not when it takes: G14", () => {
    const { feed, grants } = made(4)
    feed.arrive([1, 2, 3, 4])
    assert.deepStrictEqual(pulled(feed), [1, 2])
    assert.deepStrictEqual(grants, [], "two are in its hands")
    assert.deepStrictEqual(pulled(feed), [3, 4])
    assert.deepStrictEqual(grants, [2])
    // What is on its way, kept and in hand is the buffer at most.
    assert.isTrue(feed.arrive([5, 6]))
    assert.isFalse(feed.arrive([7]))
  })

  it("asks for all of its buffer with the first pull where nothing was granted before", () => {
    const { feed, grants } = made(4, 0)
    assert.isFalse(feed.arrive([1]))
    const fiber = Effect.runFork(feed.pull)
    assert.deepStrictEqual(grants, [4])
    assert.isTrue(feed.arrive([1]))
    return Effect.runPromise(Fiber.join(fiber)).then((chunk) => assert.deepStrictEqual(chunk, [1]))
  })

  it("tells the end after the last element, again to a consumer that asks again; the first end stands: S232, G13", () => {
    const { feed } = made(4)
    feed.arrive([1])
    feed.finish(Exit.fail("first"))
    feed.finish(Exit.void)
    assert.deepStrictEqual(pulled(feed), [1])
    assert.deepStrictEqual(Effect.runSyncExit(feed.pull), Exit.fail("first"))
    assert.deepStrictEqual(Effect.runSyncExit(feed.pull), Exit.fail("first"))
  })

  it("wakes a consumer that waits with the end: S232", () => {
    const { feed } = made(4)
    const fiber = Effect.runFork(feed.pull)
    feed.finish(Exit.void)
    return Effect.runPromise(Fiber.await(fiber)).then((exit) => assert.isTrue(isDone(exit)))
  })

  it("an interrupted pull takes nothing: S236", async () => {
    const { feed } = made(4)
    await Effect.runPromise(Fiber.interrupt(Effect.runFork(feed.pull)))
    feed.arrive([1])
    assert.deepStrictEqual(pulled(feed), [1])
  })

  it("keeps nothing for a consumer that has left, and counts on: S236", () => {
    const { feed } = made(4)
    feed.arrive([1])
    feed.stop()
    assert.isTrue(feed.arrive([2]))
    assert.strictEqual(feed.arrived, 2)
  })

  it("an element that cannot be read is the end, after those before it: S232, G13", () => {
    const decode = (element: unknown): unknown => {
      if (element === 3) throw "unreadable"
      return element
    }
    const { feed } = made(8, 8, decode)
    feed.arrive([1, 2, 3, 4])
    assert.deepStrictEqual(pulled(feed), [1, 2])
    assert.deepStrictEqual(Effect.runSyncExit(feed.pull), Exit.fail("unreadable"))
    const { feed: first } = made(8, 8, decode)
    first.arrive([3])
    assert.deepStrictEqual(Effect.runSyncExit(first.pull), Exit.fail("unreadable"))
  })

  it("a buffer of one is one element at a time: S231, G14", async () => {
    const { feed, grants } = made(1)
    for (let i = 0; i < 3; i++) {
      const pull = Effect.runFork(feed.pull)
      assert.isTrue(feed.arrive([i]))
      assert.isFalse(feed.arrive([i]))
      assert.deepStrictEqual(await Effect.runPromise(Fiber.join(pull)), [i])
    }
    assert.deepStrictEqual(grants, [1, 1])
  })
})
