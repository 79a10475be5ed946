// Channels on simulated workers: seeded schedules, random programs, crashes at any moment; and mutants, which must break the laws.
import { Channel, ChannelError, Task, TaskError, TaskPool } from "@heddle/core"
import { Explore, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expect, it, vi } from "vitest"
import { Broker } from "../../core/src/internal/host/channels/Broker.ts"
import { Credit } from "../../core/src/internal/host/channels/Credit.ts"
import { Resting } from "../../core/src/internal/host/tasks/Resting.ts"
import { ReceivingEnd } from "../../core/src/internal/worker/channels/ReceivingEnd.ts"
import { method } from "./mutants/mutant.ts"

vi.setConfig({ testTimeout: 120_000 })

const Failure = Schema.Union([ChannelError.ChannelError, TaskError.TaskError])

const Send = Task.make("Send", {
  payload: {
    from: Schema.Int,
    count: Schema.Int,
    batch: Schema.Int,
    out: Channel.Sender(Schema.Int),
    end: Schema.Boolean
  },
  error: Failure
})
const hows = ["take", "each", "stream", "some", "few"] as const
const Receive = Task.make("Receive", {
  payload: { input: Channel.Receiver(Schema.Int), how: Schema.Literals(hows), depth: Schema.Int },
  error: Failure
})

/** The notes of one run; simulated workers share the memory of the test. */
class Notes {
  readonly tried = new Set<number>()
  /** Elements whose send has succeeded. */
  sent = 0
  readonly got: Array<number> = []
  readonly problems: Array<string> = []
  disorder: string | undefined

  take(list: Array<number>, n: number): void {
    if (this.got.includes(n)) this.problems.push(`${n} was taken twice`)
    if (!this.tried.has(n)) this.problems.push(`${n} was never sent`)
    const before = list.findLast((m) => Math.floor(m / 1000) === Math.floor(n / 1000))
    if (before !== undefined && before > n) this.disorder ??= `${n} was taken after ${before}`
    list.push(n)
    this.got.push(n)
  }

  readonly handlers = Layer.mergeAll(
    Send.toLayer(({ batch, count, end, from, out }) =>
      Effect.gen({ self: this }, function* () {
        for (let i = 0; i < count; i += batch) {
          const elements = Array.from({ length: Math.min(batch, count - i) }, (_, j) => from + i + j)
          for (const n of elements) this.tried.add(n)
          yield* batch === 1 ? out.send(elements[0]!) : out.sendAll(elements)
          this.sent += elements.length
        }
        if (end) yield* out.end
      })
    ),
    Receive.toLayer(({ depth, how, input }) => {
      if (depth > 0) return Receive({ input, how, depth: depth - 1 })
      const list: Array<number> = []
      const note = (n: number) => Effect.sync(() => this.take(list, n))
      const untilClosed = <E>(step: Effect.Effect<unknown, E>) =>
        Effect.forever(step).pipe(
          Effect.catchReason("ChannelError" as never, "Closed" as never, () => Effect.void)
        )
      switch (how) {
        case "take":
          return untilClosed(Effect.flatMap(input.take, note)) as never
        case "each":
          return input.each(note)
        case "stream":
          return Stream.runForEach(input.stream, note)
        case "few":
          return Stream.runForEach(Stream.take(input.stream, 2), note)
        case "some":
          // A stream that stops early, again and again.
          return untilClosed(
            Effect.suspend(() => {
              const before = list.length
              return Effect.andThen(Stream.runForEach(Stream.take(input.stream, 2), note), () =>
                list.length < before + 2
                  ? Effect.fail(
                      new ChannelError.ChannelError({ reason: new ChannelError.Closed({ by: "peer" }) })
                    )
                  : Effect.void
              )
            })
          ) as never
      }
    })
  )
}

const pick = <A>(list: ReadonlyArray<A>) =>
  Effect.map(Random.nextIntBetween(0, list.length - 1), (i) => list[i]!)

interface Kind {
  readonly crashes: boolean
  readonly depth?: number
}

