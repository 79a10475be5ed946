// Dedicated workers under every kind of schedule, while workers die at any moment and owners leave, terminate and kill.
import { ChannelError, DedicatedWorker, Pipe, Task, TaskError } from "@heddle/core"
import { Explore, Fault, Faults, SimulatedWorkers } from "@heddle/testing"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Formatter from "effect/Formatter"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect, it, vi } from "vitest"
import { Books } from "../../core/src/internal/host/channels/Books.ts"
import { PoolEngine } from "../../core/src/internal/host/pool/PoolEngine.ts"
import { HostWorker } from "../../core/src/internal/host/worker/HostWorker.ts"
import { ReceivingEnd } from "../../core/src/internal/worker/channels/ReceivingEnd.ts"
import { JobPorts } from "../../core/src/internal/worker/channels/WorkerChannels.ts"
import { method } from "./mutants/mutant.ts"

vi.setConfig({ testTimeout: 60_000 })

const hows = ["receive", "stream"] as const

const Serve = Task.make("Serve", {
  payload: { end: Pipe.End(Schema.Int, Schema.Int), how: Schema.Literals(hows) },
  success: Schema.Int
})

/** How many messages the owner sends. */
const most = 8

/** What ending a worker takes at most, in virtual milliseconds: the grace, the default `terminateTimeout`, and delays by faults. */
const patient = 20 + 1000 + 500

/** Longer than anything takes, in virtual milliseconds. */
const forever = 600_000

/** Native code that returns after every limit. */
const stuck = Fault.stuck("10 seconds")

/** Of the crashes one a place, so that other faults are drawn, too. */
const menu = [...Faults.menu.filter((fault) => fault._tag !== "Crash" || fault.exitCode !== undefined), stuck]

type Worker = DedicatedWorker.DedicatedWorker<number, never> & DedicatedWorker.WithMailbox<number, number>

/** Two fibers that wait for the same, from the start on, and the question that is asked again in the end. */
interface Asked<A> {
  readonly what: string
  readonly fibers: ReadonlyArray<Fiber.Fiber<A>>
  readonly again: Effect.Effect<A>
}

const ask = <A>(what: string, again: Effect.Effect<A>): Effect.Effect<Asked<A>> =>
  Effect.map(
    // No scope interrupts these.
    Effect.forEach([1, 2], () => Effect.forkDetach(again, { startImmediately: true })),
    (fibers) => ({ what, fibers, again })
  )

/** What the owner asks of its worker. */
const questions = (worker: Worker) =>
  Effect.all({
    join: ask("join", Effect.exit(worker.join)),
    exit: ask("exit", worker.exit),
    closed: ask("closed", worker.mailbox.closed)
  })

/** What the handler and the owner of one worker have seen, and what contradicts a law. */
class Ledger {
  readonly problems: Array<string> = []
  /** The messages that the handler has begun with. */
  readonly taken: Array<number> = []
  /** The answers that the owner has received. */
  readonly answers: Array<number> = []
  tried = 0
  begun = 0
  finalized = 0
  private running = 0
  /** The losses of which operations of the owner have told. */
  readonly losses: Array<ChannelError.PeerLost> = []
  owned:
    | {
        readonly worker: Worker
        readonly asked: Effect.Success<ReturnType<typeof questions>>
      }
    | undefined
  isKilled = false
  isEndless = false
  /** Whether the worker was still alive when its owner left. */
  wasAlive = false

  check(isHeld: boolean, what: string): void {
    if (!isHeld) this.problems.push(what)
  }

  readonly handlers = Serve.toLayer(({ end, how }) => {
    const answer = (n: number) =>
      Effect.suspend(() => {
        this.taken.push(n)
        this.check(n === this.taken.length, `message ${n} is the ${this.taken.length}th`)
        this.check(++this.running === 1, `${this.running} messages are handled at once`)
        const work = Effect.ensuring(
          Effect.sleep(n % 3),
          Effect.sync(() => void this.running--)
        )
        return Effect.andThen(work, end.send(2 * n))
      })
    const serving =
      how === "stream"
        ? Stream.runForEach(end.stream, answer)
        : Effect.forever(Effect.flatMap(end.receive, answer))
    return Effect.suspend(() => {
      this.begun++
      return Effect.exit(serving)
    }).pipe(
      Effect.map((exit) => {
        this.reasonOf(exit)
        return this.taken.length
      }),
      Effect.ensuring(Effect.andThen(Effect.sleep(1), () => Effect.sync(() => void this.finalized++)))
    )
  })

