import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import type * as Exit from "effect/Exit"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import * as losses from "../../../../src/internal/host/worker/losses.ts"
import { states } from "../../../../src/internal/machine/workerMachine.ts"
import type { Outcome, Receipt } from "../../../../src/internal/model/outcome.ts"
import type { ClaimState } from "../../../../src/protocol/claims/Claims.ts"
import { PoolClosed } from "../../../../src/TaskError.ts"
import type { WorkerExit } from "../../../../src/WorkerTransport.ts"
import { make as makeSignals } from "../../../../src/internal/host/signals.ts"
import { makeHolder, makeLifecycle, type TaskParts } from "../fakes.ts"

interface Held extends TaskParts {
  readonly claim: ClaimState
}

/** A worker that holds these tasks when it ends, and how each of them was settled. */
const setUp = (held: ReadonlyArray<Held>) => {
  const pool = makeLifecycle()
  const claims = new Map<HostTask, ClaimState>()
  const settled: Array<{
    id: number
    exit: Exit.Exit<any, any>
    outcome: Outcome
    receipt?: Receipt | undefined
  }> = []
  const quarantined: Array<number> = []
  pool.signals.tasks.quarantined.subscribe(({ id }) => quarantined.push(id))
  const worker = {
    ...makeHolder({
      claimOf: (task) => claims.get(task)!,
      release: (task) => {
        claims.delete(task)
        task.holder = undefined
      }
    }),
    held: () => [...claims.keys()],
    pinned: [] as Array<HostTask>,
    exitDetail: { worker: 7, outOfMemory: false, stderr: "", exitCode: 3 }
  }
  const send = ({ claim, ...parts }: Held, id: number): HostTask => {
    const task = pool.send(worker, {
      id,
      ...parts,
      onSettled: (exit, outcome, receipt) => settled.push({ id, exit, outcome, receipt })
    })
    claims.set(task, claim)
    return task
  }
  const tasks = held.map((one, at) => send(one, at + 1))
  const outcomes = () => settled.map(({ id, outcome }) => `${id} ${outcome}`)
  const reasonOf = (id: number): any => {
    const { exit } = settled.find((one) => one.id === id)!
    return exit._tag === "Failure" ? exit.cause.reasons.find(Cause.isFailReason)?.error.reason : undefined
  }
  const queued = () => pool.lifecycle.queue.toArray().map(({ id }) => id)
  return { ...pool, outcomes, quarantined, queued, reasonOf, send, settled, tasks, worker }
}

describe("a worker that is gone", () => {
  it("what it had not started goes on elsewhere, what it had started is lost: G5, G6", () => {
    const { lifecycle, outcomes, queued, worker } = setUp([{ claim: "claimed" }, { claim: "queued" }])
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(outcomes(), ["1 lost"])
    assert.deepStrictEqual(queued(), [2])
  })

  it("each one that is lost hears how the worker ended, in which phase, and what else ran: G9", () => {
    const { lifecycle, reasonOf, worker } = setUp([
      { claim: "claimed", name: "A" },
      { claim: "done", name: "B" },
      { claim: "queued", name: "C" }
    ])
    losses.lose(worker, lifecycle, true)
    assert.strictEqual(reasonOf(1).phase, "run")
    assert.strictEqual(reasonOf(2).phase, "reply")
    assert.strictEqual(reasonOf(1).exitCode, 3)
    assert.deepStrictEqual(reasonOf(1).running, ["A", "B"])
    assert.notStrictEqual(reasonOf(1), reasonOf(2))
  })

  it("what was moved to it is gone with it, started or not: G5", () => {
    const { lifecycle, outcomes, reasonOf, worker } = setUp([{ claim: "queued", transfer: [] }])
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(outcomes(), ["1 lost"])
    assert.strictEqual(reasonOf(1).phase, "queue")
  })

  it("what only it might run is refused, also before it was sent: G1", () => {
    const { admit, lifecycle, reasonOf, settled, worker } = setUp([])
    const task = admit({ onSettled: (exit, outcome) => settled.push({ id: 1, exit, outcome }) })
    task.bind({ line: worker.pinned })
    worker.pinned.push(task)
    losses.lose(worker, lifecycle, true)
    assert.strictEqual(settled[0]?.outcome, "rejected")
    assert.deepStrictEqual([reasonOf(1)._tag, reasonOf(1).phase], ["WorkerLost", "queue"])
    assert.deepStrictEqual(worker.pinned, [])
  })

  it("an idempotent task runs again, until three workers have ended under it; then it is quarantined with their ends: G6, G11", () => {
    const { lifecycle, quarantined, queued, reasonOf, tasks, worker } = setUp([
      { claim: "claimed", policy: { idempotent: true } }
    ])
    const [task] = tasks as [HostTask]
    const exit = worker.exitDetail
    for (const exits of [1, 2]) {
      losses.lose(worker, lifecycle, true)
      assert.deepStrictEqual(queued(), [1])
      assert.lengthOf(task.ending!.exits!, exits)
      lifecycle.queue.remove(task)
      lifecycle.step(task, "dispatch")
      task.holder = worker
      worker.held = () => (task.holder === worker ? [task] : [])
      worker.claimOf = () => "claimed"
    }
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(quarantined, [1])
    assert.strictEqual(reasonOf(1)._tag, "Quarantined")
    assert.deepStrictEqual(reasonOf(1).exits, [exit, exit, exit])
  })

  it("an end before it was started does not count against an idempotent task: G11", () => {
    const { lifecycle, queued, tasks, worker } = setUp([{ claim: "queued", policy: { idempotent: true } }])
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(queued(), [1])
    assert.isUndefined(tasks[0]!.ending?.exits)
  })

  it("a pool that takes nothing back runs nothing again: what had started is lost, the rest refused", () => {
    const { lifecycle, outcomes, reasonOf, worker } = setUp([
      { claim: "claimed", policy: { idempotent: true } },
      { claim: "queued" }
    ])
    lifecycle.takeNothingBack(new PoolClosed({ state: "closing" }))
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(outcomes(), ["1 lost", "2 rejected"])
    assert.strictEqual(reasonOf(1)._tag, "WorkerLost")
    assert.strictEqual(reasonOf(2)._tag, "PoolClosed")
  })

  it("who was to end hears whom its end has cost, and who ended the worker: G3", () => {
    for (const hasCrashed of [true, false]) {
      const { lifecycle, settled, tasks, worker } = setUp([{ claim: "claimed" }, { claim: "claimed" }])
      lifecycle.end(tasks[0]!, { _tag: "Caller" })
      losses.lose(worker, lifecycle, hasCrashed)
      const { outcome, receipt } = settled[0]!
      assert.strictEqual(outcome, "interrupted")
      assert.strictEqual(receipt?._tag, hasCrashed ? "crashed" : "forced")
      assert.deepStrictEqual(receipt?.casualties, [{ task: "T", id: 2 }])
    }
  })

  it("a caller that ends another task of the worker when it hears costs that one no second outcome: G1", () => {
    const { lifecycle, outcomes, tasks, worker } = setUp([{ claim: "claimed" }, { claim: "queued" }])
    tasks[0]!.answer(() => {
      worker.release(tasks[1]!)
      lifecycle.step(tasks[1]!, "withdraw")
    })
    losses.lose(worker, lifecycle, true)
    assert.deepStrictEqual(outcomes(), ["2 interrupted"])
  })
})

