// Programs of producers and consumers around a queue of two cells. The functions are passed in, so that a mutant takes the place of one.
import * as Production from "@heddle/core/protocol/memory/cells"
import * as Slots from "@heddle/core/protocol/memory/slots"
import type { AtomicsModel } from "@heddle/testing"

export type Functions = typeof Production

/** `bytes` has one number for each cell: 0 while nothing is written there. */
export interface Memory extends Record<string, Int32Array<ArrayBuffer>> {
  readonly words: Int32Array<ArrayBuffer>
  readonly bytes: Int32Array<ArrayBuffer>
}

export type Model = AtomicsModel.Model<Memory, string>

const bits = 1

export const cellsOf = ({ words }: Pick<Memory, "words">): Production.Cells => ({ words, at: 0, bits })

const memory = (): Memory => ({ words: new Int32Array(Production.wordsOf(bits)), bytes: new Int32Array(2) })

/** The cells have these values, put by nobody who is left. */
const memoryWith =
  (...values: ReadonlyArray<number>) =>
  (): Memory => {
    const shared = memory()
    for (const value of values) put(Production, shared, 4, value)
    return shared
  }

/** The tickets begin just before their numbers wrap around. */
const memoryWrapping = (): Memory => {
  const shared = memory()
  const cells = cellsOf(shared)
  shared.words[0] = shared.words[1] = -1
  for (const ticket of [-1, 0]) shared.words[Slots.slotOf(cells, ticket)] = Slots.freeWord(cells, ticket)
  return shared
}

// -----------------------------------------------------------------------------
// what an agent does
// -----------------------------------------------------------------------------

const sleep = (shared: Memory, at: Production.Sleep | undefined): void => {
  if (at !== undefined) Atomics.wait(shared.words, at.index, at.word)
}

const put = (cells: Functions, shared: Memory, agent: number, value: number): void => {
  const queue = cellsOf(shared)
  for (;;) {
    const ticket = cells.beginPut(queue, agent)
    if (ticket === "ended") throw new Error("put after the end")
    if (ticket === "full") {
      sleep(shared, cells.fullAt(queue))
      continue
    }
    Atomics.store(shared.bytes, cells.indexOf(queue, ticket), value)
    if (!cells.commitPut(queue, ticket, agent, 1)) throw new Error(`${agent} is not writing`)
    return
  }
}

/** A value, or why there is none. Each cell is written, published, read and freed once. */
const tryTake = (cells: Functions, shared: Memory, agent: number): number | "empty" | "ended" => {
  const queue = cellsOf(shared)
  const ticket = cells.beginTake(queue, agent)
  if (typeof ticket === "string") return ticket
  if (cells.recordsIn(queue, ticket) !== 1) throw new Error("a cell without its length")
  const value = Atomics.exchange(shared.bytes, cells.indexOf(queue, ticket), 0)
  if (value === 0) throw new Error("a cell that is not written, or was read before")
  if (!cells.commitTake(queue, ticket, agent)) throw new Error(`${agent} is not reading`)
  return value
}

const take = (cells: Functions, shared: Memory, agent: number): number | "ended" => {
  for (;;) {
    const value = tryTake(cells, shared, agent)
    if (value !== "empty") return value
    sleep(shared, cells.emptyAt(cellsOf(shared)))
  }
}

const rest = (cells: Functions, shared: Memory, agent: number): Array<number> => {
  const values: Array<number> = []
  for (;;) {
    const value = tryTake(cells, shared, agent)
    if (typeof value === "string") return values
    values.push(value)
  }
}

/** Recovers once an agent has stopped. */
const recoverAfter = (cells: Functions, shared: Memory, thread: AtomicsModel.Thread): number =>
  thread.join("a") === "stopped" ? cells.recover(cellsOf(shared), 1) : 0

// -----------------------------------------------------------------------------
// models
// -----------------------------------------------------------------------------

type Program = (cells: Functions, shared: Memory, thread: AtomicsModel.Thread) => unknown

