import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { failWith, ownReason } from "../src/internal/host/tasks/outcomes.ts"
import { lost } from "../src/internal/host/worker/losses.ts"
import * as SupervisorError from "../src/SupervisorError.ts"
import * as TaskError from "../src/TaskError.ts"

const full = () =>
  new TaskError.TaskError({ task: "Resize", reason: new TaskError.QueueFull({ capacity: 2 }) })

const lostTo = (cause: unknown) =>
  new TaskError.TaskError({
    task: "Resize",
    reason: lost({ exitDetail: { worker: 1, outOfMemory: false, stderr: "", cause } }, "run", [])
  })

describe("a TaskError in a console", () => {
  it("prints its message, its fields and the place where it was made: S226, G9", () => {
    const printed = inspect(full())
    assert.include(printed, "Resize: the queue is full (capacity 2)")
    assert.include(printed, "TaskError.test.ts")
    assert.include(printed, "task: 'Resize'")
    assert.include(printed, "_tag: 'QueueFull'")
  })

  it("its stack begins with its name and message: S226, G9", () => {
    const error = full()
    assert.isTrue(error.stack!.startsWith("TaskError: Resize: the queue is full (capacity 2)\n    at "))
    error.stack = "another"
    assert.strictEqual(error.stack, "another")
    assert.notInclude(Object.keys(error), "stack")
  })

  it("the same of a SupervisorError: S226, G9", () => {
    const reason = new SupervisorError.NotFound({ child: "a" })
    const error = new SupervisorError.SupervisorError({ supervisor: "app", reason })
    assert.include(inspect(error), 'app: there is no child "a"')
    assert.isTrue(error.stack!.startsWith('SupervisorError: app: there is no child "a"\n    at '))
  })

  it("an error of the engine shows the call site of the task, and no frame of the engine: S226, G9", () => {
    const exit = failWith(
      "Resize",
      new TaskError.QueueFull({ capacity: 2 }),
      () => "    at caller (main.ts:1:1)"
    )
    const error = Exit.isFailure(exit) ? (Cause.squash(exit.cause) as Error) : undefined
    assert.strictEqual(
      error?.stack,
      "TaskError: Resize: the queue is full (capacity 2)\n    at caller (main.ts:1:1)"
    )
  })

  it("is decoded to what it was: S226, G9", () => {
    const decoded = Schema.decodeUnknownSync(TaskError.TaskError)(
      Schema.encodeUnknownSync(TaskError.TaskError)(full())
    )
    assert.instanceOf(decoded, TaskError.TaskError)
    assert.deepStrictEqual(Object.assign({}, decoded), Object.assign({}, full()))
  })

  it("its message is made whatever ended the worker: S209, G9", () => {
    const cyclic: Record<string, unknown> = {}
    cyclic["self"] = cyclic
    for (const cause of [1n, { n: 1n }, cyclic, Symbol("s"), Object.create(null), null]) {
      assert.include(lostTo(cause).message, "lost with its worker")
    }
  })
})

describe("the cause behind a reason", () => {
  it("is the cause of the error: S220, G9", () => {
    const cause = new Error("the worker's own")
    assert.strictEqual(lostTo(cause).cause, cause)
    assert.include(Cause.pretty(Cause.fail(lostTo(cause))), "[cause]: Error: the worker's own\n      at ")
    const by = new TaskError.Interrupted({ by: "signal", cause })
    assert.strictEqual(new TaskError.TaskError({ reason: by }).cause, cause)
    assert.isUndefined(full().cause)
    const quarantined = new TaskError.Quarantined({
      exits: [{ worker: 1, outOfMemory: false, stderr: "", cause }]
    })
    assert.strictEqual(new TaskError.TaskError({ reason: quarantined }).cause, cause)
  })

  it("is copied for each who is told of one failure: S220, G9", () => {
    const reason = new TaskError.SpawnFailed({
      worker: 1,
      outOfMemory: false,
      stderr: "",
      phase: "import",
      attempts: 1,
      cause: new TypeError("bad file")
    })
    const own = ownReason(reason)
    assert.notStrictEqual(own, reason)
    assert.notStrictEqual(own.cause, reason.cause)
    assert.instanceOf(own.cause, TypeError)
    assert.deepStrictEqual(
      Object.assign({}, own, { cause: undefined }),
      Object.assign({}, reason, { cause: undefined })
    )
  })
})
