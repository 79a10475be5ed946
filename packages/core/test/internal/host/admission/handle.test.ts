import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { broadcast, fork } from "../../../../src/internal/host/admission/handle.ts"
import { Channels } from "../../../../src/internal/host/channels/Channels.ts"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import type { PoolEngine } from "../../../../src/internal/host/pool/PoolEngine.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import { PoolClosed, type Reason } from "../../../../src/TaskError.ts"
import { definitionOf, makeHolder, makeLifecycle, noServices } from "../fakes.ts"

interface Worker {
  readonly id: number
  readonly state?: string
  readonly leaving?: boolean
}

/** A pool that queues what is submitted, and can hand it to a worker that has started it. */
const setUp = (options: { readonly refusal?: Reason; readonly workers?: ReadonlyArray<Worker> } = {}) => {
  const pool = makeLifecycle()
  const { lifecycle } = pool
  let id = 0
  const workers = (options.workers ?? []).map((worker) => ({
    state: "ready",
    leaving: false,
    pinned: [] as Array<HostTask>,
    ...worker
  }))
  const submitted: Array<HostTask> = []
  const engine = {
    lifecycle,
    timers: pool.clock.timers,
    servedTasks: new ServedTasks(5),
    channels: new Channels({
      platform: {},
      guard: (answer) => answer(),
      onSettled: () => () => {},
      services: noServices
    }),
    transport: { isProcess: false },
    events: { guard: (_: unknown, f: () => void) => f() },
    fleet: { workers },
    refusal: () => options.refusal,
    isFullFor: () => false,
    callContext: { of: () => undefined },
    newTaskId: () => ++id,
    submit: (task: HostTask) => {
      submitted.push(task)
      lifecycle.admit(task)
      if (task.pin === undefined) lifecycle.queue.push(task)
      else task.pin.line.push(task)
    }
  } as unknown as PoolEngine
  const start = (task: HostTask) => {
    lifecycle.queue.remove(task)
    lifecycle.step(task, "dispatch")
    task.holder = makeHolder()
    task.lastWorker = 7
  }
  const scope = Effect.runSync(Scope.make())
  const forkOne = () => fork(engine, definitionOf("T"), 1).pipe(Scope.provide(scope))
  const forked = () => Effect.runSync(forkOne())
  return { ...pool, engine, forked, forkOne, scope, start, submitted, workers }
}

const reasonOf = (exit: Exit.Exit<any, any> | undefined): any =>
  exit?._tag === "Failure" ? (Cause.squash(exit.cause) as any).reason : undefined

const valueOf = <A>(fiber: Fiber.Fiber<A, any>): A => {
  const exit = fiber.pollUnsafe()
  assert.strictEqual(exit?._tag, "Success")
  return (exit as Exit.Success<A>).value
}

describe("a forked task", () => {
  it("tells its one outcome to all who wait, whenever they come: G1", () => {
    const { forked, lifecycle, start, submitted } = setUp()
    const handle = forked()
    const early = Effect.runFork(handle.await)
    start(submitted[0]!)
    lifecycle.onSucceeded(submitted[0]!, 42)
    assert.strictEqual(valueOf(early), 42)
    assert.strictEqual(Effect.runSync(handle.await), 42)
  })

  it("goes on where the wait for it is interrupted: G3", () => {
    const { forked, submitted } = setUp()
    const waiting = Effect.runFork(forked().await)
    waiting.interruptUnsafe()
    assert.strictEqual(submitted[0]!.state, "queued")
  })

  it("ends with its scope, which waits for that: G2, G3", () => {
    const { forked, lifecycle, scope, start, submitted } = setUp()
    forked()
    start(submitted[0]!)
    const closing = Effect.runFork(Scope.close(scope, Exit.void))
    assert.strictEqual(submitted[0]!.state, "interrupting")
    assert.isUndefined(closing.pollUnsafe())
    lifecycle.onFailed(submitted[0]!, [["Interrupt"]])
    assert.isDefined(closing.pollUnsafe())
  })

  it("leaves nothing in its scope once it has settled: S146", () => {
    const { forked, lifecycle, scope, start, submitted } = setUp()
    const finalizers = (): number => {
      const { state } = scope
      if (state._tag !== "Open") return 0
      return (state.finalizer === undefined ? 0 : 1) + (state.finalizers?.size ?? 0)
    }
    const before = finalizers()
    forked()
    assert.strictEqual(finalizers(), before + 1)
    start(submitted[0]!)
    lifecycle.onSucceeded(submitted[0]!, 1)
    assert.strictEqual(finalizers(), before)
  })

  it("is not begun in a scope that is closed: G2", () => {
    const { forkOne, scope, submitted } = setUp()
    Effect.runSync(Scope.close(scope, Exit.void))
    assert.strictEqual(reasonOf(Effect.runSyncExit(forkOne()))._tag, "PoolClosed")
    assert.deepStrictEqual(submitted, [])
  })

  it("that was refused says so to whoever waits: G1", () => {
    const { forked } = setUp({ refusal: new PoolClosed({ state: "closed" }) })
    const handle = forked()
    assert.strictEqual(reasonOf(Effect.runSyncExit(handle.await))._tag, "PoolClosed")
    assert.strictEqual(handle.id, 0)
  })

  it("is interrupted through its handle, with a receipt; once it has ended that is free: G3", () => {
    const { forked, lifecycle, start, submitted } = setUp()
    const handle = forked()
    start(submitted[0]!)
    const interrupting = Effect.runFork(handle.interrupt)
    assert.isUndefined(interrupting.pollUnsafe())
    lifecycle.onFailed(submitted[0]!, [["Interrupt"]])
    assert.deepInclude(valueOf(interrupting), { _tag: "clean", task: "T", id: 1, worker: 7 })
    assert.deepInclude(reasonOf(Effect.runSyncExit(handle.await)), { _tag: "Interrupted", by: "handle" })

    const other = setUp()
    const ended = other.forked()
    other.start(other.submitted[0]!)
    other.lifecycle.onSucceeded(other.submitted[0]!, 1)
    assert.deepStrictEqual(Effect.runSync(ended.interrupt), {
      _tag: "clean",
      task: "T",
      id: 1,
      worker: 7,
      millis: 0,
      casualties: []
    })
  })

  it("has the deadline that its handle sets, until it has settled: G4", () => {
    const { clock, forked, lifecycle, submitted } = setUp()
    const handle = forked()
    Effect.runSync(handle.setDeadline(10))
    clock.pass(10)
    assert.strictEqual(submitted[0]!.state, "settled")
    Effect.runSync(handle.setDeadline(10))
    assert.strictEqual(clock.armed(), 0)
    assert.strictEqual(lifecycle.unsettled, 0)
  })
})

