import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import type { Why } from "../../../../src/internal/host/tasks/HostTask.ts"
import * as outcomes from "../../../../src/internal/host/tasks/outcomes.ts"
import {
  DeadlineExceeded,
  Interrupted,
  PoolClosed,
  Shed,
  TaskError,
  WorkerLost
} from "../../../../src/TaskError.ts"
import { makeTask } from "../fakes.ts"

const taskFor = (why?: Why) => {
  const task = makeTask()
  if (why !== undefined) task.endFor(why, 0)
  return task
}

/** An exit in short: its value, or its reasons; a machinery error by its reason. */
const show = (exit: Exit.Exit<any, any>): unknown =>
  exit._tag === "Success"
    ? exit.value
    : exit.cause.reasons.map((reason) => {
        if (reason._tag === "Interrupt") return "interrupt"
        if (reason._tag === "Die") return `die ${String(reason.defect)}`
        return reason.error instanceof TaskError ? reason.error.reason._tag : `fail ${reason.error}`
      })

const showAll = ({ exit, outcome, receipt }: outcomes.Settlement) => [show(exit), outcome, receipt?._tag]

const interrupted = Exit.interrupt()
const cleanUpDied = Exit.failCause(
  Cause.fromReasons([Cause.makeInterruptReason(), Cause.makeDieReason("clean-up")])
)

const whys = {
  Caller: { _tag: "Caller" },
  Sibling: { _tag: "Sibling" },
  Parent: { _tag: "Parent" },
  Handle: { _tag: "Handle" },
  Signal: { _tag: "Signal", reason: undefined },
  PoolClosing: { _tag: "PoolClosing" },
  Deadline: { _tag: "Deadline", limit: 10, phase: "run" },
  Refused: { _tag: "Refused", reason: new Shed({ capacity: 1 }) }
} satisfies Record<Why["_tag"], Why>

type Row = readonly [expected: unknown, outcome: string, receipt: string | undefined]
type Table = ReadonlyArray<readonly [why: keyof typeof whys | undefined, exit: Exit.Exit<any, any>, row: Row]>

describe("a reply", () => {
  const rows: Table = [
    [undefined, Exit.succeed(1), [1, "succeeded", undefined]],
    [undefined, Exit.fail("no"), [["fail no"], "failed", undefined]],
    [undefined, Exit.die("bug"), [["die bug"], "died", undefined]],
    // Only an interruption that the caller asked for is interruption.
    [undefined, interrupted, [["Interrupted"], "interrupted", undefined]],
    [undefined, cleanUpDied, [["Interrupted", "die clean-up"], "interrupted", undefined]],
    ["Caller", Exit.succeed(1), [undefined, "interrupted", "clean"]],
    ["Caller", Exit.fail("no"), [undefined, "interrupted", "clean"]],
    ["Caller", interrupted, [undefined, "interrupted", "clean"]],
    ["Caller", cleanUpDied, [["die clean-up"], "interrupted", "clean"]],
    ["Parent", Exit.succeed(1), [undefined, "interrupted", "clean"]],
    ["Sibling", interrupted, [undefined, "interrupted", "clean"]],
    ["Sibling", cleanUpDied, [["die clean-up"], "interrupted", "clean"]],
    // It had failed by itself in the same turn.
    ["Sibling", Exit.fail("no"), [["fail no"], "failed", "clean"]],
    ["Deadline", Exit.succeed(1), [["DeadlineExceeded"], "interrupted", "clean"]],
    ["Deadline", cleanUpDied, [["DeadlineExceeded", "die clean-up"], "interrupted", "clean"]],
    // It had ended by itself before it heard of the interruption.
    ["Handle", Exit.succeed(1), [1, "succeeded", "clean"]],
    ["Handle", Exit.fail("no"), [["fail no"], "failed", "clean"]],
    ["Handle", interrupted, [["Interrupted"], "interrupted", "clean"]],
    ["Signal", interrupted, [["Interrupted"], "interrupted", "clean"]],
    ["PoolClosing", interrupted, [["Interrupted"], "interrupted", "clean"]],
    ["PoolClosing", cleanUpDied, [["Interrupted", "die clean-up"], "interrupted", "clean"]]
  ]
  for (const [why, reply, expected] of rows) {
    const ended = why === undefined ? "a task that ends by itself" : `a task that is ended (${why})`
    it(`${ended} and says ${JSON.stringify(show(reply))}: ${JSON.stringify(expected[0] ?? "nothing")}, ${expected[1]}: G9`, () => {
      const task = taskFor(why === undefined ? undefined : whys[why])
      assert.deepStrictEqual(showAll(outcomes.fromReply(task, reply, 3)), [...expected])
    })
  }

  it("a failure that a handler was interrupted with is the failure alone: G9", () => {
    const reply = Exit.failCause(Cause.fromReasons([Cause.makeInterruptReason(), Cause.makeFailReason("no")]))
    assert.deepStrictEqual(showAll(outcomes.fromReply(taskFor(), reply, 0)), [
      ["fail no"],
      "failed",
      undefined
    ])
  })

  it("the receipt says where the task ran, and how long its end took: G3", () => {
    const task = taskFor(whys.Caller)
    task.lastWorker = 7
    const { receipt } = outcomes.fromReply(task, Exit.void, 3)
    assert.deepStrictEqual(receipt, { _tag: "clean", task: "T", id: 1, worker: 7, millis: 3, casualties: [] })
  })
})

