import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { TypeId } from "../../../src/internal/model/definition.ts"
import type { AnyHandler } from "../../../src/internal/model/handler.ts"
import { HandlerTable } from "../../../src/internal/worker/handlers/handlers.ts"
import { NestedCalls } from "../../../src/internal/worker/nested/NestedCalls.ts"
import type { Job } from "../../../src/internal/worker/Job.ts"
import { Runner } from "../../../src/internal/worker/Runner.ts"
import * as Claims from "../../../src/protocol/claims/Claims.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"
import * as Task from "../../../src/Task.ts"

const capacity = 8
const Work = Task.make("Work", { payload: Schema.Any, success: Schema.Any, error: Schema.Any })

/** A log of the runner's work, in order: `run a`, `> succeeded 1 "a"`, and `|` at the end of a post. */
class Bench {
  readonly log: Array<string> = []
  readonly runner: Runner
  readonly words: Int32Array
  private readonly endOfTurn: Array<() => void> = []
  private frame = Message.emptyFrame(1, 0)
  /** How often the runner had nothing to do. */
  quiets = 0

  constructor(handler: AnyHandler, options: { concurrency?: number; tellsStarts?: boolean } = {}) {
    const { concurrency = 1, tellsStarts = false } = options
    this.words = new Int32Array(new SharedArrayBuffer(Claims.byteLength(capacity)))
    const table = new HandlerTable()
    const kind = "effect" as const
    table.add({ definition: Work[TypeId], kind, context: Context.empty(), handler: this.logged(handler) })
    const endpoint = {
      start: {
        version: Message.version,
        workerEpoch: 1,
        concurrency,
        words: this.words,
        claimCapacity: capacity,
        size: 1,
        parallelism: 1,
        level: 0,
        tellsStarts
      },
      post: (frame: Message.Frame) => this.read(frame),
      listen: () => {},
      endOfTurn: (callback: () => void) => void this.endOfTurn.push(callback),
      importModule: () => Promise.reject(new Error("no modules here")),
      close: () => {},
      quiet: () => void this.quiets++
    }
    this.runner = new Runner(endpoint, table, Context.empty(), new NestedCalls(() => {}, endpoint))
    Message.pushRoute(this.frame, 0, "Work", undefined)
    Message.pushRoute(this.frame, 1, "Missing", undefined)
  }

  private logged(handler: AnyHandler): AnyHandler {
    return (payload, context) => {
      this.log.push(`run ${payload}`)
      return handler(payload, context)
    }
  }

  /** Adds a task to the next frame. */
  task(index: number, payload: unknown, options: { route?: number; extra?: Message.Extra } = {}): this {
    const ref = this.refOf(index, Claims.offer(this.words, index))
    Message.pushRun(this.frame, false, ref, options.route ?? 0, payload, options.extra)
    return this
  }

  delivers(end: number, op: number, values: ReadonlyArray<unknown>): this {
    Message.pushDeliver(this.frame, end, op, values, undefined)
    return this
  }

  interrupt(index: number): this {
    Message.pushInterrupt(this.frame, this.refOf(index, this.ticketAt(index)), undefined)
    return this
  }

  /** Delivers the frame; the log since the last time. */
  receive(): ReadonlyArray<string> {
    const { frame } = this
    this.frame = Message.emptyFrame(1, 0)
    this.runner.receive(frame)
    return this.log.splice(0)
  }

  /** Ends the turn of the event loop; the log since the last time. */
  turn(): ReadonlyArray<string> {
    for (const callback of this.endOfTurn.splice(0)) callback()
    return this.log.splice(0)
  }

  ticketAt(index: number): number {
    return this.words[2 * index]! & ~3
  }

  private refOf(index: number, ticket: number): number {
    return Claims.refOf(capacity, index, ticket)
  }

