import { assert, describe, it } from "@effect/vitest"
import { Answers } from "../../../../src/internal/host/channels/Answers.ts"
import { Broker } from "../../../../src/internal/host/channels/Broker.ts"
import type { Opening } from "../../../../src/internal/host/channels/Opening.ts"
import { type ChannelSettings, resolveChannel } from "../../../../src/internal/model/channel.ts"
import type { Over, Sent, Took } from "../../../../src/internal/model/ports.ts"

const exit = { worker: 1, outOfMemory: false, stderr: "" }

/** A channel, and what its users hear, as words. */
const setUp = (
  options: Parameters<typeof resolveChannel>[0] = {},
  settings: Partial<ChannelSettings> = {}
) => {
  const broker = new Broker(1, { ...resolveChannel(options), ...settings }, new Answers((answer) => answer()))
  const heard: Array<string> = []
  const user = (name: string, side: "send" | "receive"): Opening =>
    broker.attach(side, {
      grant: (credit) => heard.push(`${name} may send ${credit}`),
      recall: () => heard.push(`${name} is to give back`),
      over: (over) => heard.push(`${name}: ${wordsOf(over)}`)
    })
  const tell =
    (name: string) =>
    (answer: Sent | Took): void =>
      void heard.push(
        `${name} ${answer._tag === "Took" ? `took ${answer.elements.map((e) => e.value).join()}` : wordsOf(answer)}`
      )
  let ops = 0
  return {
    broker,
    heard,
    user,
    send: (opening: Opening, name: string, ...elements: Array<unknown>) =>
      broker.offer(opening, elements, false, tell(name)),
    take: (opening: Opening, name: string, most = 1, ahead = false) => {
      const op = ++ops
      return { op, withdraw: broker.take(opening, op, most, ahead, tell(name)) }
    }
  }
}

const wordsOf = (over: Sent | Over): string => {
  switch (over._tag) {
    case "Closed":
      return `closed by ${over.by}`
    case "Lost":
      return `lost after ${over.taken}, ${over.uncertain} uncertain`
    default:
      return over._tag.toLowerCase()
  }
}