describe("an end without a reply", () => {
  const rows: ReadonlyArray<
    readonly [why: keyof typeof whys, how: "unstarted" | "forced" | "stuck", row: Row]
  > = [
    ["Caller", "unstarted", [undefined, "interrupted", "unstarted"]],
    ["Sibling", "forced", [undefined, "interrupted", "forced"]],
    ["Parent", "stuck", [undefined, "interrupted", "stuck"]],
    ["Handle", "unstarted", [["Interrupted"], "interrupted", "unstarted"]],
    ["Signal", "unstarted", [["Interrupted"], "interrupted", "unstarted"]],
    ["Deadline", "unstarted", [["DeadlineExceeded"], "rejected", "unstarted"]],
    ["Deadline", "forced", [["DeadlineExceeded"], "interrupted", "forced"]],
    // One that never ran hears that the pool was closed; one that ran, that the pool has interrupted it.
    ["PoolClosing", "unstarted", [["PoolClosed"], "rejected", "unstarted"]],
    ["PoolClosing", "forced", [["Interrupted"], "interrupted", "forced"]],
    ["Refused", "unstarted", [["Shed"], "rejected", undefined]]
  ]
  for (const [why, how, expected] of rows) {
    it(`${how}, by ${why}: ${JSON.stringify(expected[0] ?? "nothing")}, ${expected[1]}: G3`, () => {
      assert.deepStrictEqual(showAll(outcomes.fromWhy(taskFor(whys[why]), how, 0)), [...expected])
    })
  }

  const exit = { worker: 7, outOfMemory: false, stderr: "", exitCode: 3 }

  it("a worker that ended by itself within the grace was not ended by the pool, and the receipt says how it ended: G3", () => {
    const task = taskFor(whys.Caller)
    task.crashed(exit)
    const { receipt } = outcomes.fromWhy(task, "forced", 0)
    assert.deepInclude(receipt, { _tag: "crashed", exit })
  })

  it("who gets no receipt hears of that end in its error: G3", () => {
    for (const why of [whys.Handle, whys.Signal, whys.Deadline, whys.PoolClosing]) {
      const task = taskFor(why)
      task.crashed(exit)
      const { exit: made } = outcomes.fromWhy(task, "forced", 0)
      const error = Cause.squash((made as Exit.Failure<never, TaskError>).cause) as any
      assert.deepStrictEqual(error.reason.crash, exit)
    }
  })

  it("a reason that is told to many is each caller's own: G9", () => {
    const reason = new PoolClosed({ state: "closing" })
    const reasonOf = () => {
      const { exit: made } = outcomes.fromWhy(taskFor({ _tag: "Refused", reason }), "unstarted", 0)
      return (Cause.squash((made as Exit.Failure<never, TaskError>).cause) as any).reason
    }
    assert.deepStrictEqual(reasonOf(), reason)
    assert.notStrictEqual(reasonOf(), reason)
    assert.notStrictEqual(reasonOf(), reasonOf())
  })
})

describe("the loss of a worker", () => {
  const loss = new WorkerLost({ worker: 7, outOfMemory: false, stderr: "", phase: "run", running: [] })

  it("is the outcome of a task that nobody had ended: G1", () => {
    assert.deepStrictEqual(showAll(outcomes.fromLoss(taskFor(), loss, 0)), [
      ["WorkerLost"],
      "lost",
      undefined
    ])
  })

  it("is nothing to a caller that has left, and an error to any other: G3", () => {
    for (const why of [whys.Caller, whys.Sibling, whys.Parent])
      assert.deepStrictEqual(showAll(outcomes.fromLoss(taskFor(why), loss, 0)), [undefined, "lost", "clean"])
    assert.deepStrictEqual(showAll(outcomes.fromLoss(taskFor(whys.Handle), loss, 0)), [
      ["WorkerLost"],
      "lost",
      "clean"
    ])
  })
})

describe("the outcome that an exit counts as", () => {
  const error = (reason: any, nested?: true) =>
    Exit.fail(new TaskError(nested === undefined ? { task: "T", reason } : { task: "T", nested, reason }))
  const lost = new WorkerLost({ worker: 7, outOfMemory: false, stderr: "", phase: "run", running: [] })
  const rows: ReadonlyArray<readonly [what: string, exit: Exit.Exit<any, any>, outcome: string]> = [
    ["a value", Exit.void, "succeeded"],
    ["a failure", Exit.fail(1), "failed"],
    ["a defect", Exit.die(1), "died"],
    ["an interruption", interrupted, "interrupted"],
    [
      "a failure beside a defect",
      Exit.failCause(Cause.fromReasons([Cause.makeDieReason(1), Cause.makeFailReason(2)])),
      "failed"
    ],
    [
      "an interruption that a limit has caused",
      error(new DeadlineExceeded({ phase: "run", limit: 1 })),
      "interrupted"
    ],
    ["an interruption by a handle", error(new Interrupted({ by: "handle" })), "interrupted"],
    ["a lost worker", error(lost), "lost"],
    ["a task that never ran", error(new PoolClosed({ state: "closed" })), "rejected"],
    ["such an error of a task that it had called", error(lost, true), "failed"]
  ]
  for (const [what, exit, outcome] of rows) {
    it(`${what}: ${outcome}`, () => assert.strictEqual(outcomes.outcomeOf(exit), outcome))
  }
})
