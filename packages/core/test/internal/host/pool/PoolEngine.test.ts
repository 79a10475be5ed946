import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import { PoolEngine } from "../../../../src/internal/host/pool/PoolEngine.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import { type PoolOptions, resolve } from "../../../../src/internal/model/options.ts"
import type { ClaimRef } from "../../../../src/protocol/claims/Claims.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import type { WorkerTransport } from "../../../../src/WorkerTransport.ts"
import { makeTask, noServices } from "../fakes.ts"

/** A pool of one worker, which answers when the test says so. */
const setUp = (options: PoolOptions = {}) => {
  const refs: Array<ClaimRef> = []
  const turns: Array<() => void> = []
  let say = (_push: (frame: Message.Frame) => void) => {}
  let exit = () => {}
  const transport: WorkerTransport["Service"] = {
    name: "fake",
    parallelism: 1,
    sharedMemory: false,
    endOfTurn: (callback) => turns.push(callback),
    spawn: (start, listener) => {
      let sequence = 0
      say = (push) => {
        const frame = Message.emptyFrame(start.workerEpoch, sequence++)
        push(frame)
        listener.onFrame(frame)
      }
      exit = () => listener.onExit({ outOfMemory: false, stderr: "", exitCode: 0 })
      return {
        post: (frame) =>
          Message.readRequests(frame, {
            run: (_, ref) => refs.push(ref),
            stop: () => {
              say(Message.pushStopped)
              exit()
            }
          }),
        drain: () => {},
        terminate: () => exit()
      }
    }
  }
  const settings = { ...resolve({ size: 1, ...options }, 1), level: 0, parallelism: 1 }
  const engine = new PoolEngine(settings, transport, Context.empty(), noServices)
  const told: Array<string> = []
  const submit = (id: number, parent?: HostTask) => {
    const task = makeTask(
      { id, onSettled: (_, outcome) => told.push(`${id} ${outcome}`) },
      engine.servedTasks
    )
    if (parent !== undefined) Family.adopt(parent, task, true)
    engine.submit(task)
    return task
  }
  const ready = () => say((frame) => Message.pushReady(frame, ["T"]))
  /** The worker answers what it was sent first. */
  const answer = () => {
    for (const turn of turns.splice(0)) turn()
    const ref = refs.shift()!
    say((frame) => Message.pushSucceeded(frame, ref, 1))
  }
  engine.fleet.start()
  /** Closes the pool while its worker still runs something: that one ends at once. */
  const end = () => {
    engine.close()
    exit()
    assert.strictEqual(engine.state, "closed")
  }
  return { answer, end, engine, exit: () => exit(), ready, submit, told }
}

const tagOf = (reason: { readonly _tag: string } | undefined) => reason?._tag

describe("admission", () => {
  it("to a worker that is free, else into the queue, else by the policy at the bound: G7", () => {
    const { end, engine, ready, submit, told } = setUp({ queue: { capacity: 1, strategy: "suspend" } })
    ready()
    const [first, second, third] = [submit(1), submit(2), submit(3)]
    assert.deepStrictEqual([first.state, second.state, third.state], ["sent", "queued", "waiting"])
    assert.deepStrictEqual([engine.lifecycle.queue.length, told], [1, []])
    end()
  })

  it("a full queue that rejects refuses the new task, one that sheds the oldest: G7", () => {
    for (const [strategy, refused] of [
      ["reject", "3 rejected"],
      ["shed-oldest", "2 rejected"]
    ] as const) {
      const { end, ready, submit, told } = setUp({ queue: { capacity: 1, strategy } })
      ready()
      for (const id of [1, 2, 3]) submit(id)
      assert.deepStrictEqual(told, [refused])
      end()
    }
  })

  it("a task that a task has called is never refused for a full queue, and takes no place there: S145", () => {
    const { end, engine, ready, submit, told } = setUp({ queue: { capacity: 0, strategy: "reject" } })
    ready()
    const parent = submit(1)
    assert.strictEqual(submit(2, parent).state, "queued")
    assert.strictEqual(engine.lifecycle.queue.length, 0)
    assert.deepStrictEqual(told, [])
    end()
  })

  it("a full pool says so before a payload moves: G10", () => {
    const { end, engine, ready, submit } = setUp({ queue: { capacity: 0, strategy: "reject" } })
    ready()
    const task = makeTask({ id: 9 }, engine.servedTasks)
    assert.isFalse(engine.isFullFor(task))
    submit(1)
    assert.isTrue(engine.isFullFor(task))
    end()
  })

  it("refuses what no worker serves, once the first one has said what it serves: G10", () => {
    const { engine, ready } = setUp()
    const named = (name: string) => engine.refusal({ name, module: undefined })
    assert.isUndefined(named("U"))
    ready()
    assert.isUndefined(named("T"))
    assert.strictEqual(tagOf(named("U")), "UnknownTask")
    assert.isUndefined(engine.refusal({ name: "U", module: { url: "file:///a.js", name: "U" } }))
    engine.close()
  })
})

