// Fibers waiting for ever, or too briefly.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Semaphore from "effect/Semaphore"
import { type Bug, PromiseLock, running, unbounded } from "./bug.ts"

const lockOrder: Bug = {
  name: "lock order",
  what: "two transfers take the locks of two accounts in opposite order",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@5!",
  program: Effect.gen(function* () {
    const [a, b] = [yield* Semaphore.make(1), yield* Semaphore.make(1)]
    const transfer = (from: Semaphore.Semaphore, to: Semaphore.Semaphore) =>
      from.withPermits(1)(to.withPermits(1)(Effect.void))
    yield* Effect.all([transfer(a, b), transfer(b, a)], unbounded)
  }),
  promises: (step) => {
    const [a, b] = [new PromiseLock(), new PromiseLock()]
    const transfer = async (from: PromiseLock, to: PromiseLock) => {
      await step()
      await from.take()
      await step()
      await to.take()
      to.release()
      from.release()
    }
    const isOver = running([transfer(a, b), transfer(b, a)])
    return () => !isOver()
  }
}

const philosophers: Bug = {
  name: "philosophers",
  what: "four philosophers take the fork to their left, then the one to their right",
  switches: 4,
  smallest: "h1 adversarial 0 0.0@5! 0.1@5! 0.2@5!",
  program: Effect.gen(function* () {
    const forks = yield* Effect.all(Array.from({ length: 4 }, () => Semaphore.make(1)))
    const dine = (i: number) =>
      forks[i]!.withPermits(1)(Effect.andThen(Effect.void, forks[(i + 1) % 4]!.withPermits(1)(Effect.void)))
    yield* Effect.all([0, 1, 2, 3].map(dine), unbounded)
  }),
  promises: (step) => {
    const forks = Array.from({ length: 4 }, () => new PromiseLock())
    const dine = async (i: number) => {
      await step()
      await forks[i]!.take()
      await step()
      await forks[(i + 1) % 4]!.take()
      forks[(i + 1) % 4]!.release()
      forks[i]!.release()
    }
    const isOver = running([0, 1, 2, 3].map(dine))
    return () => !isOver()
  }
}

const lostWakeUp: Bug = {
  name: "lost wake-up",
  what: "a consumer sees an empty inbox and then parks; the producer posts in between, and sees nobody parked",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@4!",
  program: Effect.gen(function* () {
    const inbox: Array<string> = []
    let parked: Deferred.Deferred<void> | undefined
    const consume = Effect.gen(function* () {
      const isEmpty = yield* Effect.sync(() => inbox.length === 0)
      if (!isEmpty) return
      const latch = yield* Deferred.make<void>()
      yield* Effect.sync(() => (parked = latch))
      yield* Deferred.await(latch)
    })
    const produce = Effect.gen(function* () {
      yield* Effect.sync(() => inbox.push("message"))
      const latch = yield* Effect.sync(() => parked)
      if (latch !== undefined) yield* Deferred.succeed(latch, undefined)
    })
    yield* Effect.all([consume, produce], unbounded)
  }),
  promises: (step) => {
    const inbox: Array<string> = []
    let wake: (() => void) | undefined
    const consume = async () => {
      await step()
      if (inbox.length > 0) return
      await step()
      await new Promise<void>((resolve) => (wake = resolve))
    }
    const produce = async () => {
      await step()
      inbox.push("message")
      await step()
      wake?.()
    }
    const isOver = running([consume(), produce()])
    return () => !isOver()
  }
}

const permitLeak: Bug = {
  name: "permit leak",
  what: "a permit is taken in one operation, and its return ensured in the next: an interruption comes in between",
  switches: 2,
  smallest: "h1 adversarial 0 0.0@3! 0@6>0",
  program: Effect.gen(function* () {
    const permits = yield* Semaphore.make(1)
    const use = Effect.andThen(
      permits.take(1),
      Effect.onExit(Effect.yieldNow, () => permits.release(1))
    )
    const fiber = yield* Effect.forkChild(use, { startImmediately: true })
    yield* Effect.yieldNow
    yield* Fiber.interrupt(fiber)
    yield* permits.take(1)
  })
}

const lateAnswer: Bug = {
  name: "late answer",
  what: "an answer that comes in the same moment as the time-out is charged, and thrown away",
  switches: 1,
  smallest: "h1 fifo 0 0.0@5~",
  program: Effect.gen(function* () {
    let charged = 0
    const call = Effect.andThen(
      Effect.sleep(100),
      Effect.sync(() => charged++)
    )
    const answer = yield* Effect.timeoutOption(Effect.uninterruptible(call), 100)
    if (answer._tag === "None" && charged > 0) return yield* Effect.die("charged without an answer")
  })
}