describe("order and capacity", () => {
  it("elements are taken in order by whoever waits first, and sends wait for room: S260, S264, G14", () => {
    const { broker, heard, send, take, user } = setUp({ capacity: 2, policy: "suspend" })
    const [a, r] = [user("a", "send"), user("r", "receive")]
    send(a, "a", 1, 2)
    send(a, "b", 3)
    assert.deepStrictEqual(heard, ["a sent"])
    assert.strictEqual(broker.snapshot().waitingSenders, 1)
    take(r, "r", 2)
    take(r, "s")
    const answers = heard.slice(1).filter((each) => !each.includes("may send"))
    assert.deepStrictEqual(answers, ["r took 1,2", "b sent", "s took 3"])
  })

  it("credit is part of the capacity, half of it at most, and called back when somebody waits: S264, G14", () => {
    const { broker, heard, send, user } = setUp({ capacity: 8 })
    const [a, b] = [user("a", "send"), user("b", "send")]
    send(a, "a", 1)
    assert.deepStrictEqual(heard, ["a sent", "a may send 4"])
    heard.length = 0
    send(b, "b", 2, 3, 4, 5)
    assert.deepStrictEqual(heard, ["a is to give back"])
    assert.isTrue(broker.yieldCredit(a, 4))
    assert.strictEqual(heard[1], "b sent")
    assert.isFalse(broker.yieldCredit(a, 4))
    assert.isFalse(broker.spend(a, [6]))
  })

  it("credit grows with the capacity, up to 1,024 for one sender: S264, G14", () => {
    for (const [capacity, credit] of [
      [256, 128],
      [1024, 512],
      [65_536, 1024]
    ] as const) {
      const { heard, send, user } = setUp({ capacity })
      send(user("a", "send"), "a", 1)
      assert.deepStrictEqual(heard, ["a sent", `a may send ${credit}`])
    }
  })

  it("the stream of an only receiver may fetch more of a large channel, until others share it: S262, S263", () => {
    const small = setUp({ capacity: 128 })
    small.take(small.user("r", "receive"), "r", 32, true)
    assert.deepStrictEqual(small.heard, [])
    const { heard, take, user } = setUp({ capacity: 300 })
    const r = user("r", "receive")
    take(r, "r", 32, true)
    take(r, "r", 32, true)
    assert.deepStrictEqual(heard, ["r may send 150"])
    take(user("s", "receive"), "s", 32, true)
    assert.deepStrictEqual(heard, ["r may send 150", "r may send 64"])
  })

  it("what was fetched ahead counts until it is taken, and comes back in front: S263, S264, G14", () => {
    const { broker, send, take, user } = setUp({ capacity: 3 })
    const [a, r] = [user("a", "send"), user("r", "receive")]
    const { op } = take(r, "r", 3, true)
    send(a, "a", 1, 2, 3)
    send(a, "b", 4)
    assert.deepStrictEqual([broker.snapshot().ahead, broker.snapshot().waitingSenders], [3, 1])
    assert.isTrue(broker.confirm(r, 1))
    assert.deepStrictEqual([broker.snapshot().queued, broker.snapshot().waitingSenders], [1, 0])
    assert.isTrue(broker.giveBack(r, op, 2))
    assert.isFalse(broker.giveBack(r, op, 1))
    assert.deepStrictEqual(broker.snapshot().queued, 3)
  })

  it("the answer to a withdrawn request goes back before anything is handed out: S263, G15", () => {
    const { broker, heard, send, take, user } = setUp()
    const [a, r] = [user("a", "send"), user("r", "receive")]
    const { op } = take(r, "r", 2, true)
    send(a, "a", 1, 2)
    send(a, "a", 3)
    broker.returnAnswer(r, op)
    heard.length = 0
    take(r, "s", 9)
    assert.deepStrictEqual(heard, ["s took 1,2,3"])
  })

  it("dropOldest drops, reject and a try refuse: S264", () => {
    const drop = setUp({ capacity: 2, policy: "dropOldest" })
    drop.send(drop.user("a", "send"), "a", 1, 2, 3)
    drop.take(drop.user("r", "receive"), "r", 5)
    assert.strictEqual(drop.heard[1], "r took 2,3")
    const full = setUp({ capacity: 1, policy: "reject" })
    const a = full.user("a", "send")
    full.send(a, "a", 1)
    full.send(a, "b", 2)
    assert.deepStrictEqual(full.heard, ["a sent", "b full"])
  })
})