describe("closing", () => {
  const definition = { name: "T", module: undefined }

  it("refuses what waits and interrupts what runs: G2", () => {
    const { answer, engine, ready, submit, told } = setUp({ onClose: "interrupt" })
    ready()
    const running = submit(1)
    submit(2)
    engine.close()
    assert.deepStrictEqual([engine.state, running.state, told], ["closing", "interrupting", ["2 rejected"]])
    answer()
    assert.deepStrictEqual([engine.state, told], ["closed", ["2 rejected", "1 succeeded"]])
  })

  it("by draining finishes all that was taken, and takes nothing but what that calls: G2", () => {
    const { answer, engine, ready, submit, told } = setUp({ onClose: "drain" })
    ready()
    submit(1)
    submit(2)
    engine.close()
    assert.strictEqual(engine.state, "draining")
    assert.strictEqual(tagOf(engine.refusal(definition)), "PoolClosed")
    assert.isUndefined(engine.refusal(definition, true))
    answer()
    assert.deepStrictEqual(told, ["1 succeeded"])
    answer()
    assert.deepStrictEqual([engine.state, told], ["closed", ["1 succeeded", "2 succeeded"]])
  })

  it("by finishing lets what runs finish, and refuses what does not: G2", () => {
    const { answer, engine, ready, submit, told } = setUp({ onClose: "finish" })
    ready()
    const running = submit(1)
    submit(2)
    engine.close()
    assert.deepStrictEqual([engine.state, running.state, told], ["draining", "sent", ["2 rejected"]])
    answer()
    assert.deepStrictEqual([engine.state, told], ["closed", ["2 rejected", "1 succeeded"]])
  })

  it("of a pool where nothing is open is the same by any policy", () => {
    for (const onClose of ["interrupt", "drain", "finish"] as const) {
      const { engine, ready } = setUp({ onClose })
      ready()
      engine.close()
      assert.strictEqual(engine.state, "closed")
    }
  })

  it("is heard by those who wait for a change of the state, once each, unless they leave", () => {
    const { engine, ready } = setUp()
    const heard: Array<string> = []
    engine.whenStateChanges(() => heard.push(engine.state))
    engine.whenStateChanges(() => heard.push("left"))()
    ready()
    engine.close()
    assert.deepStrictEqual(heard, ["open"])
  })
})

describe("a pool whose workers cannot start", () => {
  it("fails with the reason, and so does each task that waits or comes, with one of its own: G9, G11", () => {
    const { engine, exit, submit, told } = setUp()
    submit(1)
    exit()
    assert.strictEqual(engine.state, "failed")
    assert.deepStrictEqual(told, ["1 rejected"])
    const refusal = () => engine.refusal({ name: "T", module: undefined })
    assert.strictEqual(tagOf(refusal()), "SpawnFailed")
    assert.notStrictEqual(refusal(), refusal())
    engine.close()
  })
})
