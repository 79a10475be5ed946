import { assert, describe, it } from "@effect/vitest"
import { Channels } from "../../../../src/internal/host/channels/Channels.ts"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import { type PoolOptions, resolve } from "../../../../src/internal/model/options.ts"
import * as Claims from "../../../../src/protocol/claims/Claims.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import type { WorkerListener } from "../../../../src/WorkerTransport.ts"
import { makeLifecycle, noServices, type TaskParts } from "../fakes.ts"

/** A worker that says what the test lets it say, and all that is told of it. */
const setUp = (options: PoolOptions = {}, spawn: "spawns" | "throws" = "spawns") => {
  const pool = makeLifecycle()
  const { clock, lifecycle, signals } = pool
  const { workers } = signals
  const told: Array<string> = []
  workers.ready.subscribe(() => told.push("ready"))
  workers.startFailed.subscribe((_, phase) => told.push(`start failed: ${phase}`))
  workers.terminating.subscribe((_, why) => told.push(`terminating: ${why}`))
  workers.violated.subscribe((_, detail) => told.push(`violated: ${detail}`))
  workers.stuck.subscribe(() => told.push("stuck"))
  workers.gone.subscribe((_, kind) => told.push(`gone: ${kind}`))
  workers.worn.subscribe(() => told.push("worn"))
  let listener: WorkerListener | undefined
  let words: Claims.Words
  let sequence = 0
  const settings = { ...resolve({ size: 1, grace: 10, ...options }, 1), level: 0, parallelism: 1 }
  const servedTasks = new ServedTasks(10)
  const worker = new HostWorker(
    {
      settings,
      lifecycle,
      signals,
      servedTasks,
      channels: new Channels({
        platform: {},
        guard: (answer) => answer(),
        onSettled: () => () => {},
        services: noServices
      }),
      timers: clock.timers,
      transport: {
        name: "fake",
        parallelism: 1,
        sharedMemory: true,
        endOfTurn: () => {},
        spawn: (start, hears) => {
          if (spawn === "throws") throw new Error("no threads left")
          listener = hears
          words = start.words!
          return {
            post: (frame) => Message.readRequests(frame, { stop: () => told.push("asked to stop") }),
            drain: () => {},
            terminate: () => told.push("terminated")
          }
        }
      },
      admission: {} as never,
      dispatcher: { cork: () => {}, uncork: () => {}, schedule: (one) => one.flush() }
    },
    4
  )
  const say = (push: (frame: Message.Frame) => void) => {
    const frame = Message.emptyFrame(4, sequence++)
    push(frame)
    listener!.onFrame(frame)
  }
  const ready = () => say((frame) => Message.pushReady(frame, ["T"]))
  const exit = (exitCode = 0) => listener!.onExit({ outOfMemory: false, stderr: "", exitCode })
  /** Sends a task, which the worker starts. */
  const send = (parts: TaskParts = {}, isStarted = true): HostTask => {
    const task = pool.admit({ limits: { grace: 10 }, ...parts }, servedTasks)
    lifecycle.step(task, "dispatch")
    worker.send(task)
    if (isStarted) Claims.claim(words, task.index, task.ticket)
    return task
  }
  const answer = (task: HostTask) => say((frame) => Message.pushSucceeded(frame, task.ref, 1))
  worker.start()
  /** What was told since the last look. */
  const since = () => told.splice(0)
  return { ...pool, answer, exit, listener: () => listener!, ready, say, send, since, worker }
}

/** One that is ready. */
const ready = (options: PoolOptions = {}) => {
  const all = setUp(options)
  all.ready()
  all.since()
  return all
}

describe("a worker that starts", () => {
  it("serves once it says that it is ready", () => {
    const { ready: say, since, worker } = setUp()
    assert.isFalse(worker.accepts)
    say()
    assert.deepStrictEqual(since(), ["ready"])
    assert.isTrue(worker.accepts)
    assert.deepStrictEqual(worker.names, ["T"])
  })

  it("that takes too long, exits, says nonsense or cannot be spawned has failed, each with its phase: G4, G11", () => {
    const late = setUp({ startTimeout: 50 })
    late.clock.pass(50)
    assert.deepStrictEqual(late.since(), ["terminating: startTimeout", "start failed: ready", "terminated"])
    const gone = setUp()
    gone.exit(1)
    assert.deepStrictEqual(gone.since(), ["start failed: import", "gone: start"])
    const wild = setUp()
    wild.listener().onFrame("nonsense")
    assert.deepStrictEqual(wild.since().slice(1), ["start failed: import", "terminated"])
    assert.deepStrictEqual(setUp({}, "throws").since(), ["start failed: spawn", "gone: start"])
  })

  it("that is ready in time is not late afterwards", () => {
    const { clock, since } = ready({ startTimeout: 50 })
    clock.pass(50)
    assert.deepStrictEqual(since(), [])
  })
})

