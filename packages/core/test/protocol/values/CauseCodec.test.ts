import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Schema from "effect/Schema"
import {
  defaultPolicy,
  type PlainSchema,
  type TaskDefinition
} from "../../../src/internal/model/definition.ts"
import * as CauseCodec from "../../../src/protocol/values/CauseCodec.ts"
import { codecOf } from "../../../src/protocol/values/Codec.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"
import * as TaskError from "../../../src/TaskError.ts"

class LimitTooLarge extends Schema.TaggedError<LimitTooLarge>()("LimitTooLarge", {
  limit: Schema.Int,
  details: Schema.Struct({ value: Schema.Number, at: Schema.Date })
}) {}

class Refused extends Schema.TaggedError<Refused>()("Refused", { why: Schema.String }) {}

const define = (error: PlainSchema): TaskDefinition => ({
  name: "Primes",
  payload: Schema.Void,
  success: Schema.Void,
  error,
  policy: defaultPolicy,
  module: undefined
})

const limits = codecOf(define(Schema.Union([LimitTooLarge, Refused])))
const never = codecOf(define(Schema.Never))

const below = "    at caller (main.ts:1:1)"

/** Sends a cause from worker to host: in a frame, through structured clone. */
const cross = (cause: Cause.Cause<unknown>, codec = limits): Cause.Cause<any> => {
  const frame = Message.emptyFrame(1, 0)
  Message.pushFailed(frame, 1, CauseCodec.encode(cause, codec))
  let heard: Message.CauseData | undefined
  const ignore = () => {}
  Message.readReplies(structuredClone(frame), {
    ready: ignore,
    startFailed: ignore,
    started: ignore,
    succeeded: ignore,
    failed: (_ref, data) => void (heard = data),
    measured: ignore,
    absent: ignore,
    log: ignore,
    stopped: ignore,
    call: ignore,
    endCall: ignore,
    awaitCall: ignore,
    redeadline: ignore,
    askSnapshot: ignore
  })
  return CauseCodec.decode(heard!, "Primes", codec, below)
}

const fail = (error: unknown) => Cause.fromReasons([Cause.makeFailReason(error)])

const failures = (cause: Cause.Cause<any>): Array<any> =>
  cause.reasons.filter(Cause.isFailReason).map((reason) => reason.error)

const defects = (cause: Cause.Cause<any>): Array<any> =>
  cause.reasons.filter(Cause.isDieReason).map((reason) => reason.defect)

describe("typed failures", () => {
  it("a failure arrives as the class it was, with nested data intact: S003, G9", () => {
    const error = new LimitTooLarge({ limit: 7, details: { value: 42, at: new Date(5) } })
    const [arrived, ...others] = failures(cross(fail(error)))
    assert.deepStrictEqual(others, [])
    assert.instanceOf(arrived, LimitTooLarge)
    assert.instanceOf(arrived, Error)
    assert.strictEqual(arrived._tag, "LimitTooLarge")
    assert.strictEqual(arrived.limit, 7)
    assert.deepStrictEqual(arrived.details, { value: 42, at: new Date(5) })
  })

  it("each member of a union of errors is told from the others: G9", () => {
    assert.instanceOf(failures(cross(fail(new Refused({ why: "no" }))))[0], Refused)
  })

  it("a failure that does not fit the schema is Malformed, and says what the handler failed with: S107, G10", () => {
    const cause = cross(fail(new RangeError("not declared")))
    const [error] = failures(cause)
    assert.strictEqual(cause.reasons.length, 1)
    assert.instanceOf(error, TaskError.TaskError)
    assert.strictEqual(error.task, "Primes")
    assert.instanceOf(error.reason, TaskError.Malformed)
    assert.strictEqual(error.reason.side, "worker")
    assert.strictEqual(error.reason.what, "error")
    assert.include(error.reason.detail, "(the handler failed with RangeError: not declared)")
    assert.include(error.message, "Primes: error does not fit its schema (found on the worker) at $")
  })

  it("the path leads into the failure: S107", () => {
    const error = Object.assign(new Refused({ why: "no" }), { why: 5 })
    const [arrived] = failures(cross(fail(error)))
    assert.instanceOf(arrived.reason, TaskError.Malformed)
  })

  it("a task that declares no error turns any failure into Malformed, however odd it is: S012, S107", () => {
    for (const odd of [
      null,
      undefined,
      "text",
      5,
      Symbol("s"),
      () => {},
      { _tag: "X" },
      new Refused({ why: "no" })
    ]) {
      const [error] = failures(cross(fail(odd), never))
      assert.instanceOf(error, TaskError.TaskError)
      assert.instanceOf(error.reason, TaskError.Malformed)
    }
  })

  it("a failure that does not fit the schema on the host throws Malformed there: S107", () => {
    let caught: unknown
    try {
      CauseCodec.decode([["Fail", { _tag: "LimitTooLarge", limit: "many" }]], "Primes", limits, "")
    } catch (error) {
      caught = error
    }
    assert.instanceOf(caught, TaskError.Malformed)
    assert.strictEqual(caught.side, "host")
    assert.strictEqual(caught.what, "error")
  })

  it("a task that declares TaskError fails with one as with any other typed error", () => {
    const codec = codecOf(define(TaskError.TaskError))
    const inner = new TaskError.TaskError({
      task: "Inner",
      nested: true,
      reason: new TaskError.QueueFull({ capacity: 3 })
    })
    const [error] = failures(cross(fail(inner), codec))
    assert.instanceOf(error, TaskError.TaskError)
    assert.strictEqual(error.task, "Inner")
    assert.isTrue(error.nested)
    assert.instanceOf(error.reason, TaskError.QueueFull)
    assert.strictEqual(error.reason.capacity, 3)
  })
})