const notifyOne: Bug = {
  name: "notify one",
  what: "who puts and who takes wait for the same condition, and a change wakes one of them, which may be the wrong one",
  switches: 4,
  smallest: "h1 adversarial 0 0.0@3! 0.1@4! 0.2@3!",
  program: Effect.gen(function* () {
    const lock = yield* Semaphore.make(1)
    const waiting: Array<Deferred.Deferred<void>> = []
    let full = false
    const change = Effect.fnUntraced(function* (to: boolean) {
      yield* lock.take(1)
      while (full === to) {
        const latch = yield* Deferred.make<void>()
        waiting.push(latch)
        yield* lock.release(1)
        yield* Deferred.await(latch)
        yield* lock.take(1)
      }
      full = to
      const first = waiting.shift()
      if (first !== undefined) yield* Deferred.succeed(first, undefined)
      yield* lock.release(1)
    })
    yield* Effect.all([true, false, true, false].map(change), unbounded)
  }),
  promises: (step) => {
    const lock = new PromiseLock()
    const waiting: Array<() => void> = []
    let full = false
    const change = async (to: boolean) => {
      await step()
      await lock.take()
      while (full === to) {
        const woken = new Promise<void>((resolve) => waiting.push(resolve))
        lock.release()
        await woken
        await step()
        await lock.take()
      }
      full = to
      waiting.shift()?.()
      await step()
      lock.release()
    }
    const isOver = running([true, false, true, false].map(change))
    return () => !isOver()
  }
}

const bothInside: Bug = {
  name: "both inside",
  what: "Peterson's lock with its two stores in the wrong order",
  switches: 3,
  smallest: "h1 adversarial 0 0.0@4! 0.1@7!",
  program: Effect.gen(function* () {
    const wants = [false, false]
    let turn = 0
    let inside = 0
    let most = 0
    const enter = (me: 0 | 1) =>
      Effect.gen(function* () {
        const other = 1 - me
        yield* Effect.sync(() => (turn = other))
        yield* Effect.sync(() => (wants[me] = true))
        while (yield* Effect.sync(() => wants[other]! && turn === other)) yield* Effect.yieldNow
        yield* Effect.sync(() => (most = Math.max(most, ++inside)))
        yield* Effect.sync(() => inside--)
        yield* Effect.sync(() => (wants[me] = false))
      })
    yield* Effect.all([enter(0), enter(1)], unbounded)
    if (most > 1) return yield* Effect.die("both are inside")
  }),
  promises: (step) => {
    const wants = [false, false]
    let [turn, inside, most] = [0, 0, 0]
    const enter = async (me: 0 | 1) => {
      const other = 1 - me
      await step()
      turn = other
      await step()
      wants[me] = true
      for (await step(); wants[other] && turn === other; await step()) continue
      most = Math.max(most, ++inside)
      await step()
      inside--
      await step()
      wants[me] = false
    }
    void enter(0)
    void enter(1)
    return () => most > 1
  }
}

const handshake: Bug = {
  name: "handshake",
  what: "of two sides that greet, answer and confirm, one takes a greeting for a confirmation",
  switches: 3,
  smallest: "h1 adversarial 0 0.0@5! 0.1@5!",
  program: Effect.gen(function* () {
    const state = yield* Ref.make(0)
    // Each side moves the state on from its expected value; only by turns do both get to the end.
    const side = (from: number) =>
      Effect.gen(function* () {
        for (const expected of [from, from + 2]) {
          const found = yield* Ref.get(state)
          if (found === expected) yield* Ref.set(state, found + 1)
        }
      })
    yield* Effect.all([side(0), side(1)], unbounded)
    if ((yield* Ref.get(state)) === 4) return yield* Effect.die("confirmed by nobody")
  }),
  promises: (step) => {
    let state = 0
    const side = async (from: number) => {
      for (const expected of [from, from + 2]) {
        await step()
        const found = state
        await step()
        if (found === expected) state = found + 1
      }
    }
    void side(0)
    void side(1)
    return () => state === 4
  }
}

export const waiting: ReadonlyArray<Bug> = [
  lockOrder,
  philosophers,
  lostWakeUp,
  permitLeak,
  lateAnswer,
  notifyOne,
  bothInside,
  handshake
]