const model =
  (programs: Readonly<Record<string, Program>>, more: Partial<Model> = {}) =>
  (cells: Functions): Model => ({
    memory,
    timeouts: false,
    threads: Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [
        name,
        (shared: Memory, thread: AtomicsModel.Thread) => program(cells, shared, thread)
      ])
    ),
    // The tail is at most one lap ahead: no cell is taken again before the head has passed it. What is published is complete.
    invariant: ({ memory: { bytes, words } }) => {
      const queue = cellsOf({ words })
      const [head, tail] = [words[0]!, words[1]!]
      if (((tail - head) | 0) > 1 << bits) throw new Error(`head ${head} lags behind tail ${tail}`)
      if (((tail - head) | 0) < 0) throw new Error(`head ${head} is past tail ${tail}: a cell is skipped`)
      for (const ticket of [head, (head + 1) | 0]) {
        const word = words[Slots.slotOf(queue, ticket)]!
        if (Slots.stateIn(word) !== 2) continue
        if (words[Slots.besideOf(queue, ticket)] !== 1) throw new Error("published without its length")
        if (bytes[Slots.indexOf(queue, ticket)] === 0) throw new Error("published without its payload")
      }
    },
    ...more
  })

const puts =
  (agent: number, ...values: ReadonlyArray<number>): Program =>
  (cells, shared) => {
    for (const value of values) put(cells, shared, agent, value)
  }

const takes =
  (agent: number, times: number): Program =>
  (cells, shared) =>
    Array.from({ length: times }, () => take(cells, shared, agent))

const takesAll =
  (agent: number): Program =>
  (cells, shared) => {
    const values: Array<number> = []
    for (;;) {
      const value = take(cells, shared, agent)
      if (value === "ended") return values
      values.push(value)
    }
  }

/** Goes round once more: two puts before two takes. */
const goRound = (cells: Functions, shared: Memory, agent: number): void => {
  put(cells, shared, agent, 8)
  put(cells, shared, agent, 9)
  const values = [take(cells, shared, agent), take(cells, shared, agent)]
  if (values.join() !== "8,9") throw new Error(`put 8 and 9, took ${values.join()}`)
}

const isSame = (found: ReadonlyArray<unknown>, expected: ReadonlyArray<unknown>): void => {
  if (found.join() !== expected.join()) throw new Error(`took ${found.join()}, not ${expected.join()}`)
}

const taken = (value: unknown): ReadonlyArray<number> => value as ReadonlyArray<number>

const twoTook =
  (one: string, other: string): NonNullable<Model["check"]> =>
  ({ threads }) =>
    isSame([...taken(threads[one]!.value), ...taken(threads[other]!.value)].toSorted(), [5, 6])