describe("whole causes", () => {
  it("a failure, a defect and an interruption arrive as what they were, in order, never mixed: S012, G9", () => {
    const cause = cross(
      Cause.fromReasons<unknown>([
        Cause.makeFailReason(new Refused({ why: "no" })),
        Cause.makeDieReason(new RangeError("boom")),
        Cause.makeInterruptReason(7),
        Cause.makeDieReason("text")
      ])
    )
    assert.deepStrictEqual(
      cause.reasons.map((reason) => reason._tag),
      ["Fail", "Die", "Interrupt", "Die"]
    )
    const [first, second] = defects(cause)
    assert.instanceOf(first, RangeError)
    assert.strictEqual(second, "text")
  })

  it("a defect stays a defect even if it is an instance of the declared error: S012", () => {
    const cause = cross(Cause.fromReasons([Cause.makeDieReason(new Refused({ why: "no" }))]))
    assert.deepStrictEqual(failures(cause), [])
    const [defect] = defects(cause)
    assert.notInstanceOf(defect, Refused)
    assert.strictEqual(defect.name, "Refused")
    assert.strictEqual(defect.why, "no")
  })

  it("all failures of several bodies are in the cause: S125", () => {
    const cause = cross(
      Cause.fromReasons([1, 2, 3].map((n) => Cause.makeFailReason(new Refused({ why: String(n) }))))
    )
    assert.deepStrictEqual(
      failures(cause).map((error) => error.why),
      ["1", "2", "3"]
    )
  })

  it("the caller's stack stands under a defect's own: G9", () => {
    const [defect] = defects(cross(Cause.fromReasons([Cause.makeDieReason(new Error("boom"))])))
    assert.include(defect.stack, "CauseCodec.test.ts")
    assert.isTrue(defect.stack.endsWith(`\n${below}`))
  })

  it("an empty cause stays empty", () => {
    assert.strictEqual(cross(Cause.fromReasons([])).reasons.length, 0)
  })

  it("a reason that cannot be cloned does not keep the rest of a cause: S013, G9", () => {
    const cause = cross(
      Cause.fromReasons([
        Cause.makeDieReason(Symbol("s")),
        Cause.makeDieReason(() => {}),
        Cause.makeDieReason(null)
      ])
    )
    assert.deepStrictEqual(defects(cause), ["Symbol(s)", "[Function anonymous]", null])
  })

  it("without a codec, as for a log entry, failures are shown as defects", () => {
    const data = structuredClone(CauseCodec.encode(fail(new Refused({ why: "no" }))))
    assert.strictEqual(data.length, 1)
    assert.strictEqual(data[0]![0], "Die")
    const shown: any = CauseCodec.firstDefect(data)
    assert.strictEqual(shown.name, "Refused")
    assert.isUndefined(CauseCodec.firstDefect([["Interrupt"]]))
  })
})