describe("a worker that breaks the protocol", () => {
  it("is ended, and nothing that it says counts any more: S037", () => {
    const { answer, clock, listener, send, since, worker } = ready()
    const task = send()
    listener().onFrame("nonsense")
    assert.strictEqual(worker.state, "terminating")
    assert.match(since()[0]!, /^violated: /)
    answer(task)
    assert.strictEqual(task.state, "sent")
    assert.strictEqual(clock.armed(), 1, "it has so long to end")
  })
})

describe("a worker whose task does not end", () => {
  it("is ended after the grace of that task: G4", () => {
    const { clock, lifecycle, send, since, worker } = ready()
    lifecycle.end(send(), { _tag: "Caller" })
    clock.pass(9)
    assert.strictEqual(worker.state, "ready")
    clock.pass(1)
    assert.deepStrictEqual(since(), ["terminating: grace", "terminated"])
  })

  it("gives co-runners one grace more, takes nothing meanwhile, and ends when they have: G5", () => {
    const { answer, clock, lifecycle, send, since, worker } = ready({ concurrency: 2 })
    const [overdue, other] = [send({ id: 1 }), send({ id: 2 })]
    lifecycle.end(overdue, { _tag: "Caller" })
    clock.pass(10)
    assert.deepStrictEqual([since(), worker.accepts], [[], false])
    answer(other)
    assert.deepStrictEqual(since(), ["terminating: grace", "terminated"])
  })

  it("is ended with its co-runners when that grace has passed as well: G4, G5", () => {
    const { clock, lifecycle, send, since } = ready({ concurrency: 2 })
    const overdue = send({ id: 1 })
    send({ id: 2 })
    lifecycle.end(overdue, { _tag: "Caller" })
    clock.pass(10)
    clock.pass(10)
    assert.deepStrictEqual(since(), ["terminating: grace", "terminated"])
  })

  it("stays where that task ends after all: G5", () => {
    const { answer, clock, lifecycle, send, since, worker } = ready({ concurrency: 2 })
    const overdue = send({ id: 1 })
    send({ id: 2 })
    lifecycle.end(overdue, { _tag: "Caller" })
    clock.pass(10)
    answer(overdue)
    clock.pass(10)
    assert.deepStrictEqual([since(), worker.accepts], [[], true])
  })

  it("is stuck where it cannot be ended: G4", () => {
    const { clock, exit, send, since, worker } = ready({ terminateTimeout: 20 })
    const task = send()
    worker.terminate("closing")
    clock.pass(20)
    assert.include(since(), "stuck")
    assert.strictEqual(task.state, "settled")
    exit()
    assert.strictEqual(worker.state, "gone")
  })
})

describe("a worker that starts nothing", () => {
  it("is ended when a task is taken back from it, if it has been silent for a grace and runs nothing: G4", () => {
    const { clock, lifecycle, send, since } = ready()
    lifecycle.end(send({}, false), { _tag: "Caller" })
    assert.deepStrictEqual(since(), [])
    const task = send({}, false)
    clock.pass(10)
    lifecycle.end(task, { _tag: "Caller" })
    assert.include(since(), "terminating: silent")
  })

  it("is left alone while it runs a task, however long that takes: G5", () => {
    const { clock, lifecycle, send, since } = ready()
    send({ id: 1 })
    const ahead = send({ id: 2 }, false)
    clock.pass(10)
    lifecycle.end(ahead, { _tag: "Caller" })
    assert.deepStrictEqual(since(), [])
  })
})

describe("a worker that is to leave", () => {
  it("finishes what it has, takes nothing more, and is asked to stop then: G1", () => {
    const { answer, exit, say, send, since, worker } = ready()
    const task = send()
    worker.leave()
    assert.deepStrictEqual([since(), worker.accepts, worker.serves], [[], false, true])
    answer(task)
    assert.deepStrictEqual(since(), ["asked to stop"])
    say(Message.pushStopped)
    exit()
    assert.deepStrictEqual(since(), ["gone: stopped"])
  })

  it("may stay as long as it was not asked, unless it has answered as many as it may: G11", () => {
    const { answer, send, since, worker } = ready({ recycle: { tasks: 2 } })
    const [first, second] = [send({ id: 1 }), send({ id: 2 })]
    assert.isFalse(worker.accepts, "it holds all that it may answer")
    worker.leave()
    worker.stay()
    assert.isFalse(worker.leaving)
    answer(first)
    answer(second)
    assert.deepStrictEqual(since(), ["worn"])
    worker.leaving = true
    worker.stay()
    assert.isTrue(worker.leaving)
  })
})

describe("a worker that ends by itself", () => {
  it("has crashed under tasks, else it died idle; what it had not started goes back to the queue: G5, G11", () => {
    const { exit, lifecycle, send, since } = ready()
    const [running, ahead] = [send({ id: 1 }), send({ id: 2 }, false)]
    exit(1)
    assert.deepStrictEqual(since(), ["gone: crashed"])
    assert.deepStrictEqual([running.state, ahead.state], ["settled", "queued"])
    assert.strictEqual(lifecycle.queue.length, 1)
    const idle = ready()
    idle.exit(1)
    assert.deepStrictEqual(idle.since(), ["gone: idle"])
    assert.strictEqual(idle.clock.armed(), 0)
  })
})