  private read(frame: Message.Frame): void {
    const at = (ref: number) => Claims.indexOf(capacity, ref)
    const note = (text: string) => void this.log.push(`> ${text}`)
    Message.readReplies(frame, {
      ready: () => note("ready"),
      startFailed: () => note("startFailed"),
      started: (ref) => note(`started ${at(ref)}`),
      succeeded: (ref, value) => note(`succeeded ${at(ref)} ${JSON.stringify(value)}`),
      failed: (ref, [reason]) => note(`failed ${at(ref)} ${reason?.[0]}`),
      measured: () => {},
      absent: (ref) => note(`absent ${at(ref)}`),
      log: (ref, { message }) => note(`log ${ref === undefined ? "?" : at(ref)} ${message.join(" ")}`),
      stopped: () => note("stopped"),
      call: () => note("call"),
      endCall: () => note("endCall"),
      awaitCall: () => note("awaitCall"),
      redeadline: () => note("redeadline"),
      askSnapshot: () => note("askSnapshot")
    })
    this.log.push("|")
  }
}

const echo: AnyHandler = (payload) => Effect.succeed(payload)

describe("a runner with tasks in its frame", () => {
  it("posts each reply before the next task starts, so that a crash loses only the running one: G5", () => {
    assert.deepStrictEqual(new Bench(echo).task(0, "a").task(1, "b").receive(), [
      "run a",
      '> succeeded 0 "a"',
      "|",
      "run b",
      '> succeeded 1 "b"',
      "|"
    ])
  })

  it("never starts a task that the host has taken back, and sends no reply: G5, G6", () => {
    const bench = new Bench(echo).task(0, "a").task(1, "b")
    Claims.revoke(bench.words, 0, bench.ticketAt(0))
    assert.deepStrictEqual(bench.receive(), ["run b", '> succeeded 1 "b"', "|"])
  })

  it("runs at most `concurrency` handlers that wait, and goes on when one ends", () => {
    const gates = new Map<unknown, Deferred.Deferred<string>>()
    const bench = new Bench(
      (payload) => {
        const gate = Deferred.makeUnsafe<string>()
        gates.set(payload, gate)
        return Deferred.await(gate)
      },
      { concurrency: 2 }
    )
    assert.deepStrictEqual(bench.task(0, "a").task(1, "b").task(2, "c").receive(), ["run a", "run b"])
    Deferred.doneUnsafe(gates.get("b")!, Effect.succeed("done"))
    assert.deepStrictEqual(bench.turn(), ['> succeeded 1 "done"', "|", "run c"])
  })

  it("starts a task that takes a lent slot at once, and before the others: G7", () => {
    const bench = new Bench((payload) => (payload === "a" ? Effect.never : Effect.succeed(payload)))
    bench.task(0, "a").task(1, "b").receive()
    assert.deepStrictEqual(bench.task(2, "lent", { extra: { lent: true } }).receive(), [
      "run lent",
      '> succeeded 2 "lent"',
      "|"
    ])
  })

  it("fails a task that nothing here serves", () => {
    assert.deepStrictEqual(new Bench(echo).task(0, "a", { route: 1 }).receive(), ["> failed 0 Task", "|"])
  })

  it("ignores a frame of another epoch, which was meant for a replaced worker", () => {
    const bench = new Bench(echo)
    bench.runner.receive(Message.emptyFrame(2, 0))
    const frame = Message.emptyFrame(2, 0)
    Message.pushStop(frame)
    bench.runner.receive(frame)
    assert.isUndefined(Effect.runFork(bench.runner.awaitStop).pollUnsafe())
  })
})

describe("a start that has to be told", () => {
  it("is posted before the handler runs, where the caller asked for it", () => {
    assert.deepStrictEqual(new Bench(echo).task(0, "a", { extra: { announce: true } }).receive(), [
      "> started 0",
      "|",
      "run a",
      '> succeeded 0 "a"',
      "|"
    ])
  })

  it("is told for each task beside an unanswered one, if the host reads no words; the oldest is known: G5", () => {
    const bench = new Bench(() => Effect.never, { concurrency: 2, tellsStarts: true })
    assert.deepStrictEqual(bench.task(0, "a").task(1, "b").receive(), ["run a", "> started 1", "|", "run b"])
  })
})

