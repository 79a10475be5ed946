// The report of a deadlock: for each fiber the awaited object, the line of the wait, the object's maker, and its holder.
import { Explore, Simulation } from "@heddle/testing"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"

const unbounded = { concurrency: "unbounded", discard: true } as const
const source = readFileSync(import.meta.filename, "utf8").split("\n")

/** `deadlock.test.ts:12` as the mark of the same line, a comment such as `// «a»`; else as the line. */
const marked = (text: string): string =>
  text.replaceAll(/\bdeadlock\.test\.ts:(?<line>\d+)/g, (place, line: string) => {
    const mark = /\/\/ (?<mark>«\w+»)/.exec(source[Number(line) - 1]!)
    return mark?.groups?.["mark"] ?? place
  })

const waitingOf = async (program: Effect.Effect<unknown, unknown>): Promise<ReadonlyArray<string>> => {
  const { failure } = await Explore.run(program, { schedules: 500 })
  expect(failure?.kind).toBe("Deadlock")
  for (const line of failure!.waiting) expect(failure!.message).toContain(`\n  ${line}\n`)
  return failure!.waiting.map(marked)
}

describe("a deadlock reports the awaited object of each fiber", () => {
  it("a Deferred: its maker, the place of its making, and the place of the wait", async () => {
    const program = Effect.gen(function* () {
      const answer = yield* Deferred.make<void>() // «made»
      const ask = Effect.gen(function* () {
        yield* Effect.sleep(250)
        yield* Deferred.await(answer) // «awaited»
      })
      yield* Effect.all([ask, ask, Effect.sleep("1 second")], unbounded) // «all»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «all» for fibers 0.0, 0.1",
      "0.0 waits since 250 ms at «awaited» for Deferred#1 (made by 0 at «made»)",
      "0.1 waits since 250 ms at «awaited» for Deferred#1"
    ])
  })

  it("semaphores in opposite order: each fiber holds the other's awaited permit", async () => {
    const program = Effect.gen(function* () {
      const a = yield* Semaphore.make(1) // «a»
      const b = yield* Semaphore.make(1) // «b»
      const inOrder = Effect.fn("inOrder")(function* () {
        yield* a.take(1) // «first»
        yield* b.take(1) // «second»
        yield* Effect.all([a.release(1), b.release(1)])
      })
      const against = Effect.gen(function* () {
        yield* b.withPermits(1)(a.withPermits(1)(Effect.void)) // «nested»
      })
      yield* Effect.all([inOrder(), against], unbounded) // «all2»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «all2» for fibers 0.0, 0.1",
      "0.0 waits since 0 ms at «second» for a permit of Semaphore#1 (made by 0 at «b»; held by 0.1 since «nested»), in inOrder («all2»)",
      "0.1 waits since 0 ms at «nested» for a permit of Semaphore#2 (made by 0 at «a»; held by 0.0 since «first»)",
      "in a circle: 0.0 → 0.1 → 0.0"
    ])
  })

  it("a semaphore with permits never given back, and a semaphore too small", async () => {
    const program = Effect.gen(function* () {
      const leaky = Semaphore.makeUnsafe(3)
      yield* Fiber.join(yield* Effect.forkChild(leaky.take(2)))
      const small = yield* Semaphore.make(1) // «small»
      yield* Effect.all([leaky.take(2), small.take(2)], unbounded) // «takes»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «takes» for fibers 0.1, 0.2",
      "0.1 waits since 0 ms for 2 permits of Semaphore#1 (held by 0.0 (2 permits), though it has ended)",
      "0.2 waits since 0 ms for 2 permits of Semaphore#2 (made by 0 at «small»; held by none)"
    ])
  })

  it("a Queue: for a value, for room, or for its end", async () => {
    const program = Effect.gen(function* () {
      const empty = yield* Queue.unbounded<number>() // «empty»
      const full = yield* Queue.bounded<number>(1) // «full»
      yield* Queue.offer(full, 1)
      const put = Effect.gen(function* () {
        yield* Queue.offer(full, 2) // «offered»
      })
      yield* Effect.all([Queue.take(empty), put, Queue.await(empty)], unbounded) // «queues»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «queues» for fibers 0.0, 0.1, 0.2",
      "0.0 waits since 0 ms for a value from Queue#1 (made by 0 at «empty»)",
      "0.1 waits since 0 ms at «offered» for room in Queue#2 (made by 0 at «full»)",
      "0.2 waits since 0 ms for the end of Queue#1"
    ])
  })

  it("a Latch, open never or closed again", async () => {
    const program = Effect.gen(function* () {
      const gate = yield* Latch.make() // «gate»
      const pass = Effect.gen(function* () {
        yield* Latch.await(gate)
        yield* Latch.close(gate)
        yield* gate.whenOpen(Effect.void) // «closed»
      })
      yield* Effect.all([pass, Latch.open(gate)], unbounded) // «gates»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «gates» for fiber 0.0",
      "0.0 waits since 0 ms at «closed» for Latch#1 (made by 0 at «gate»)"
    ])
  })

  it("a fiber, joined or awaited; and an endless wait", async () => {
    const program = Effect.gen(function* () {
      const stuck = yield* Effect.forkChild(Effect.never)
      const joins = yield* Effect.forkChild(Fiber.join(stuck))
      yield* Effect.yieldNow
      yield* Fiber.await(joins) // «fibers»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «fibers» for fiber 0.1",
      "0.0 waits since 0 ms for ever",
      "0.1 waits since 0 ms for fiber 0.0"
    ])
  })

  it("fibers waiting for each other, some of them for a lock", async () => {
    const program = Effect.gen(function* () {
      const lock = yield* Semaphore.make(1) // «lock»
      const closes = Effect.gen(function* () {
        const inner = yield* Effect.forkChild(lock.withPermits(1)(Effect.void))
        yield* Fiber.join(inner) // «inner»
      })
      yield* lock.withPermits(1)(closes) // «locked»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «inner» for fiber 0.0",
      "0.0 waits since 0 ms for a permit of Semaphore#1 (made by 0 at «lock»; held by 0 since «locked»)",
      "in a circle: 0 → 0.0 → 0"
    ])
  })

  it("the fibers of a loop running a few at once, later ones included", async () => {
    const program = Effect.gen(function* () {
      const visit = (n: number) => (n < 2 ? Effect.yieldNow : Effect.never)
      yield* Effect.forEach([0, 1, 2], visit, { concurrency: 2, discard: true }) // «each»
    })
    const [outer, inner] = await waitingOf(program)
    expect(outer).toBe("0 waits since 0 ms at «each» for a fiber that it started")
    expect(inner).toMatch(/^0\.\S+ waits since 0 ms for ever$/)
  })

  it("code that nobody calls back", async () => {
    const program = Effect.gen(function* () {
      const named = Effect.callback<void>(function nextMessage() {})
      const before: Deferred.Deferred<void> = outside
      yield* Effect.all([named, Effect.callback<void>(() => void 0), Deferred.await(before)], unbounded) // «codes»
    })
    const outside = Deferred.makeUnsafe<void>()
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «codes» for fibers 0.0, 0.1, 0.2",
      "0.0 waits since 0 ms for the callback nextMessage",
      "0.1 waits since 0 ms for a callback: () => void 0",
      "0.2 waits since 0 ms for a Deferred from outside of the run"
    ])
    const promise = Effect.promise(() => new Promise<void>(() => {}))
    expect(await waitingOf(promise)).toEqual(["0 waits since 0 ms for a promise"])
  })

  it("the innermost running generator, not an ended generator", async () => {
    const program = Effect.gen(function* () {
      const never = yield* Deferred.make<void>() // «never»
      const ended = Effect.gen(function* () {
        yield* Effect.yieldNow
      })
      yield* Effect.andThen(ended, Deferred.await(never)) // «then»
    })
    expect(await waitingOf(program)).toEqual([
      "0 waits since 0 ms at «then» for Deferred#1 (made by 0 at «never»)"
    ])
  })
})