describe("whoever watches a task", () => {
  it("hears its state now and every change, until they leave; a termination is a part of the interruption", () => {
    const { clock, forked, lifecycle, start, submitted } = setUp()
    const handle = forked()
    const [heard, left]: [Array<string>, Array<string>] = [[], []]
    handle.watch((status) => heard.push(status))
    const leave = handle.watch((status) => left.push(status))
    start(submitted[0]!)
    leave()
    lifecycle.end(submitted[0]!, { _tag: "Handle" })
    clock.pass(5)
    assert.strictEqual(submitted[0]!.state, "terminating")
    lifecycle.onSucceeded(submitted[0]!, 1)
    assert.deepStrictEqual(heard, ["queued", "sent", "interrupting", "interrupting", "settled"])
    assert.deepStrictEqual(left, ["queued", "sent"])
  })

  it("hears that it is settled where it is, or was never taken", () => {
    const { forked } = setUp({ refusal: new PoolClosed({ state: "closed" }) })
    const heard: Array<string> = []
    forked().watch((status) => heard.push(status))()
    assert.deepStrictEqual(heard, ["settled"])
  })
})

describe("a broadcast", () => {
  const begin = (all: ReturnType<typeof setUp>, payload: unknown = 1) =>
    Effect.runFork(broadcast(all.engine, definitionOf("T"), payload))

  it("runs once on each worker that is ready and stays, bound to it", () => {
    const all = setUp({
      workers: [{ id: 4 }, { id: 5, state: "starting" }, { id: 6, leaving: true }, { id: 7 }]
    })
    const fiber = begin(all)
    assert.deepStrictEqual(
      all.workers.map(({ pinned }) => pinned.length),
      [1, 0, 0, 1]
    )
    const [first, second] = all.submitted as [HostTask, HostTask]
    for (const [task, value] of [[second, 7] as const, [first, 4] as const]) {
      assert.isUndefined(fiber.pollUnsafe())
      all.start(task)
      all.lifecycle.onSucceeded(task, value)
    }
    assert.deepStrictEqual(valueOf(fiber), [
      { worker: 4, exit: Exit.succeed(4) },
      { worker: 7, exit: Exit.succeed(7) }
    ])
  })

  it("to nobody is done at once; to a pool that takes nothing it fails", () => {
    assert.deepStrictEqual(valueOf(begin(setUp())), [])
    const refused = setUp({ refusal: new PoolClosed({ state: "closed" }), workers: [{ id: 4 }] })
    assert.strictEqual(reasonOf(begin(refused).pollUnsafe())._tag, "PoolClosed")
  })

  it("whose payload throws for one worker still hears of the others: G1", () => {
    const all = setUp({ workers: [{ id: 4 }, { id: 5 }] })
    let reads = 0
    const payload = {
      get n() {
        if (reads++ === 0) throw new Error("not now")
        return 1
      }
    }
    const fiber = begin(all, payload)
    for (const task of all.submitted) {
      all.start(task)
      all.lifecycle.onSucceeded(task, 1)
    }
    assert.deepStrictEqual(
      valueOf(fiber).map(({ exit }) => exit._tag),
      ["Failure", "Success"]
    )
  })

  it("that is interrupted ends all of its tasks, and waits for them: G3", () => {
    const all = setUp({ workers: [{ id: 4 }, { id: 5 }] })
    const fiber = begin(all)
    const [first, second] = all.submitted as [HostTask, HostTask]
    all.start(first)
    fiber.interruptUnsafe()
    assert.deepStrictEqual([first.state, second.state], ["interrupting", "settled"])
    assert.isUndefined(fiber.pollUnsafe())
    all.lifecycle.onFailed(first, [["Interrupt"]])
    assert.isTrue(Exit.hasInterrupts(fiber.pollUnsafe()!))
  })
})
