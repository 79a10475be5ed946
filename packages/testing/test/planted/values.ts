// Races between reading in one operation and writing in another.
import { Explore } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { type Bug, unbounded } from "./bug.ts"

const lostUpdate: Bug = {
  name: "lost update",
  what: "two fibers add to a counter by reading, then writing",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@3!",
  program: Effect.gen(function* () {
    const counter = yield* Ref.make(0)
    const add = Effect.flatMap(Ref.get(counter), (n) => Ref.set(counter, n + 1))
    yield* Effect.all([add, add], unbounded)
    if ((yield* Ref.get(counter)) !== 2) return yield* Effect.die("an update is lost")
  }),
  promises: (step) => {
    let counter = 0
    const add = async () => {
      await step()
      const n = counter
      await step()
      counter = n + 1
    }
    void add()
    void add()
    return () => counter !== 2
  }
}

const doubleCharge: Bug = {
  name: "double charge",
  what: "whether an order was charged is looked up before it is charged, and noted after",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@4!",
  program: Effect.gen(function* () {
    const charged = new Set<string>()
    let charges = 0
    const charge = Effect.fnUntraced(function* (order: string) {
      if (yield* Effect.sync(() => charged.has(order))) return
      yield* Effect.sync(() => charges++)
      yield* Effect.sync(() => charged.add(order))
    })
    yield* Effect.all([charge("a"), charge("b"), charge("a")], unbounded)
    if (charges !== 2) return yield* Effect.die("an order is charged twice")
  }),
  promises: (step) => {
    const charged = new Set<string>()
    let charges = 0
    const charge = async (order: string) => {
      await step()
      if (charged.has(order)) return
      await step()
      charges++
      await step()
      charged.add(order)
    }
    void charge("a")
    void charge("b")
    void charge("a")
    return () => charges !== 2
  }
}

const twoSingletons: Bug = {
  name: "two singletons",
  what: "a value that is made on first use is made twice, when making it takes a while",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@3!",
  program: Effect.gen(function* () {
    let instance: { readonly number: number } | undefined
    let made = 0
    const make = Effect.map(
      Effect.sync(() => ++made),
      (number) => ({ number })
    )
    const get = Effect.gen(function* () {
      if (instance === undefined) instance = yield* make
      return instance
    })
    const [a, b] = yield* Effect.all([get, get], { concurrency: "unbounded" })
    if (a !== b) return yield* Effect.die("there are two instances")
  }),
  promises: (step) => {
    let instance: object | undefined
    const got: Array<object> = []
    const get = async () => {
      await step()
      if (instance === undefined) {
        await step()
        instance = {}
      }
      got.push(instance)
    }
    void get()
    void get()
    return () => got[0] !== got[1]
  }
}

interface Node {
  readonly name: string
  next: Node | undefined
}

const stack = () => {
  const c: Node = { name: "c", next: undefined }
  const b: Node = { name: "b", next: c }
  const a: Node = { name: "a", next: b }
  const taken: Array<Node> = []
  const state = { top: a as Node | undefined, taken }
  const swap = (from: Node | undefined, to: Node | undefined): boolean => {
    if (state.top !== from) return false
    state.top = to
    return true
  }
  /** Whether a taken node is on the stack as well. */
  const isBroken = () => {
    const names = taken.map(({ name }) => name)
    for (let node = state.top; node !== undefined; node = node.next) names.push(node.name)
    return new Set(names).size < names.length
  }
  return { state, swap, isBroken }
}

const aba: Bug = {
  name: "ABA",
  what: "a stack compares its top before it swaps it; the top came back, what was below it did not",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@6!",
  program: Effect.gen(function* () {
    const { isBroken, state, swap } = stack()
    const pop = Effect.gen(function* () {
      for (;;) {
        const first: Node | undefined = yield* Effect.sync(() => state.top)
        const next = yield* Effect.sync(() => first?.next)
        if (yield* Effect.sync(() => swap(first, next))) return first!
      }
    })
    const push = (node: Node) =>
      Effect.sync(() => {
        node.next = state.top
        state.top = node
      })
    const other = Effect.gen(function* () {
      const first = yield* pop
      state.taken.push(yield* pop)
      yield* push(first)
    })
    const one = Effect.map(pop, (node) => state.taken.push(node))
    yield* Effect.all([one, other], unbounded)
    if (isBroken()) return yield* Effect.die("a node is in two places")
  }),
  promises: (step) => {
    const { isBroken, state, swap } = stack()
    const pop = async () => {
      for (;;) {
        await step()
        const first = state.top
        await step()
        const next = first?.next
        await step()
        if (swap(first, next)) return first!
      }
    }
    void pop().then((node) => state.taken.push(node))
    void pop().then(async (first) => {
      state.taken.push(await pop())
      await step()
      first.next = state.top
      state.top = first
    })
    return isBroken
  }
}

const blindRetry: Bug = {
  name: "blind retry",
  what: "an optimistic write no longer compares after its first failure",
  switches: 4,
  smallest: "h1 adversarial 0 0.0@4! 0.2@2>0.2 0.0@9!0.1",
  program: Effect.gen(function* () {
    let value = 0
    let isBlind = false
    const swap = (from: number, to: number) =>
      Effect.sync(() => {
        if (value !== from) return false
        value = to
        return true
      })
    const add = Effect.gen(function* () {
      for (let attempt = 0; attempt < 1; attempt++) {
        const before = yield* Effect.sync(() => value)
        if (yield* swap(before, before + 1)) return
      }
      const before = yield* Effect.sync(() => value)
      isBlind = true
      yield* Effect.sync(() => (value = before + 1))
    })
    const other = Effect.andThen(
      Effect.yieldNow,
      Effect.sync(() => value++)
    )
    yield* Effect.all([add, other, other], unbounded)
    if (value !== 3) return yield* Effect.die(isBlind ? "a write was lost" : "impossible")
  }),
  promises: (step) => {
    let value = 0
    const add = async () => {
      for (let attempt = 0; attempt < 1; attempt++) {
        await step()
        const before = value
        await step()
        if (value === before) {
          value = before + 1
          return
        }
      }
      await step()
      const before = value
      await step()
      value = before + 1
    }
    const other = async () => {
      await step()
      value++
    }
    for (const task of [add, other, other]) void task()
    return () => value !== 3
  }
}

const paidTwice: Bug = {
  name: "paid twice",
  what: "a payment whose answer is lost is made again, though it is not idempotent",
  switches: 0,
  smallest: "h1 adversarial 0 0@0f2",
  program: Effect.gen(function* () {
    let paid = 0
    const pay = Effect.gen(function* () {
      const fault = yield* Explore.draw("fault", 4)
      if (fault === 1) return yield* Effect.fail("refused")
      paid++
      if (fault === 2) return yield* Effect.fail("timed out")
      return "paid"
    })
    const others = yield* Explore.draw("command", 10)
    for (let i = 0; i <= others; i++) yield* Effect.retry(pay, { times: 3 })
    if (paid > others + 1) return yield* Effect.die("paid twice")
  }).pipe(Effect.catch(() => Effect.void))
}

export const values: ReadonlyArray<Bug> = [
  lostUpdate,
  doubleCharge,
  twoSingletons,
  aba,
  blindRetry,
  paidTwice
]
