import { History, Linearizable, SequentialModel, Simulation } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import { describe, expect, it } from "vitest"

/** `[by, input, invoked, at, output]`; without `at` the call is maybe. */
type Row<I, O> = readonly [by: string, input: I, invoked: number, at?: number, output?: O]

const history = <I, O>(...rows: ReadonlyArray<Row<I, O>>): ReadonlyArray<History.Call<I, O>> =>
  rows.map(([by, input, invoked, at, output]) => ({
    by,
    input,
    invoked,
    outcome: at === undefined ? { _tag: "Maybe" } : { _tag: "Returned", output: output as O, at }
  }))

const register = SequentialModel.register<number>(0)
const read = (key?: string): SequentialModel.RegisterInput<number> => ({ _tag: "Read", key })
const write = (value: number, key?: string): SequentialModel.RegisterInput<number> => ({
  _tag: "Write",
  value,
  key
})
const swap = (from: number, to: number): SequentialModel.RegisterInput<number> => ({ _tag: "Swap", from, to })

const tagOf = <S, I, O>(model: SequentialModel.SequentialModel<S, I, O>, ...rows: ReadonlyArray<Row<I, O>>) =>
  Linearizable.check(model, history(...rows))._tag

const good = "Linearizable"
const bad = "NotLinearizable"

describe("histories", () => {
  it("a read during a write may return either value, but not the old value after the new one", () => {
    const during = (first: number, second: number) =>
      tagOf(register, ["w", write(1), 0, 5], ["r", read(), 1, 2, first], ["s", read(), 3, 4, second])
    expect([during(0, 0), during(0, 1), during(1, 1)]).toEqual([good, good, good])
    expect(during(1, 0)).toBe(bad)
  })

  it("a call ended before another call's begin comes first", () => {
    expect(tagOf(register, ["w", write(1), 0, 1], ["r", read(), 2, 3, 0])).toBe(bad)
    expect(tagOf(register, ["w", write(1), 0, 2], ["r", read(), 1, 3, 0])).toBe(good)
  })

  it("a maybe call may have happened, at any later moment, or never", () => {
    const cut: Row<SequentialModel.RegisterInput<number>, number> = ["w", write(1), 0]
    expect(tagOf(register, cut, ["r", read(), 1, 2, 0])).toBe(good)
    expect(tagOf(register, cut, ["r", read(), 1, 2, 0], ["s", read(), 3, 4, 1])).toBe(good)
    expect(tagOf(register, cut, ["r", read(), 1, 2, 1], ["s", read(), 3, 4, 0])).toBe(bad)
    // The write cannot have happened before its begin.
    expect(tagOf(register, ["r", read(), 0, 1, 1], ["w", write(1), 2])).toBe(bad)
  })

  it("keys are judged apart, and the wrong key is named", () => {
    const rows = [
      ["w", write(1, "a"), 0, 1],
      ["v", write(2, "b"), 2, 3],
      ["r", read("a"), 4, 5, 1],
      ["s", read("b"), 6, 7, 1]
    ] as const
    const result = Linearizable.check(
      register,
      history<SequentialModel.RegisterInput<number>, number>(...rows)
    )
    expect(result).toMatchObject({ _tag: bad, counterexample: { key: "b", wrong: { by: "s" } } })
    expect(tagOf(register, ...rows.slice(0, 3))).toBe(good)
  })

  it("only one of two swaps from the same value succeeds", () => {
    const both = (a: boolean, b: boolean) =>
      tagOf<number, SequentialModel.RegisterInput<number>, number | boolean | void>(
        register,
        ["a", swap(0, 1), 0, 2, a],
        ["b", swap(0, 2), 1, 3, b]
      )
    expect([both(true, false), both(false, true)]).toEqual([good, good])
    expect([both(true, true), both(false, false)]).toEqual([bad, bad])
  })

  it("a counter loses no addition", () => {
    const add = { _tag: "Add", by: 1 } as const
    expect(tagOf(SequentialModel.counter, ["a", add, 0, 2, 2], ["b", add, 1, 3, 1])).toBe(good)
    expect(tagOf(SequentialModel.counter, ["a", add, 0, 2, 1], ["b", add, 1, 3, 1])).toBe(bad)
    expect(tagOf(SequentialModel.counter, ["a", add, 0], ["b", { _tag: "Get" }, 1, 2, 1])).toBe(good)
  })

  it("a queue is first in, first out; each value comes out once; an offer to a full queue waits", () => {
    const offer = (value: number) => ({ _tag: "Offer", value }) as const
    const take = { _tag: "Take" } as const
    const poll = { _tag: "Poll" } as const
    const offers = [
      ["a", offer(1), 0, 1],
      ["b", offer(2), 2, 3]
    ] as const
    const taken = (first: number, second: number | undefined) =>
      tagOf<ReadonlyArray<number>, SequentialModel.QueueInput<number>, number | void>(
        SequentialModel.queue<number>(),
        ...offers,
        ["c", take, 4, 5, first],
        ["d", poll, 6, 7, second]
      )
    expect([taken(1, 2), taken(2, 1), taken(1, 1), taken(1, undefined)]).toEqual([good, bad, bad, bad])
    expect(tagOf(SequentialModel.queue<number>(1), ...offers)).toBe(bad)
    // A waiting take ends after the offer of its value.
    expect(tagOf(SequentialModel.queue<number>(), ["t", take, 0, 2, 1], ["o", offer(1), 1, 3])).toBe(good)
    expect(tagOf(SequentialModel.queue<number>(), ["t", take, 0, 1, 1], ["o", offer(1), 2, 3])).toBe(bad)
  })

  it("a mutex has one holder; permits come back only as often as taken", () => {
    const acquire = { _tag: "Acquire" } as const
    const release = { _tag: "Release" } as const
    const attempt = { _tag: "TryAcquire" } as const
    expect(tagOf(SequentialModel.mutex, ["a", acquire, 0, 1], ["b", acquire, 2, 3])).toBe(bad)
    expect(
      tagOf(SequentialModel.mutex, ["a", acquire, 0, 1], ["b", acquire, 2, 5], ["a", release, 3, 4])
    ).toBe(good)
    expect(tagOf(SequentialModel.semaphore(2), ["a", acquire, 0, 1], ["b", acquire, 2, 3])).toBe(good)
    expect(tagOf(SequentialModel.mutex, ["a", release, 0, 1])).toBe(bad)
    expect(
      tagOf<number, SequentialModel.SemaphoreInput, boolean | void>(
        SequentialModel.mutex,
        ["a", acquire, 0, 1],
        ["b", attempt, 2, 3, true]
      )
    ).toBe(bad)
    expect(
      tagOf<number, SequentialModel.SemaphoreInput, boolean | void>(
        SequentialModel.mutex,
        ["a", acquire, 0, 1],
        ["b", attempt, 2, 3, false]
      )
    ).toBe(good)
  })

  it("agrees with trying every order, on thousands of small histories", () => {
    let refused = 0
    for (let seed = 0; seed < 3_000; seed++) {
      const calls = randomCalls(seed)
      const isGood = Linearizable.check(register, calls)._tag === good
      expect({ seed, isGood }).toEqual({ seed, isGood: isExplainable(calls) })
      if (!isGood) refused++
    }
    expect(refused).toBeGreaterThan(500)
    expect(refused).toBeLessThan(2_500)
  })
})