/** A pool, a channel, and senders and receivers of any kind; receivers first, so that they must leave their slots. */
const program = ({ crashes, depth: most = 1 }: Kind) =>
  Effect.gen(function* () {
    const notes = new Notes()
    const size = yield* Random.nextIntBetween(1, 3)
    const capacity = yield* pick([1, 2, 3, 8])
    const onLost = crashes ? "fail" : yield* pick(["fail", "continue"] as const)
    const senders = yield* Random.nextIntBetween(1, 3)
    const receivers = yield* Random.nextIntBetween(1, 3)
    const use = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      const { receiver, sender, snapshot } = yield* Channel.make(Schema.Int, { capacity, onLost })
      const wants: Array<string> = []
      const receiving = yield* Effect.forEach(Array.from({ length: receivers }), (_, i) =>
        Effect.gen(function* () {
          const how = yield* pick(i === 0 ? hows.slice(0, 4) : hows)
          wants.push(how)
          const depth = yield* Random.nextIntBetween(0, most)
          return yield* Effect.forkScoped(Effect.exit(Receive({ input: receiver, how, depth })))
        })
      )
      const sending = yield* Effect.forEach(Array.from({ length: senders }), (_, i) =>
        Effect.gen(function* () {
          const batch = yield* pick([1, 1, 3])
          const payload = { from: 1000 * i, count: 12, batch, out: sender, end: false }
          return yield* Effect.forkScoped(Effect.exit(Send(payload)))
        })
      )
      if (crashes) {
        yield* Effect.forkScoped(
          Effect.gen(function* () {
            yield* Effect.forEach(
              Array.from({ length: yield* Random.nextIntBetween(1, 40) }),
              () => Effect.yieldNow,
              { discard: true }
            )
            const alive = yield* control.alive
            if (alive.length > 0) yield* control.crash(yield* pick(alive), { exitCode: 9 })
          })
        )
      }
      let isDone = false
      let looks = 0
      yield* Effect.forkScoped(
        Effect.whileLoop({
          // A bound, so that a program that stands still is found at once.
          while: () => !isDone && looks++ < 200,
          body: () =>
            Effect.andThen(Effect.sleep(1), () =>
              Effect.map(snapshot, ({ ahead, queued }) => {
                if (queued + ahead > capacity)
                  notes.problems.push(`${queued} + ${ahead} elements in a channel of ${capacity}`)
              })
            ),
          step: () => {}
        })
      )
      const sent = yield* Effect.forEach(sending, Fiber.join)
      const { ahead, queued } = yield* snapshot
      if (queued + ahead > capacity) notes.problems.push(`${queued} + ${ahead} in a channel of ${capacity}`)
      yield* sender.end
      const got = yield* Effect.forEach(receiving, Fiber.join)
      isDone = true
      // What one receiver gives back, another one may take late. A crash ends the streams of the tasks that its victims have called.
      const early = crashes ? ["some", "few", "stream"] : ["some", "few"]
      const isKept = receivers === 1 || !wants.some((how) => early.includes(how))
      if (isKept && notes.disorder !== undefined) notes.problems.push(notes.disorder)
      const last = yield* snapshot
      const isWell = [...sent, ...got].every(Exit.isSuccess)
      if (!crashes && !isWell) {
        const failed = [...sent, ...got].find(Exit.isFailure)!
        notes.problems.push(`without a crash: ${Cause.pretty(failed.cause)}`)
      }
      if (isWell && (notes.got.length !== 12 * senders || notes.sent !== 12 * senders))
        notes.problems.push(`of ${12 * senders} elements ${notes.sent} were sent, ${notes.got.length} taken`)
      if (isWell && last.state !== "over") notes.problems.push(`the channel is ${last.state}`)
      if (onLost === "fail" && last.state === "over" && last.taken + last.uncertain > last.sent)
        notes.problems.push(`${last.taken} taken and ${last.uncertain} uncertain of ${last.sent}`)
      if (notes.got.length > last.taken + last.uncertain + last.queued)
        notes.problems.push(`${notes.got.length} were taken, and ${last.taken} + ${last.uncertain} counted`)
      for (const exit of [...sent, ...got]) {
        const isTyped = Exit.isSuccess(exit) || exit.cause.reasons.every(Cause.isFailReason)
        if (!isTyped) notes.problems.push(`untyped: ${Cause.pretty(exit.cause)}`)
      }
    })
    const workers = SimulatedWorkers.layer(notes.handlers)
    yield* Effect.scoped(use).pipe(
      Effect.provide(Layer.provideMerge(TaskPool.layer({ size, restarts: { intensity: 10 } }), workers))
    )
    if (notes.problems.length > 0) throw new Error(notes.problems[0])
  })