  /** Returns why an operation on an end has failed. */
  private reasonOf(exit: Exit.Exit<unknown, ChannelError.ChannelError>): ChannelError.Reason | undefined {
    if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) return undefined
    const error = Cause.squash(exit.cause)
    if (!(error instanceof ChannelError.ChannelError)) throw error
    const { reason } = error
    this.check(reason._tag === "Closed" || reason._tag === "PeerLost", `an end tells ${reason._tag}`)
    return reason
  }

  /** Sends all messages, and receives answers until their end. */
  talk({ mailbox }: Worker): Effect.Effect<unknown> {
    const send = Effect.whileLoop({
      while: () => this.tried < most,
      body: () => mailbox.send(++this.tried),
      step: () => {}
    })
    const receive = Stream.runForEach(mailbox.stream, (n) => Effect.sync(() => void this.answers.push(n)))
    return Effect.all(
      [send, receive].map((each) =>
        Effect.map(Effect.exit(each), (exit) => {
          const reason = this.reasonOf(exit)
          if (reason?._tag === "PeerLost") this.losses.push(reason)
        })
      ),
      { concurrency: "unbounded" }
    )
  }
}

const draw = (count: number) => Explore.draw("command", count)

/** Checks that the end of a worker takes no longer than its limits (G4). */
const bounded = <A, E, R>(ledger: Ledger, ending: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const began = yield* Clock.currentTimeMillis
    const ended = yield* ending
    const millis = (yield* Clock.currentTimeMillis) - began
    ledger.check(millis <= patient, `the end took ${millis} ms`)
    return ended
  })

/** Starts a worker, talks to it, and leaves it in one of many ways. */
const own = (ledger: Ledger) =>
  Effect.gen(function* () {
    const how = hows[yield* draw(hows.length)]!
    const types = { sends: Schema.Int, receives: Schema.Int, buffer: [1, 2, 8][yield* draw(3)]! }
    const limits = { grace: 20, startTimeout: 100 }
    const worker = yield* DedicatedWorker.startWithMailbox(Serve, types, (end) => ({ end, how }), limits)
    ledger.owned = { worker, asked: yield* questions(worker) }
    const talking = yield* Effect.forkScoped(ledger.talk(worker))
    yield* Effect.addFinalizer(() =>
      Effect.map(worker.isAlive, (isAlive) => void (ledger.wasAlive = isAlive))
    )
    yield* Effect.sleep(yield* draw(40))
    const ends = (what: string, ending: Worker["kill"]) =>
      Effect.gen(function* () {
        const { _tag } = yield* bounded(ledger, ending)
        ledger.check(!(yield* worker.isAlive), `alive after a ${what} that was ${_tag}`)
      })
    const terminate = ends("terminate", worker.terminate)
    const kill = Effect.suspend(() => {
      ledger.isKilled = true
      return ends("kill", worker.kill)
    })
    const finish = Effect.gen(function* () {
      // A join that is left leaves the worker alone.
      yield* Effect.timeoutOption(worker.join, 1)
      yield* Effect.timeoutOption(Fiber.await(talking), 30)
      yield* worker.mailbox.end
      // A worker that hangs, or whose last frame is lost, goes on until its owner leaves.
      const joined = yield* Effect.timeoutOption(Effect.exit(worker.join), "1 minute")
      ledger.isEndless = joined._tag === "None"
    })
    const all = { concurrency: "unbounded" } as const
    const ways = [
      Effect.void,
      finish,
      terminate,
      kill,
      Effect.all([terminate, kill], all),
      Effect.all([finish, Effect.andThen(Effect.sleep(1), terminate)], all)
    ]
    yield* ways[yield* draw(ways.length)]!
  })