export const models = {
  "two put, one takes": model(
    { a: puts(1, 5), b: puts(2, 6), c: takes(3, 1) },
    {
      check: ({ memory: shared, threads }) => {
        isSame([...taken(threads["c"]!.value), ...rest(Production, shared, 4)].toSorted(), [5, 6])
      }
    }
  ),
  "two take": model(
    { a: takes(1, 1), b: takes(2, 1) },
    { memory: memoryWith(5, 6), check: twoTook("a", "b") }
  ),
  "one puts and ends, one takes all": model(
    {
      a: (cells, shared) => {
        put(cells, shared, 1, 5)
        put(cells, shared, 1, 6)
        const queue = cellsOf(shared)
        while (cells.end(queue) === "full") sleep(shared, cells.fullAt(queue))
      },
      b: takesAll(2)
    },
    { check: ({ threads }) => isSame(taken(threads["b"]!.value), [5, 6]) }
  ),
  "a producer dies anywhere, while a consumer waits": model(
    {
      a: puts(1, 5),
      b: (cells, shared) => {
        const values: Array<number | "ended"> = []
        while (values.at(-1) !== 7) values.push(take(cells, shared, 2))
        return values
      },
      host: (cells, shared, thread) => {
        recoverAfter(cells, shared, thread)
        put(cells, shared, 3, 7)
        thread.join("b")
        goRound(cells, shared, 3)
      }
    },
    {
      stops: ["a"],
      check: ({ threads }) => {
        const values = taken(threads["b"]!.value)
        isSame(values, values.length === 2 ? [5, 7] : [7])
        if (threads["a"]!.status === "ended") isSame(values, [5, 7])
      }
    }
  ),
  "a slow consumer still reads the cell that head and tail came round to": model(
    {
      a: (cells, shared) => {
        Atomics.store(shared.bytes, 0, 0)
        cells.commitTake(cellsOf(shared), 0, 1)
      },
      b: takes(2, 1),
      c: puts(3, 6)
    },
    {
      memory: () => {
        const shared = memoryWith(4, 5)()
        if (Production.beginTake(cellsOf(shared), 1) !== 0) throw new Error("the first ticket is 0")
        if (tryTake(Production, shared, 2) !== 5) throw new Error("the second value is 5")
        return shared
      },
      check: ({ threads }) => isSame(taken(threads["b"]!.value), [6])
    }
  ),
  "a producer dies anywhere, while another puts": model(
    {
      a: puts(1, 5),
      b: puts(2, 6),
      host: (cells, shared, thread) => {
        recoverAfter(cells, shared, thread)
        thread.join("b")
        const values = rest(cells, shared, 3)
        goRound(cells, shared, 3)
        return values
      }
    },
    {
      stops: ["a"],
      check: ({ threads }) => {
        const values = taken(threads["host"]!.value)
        isSame(values.toSorted(), values.length === 2 || threads["a"]!.status === "ended" ? [5, 6] : [6])
      }
    }
  ),
  "a consumer dies anywhere, while another puts and waits for room": model(
    {
      a: takes(1, 1),
      b: puts(2, 6),
      host: (cells, shared, thread) => {
        const lost = recoverAfter(cells, shared, thread)
        // There is room once the agent took a cell, and by this one else.
        const values = [take(cells, shared, 3)]
        thread.join("b")
        values.push(...rest(cells, shared, 3))
        goRound(cells, shared, 3)
        return [lost, ...values]
      }
    },
    {
      memory: memoryWith(4, 5),
      stops: ["a"],
      check: ({ threads }) => {
        const [lost, ...values] = taken(threads["host"]!.value)
        isSame(values, values.length === 3 ? [4, 5, 6] : [5, 6])
        if (threads["a"]!.status === "ended" || lost === 1) isSame(values, [5, 6])
      }
    }
  ),
  "a consumer dies anywhere, while another takes": model(
    {
      a: takes(1, 1),
      b: takes(2, 1),
      host: (cells, shared, thread) => {
        recoverAfter(cells, shared, thread)
        put(cells, shared, 3, 6)
        thread.join("b")
        const values = rest(cells, shared, 3)
        goRound(cells, shared, 3)
        return values
      }
    },
    {
      memory: memoryWith(4, 5),
      stops: ["a"],
      check: ({ threads }) => {
        const values = [...taken(threads["b"]!.value), ...taken(threads["host"]!.value)].toSorted().join()
        if (!["4,6", "5,6", "4,5,6"].includes(values)) throw new Error(`took ${values}`)
        if (threads["a"]!.status === "ended" && values === "4,5,6") throw new Error("took one twice")
      }
    }
  )
} satisfies Record<string, (cells: Functions) => Model>

/** Too long for the quick tier: up to half a minute each. */
export const longModels = {
  "one puts thrice, one takes in order, while the numbers of the tickets wrap around": model(
    { a: puts(1, 5, 6, 7), b: takes(2, 3) },
    { memory: memoryWrapping, check: ({ threads }) => isSame(taken(threads["b"]!.value), [5, 6, 7]) }
  ),
  "two put, one takes twice": model(
    { a: puts(1, 5), b: puts(2, 6), c: takes(3, 2) },
    { check: ({ threads }) => isSame(taken(threads["c"]!.value).toSorted(), [5, 6]) }
  ),
  "two take what one puts": model(
    { a: puts(1, 6), b: takes(2, 1), c: takes(3, 1) },
    { memory: memoryWith(5), check: twoTook("b", "c") }
  ),
  "a producer dies anywhere, while another puts and a third takes": model(
    {
      a: puts(1, 5),
      b: puts(2, 6),
      host: (cells, shared, thread) => {
        recoverAfter(cells, shared, thread)
        const values = [take(cells, shared, 3)]
        thread.join("b")
        return [...values, ...rest(cells, shared, 3)]
      }
    },
    {
      stops: ["a"],
      check: ({ threads }) => {
        const values = taken(threads["host"]!.value)
        isSame(values.toSorted(), values.length === 2 || threads["a"]!.status === "ended" ? [5, 6] : [6])
      }
    }
  )
} satisfies Record<string, (cells: Functions) => Model>
