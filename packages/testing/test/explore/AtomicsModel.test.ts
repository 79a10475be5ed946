import { AtomicsModel } from "@heddle/testing"
import { describe, expect, it } from "vitest"

const memory = () => ({ words: new Int32Array(4) })

const counter = (
  add: (words: Int32Array) => void
): AtomicsModel.Model<ReturnType<typeof memory>, "one" | "two"> => ({
  memory,
  threads: { one: ({ words }) => add(words), two: ({ words }) => add(words) },
  check: (end) => expect(end.memory.words[0]).toBe(2)
})
const broken = counter((words) => Atomics.store(words, 0, Atomics.load(words, 0) + 1))

describe("coverage", () => {
  it("counts the interleavings of independent steps: 6 of two by two", () => {
    const report = AtomicsModel.explore({
      memory,
      threads: {
        one: ({ words }) => [Atomics.add(words, 0, 1), Atomics.add(words, 0, 1)],
        two: ({ words }) => [Atomics.add(words, 1, 1), Atomics.add(words, 1, 1)]
      }
    })
    expect(report).toMatchObject({ isExhaustive: true, interleavings: 6n, states: 9, longest: 4 })
  })

  it("covers three threads of some six operations in few states: a parking lock (futex)", () => {
    const [free, held, contended] = [0, 1, 2]
    const locked = ({ words }: ReturnType<typeof memory>) => {
      if (Atomics.compareExchange(words, 0, free, held) !== free) {
        while (Atomics.exchange(words, 0, contended) !== free) Atomics.wait(words, 0, contended)
      }
      const count = Atomics.load(words, 1)
      Atomics.store(words, 1, count + 1)
      if (Atomics.exchange(words, 0, free) === contended) Atomics.notify(words, 0, 1)
    }
    const report = AtomicsModel.assert({
      memory,
      threads: { a: locked, b: locked, c: locked },
      check: (end) => expect(end.memory.words[1]).toBe(3)
    })
    expect(AtomicsModel.format(report)).toMatchInlineSnapshot(
      `"all 1626282 interleavings of up to 25 steps, by 7427 states"`
    )
  })

  it("reports incomplete coverage", () => {
    const spin = {
      memory,
      threads: {
        one: ({ words }: ReturnType<typeof memory>) => {
          while (Atomics.load(words, 0) === 0) continue
        },
        two: ({ words }: ReturnType<typeof memory>) => void Atomics.store(words, 0, 1)
      }
    }
    expect(AtomicsModel.explore(spin, { maxSteps: 10 }).isExhaustive).toBe(false)
    expect(() => AtomicsModel.assert(spin, { maxSteps: 10 })).toThrow(AtomicsModel.NotCovered)
    expect(
      AtomicsModel.explore(
        counter((words) => Atomics.add(words, 0, 1)),
        { maxStates: 3 }
      ).isExhaustive
    ).toBe(false)
  })

  it("a thread spinning with Atomics.pause waits for the next change, so the coverage is complete", () => {
    const pause = () => (Reflect.get(Atomics, "pause") as () => void)()
    const report = AtomicsModel.assert({
      memory,
      threads: {
        one: ({ words }) => {
          while (Atomics.load(words, 0) === 0) pause()
          return words[1]
        },
        two: ({ words }) => {
          words[1] = 7
          Atomics.store(words, 0, 1)
        }
      },
      check: (end) => expect(end.threads.one.value).toBe(7)
    })
    expect(report.isExhaustive).toBe(true)
  })
})

