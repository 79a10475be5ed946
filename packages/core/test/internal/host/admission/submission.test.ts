import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { begin, cancel, setDeadline, submit } from "../../../../src/internal/host/admission/submission.ts"
import { Channels } from "../../../../src/internal/host/channels/Channels.ts"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import type { PoolEngine } from "../../../../src/internal/host/pool/PoolEngine.ts"
import { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import type { RunOptions } from "../../../../src/internal/model/options.ts"
import { InvalidOption } from "../../../../src/InvalidOption.ts"
import { PoolClosed, type Reason } from "../../../../src/TaskError.ts"
import { definitionOf, makeHolder, makeLifecycle, noServices } from "../fakes.ts"

const fiber = { cache: {} } as never

/** A pool that queues what is submitted. */
const setUp = (refusal?: Reason) => {
  const pool = makeLifecycle()
  const { clock, lifecycle } = pool
  let id = 0
  const announced: Array<boolean> = []
  const engine = {
    lifecycle,
    timers: clock.timers,
    servedTasks: new ServedTasks(5),
    channels: new Channels({
      platform: {},
      guard: (answer) => answer(),
      onSettled: () => () => {},
      services: noServices
    }),
    transport: { isProcess: false },
    refusal: () => refusal,
    isFullFor: () => false,
    callContext: {
      of: (_: unknown, announce: boolean) => {
        announced.push(announce)
        return undefined
      }
    },
    newTaskId: () => ++id,
    submit: (task: HostTask) => {
      lifecycle.admit(task)
      lifecycle.queue.push(task)
    }
  } as unknown as PoolEngine
  const exits: Array<Exit.Exit<any, any>> = []
  const call = (payload: unknown, options?: RunOptions, items?: number) =>
    submit(engine, definitionOf("T"), payload, items, options, fiber, (exit) => exits.push(exit))
  /** The same, where it is taken. */
  const take = (payload: unknown, options?: RunOptions) => call(payload, options) as HostTask
  return { ...pool, announced, call, engine, exits, take }
}

const reasonOf = (exit: unknown): any =>
  (Cause.squash((exit as Exit.Failure<never, unknown>).cause) as any).reason

describe("a call that is taken", () => {
  it("is a task in the pool, with the payload as it was when the call was made: G10", () => {
    const { lifecycle, take } = setUp()
    const payload = { n: 1 }
    const task = take(payload)
    payload.n = 2
    assert.deepStrictEqual(task.payload, { n: 1 })
    assert.strictEqual(lifecycle.queue.peek(), task)
  })

  it("without options shares the limits of its task, and arms none: most calls have none", () => {
    const { clock, take } = setUp()
    const task = take(1)
    assert.strictEqual(task.callLimits, task.served.callLimits)
    assert.strictEqual(clock.armed(), 0)
  })

  it("has the limits that its options name, and those of its task otherwise", () => {
    const { announced, take } = setUp()
    const task = take(1, { priority: 3, timeout: 7, onInterrupt: "abandon" })
    assert.deepStrictEqual(task.callLimits, {
      ...task.served.callLimits,
      priority: 3,
      runLimit: 7,
      onInterrupt: "abandon"
    })
    assert.deepStrictEqual(announced, [true], "its start is announced")
  })

  it("is ended by the limits that its options name: G4", () => {
    for (const options of [{ queueTimeout: 9 }, { deadline: 9 }]) {
      const { clock, exits, take } = setUp()
      take(1, options)
      clock.pass(8)
      assert.deepStrictEqual(exits, [])
      clock.pass(1)
      assert.strictEqual(reasonOf(exits[0])._tag, "DeadlineExceeded")
    }
  })

  it("has the deadline that was set last", () => {
    const { clock, engine, exits, take } = setUp()
    setDeadline(engine, take(1, { deadline: 5 }), 20)
    clock.pass(5)
    assert.deepStrictEqual(exits, [])
    clock.pass(15)
    assert.lengthOf(exits, 1)
  })

  it("is ended by its signal, with the reason of the abort: S221", () => {
    const { exits, take } = setUp()
    const controller = new AbortController()
    take(1, { signal: controller.signal })
    controller.abort(new Error("enough"))
    assert.deepInclude(reasonOf(exits[0]), { _tag: "Interrupted", by: "signal" })
    assert.strictEqual(reasonOf(exits[0]).cause.message, "enough")
  })

  it("leaves no listener at its signal: S041", () => {
    const { lifecycle, take } = setUp()
    const listeners = new Set<unknown>()
    const signal = {
      aborted: false,
      addEventListener: (_: string, f: unknown) => listeners.add(f),
      removeEventListener: (_: string, f: unknown) => listeners.delete(f)
    } as unknown as AbortSignal
    const task = take(1, { signal })
    assert.strictEqual(listeners.size, 1)
    lifecycle.end(task, { _tag: "Caller" })
    assert.strictEqual(listeners.size, 0)
  })
})

describe("a call that is not taken", () => {
  it("is an exit at once, and counted with all its items: G1", () => {
    const { call, lifecycle } = setUp(new PoolClosed({ state: "closed" }))
    const exit = call([1, 2], undefined, 2)
    assert.notInstanceOf(exit, HostTask)
    assert.strictEqual(reasonOf(exit)._tag, "PoolClosed")
    assert.deepInclude(lifecycle.counts, { submitted: 2, rejected: 2 })
    assert.strictEqual(lifecycle.unsettled, 0)
  })

  it("where its signal was aborted before, is interrupted and not refused: no worker would have been asked", () => {
    const { call, lifecycle } = setUp(new PoolClosed({ state: "closed" }))
    const exit = call(1, { signal: AbortSignal.abort("early") })
    assert.deepInclude(reasonOf(exit), { _tag: "Interrupted", by: "signal", cause: "early" })
    assert.deepInclude(lifecycle.counts, { interrupted: 1, rejected: 0 })
  })

  it("since its payload cannot be cloned, takes no place: G7, G10", () => {
    const { call, lifecycle } = setUp()
    assert.deepInclude(reasonOf(call({ f: () => {} })), { _tag: "NotSerializable", path: "$.f" })
    assert.strictEqual(lifecycle.queue.length, 0)
    assert.strictEqual(lifecycle.counts.rejected, 1)
  })

  it("with an option that is none is a mistake in the program, and is not counted", () => {
    const { call, lifecycle } = setUp()
    assert.throws(() => call(1, { priority: 1000 }), InvalidOption)
    assert.throws(() => call(1, { timeOut: 5 } as RunOptions), InvalidOption)
    assert.strictEqual(lifecycle.counts.submitted, 0)
  })

  it("where it needs a process and the workers are none, is a mistake in the program", () => {
    const { engine } = setUp()
    const definition = definitionOf("T", { needsProcess: true })
    assert.throws(() => submit(engine, definition, 1, undefined, undefined, fiber, () => {}), InvalidOption)
  })
})

describe("the interruption of a caller", () => {
  it("ends the task and waits for its end: G3", () => {
    const { engine, lifecycle, send } = setUp()
    const task = send(makeHolder())
    const waiting = Effect.runFork(cancel(engine, task))
    assert.strictEqual(task.state, "interrupting")
    assert.isUndefined(waiting.pollUnsafe())
    lifecycle.onFailed(task, [["Interrupt"]])
    assert.deepStrictEqual(waiting.pollUnsafe(), Exit.void)
  })

  it("of a task that has ended already is free", () => {
    const { engine, lifecycle, take } = setUp()
    const task = take(1)
    lifecycle.end(task, { _tag: "Handle" })
    assert.deepStrictEqual(Effect.runSyncExit(cancel(engine, task)), Exit.void)
  })

  it("hears of what a finalizer died of, and of no failure of the task: G9", () => {
    for (const [data, heard] of [
      [[["Interrupt"], ["Die", { _tag: "Value", value: "clean-up" }]], Exit.die("clean-up")],
      [[["Fail", "no"]], Exit.void]
    ] as const) {
      const { engine, lifecycle, send } = setUp()
      const task = send(makeHolder())
      const waiting = Effect.runFork(cancel(engine, task))
      lifecycle.onFailed(task, data)
      assert.deepStrictEqual(waiting.pollUnsafe(), heard)
    }
  })

  it("hears of no other reason that came first, a limit say: G9", () => {
    const { engine, lifecycle, send } = setUp()
    const task = send(makeHolder())
    lifecycle.expire(task, "deadline", 5)
    const waiting = Effect.runFork(cancel(engine, task))
    lifecycle.onFailed(task, [["Interrupt"]])
    assert.deepStrictEqual(waiting.pollUnsafe(), Exit.void)
  })

  it("is what a call that waits in its caller's fiber does when that is interrupted: G3", () => {
    const { engine, lifecycle } = setUp()
    const waiting = Effect.runFork(
      Effect.callback<any, any>((resume) => begin(engine, definitionOf("T"), 1, undefined, resume))
    )
    assert.strictEqual(lifecycle.queue.length, 1)
    waiting.interruptUnsafe()
    assert.strictEqual(lifecycle.queue.length, 0)
    assert.deepInclude(lifecycle.counts, { interrupted: 1 })
    assert.isTrue(Exit.hasInterrupts(waiting.pollUnsafe()!))
  })
})