const explore = (kind: Kind, realism: "fifo" | "adversarial", schedules: number) =>
  Explore.run(program(kind), {
    schedules,
    realism,
    shrinkRuns: 0,
    check: ({ exit, left }) => {
      if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
      if (left.fibers + left.timers > 0)
        throw new Error(`G2: left behind: ${left.fibers} fibers, ${left.timers} timers`)
    }
  })

describe.each(["fifo", "adversarial"] as const)("random programs, %s", (realism) => {
  it("order is kept, none is taken twice, none is lost, the capacity holds: S260, S262, S263, S264, G14, G15", async () => {
    const { failure } = await explore({ crashes: false }, realism, 150)
    expect(failure?.message).toBeUndefined()
  })

  it("receivers at any depth of calls, before the senders: nothing stands still: S261", async () => {
    const { failure } = await explore({ crashes: false, depth: 4 }, realism, 150)
    expect(failure?.message).toBeUndefined()
  })

  it("with a worker that crashes at any moment every operation ends, typed: S269, G15", async () => {
    const { failure } = await explore({ crashes: true, depth: 2 }, realism, 200)
    expect(failure?.message).toBeUndefined()
  })
})

interface Mutant {
  readonly name: string
  readonly plant: () => () => void
  readonly kind: Kind
}

const mutants: ReadonlyArray<Mutant> = [
  {
    name: "credit is not returned: a sender that ends takes its own along",
    kind: { crashes: false },
    plant: method(
      Broker.prototype,
      "vanish",
      (vanish) =>
        function (opening, over) {
          opening.credit = 0
          vanish.call(this, opening, over)
        }
    )
  },
  {
    name: "credit comes from nowhere: it does not count against the capacity",
    kind: { crashes: false },
    plant: method(
      Credit.prototype,
      "grant",
      (grant) =>
        function (room) {
          grant.call(this, room)
          this.granted = 0
        }
    )
  },
  {
    name: "an element is sent again: what a stream gives back is also kept",
    kind: { crashes: false },
    plant: method(
      Broker.prototype,
      "handOver",
      (handOver) =>
        function (request) {
          const [first] = this.queue.take(1)
          this.queue.putBack([first])
          handOver.call(this, request)
          if (request.ahead) this.queue.putBack([first])
        }
    )
  },
  {
    name: "the end overtakes the last batch",
    kind: { crashes: false },
    plant: () => {
      const found = Object.getOwnPropertyDescriptor(Broker.prototype, "isDrained")!
      Object.defineProperty(Broker.prototype, "isDrained", { ...found, get: () => true })
      return () => Object.defineProperty(Broker.prototype, "isDrained", found)
    }
  },
  {
    name: "what comes back goes to the end of the line",
    kind: { crashes: false },
    plant: method(
      Broker.prototype,
      "putBack",
      () =>
        function (held) {
          this.unhold(held)
          for (const { element } of held) this.queue.push(element)
        }
    )
  },
  {
    name: "what a stream has fetched and not emitted is forgotten",
    kind: { crashes: false },
    plant: method(
      ReceivingEnd.prototype,
      "giveReadyBack",
      () =>
        function () {
          this.ready = []
          this.batches = []
        }
    )
  },
  {
    name: "an answer to a withdrawn request is used",
    kind: { crashes: false },
    plant: method(
      ReceivingEnd.prototype,
      "deliver",
      (deliver) =>
        function (op, elements) {
          if (this.streams > 0 && this.aheadOp !== undefined) deliver.call(this, this.aheadOp, elements)
          else deliver.call(this, op, elements)
        }
    )
  },
  {
    name: "a task that waits for a channel keeps its slot",
    kind: { crashes: false },
    plant: method(Resting.prototype, "wait", () => () => {})
  },
  {
    name: "a task whose children rest keeps its slot",
    kind: { crashes: false, depth: 4 },
    plant: method(
      Resting.prototype,
      "rests",
      () =>
        function (task) {
          return this.waiting.has(task)
        }
    )
  },
  {
    name: "a loss is told to nobody",
    kind: { crashes: true },
    plant: method(Broker.prototype, "endLost", () => () => {})
  }
]

describe("a broken channel breaks the laws", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, { kind, plant }) => {
    const restore = plant()
    try {
      const fifo = await explore(kind, "fifo", 300)
      expect(fifo.failure, "it survived").toBeDefined()
    } finally {
      restore()
    }
  })
})