describe("ends", () => {
  it("the end is told after everything sent, also by credit that is still out: S260, G15", () => {
    const { broker, heard, send, take, user } = setUp({ capacity: 8 })
    const [a, b, r] = [user("a", "send"), user("b", "send"), user("r", "receive")]
    send(a, "a", 1)
    broker.end(b, undefined)
    take(r, "r")
    broker.confirm(r, 1)
    take(r, "s", 2)
    assert.include(heard, "a: closed by peer")
    assert.include(heard, "b: closed by self")
    assert.notInclude(heard, "r: closed by peer")
    assert.isTrue(broker.spend(a, [2]))
    assert.isTrue(broker.yieldCredit(a, 3))
    assert.strictEqual(heard.at(-1), "s took 2")
    broker.confirm(r, 1)
    assert.strictEqual(heard.at(-1), "r: closed by peer")
    assert.isTrue(broker.isOver)
  })

  it("a loss is told after what had arrived, with what is certain and what is not: S269, G15", () => {
    const { broker, heard, send, take, user } = setUp()
    const [a, r, s] = [user("a", "send"), user("r", "receive"), user("s", "receive")]
    send(a, "a", 1, 2, 3)
    take(r, "r", 2)
    broker.confirm(r, 1)
    broker.forget([r])
    broker.endLost(exit)
    assert.include(heard, "a: lost after 1, 1 uncertain")
    take(s, "s", 5)
    assert.strictEqual(heard.at(-1), "s took 3")
    broker.confirm(s, 1)
    assert.notInclude(heard, "s: lost after 2, 1 uncertain")
    broker.yieldCredit(a, a.credit)
    assert.strictEqual(heard.at(-1), "s: lost after 2, 1 uncertain")
  })

  it("sends that wait when a worker is lost fail, since perhaps nobody is left: S269, G15", () => {
    const { broker, heard, send, user } = setUp({ capacity: 1 })
    const [a, r] = [user("a", "send"), user("r", "receive")]
    send(a, "a", 1)
    send(a, "b", 2)
    broker.end(a, undefined)
    broker.forget([r])
    broker.endLost(exit)
    assert.include(heard, "b lost after 0, 0 uncertain")
  })

  it("a task that ends gives back what it has not taken; with redeliver also what is not done, once: S268", () => {
    const { broker, heard, send, take, user } = setUp({ acknowledge: true, redeliver: "once" })
    const [a, r, s] = [user("a", "send"), user("r", "receive"), user("s", "receive")]
    send(a, "a", 1, 2)
    take(r, "r", 2)
    broker.confirm(r, 1)
    broker.release(r)
    take(s, "s", 2)
    assert.strictEqual(heard.at(-1), "s took 1,2")
    broker.confirm(s, 2)
    assert.strictEqual(broker.snapshot().unfinished, 2)
    let joined = ""
    broker.join((answer) => (joined = wordsOf(answer)))
    assert.isTrue(broker.done(s, 1))
    assert.isFalse(broker.done(s, 1))
    assert.isTrue(broker.done(s, 2))
    assert.strictEqual(joined, "sent")
  })

  it("an exclusive end has one user, moves, and is closed with its user: S271, G15", () => {
    const { broker, heard, user } = setUp({}, { isExclusive: true })
    const a = user("a", "send")
    const r = user("r", "receive")
    user("x", "send")
    assert.deepStrictEqual(heard, ["x: moved"])
    broker.move(a)
    assert.strictEqual(heard.at(-1), "a: moved")
    const b = user("b", "send")
    broker.release(b)
    assert.strictEqual(heard.at(-1), "r: closed by peer")
    assert.isTrue(broker.isOver)
    broker.release(r)
  })

  it("an answer to the host that moves the end leaves what follows in the channel: S271, G15", () => {
    const { broker, heard, send, user } = setUp({}, { isExclusive: true })
    const r = broker.attach("receive", undefined)
    broker.take(r, 0, 1, false, () => broker.move(r))
    broker.take(r, 0, 1, false, ({ _tag }) => heard.push(`the host: ${_tag}`))
    send(user("a", "send"), "a", 1, 2)
    assert.include(heard, "the host: Moved")
    const { queued, taken } = broker.snapshot()
    assert.deepStrictEqual([queued, taken], [1, 1])
    broker.close()
  })

  it("an end that was moved and never opened is closed with its task, or lost with it: S271, G15", () => {
    const closed = setUp({}, { isExclusive: true })
    closed.broker.move(closed.user("a", "send"))
    closed.user("r", "receive")
    closed.broker.forsake("send", false)
    assert.strictEqual(closed.heard.at(-1), "r: closed by peer")
    const lost = setUp({}, { isExclusive: true })
    lost.broker.move(lost.user("a", "receive"))
    lost.user("b", "send")
    lost.broker.forsake("receive", true)
    assert.strictEqual(lost.heard.at(-1), "b: lost after 0, 0 uncertain")
  })

  it("a closed scope is told at once, and nothing is left: S267, G15", () => {
    const { broker, heard, send, take, user } = setUp({ capacity: 1 })
    const [a, r] = [user("a", "send"), user("r", "receive")]
    send(a, "a", 1)
    send(a, "b", 2)
    let joined = ""
    broker.join((answer) => (joined = wordsOf(answer)))
    broker.close()
    assert.includeMembers(heard, ["b closed by scope", "a: closed by scope", "r: closed by scope"])
    assert.strictEqual(joined, "closed by scope")
    take(r, "r")
    assert.strictEqual(heard.at(-1), "r closed by scope")
    const { ahead, queued, waitingReceivers, waitingSenders } = broker.snapshot()
    assert.deepStrictEqual([ahead, queued, waitingReceivers, waitingSenders], [0, 0, 0, 0])
  })
})