describe("failures of the machinery", () => {
  const reasons: ReadonlyArray<TaskError.Reason> = [
    new TaskError.WorkerLost({
      worker: 1,
      outOfMemory: false,
      stderr: "last words",
      phase: "run",
      running: ["A"],
      exitCode: 3,
      cause: new Error("boom")
    }),
    new TaskError.SpawnFailed({
      worker: 1,
      outOfMemory: true,
      stderr: "",
      phase: "build",
      attempts: 2,
      signal: "SIGKILL",
      pid: 5
    }),
    new TaskError.Quarantined({ exits: [{ worker: 3, exitCode: 9, outOfMemory: false, stderr: "" }] }),
    new TaskError.QueueFull({ capacity: 2 }),
    new TaskError.AllReserved({ reserved: 1, size: 2 }),
    new TaskError.Shed({ capacity: 2 }),
    new TaskError.PoolClosed({ state: "closing" }),
    new TaskError.DeadlineExceeded({ phase: "run", limit: 50 }),
    new TaskError.UnknownTask({ name: "toString", served: ["A", "B"] }),
    new TaskError.NotSerializable({ side: "worker", what: "reply", path: "$.f", detail: "a function" }),
    new TaskError.Malformed({ side: "worker", what: "payload", path: "$.a", detail: "Expected number" }),
    new TaskError.Interrupted({ by: "handler" }),
    new TaskError.Deadlocked({ cycle: ["Ping", "Pong", "Ping"] }),
    new TaskError.TooDeep({ what: "tasks", limit: 2, chain: ["A", "B", "C", "D"] }),
    new TaskError.HostOnly({ operation: "resize" }),
    new TaskError.ServiceLost({
      service: "Counter",
      by: "worker",
      restarts: 1,
      exit: { worker: 3, exitCode: 9, outOfMemory: false, stderr: "" }
    })
  ]

  for (const reason of reasons) {
    it(`${reason._tag} arrives as the class it was, under the task's name: G9`, () => {
      const data = structuredClone(CauseCodec.encodeReason(reason))
      const cause = CauseCodec.decode(data, "Primes", never, "")
      assert.strictEqual(cause.reasons.length, 1)
      const [error] = failures(cause)
      assert.instanceOf(error, TaskError.TaskError)
      assert.strictEqual(error.task, "Primes")
      assert.instanceOf(error.reason, reason.constructor as any)
      assert.strictEqual(error.reason.message, reason.message)
      assert.deepEqual(Object.keys(error.reason), Object.keys(reason))
    })
  }

  it("every reason of TaskError is in this table", () => {
    const members = (TaskError.TaskError.fields.reason as unknown as { members: ReadonlyArray<unknown> })
      .members
    assert.strictEqual(reasons.length, members.length)
    assert.strictEqual(new Set(reasons.map((reason) => reason._tag)).size, members.length)
  })

  it("a forged reason of the machinery is refused: S107, S037", () => {
    for (const forged of [
      null,
      5,
      {},
      { _tag: "TaskError", reason: { _tag: "Nope" } },
      { _tag: "TaskError", reason: { _tag: "QueueFull", capacity: "x" } }
    ]) {
      assert.throws(() => CauseCodec.decode([["Task", forged]], "Primes", never, ""))
    }
  })
})

describe("failures of plain modules", () => {
  it("a failure becomes plain data with its tag, name, message and fields", () => {
    const data: any = CauseCodec.plainFailure(
      new LimitTooLarge({ limit: 7, details: { value: 1, at: new Date(0) } })
    )
    assert.strictEqual(data._tag, "LimitTooLarge")
    assert.strictEqual(data.limit, 7)
    assert.strictEqual(Object.getPrototypeOf(data), Object.prototype)
    structuredClone(data)
    const error: any = CauseCodec.plainFailure(new RangeError("too far"))
    assert.deepStrictEqual(error, { name: "RangeError", message: "too far" })
  })

  it("a failure that is no object stays unchanged", () => {
    for (const value of [null, undefined, "text", 5])
      assert.strictEqual(CauseCodec.plainFailure(value), value)
  })

  it("methods and symbols are left out, and __proto__ is never honoured: S156, G10", () => {
    const error = JSON.parse('{"_tag": "E", "__proto__": {"polluted": true}}') as object
    const data: any = CauseCodec.plainFailure(
      Object.assign(error, { retry: () => {}, kind: Symbol("k"), code: 5 })
    )
    assert.deepStrictEqual(Object.keys(data), ["_tag", "code"])
    assert.isUndefined(data.polluted)
    assert.isUndefined(({} as any).polluted)
  })
})