/** All who asked were told the same, and it was told by now. */
const told = <A>(ledger: Ledger, { again, fibers, what }: Asked<A>) =>
  Effect.gen(function* () {
    const [first, ...others] = yield* Effect.forEach([again, ...fibers.map(Fiber.join)], (each) =>
      Effect.timeoutOption(each, 1)
    )
    for (const other of others) {
      const both = `${Formatter.format(first)} and ${Formatter.format(other)}`
      ledger.check(Equal.equals(first, other), `${what} tells ${both}`)
    }
    if (first?._tag !== "Some") return yield* Effect.die(new Error(`${what} never ends`))
    return first.value
  })

/** The laws of a worker whose scope is closed. */
const settle = (ledger: Ledger, isFaulty: boolean) =>
  Effect.gen(function* () {
    const { answers, begun, finalized, losses, owned, taken, tried } = ledger
    if (owned === undefined) return
    const check = (isHeld: boolean, what: string) => ledger.check(isHeld, what)
    const joined = yield* told(ledger, owned.asked.join)
    const { exitCode } = yield* told(ledger, owned.asked.exit)
    const end = yield* told(ledger, owned.asked.closed)
    check(!(yield* owned.worker.isAlive), "alive after its exit was told")
    check(begun <= 1, `the task ran ${begun} times`)
    if (exitCode === 0) check(begun === finalized, "an orderly end without the finalizer")

    if (Exit.isSuccess(joined)) {
      check(finalized === 1, "joined before the finalizer")
      check(end === "closed", "the mailbox of a task that has ended is lost")
    } else {
      const error = Cause.squash(joined.cause)
      const reason = TaskError.isTaskError(error) ? error.reason._tag : String(error)
      const mayBeLost = isFaulty || ledger.isKilled
      check(reason === "Interrupted" || (reason === "WorkerLost" && mayBeLost), `join tells ${reason}`)
      const isLostToOwner = reason === "WorkerLost" && begun === 1 && !ledger.wasAlive
      if (isLostToOwner) check(end === "lost", "the mailbox of a lost task is closed")
    }

    answers.forEach((n, i) => check(n === 2 * (i + 1), `answer ${n} is the ${i + 1}th`))
    if (losses.length > 0) check(end === "lost", "operations tell of a loss, and the mailbox of none")
    for (const loss of losses) {
      const books = `${loss.taken} taken, ${loss.uncertain} uncertain; the handler took ${taken.length} of ${tried}`
      check(loss.taken <= taken.length, `certain, yet not taken: ${books}`)
      check(taken.length <= loss.taken + loss.uncertain, `taken, yet not counted: ${books}`)
      check(loss.taken + loss.uncertain <= tried, `more than was sent: ${books}`)
      check(answers.length <= loss.taken, `answered, yet uncertain: ${books}`)
    }
  })

const program = (sharedMemory: boolean, faultsOf: ReadonlyArray<Fault.Fault> = menu) =>
  Effect.gen(function* () {
    const ledger = new Ledger()
    const { decide, injected } = yield* Faults.any({ budget: 2, menu: faultsOf })
    // Some owners are interrupted, while the worker starts or later.
    const patience = (yield* draw(3)) === 0 ? 1 + (yield* draw(30)) : forever
    const uses = Effect.gen(function* () {
      const control = yield* SimulatedWorkers.Control
      let isCrashed = false
      const crash = Effect.gen(function* () {
        yield* Effect.sleep(yield* draw(25))
        for (let left = yield* draw(20); left > 0; left--) yield* Effect.yieldNow
        const [worker] = yield* control.alive
        if (worker === undefined) return
        isCrashed = true
        yield* control.crash(worker, { exitCode: 9 })
      })
      if ((yield* draw(3)) === 0) yield* Effect.forkScoped(crash)

      const scope = yield* Scope.make()
      const owned = yield* Effect.exit(Effect.timeoutOption(Scope.provide(own(ledger), scope), patience))
      const closed = yield* bounded(ledger, Effect.exit(Scope.close(scope, owned)))
      const faults = (yield* injected).map(({ fault }) => fault._tag)
      const isFaulty = isCrashed || faults.length > 0
      for (const exit of [Exit.asVoid(owned), closed]) {
        if (Exit.isSuccess(exit)) continue
        const error = Cause.squash(exit.cause)
        ledger.check(TaskError.isTaskError(error) && isFaulty, `the owner hears ${String(error)}`)
      }
      const isOver = Exit.isFailure(owned) || owned.value._tag === "Some" || patience < forever
      ledger.check(isOver, "the owner never ends")
      const isEndless = faults.some((tag) => ["Hang", "HangAtStop", "DropReply", "DropFrame"].includes(tag))
      ledger.check(!ledger.isEndless || isEndless, "a join never ends")
      yield* settle(ledger, isFaulty)
      // What is stuck cannot be ended before its call returns (G4).
      if (faults.includes("Stuck")) yield* Effect.sleep("11 seconds")
      const alive = yield* control.alive
      ledger.check(alive.length === 0, `workers are left: ${alive.join()}`)
      const spawned = yield* control.spawned
      ledger.check(spawned <= 1, `${spawned} workers were started`)
    })
    const transport = SimulatedWorkers.layer(ledger.handlers, {
      sharedMemory,
      latency: { min: 0, max: 3 },
      faults: decide
    })
    yield* Effect.provide(Effect.scoped(uses), transport)
    if (ledger.problems.length > 0) return yield* Effect.die(new Error(ledger.problems.join("\n")))
  })