describe("a failure", () => {
  it("is the interleaving with the fewest switches, as a table and as a line for the replay", () => {
    const { failure } = AtomicsModel.explore(broken)
    expect(failure!.schedule).toBe("one two*2 one")
    expect(failure!.interleaving.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, "  "))).toEqual([
      "one  two",
      "1  load words[0] → 0",
      "2  load words[0] → 0",
      "3  store words[0] = 1",
      "4  store words[0] = 1"
    ])
    expect(AtomicsModel.replay(failure!.schedule, broken)).toEqual(failure)
    expect(AtomicsModel.replay("one*2 two*2", broken)).toBe(undefined)
    expect(() => AtomicsModel.assert(broken)).toThrow('replay: "one two*2 one"')
  })

  it("a stale replay is reported", () => {
    expect(() => AtomicsModel.replay("one*3", broken)).toThrow("cannot run")
    expect(() => AtomicsModel.replay("three", broken)).toThrow("knows no “three”")
  })

  it("a thread's error is a failure; so is a broken invariant of one moment", () => {
    const thrown = AtomicsModel.explore({
      memory,
      threads: {
        one: ({ words }) => {
          if (Atomics.load(words, 0) === 1) throw new Error("seen")
        },
        two: ({ words }) => void Atomics.store(words, 0, 1)
      }
    })
    expect(thrown.failure).toMatchObject({ cause: new Error("seen"), schedule: "two one" })
    const dip = AtomicsModel.explore({
      memory,
      threads: { one: ({ words }) => [Atomics.sub(words, 0, 1), Atomics.add(words, 0, 1)] },
      invariant: (now) => expect(now.memory.words[0]).toBeGreaterThanOrEqual(0)
    })
    expect(dip.failure?.schedule).toBe("one")
  })

  it("a thread not decided by its reads is reported", () => {
    let calls = 0
    const { failure } = AtomicsModel.explore({
      memory,
      threads: { one: ({ words }) => [Atomics.load(words, calls++ % 2), Atomics.load(words, 3)] }
    })
    expect(String(failure?.cause)).toContain("one is not decided by what it reads")
  })

  it("any use of an array outside of the model is refused", () => {
    const use = (f: (words: Int32Array) => unknown) =>
      String(AtomicsModel.explore({ memory, threads: { one: ({ words }) => f(words) } }).failure?.cause)
    expect(use((words) => words.slice())).toContain("words.slice is not modelled")
    expect(use((words) => Atomics.load(words, 4))).toContain("words[4] is out of bounds")
    expect(use((words) => Atomics.waitAsync(words, 0, 0))).toContain("threads are synchronous")
    expect(use(async () => {})).toContain("returned a promise")
    const shared = new Int32Array(1)
    expect(() => AtomicsModel.explore({ memory: () => ({ a: shared, b: shared }), threads: {} })).toThrow(
      "share a buffer"
    )
  })

  it("leaves Atomics unchanged, and other arrays alone", () => {
    const own = Object.getOwnPropertyDescriptors(Atomics)
    const other = new Int32Array(1)
    AtomicsModel.assert({ memory, threads: { one: () => Atomics.add(other, 0, 1) } })
    expect(other[0]).toBeGreaterThan(0)
    expect(Object.getOwnPropertyDescriptors(Atomics)).toEqual(own)
  })
})

describe("operations", () => {
  it("behave as Atomics does, with the width and sign of each kind of array", () => {
    const report = AtomicsModel.assert({
      memory: () => ({ bytes: new Uint8Array(1), ints: new Int32Array(1), longs: new BigInt64Array(1) }),
      threads: {
        one: ({ bytes, ints, longs }) => [
          Atomics.sub(bytes, 0, 1),
          Atomics.exchange(bytes, 0, 300),
          Atomics.or(bytes, 0, 3),
          Atomics.and(bytes, 0, 6),
          Atomics.xor(bytes, 0, 1),
          Atomics.load(bytes, 0),
          Atomics.store(ints, 0, 2 ** 31),
          ints[0],
          Atomics.compareExchange(ints, 0, -(2 ** 31), 5),
          Atomics.compareExchange(ints, 0, 1, 6),
          Atomics.add(longs, 0, 2n),
          longs[0],
          ints.length
        ]
      },
      check: (end) =>
        expect(end.threads.one.value).toEqual([
          0,
          255,
          44,
          47,
          6,
          7,
          2 ** 31,
          -(2 ** 31),
          -(2 ** 31),
          5,
          0n,
          2n,
          1
        ])
    })
    expect(report.interleavings).toBe(1n)
  })

  it("a crash is no way out of a deadlock", () => {
    const { failure } = AtomicsModel.explore({
      memory,
      stops: ["two"],
      threads: { one: (_, thread) => thread.join("two"), two: (_, thread) => thread.receive("never") }
    })
    expect(String(failure?.cause)).toContain("Deadlock")
  })

  it("choose tries each; ports deliver in order; join tells how a thread ended", () => {
    const seen = new Set<string>()
    AtomicsModel.assert({
      memory,
      stops: ["two"],
      threads: {
        one: (_, thread) => {
          thread.post("in", thread.choose(3))
          thread.post("in", "last")
          return thread.join("two")
        },
        two: (_, thread) => [thread.receive("in"), thread.receive("in"), thread.poll("in")]
      },
      check: ({ threads: { one, two } }) => seen.add(`${String(one.value)} ${JSON.stringify(two.value)}`)
    })
    expect([...seen].toSorted()).toEqual([
      ...[0, 1, 2].map((n) => `ended [${n},"last",null]`),
      "stopped undefined"
    ])
  })
})