type RegisterCall = History.Call<SequentialModel.RegisterInput<number>, number | boolean | void>

/** Five partly overlapping calls with mostly right values. */
const randomCalls = (seed: number): ReadonlyArray<RegisterCall> => {
  let state = seed + 1
  const dice = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >>> 8) % n
  }
  const positions = Array.from({ length: 10 }, (_, i) => i)
  for (let i = 9; i > 0; i--) {
    const j = dice(i + 1)
    ;[positions[i], positions[j]] = [positions[j]!, positions[i]!]
  }
  return Array.from({ length: 5 }, (_, i): RegisterCall => {
    const [invoked, at] = [positions[2 * i]!, positions[2 * i + 1]!].toSorted((a, b) => a - b) as [
      number,
      number
    ]
    const input = dice(2) === 0 ? read() : write(dice(3))
    const output = input._tag === "Read" ? dice(3) : undefined
    return {
      by: String(i),
      input,
      invoked,
      outcome: dice(5) === 0 ? { _tag: "Maybe" } : { _tag: "Returned", output, at }
    }
  })
}

const isExplainable = (calls: ReadonlyArray<RegisterCall>, value = 0): boolean => {
  const ends = calls.flatMap(({ outcome }) => (outcome._tag === "Returned" ? [outcome.at] : []))
  if (ends.length === 0) return true
  return calls.some((call) => {
    if (call.invoked > Math.min(...ends)) return false
    const [[output, next]] = register.step(value, call.input) as [SequentialModel.Way<number, unknown>]
    if (call.outcome._tag === "Returned" && call.outcome.output !== output) return false
    return isExplainable(
      calls.filter((other) => other !== call),
      next
    )
  })
}