describe("an interruption", () => {
  it("ends a waiting handler, and the reply follows the handler's finalizers: G3", () => {
    const bench: Bench = new Bench(() =>
      Effect.onInterrupt(Effect.never, () => Effect.sync(() => bench.log.push("finalizer")))
    )
    bench.task(0, "a").receive()
    assert.deepStrictEqual(bench.interrupt(0).receive(), ["finalizer", "> failed 0 Interrupt", "|"])
  })

  it("ends a task before it starts, and is acknowledged in the same way: G3", () => {
    const bench = new Bench(() => Effect.never)
    bench.task(0, "a").task(1, "b").receive()
    assert.deepStrictEqual(bench.interrupt(1).receive(), ["> failed 1 Interrupt", "|"])
  })

  it("of a task that the worker does not have is answered with its absence", () => {
    const bench = new Bench(echo)
    bench.task(0, "a").receive()
    assert.deepStrictEqual(bench.interrupt(0).receive(), ["> absent 0", "|"])
  })
})

describe("the end of a runner", () => {
  const stop = () => {
    const frame = Message.emptyFrame(1, 0)
    Message.pushStop(frame)
    return frame
  }

  it("is awaited until the host asks for it, also if the host was first", () => {
    const bench = new Bench(echo)
    const waiting = Effect.runFork(bench.runner.awaitStop)
    assert.isUndefined(waiting.pollUnsafe())
    bench.runner.receive(stop())
    assert.isDefined(waiting.pollUnsafe())
    assert.isDefined(Effect.runFork(bench.runner.awaitStop).pollUnsafe())
  })

  it("interrupts what runs, drops what has not started, and waits for the finalizers: G2, G3", () => {
    const release = Deferred.makeUnsafe<void>()
    const bench = new Bench(() => Effect.onInterrupt(Effect.never, () => Deferred.await(release)))
    bench.task(0, "a").task(1, "b").receive()
    bench.runner.receive(stop())
    const ending = Effect.runFork(bench.runner.shutdown)
    assert.isUndefined(ending.pollUnsafe())
    Deferred.doneUnsafe(release, Effect.void)
    assert.isDefined(ending.pollUnsafe())
    assert.deepStrictEqual(bench.turn(), ["> failed 0 Interrupt", "|"])
  })
})

describe("the task whose code runs", () => {
  const entry = (...message: ReadonlyArray<string>) => ({
    level: "Info",
    message,
    annotations: {},
    spans: [],
    cause: [],
    date: 0
  })

  it("is named while a handler runs, in its fibers, and where a single task is live", () => {
    const names: Array<string | undefined> = []
    const bench: Bench = new Bench(() => {
      names.push(bench.runner.currentTask())
      return Effect.andThen(
        Effect.sync(() => names.push(bench.runner.currentTask())),
        Effect.never
      )
    })
    assert.isUndefined(bench.runner.currentTask())
    bench.task(0, "a").receive()
    assert.deepStrictEqual([...names, bench.runner.currentTask()], ["Work", "Work", "Work"])
  })

  it("is the one that a log entry belongs to", () => {
    const bench: Bench = new Bench(() => {
      bench.runner.log(entry("inside"))
      return Effect.void
    })
    bench.runner.log(entry("outside"))
    assert.deepStrictEqual(bench.turn(), ["> log ? outside", "|"])
    assert.deepStrictEqual(bench.task(0, "a").receive().slice(0, 2), ["run a", "> log 0 inside"])
  })
})

describe("a task that waits for a channel", () => {
  it("leaves the worker quiet, another task does not, and an element ends both", () => {
    const token = { channel: 1, side: "receive", acknowledge: false, isExclusive: false } as const
    const bench = new Bench(
      (payload, context) =>
        Effect.callback<void>((resume) => {
          if (payload === "waits")
            (context as Job).ports!.openReceiver(token).take(1, () => resume(Effect.never))
        }),
      { concurrency: 2 }
    )
    const isQuiet = (): boolean => {
      bench.quiets = 0
      bench.receive()
      return bench.quiets > 0
    }
    bench.task(0, "waits")
    assert.isTrue(isQuiet())
    bench.task(1, "works")
    assert.isFalse(isQuiet())
    bench.interrupt(1)
    assert.isTrue(isQuiet())
    bench.delivers(1, 1, ["element"])
    assert.isFalse(isQuiet())
  })
})
