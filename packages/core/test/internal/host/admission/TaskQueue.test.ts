import { assert, describe, it } from "@effect/vitest"
import { type Queueable, TaskQueue } from "../../../../src/internal/host/admission/TaskQueue.ts"
import { random } from "../../../support/random.ts"

class Item implements Queueable {
  readonly sequence: number
  readonly priority: number
  line: Queueable["line"] = undefined
  before: Queueable | undefined = undefined
  after: Queueable | undefined = undefined
  constructor(sequence: number, priority: number) {
    this.sequence = sequence
    this.priority = priority
  }
}

/** The same, said as plainly as possible. */
class Reference {
  readonly items: Array<Item> = []
  private readonly order: "fifo" | "lifo"
  private readonly ageing: number
  constructor(order: "fifo" | "lifo", ageing: number) {
    this.order = order
    this.ageing = ageing
  }
  remove(item: Item): void {
    const at = this.items.indexOf(item)
    if (at >= 0) this.items.splice(at, 1)
  }
  peek(): Item | undefined {
    return this.least(
      this.order === "lifo"
        ? (a, b) => a.priority - b.priority || b.sequence - a.sequence
        : (a, b) => this.key(a) - this.key(b) || a.priority - b.priority
    )
  }
  oldest(): Item | undefined {
    return this.least((a, b) => a.sequence - b.sequence)
  }
  private least(compare: (a: Item, b: Item) => number): Item | undefined {
    let least = this.items[0]
    for (const item of this.items) if (compare(item, least!) < 0) least = item
    return least
  }
  private key(item: Item): number {
    return item.sequence + item.priority * this.ageing
  }
}

/** Takes everything out, in the order in which it goes. */
const drain = (queue: TaskQueue<Item>): Array<Item> => {
  const all: Array<Item> = []
  for (let item = queue.peek(); item !== undefined; item = queue.peek()) {
    queue.remove(item)
    all.push(item)
  }
  return all
}

const bySequence = (items: ReadonlyArray<Item>): Array<number> => items.map((item) => item.sequence)

describe("the queue against a naive one", () => {
  for (const order of ["fifo", "lifo"] as const) {
    for (const [ageing, priorities] of [
      [100, 1],
      [100, 5],
      [3, 201],
      [0, 7]
    ] as const) {
      it(`S064, G8: ${order}, ageing ${ageing}, ${priorities} priorities: 5,000 seeded operations agree`, () => {
        const next = random(ageing * 1000 + priorities)
        const upTo = (n: number) => Math.floor(next() * n)
        const queue = new TaskQueue<Item>(order, ageing)
        const reference = new Reference(order, ageing)
        const recalled: Array<Item> = []
        let sequence = 0
        const put = (item: Item) => {
          queue.push(item)
          reference.items.push(item)
        }
        const take = (item: Item) => {
          queue.remove(item)
          reference.remove(item)
          recalled.push(item)
        }
        for (let operation = 0; operation < 5000; operation++) {
          const choice = next()
          if (choice < 0.4) put(new Item(++sequence, upTo(priorities) - (priorities >> 1)))
          else if (choice < 0.65) {
            const first = queue.peek()
            if (first !== undefined) take(first)
          } else if (choice < 0.75 && reference.items.length > 0) {
            take(reference.items[upTo(reference.items.length)]!)
          } else if (choice < 0.87 && recalled.length > 0) {
            // What a worker gives back goes where its number belongs.
            put(recalled.splice(upTo(recalled.length), 1)[0]!)
          } else if (choice < 0.9 && recalled.length > 0) {
            // Removing what is not there does nothing.
            queue.remove(recalled[0]!)
          } else {
            const oldest = queue.oldest()
            assert.strictEqual(oldest, reference.oldest())
            if (oldest !== undefined && next() < 0.3) take(oldest)
          }
          assert.strictEqual(queue.length, reference.items.length)
          assert.strictEqual(queue.peek(), reference.peek())
          if (operation % 100 === 0) {
            assert.sameMembers(queue.toArray(), reference.items)
            for (const item of reference.items) assert.isDefined(item.line)
            for (const item of recalled) assert.isUndefined(item.line)
          }
        }
        assert.isAbove(sequence, 1000)
        for (const item of drain(queue)) {
          assert.strictEqual(item, reference.peek())
          reference.remove(item)
        }
        assert.strictEqual(queue.length, 0)
      })
    }
  }
})