const options: Explore.Options<void, unknown> = {
  schedules: 200,
  maxSteps: 50_000,
  verifyEvery: 50,
  shrinkRuns: 100,
  check: ({ exit, left }) => {
    if (Exit.isFailure(exit)) throw Cause.squash(exit.cause)
    expect(left).toEqual({ fibers: 0, timers: 0 })
  }
}

describe("dedicated workers", () => {
  for (const realism of ["fifo", "adversarial"] as const) {
    for (const sharedMemory of [true, false]) {
      const how = `${realism}, ${sharedMemory ? "with" : "without"} shared memory`
      it(`tell one end, account for their mail and leave nothing, in ${options.schedules} schedules with faults (${how}): S255, S256, S258, G1, G2, G3, G4, G15`, async () => {
        await Explore.assert(program(sharedMemory), { ...options, realism })
      })
    }
  }
})

const getter = (of: object, name: string, get: (this: any) => unknown) => () => {
  const found = Object.getOwnPropertyDescriptor(of, name)!
  Object.defineProperty(of, name, { ...found, get })
  return () => void Object.defineProperty(of, name, found)
}

interface Mutant {
  readonly name: string
  readonly plant: () => () => void
  readonly menu?: ReadonlyArray<Fault.Fault>
}

const mutants: ReadonlyArray<Mutant> = [
  {
    name: "mail in the hands of a lost worker is counted by nobody",
    plant: method(Books.prototype, "lose", () => () => {})
  },
  {
    name: "mail in the hands of a lost worker counts as taken",
    plant: method(
      Books.prototype,
      "lose",
      () =>
        function () {
          this.take(1)
        }
    )
  },
  {
    name: "the taking of a message is told to nobody",
    plant: method(ReceivingEnd.prototype, "tellTaken", () => () => {})
  },
  {
    name: "an answer overtakes the news of what was taken",
    plant: method(JobPorts.prototype, "alongside", () => () => {})
  },
  {
    name: "mail is delivered twice",
    plant: method(
      ReceivingEnd.prototype,
      "deliver",
      (deliver) =>
        function (op, elements) {
          deliver.call(this, op, [...elements, ...elements])
        }
    )
  },
  {
    name: "the end of a worker that is stuck is told to nobody",
    menu: [stuck],
    plant: getter(HostWorker.prototype, "isOver", function () {
      return this.state === "gone" || this.state === "halted"
    })
  },
  {
    name: "a worker outlives its task",
    plant: method(
      PoolEngine.prototype,
      "close",
      (close) =>
        function () {
          if (this.wasAsked) return close.call(this)
          this.wasAsked = true
        }
    )
  }
]

describe("a broken dedicated worker breaks the laws", () => {
  it.each(mutants.map((mutant) => [mutant.name, mutant] as const))("%s", async (_, broken) => {
    const restore = broken.plant()
    try {
      const { failure } = await Explore.run(program(true, broken.menu), {
        ...options,
        realism: "fifo",
        shrinkRuns: 0
      })
      expect(failure, "it survived").toBeDefined()
    } finally {
      restore()
    }
  })
})