describe("a worker that cannot be ended", () => {
  it("nobody waits for it any longer: what ran is lost, what was to end is stuck: G4", () => {
    const { lifecycle, outcomes, settled, tasks, worker } = setUp([
      { claim: "claimed" },
      { claim: "claimed" }
    ])
    lifecycle.end(tasks[1]!, { _tag: "Caller" })
    losses.giveUp(worker, lifecycle)
    assert.deepStrictEqual(outcomes(), ["1 lost", "2 interrupted"])
    assert.strictEqual(settled[1]!.receipt?._tag, "stuck")
    assert.deepStrictEqual(settled[1]!.receipt?.casualties, [{ task: "T", id: 1 }])
  })
})

describe("how a worker has ended", () => {
  it("is told without what is not known, each time with a cause of its own: G9", () => {
    const worker = { id: 7, outside: { threadId: 2 } }
    const cause = new Error("gone")
    const tell = () => losses.describeExit(worker, { outOfMemory: true, stderr: "…" }, cause)
    const { cause: copy, ...rest } = tell()
    assert.deepStrictEqual(rest, { worker: 7, outOfMemory: true, stderr: "…", threadId: 2 })
    assert.strictEqual((copy as Error).message, "gone")
    assert.notStrictEqual(copy, tell().cause)
  })

  it("it ends by its own doing unless the pool has begun to end it", () => {
    assert.deepStrictEqual(
      states.filter((from) => losses.isOwnDoing(from, false)),
      ["ready", "stopping", "stopped"]
    )
    for (const from of states) assert.isTrue(losses.isOwnDoing(from, true))
  })

  const clean: WorkerExit = { outOfMemory: false, stderr: "", exitCode: 0 }
  const rows: ReadonlyArray<
    readonly [
      why: string,
      from: (typeof states)[number],
      exit: WorkerExit,
      isWell: boolean,
      stopFailed: boolean
    ]
  > = [
    ["it closed its scope and left", "stopped", clean, true, false],
    ["it left before its scope was closed", "stopping", clean, false, true],
    ["it closed its scope, and left with a code", "stopped", { ...clean, exitCode: 1 }, false, true],
    ["it closed its scope, and was killed", "stopped", { ...clean, signal: "SIGKILL" }, false, true],
    ["it closed its scope, and then threw", "stopped", { ...clean, cause: "x" }, false, true],
    ["the pool has terminated it", "terminating", { ...clean, exitCode: 1 }, true, false],
    ["nobody asked", "ready", clean, false, false]
  ]
  for (const [why, from, exit, isWell, stopFailed] of rows) {
    it(`${isWell ? "well" : "lost"}${stopFailed ? ", and its stop failed" : ""}: ${why}: G9`, () => {
      const { worker } = setUp([])
      const { workers } = makeSignals<typeof worker>()
      const told: Array<unknown> = []
      workers.ended.subscribe((_, __, wasMeant) => told.push(wasMeant))
      workers.stopFailed.subscribe((_, failure) => told.push(failure?.phase))
      losses.reportEnd(worker, from, exit, false, workers)
      assert.deepStrictEqual(told, stopFailed ? [isWell, "stop"] : [isWell])
    })
  }
})