describe("a refusal", () => {
  it("shows the history up to the first impossible answer, its call, and the longest explanation", () => {
    const calls = history<SequentialModel.RegisterInput<number>, number>(
      ["alice", write(1), 0, 3],
      ["bob", read(), 1, 2, 1],
      ["carol", read(), 4, 5, 0],
      ["dave", write(7), 6, 7]
    )
    const result = Linearizable.check(register, calls)
    const message = [
      "not linearizable: no order of the calls explains the answer of the one that is marked",
      "",
      "alice  ├──┤    write register = 1",
      "bob     ├┤     read register → 1",
      "carol      ├┤  read register → 0  ← here",
      "",
      "The longest order that is right: alice, bob; after it the state is 1."
    ].join("\n")
    expect(result).toMatchObject({ _tag: bad, counterexample: { wrong: { by: "carol" }, state: 1, message } })
    expect(() => Linearizable.assert(register, calls)).toThrow("carol      ├┤  read register → 0  ← here")
  })

  it("an insufficient budget is neither yes nor no", () => {
    const many = Array.from({ length: 12 }, (_, i): Row<SequentialModel.RegisterInput<number>, number> => [
      "w",
      write(i),
      i,
      100 + i
    ])
    const calls = history(...many, ["r", read(), 200, 201, 50])
    expect(Linearizable.check(register, calls, { budget: 50 })).toEqual({ _tag: "Unknown", keys: [""] })
    expect(() => Linearizable.assert(register, calls, { budget: 50 })).toThrow("the budget did not suffice")
    expect(Linearizable.check(register, calls)._tag).toBe(bad)
  })

  it("hundreds of calls of a few clients are quick", () => {
    const calls = Array.from({ length: 600 }, (_, i): Row<SequentialModel.CounterInput, number> => [
      String(i % 4),
      { _tag: "Add", by: 1 },
      i * 2,
      i * 2 + 7,
      i + 1
    ])
    const result = Linearizable.check(SequentialModel.counter, history(...calls))
    expect(result).toMatchObject({ _tag: good })
    expect(result._tag === good && result.steps).toBeLessThan(5_000)
  })
})

describe("recording", () => {
  const simulate = (program: Effect.Effect<unknown>, seed: number) =>
    Simulation.run(program, { seed, realism: "adversarial", preempt: 0.3 })
  const seeds = Array.from({ length: 200 }, (_, seed) => seed)

  const additions = (add: (ref: Ref.Ref<number>) => Effect.Effect<number>) =>
    seeds.filter((seed) => {
      const recorder = new History.Recorder<SequentialModel.CounterInput, number>()
      const program = Effect.flatMap(Ref.make(0), (ref) =>
        Effect.all(
          Array.from({ length: 3 }, () => recorder.record({ _tag: "Add", by: 1 }, add(ref))),
          {
            concurrency: "unbounded"
          }
        )
      )
      simulate(program, seed)
      return Linearizable.check(SequentialModel.counter, recorder.calls)._tag === bad
    })

  it("an atomic addition is linearizable under every seed; an addition after a separate read is not", () => {
    expect(additions((ref) => Ref.updateAndGet(ref, (n) => n + 1))).toEqual([])
    const lost = additions((ref) =>
      Effect.flatMap(Ref.get(ref), (n) => Effect.as(Ref.set(ref, n + 1), n + 1))
    )
    expect(lost.length).toBeGreaterThan(10)
  })

  it("Effect's Queue and Semaphore are linearizable, interrupted callers included", () => {
    for (const seed of seeds) {
      const takes = new History.Recorder<SequentialModel.QueueInput<number>, number | void>()
      const permits = new History.Recorder<SequentialModel.SemaphoreInput, boolean | void>()
      const program = Effect.gen(function* () {
        const queue = yield* Queue.unbounded<number>()
        const semaphore = yield* Semaphore.make(2)
        const client = (id: number) =>
          Effect.gen(function* () {
            yield* takes.record({ _tag: "Offer", value: id }, Effect.asVoid(Queue.offer(queue, id)))
            yield* permits.record({ _tag: "Acquire" }, Effect.asVoid(semaphore.take(1)))
            yield* takes.record({ _tag: "Take" }, Queue.take(queue))
            yield* permits.record({ _tag: "Release" }, Effect.asVoid(semaphore.release(1)))
          })
        const fibers = yield* Effect.forEach([1, 2, 3], (id) => Effect.forkChild(client(id)))
        const greedy = yield* Effect.forkChild(takes.record({ _tag: "Take" }, Queue.take(queue)))
        yield* Effect.yieldNow
        yield* Fiber.interrupt(greedy)
        yield* Queue.offer(queue, 9).pipe(Effect.asVoid, (offer) =>
          takes.record({ _tag: "Offer", value: 9 }, offer)
        )
        yield* Effect.forEach(fibers, Fiber.await)
      })
      const { exit } = simulate(program, seed)
      expect(Exit.isSuccess(exit)).toBe(true)
      Linearizable.assert(SequentialModel.queue<number>(), takes.calls)
      Linearizable.assert(SequentialModel.semaphore(2), permits.calls)
    }
  })

  it("a typed failure is maybe, or an answer on request", () => {
    const recorder = new History.Recorder<SequentialModel.SemaphoreInput, boolean>()
    const locked = Effect.fail("locked")
    simulate(
      Effect.gen(function* () {
        yield* Effect.exit(recorder.record({ _tag: "TryAcquire" }, locked, { by: "plain" }))
        yield* Effect.exit(
          recorder.record({ _tag: "TryAcquire" }, locked, { by: "known", answer: () => ({ output: false }) })
        )
        const latch = yield* Latch.make()
        const waits = yield* Effect.forkChild(
          recorder.record({ _tag: "Acquire" }, Effect.as(latch.await, true)),
          { startImmediately: true }
        )
        yield* Fiber.interrupt(waits)
      }),
      0
    )
    expect(recorder.calls.map(({ by, outcome }) => [by, outcome._tag])).toEqual([
      ["plain", "Maybe"],
      ["known", "Returned"],
      ["3", "Maybe"]
    ])
  })
})
