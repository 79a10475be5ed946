import { assert, describe, it } from "@effect/vitest"
import { makeTask } from "../fakes.ts"

const exit = { worker: 7, outOfMemory: false, stderr: "" }

describe("a submission", () => {
  it("ends for the first reason that it was given, and since then: G3", () => {
    const task = makeTask()
    assert.isUndefined(task.why)
    task.endFor({ _tag: "Caller" }, 3)
    task.endFor({ _tag: "Handle" }, 5)
    assert.deepInclude(task.ending, { why: { _tag: "Caller" }, since: 3 })
  })

  it("remembers how its worker ended only if it was to end already: G3", () => {
    const task = makeTask()
    task.crashed(exit)
    assert.strictEqual(task.ending, undefined)
    task.endFor({ _tag: "Caller" }, 0)
    task.crashed(exit)
    assert.deepInclude(task.ending, { crash: exit })
  })

  it("remembers each worker that has ended under it, in order: G11", () => {
    const task = makeTask()
    task.outlived(exit)
    task.outlived({ ...exit, worker: 8 })
    assert.deepStrictEqual(
      task.ending?.exits?.map(({ worker }) => worker),
      [7, 8]
    )
  })

  it("keeps nothing of what it was given once that is forgotten: S146", () => {
    const task = makeTask({ payload: {}, transfer: [new ArrayBuffer(1)] })
    task.forgetPayload()
    assert.deepStrictEqual([task.payload, task.transfer], [undefined, undefined])
  })

  it("arms one limit of a kind: the next one ends the one before", () => {
    const task = makeTask()
    const ended: Array<string> = []
    task.arm("deadline", () => ended.push("first"))
    task.arm("run", () => ended.push("run"))
    task.arm("deadline", () => ended.push("second"))
    assert.deepStrictEqual(ended, ["first"])
    task.disarm("deadline")
    assert.deepStrictEqual(ended, ["first", "second"])
  })

  it("ends every limit, and the listener to its signal, when its outcome is decided: G2", () => {
    const task = makeTask()
    const names = ["queue", "deadline", "run", "grace", "unlisten"] as const
    const ended: Array<string> = []
    for (const name of names) task.arm(name, () => ended.push(name))
    task.disarmAll()
    assert.sameMembers(ended, [...names])
    task.disarmAll()
    task.disarm("run")
    assert.lengthOf(ended, names.length)
  })
})