describe("the order of the queue", () => {
  it("S064, G8: first come, first served within a priority; lifo turns that round", () => {
    for (const [order, expected] of [
      ["fifo", [1, 2, 3]],
      ["lifo", [3, 2, 1]]
    ] as const) {
      const queue = new TaskQueue<Item>(order, 100)
      for (const sequence of [1, 2, 3]) queue.push(new Item(sequence, 0))
      assert.deepStrictEqual(bySequence(drain(queue)), [...expected])
    }
  })

  it("S064: priorities 5, 3, 1, 2 go as 1, 2, 3, 5", () => {
    const queue = new TaskQueue<Item>("fifo", 100)
    ;[5, 3, 1, 2].forEach((priority, i) => queue.push(new Item(i + 1, priority)))
    assert.deepStrictEqual(bySequence(drain(queue)), [3, 4, 2, 1])
  })

  it("G5: a recalled task goes before everything that came after it, however late it comes back", () => {
    const queue = new TaskQueue<Item>("fifo", 100)
    const items = Array.from({ length: 6 }, (_, i) => new Item(i + 1, 0))
    for (const item of items) queue.push(item)
    const sent = items.slice(0, 3)
    for (const item of sent) queue.remove(item)
    for (const item of [sent[1]!, sent[2]!, sent[0]!]) queue.push(item)
    assert.deepStrictEqual(bySequence(drain(queue)), [1, 2, 3, 4, 5, 6])
  })

  it("G8: each step of priority lets exactly `ageing` later arrivals overtake, and then it is its turn", () => {
    for (const steps of [1, 2, 7, 200]) {
      const queue = new TaskQueue<Item>("fifo", 100)
      const patient = new Item(1, steps - 100)
      queue.push(patient)
      let overtaken = 0
      // More urgent work never stops coming.
      for (let sequence = 2; ; sequence++) {
        queue.push(new Item(sequence, -100))
        const first = queue.peek()!
        queue.remove(first)
        if (first === patient) break
        overtaken++
      }
      assert.strictEqual(overtaken, steps * 100, `${steps} steps`)
    }
  })

  it("shedding asks for the one that came first, whatever its priority", () => {
    const queue = new TaskQueue<Item>("fifo", 100)
    for (const [sequence, priority] of [
      [4, -100],
      [2, 100],
      [3, 0]
    ] as const) {
      queue.push(new Item(sequence, priority))
    }
    assert.strictEqual(queue.oldest()!.sequence, 2)
  })

  it("S039: removing takes one out at once, and its neighbours keep their order; removing twice does nothing", () => {
    for (const index of [0, 1, 2]) {
      const queue = new TaskQueue<Item>("fifo", 100)
      const items = [1, 2, 3].map((sequence) => new Item(sequence, 0))
      for (const item of items) queue.push(item)
      queue.remove(items[index]!)
      queue.remove(items[index]!)
      assert.strictEqual(queue.length, 2)
      assert.deepStrictEqual(bySequence(drain(queue)), [1, 2, 3].toSpliced(index, 1))
    }
  })

  it("tasks may be removed while a list of all is walked", () => {
    const queue = new TaskQueue<Item>("fifo", 100)
    for (let sequence = 1; sequence <= 10; sequence++) queue.push(new Item(sequence, sequence % 3))
    for (const item of queue.toArray()) queue.remove(item)
    assert.strictEqual(queue.length, 0)
    assert.isUndefined(queue.peek())
    assert.isUndefined(queue.oldest())
    assert.deepStrictEqual(queue.toArray(), [])
  })
})