// A worker parks on a word, for a post to wake it. Either side writes first and looks second, or a post is lost.
describe("parking", () => {
  const inbox = 0
  const parked = 1

  const parking = (
    post: (words: Int32Array) => void,
    park: (words: Int32Array) => void
  ): AtomicsModel.Model<ReturnType<typeof memory>, "host" | "worker"> => ({
    memory,
    timeouts: false,
    threads: {
      host: ({ words }) => {
        post(words)
        post(words)
      },
      worker: ({ words }) => {
        let taken = 0
        while (taken < 2) {
          const found = Atomics.exchange(words, inbox, 0)
          taken += found
          if (found === 0) park(words)
        }
        return taken
      }
    },
    check: (end) => expect(end.threads.worker.value).toBe(2)
  })

  const post = (words: Int32Array) => {
    Atomics.add(words, inbox, 1)
    // Either the worker clears the word, or this thread does: in both cases only one waits for the word.
    if (Atomics.compareExchange(words, parked, 1, 0) === 1) Atomics.notify(words, parked)
  }
  const park = (words: Int32Array) => {
    Atomics.store(words, parked, 1)
    if (Atomics.load(words, inbox) === 0) Atomics.wait(words, parked, 1, 1)
    Atomics.store(words, parked, 0)
  }

  it("no wake-up is lost when each side writes before looking", () => {
    expect(AtomicsModel.assert(parking(post, park)).isExhaustive).toBe(true)
  })

  it("a wait may also time out, at any moment", () => {
    const report = AtomicsModel.explore({ ...parking(post, park), timeouts: true }, { maxSteps: 20 })
    expect(report.failure).toBe(undefined)
    expect(report.interleavings).toBeGreaterThan(AtomicsModel.assert(parking(post, park)).interleavings)
  })

  it.each<[string, typeof post, typeof park]>([
    [
      "the worker looks before it publishes",
      post,
      (words) => {
        const isEmpty = Atomics.load(words, inbox) === 0
        Atomics.store(words, parked, 1)
        if (isEmpty) Atomics.wait(words, parked, 1)
        Atomics.store(words, parked, 0)
      }
    ],
    [
      "the host looks before it posts",
      (words) => {
        const isParked = Atomics.compareExchange(words, parked, 1, 0) === 1
        Atomics.add(words, inbox, 1)
        if (isParked) Atomics.notify(words, parked)
      },
      park
    ],
    [
      "the worker does not look again",
      post,
      (words) => {
        Atomics.store(words, parked, 1)
        Atomics.wait(words, parked, 1)
      }
    ],
    [
      "the host notifies without changing the word",
      (words) => {
        Atomics.add(words, inbox, 1)
        if (Atomics.load(words, parked) === 1) Atomics.notify(words, parked)
      },
      park
    ],
    ["the host does not notify", (words) => void Atomics.add(words, inbox, 1), park]
  ])("a lost wake-up is found: %s", (_, brokenPost, brokenPark) => {
    const model = parking(brokenPost, brokenPark)
    const { failure } = AtomicsModel.explore(model)
    expect(String(failure?.cause)).toBe("Deadlock: no thread can go on")
    expect(failure?.interleaving).toContain("(still in wait words[1] while 1)")
    expect(AtomicsModel.replay(failure!.schedule, model)).toEqual(failure)
  })
})