describe("no deadlock", () => {
  it("a sleep: virtual time moves on; beside an uncontrolled wait the report has the sleep's end", async () => {
    await Explore.assert(Effect.sleep("1 day"), { schedules: 20 })
    const program = Effect.gen(function* () {
      yield* Effect.forkDetach(Effect.sleep("1 day"), { startImmediately: true })
      yield* Simulation.record(String(Math.random()))
    })
    const { failure } = await Explore.run(program, { verifyEvery: 1 })
    expect(failure?.kind).toBe("Uncontrolled")
    expect(failure?.waiting).toEqual(["0.0 waits since 0 ms until 86400000 ms"])
  })
})

describe("watching a run", () => {
  it("leaves Effect unchanged", async () => {
    const semaphore = Semaphore.makeUnsafe(1)
    const objects = [
      Deferred.makeUnsafe(),
      semaphore,
      Latch.makeUnsafe(),
      Effect.runSync(Queue.unbounded()),
      Effect.never,
      Effect.sync(() => 1),
      Effect.runFork(Effect.void),
      Effect.void[Symbol.iterator]()
    ]
    /** By identity: equal functions need not be the same. */
    const look = (object: object) =>
      Reflect.ownKeys(object).map((key) => {
        const { get, set, value } = Reflect.getOwnPropertyDescriptor(object, key)!
        return [key, get, set, value] as ReadonlyArray<unknown>
      })
    const prototypes = objects.map((object) => Reflect.getPrototypeOf(object)!)
    const before = prototypes.map(look)
    const program = Effect.suspend(() => Effect.andThen(semaphore.take(1), Effect.never))
    expect(await waitingOf(program)).toHaveLength(1)
    for (const [index, prototype] of prototypes.entries()) {
      const after = look(prototype)
      expect(after).toHaveLength(before[index]!.length)
      for (const [i, property] of after.entries()) {
        expect(property.every((part, j) => Object.is(part, before[index]![i]![j]))).toBe(true)
      }
    }
    expect(Object.getOwnPropertyDescriptor(semaphore, "taken")).toEqual({
      value: expect.any(Number),
      writable: true,
      enumerable: true,
      configurable: true
    })
  })
})
