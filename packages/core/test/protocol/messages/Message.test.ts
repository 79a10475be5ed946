import { assert, describe, it } from "@effect/vitest"
import type { PoolSnapshot } from "../../../src/internal/model/pool.ts"
import * as Message from "../../../src/protocol/messages/Message.ts"
import { random } from "../../support/random.ts"
import { callData } from "../../support/callData.ts"

/** Records the messages of a frame, call by call. */
const replies = (frame: Message.Frame): Array<ReadonlyArray<unknown>> => {
  const calls: Array<ReadonlyArray<unknown>> = []
  Message.readReplies(frame, {
    ready: (...args) => void calls.push(["ready", ...args]),
    startFailed: (...args) => void calls.push(["startFailed", ...args]),
    started: (...args) => void calls.push(["started", ...args]),
    succeeded: (...args) => void calls.push(["succeeded", ...args]),
    measured: (...args) => void calls.push(["measured", ...args]),
    failed: (...args) => void calls.push(["failed", ...args]),
    absent: (...args) => void calls.push(["absent", ...args]),
    log: (...args) => void calls.push(["log", ...args]),
    stopped: (...args) => void calls.push(["stopped", ...args]),
    emit: (...args) => void calls.push(["emit", ...args]),
    demand: (...args) => void calls.push(["demand", ...args]),
    progress: (...args) => void calls.push(["progress", ...args]),
    callCredit: (...args) => void calls.push(["callCredit", ...args]),
    callInput: (...args) => void calls.push(["callInput", ...args]),
    callInputEnd: (...args) => void calls.push(["callInputEnd", ...args]),
    callWatch: (...args) => void calls.push(["callWatch", ...args]),
    call: (...args) => void calls.push(["call", ...args]),
    endCall: (...args) => void calls.push(["endCall", ...args]),
    awaitCall: (...args) => void calls.push(["awaitCall", ...args]),
    redeadline: (...args) => void calls.push(["redeadline", ...args]),
    askSnapshot: (...args) => void calls.push(["askSnapshot", ...args])
  })
  return calls
}

const requests = (frame: Message.Frame): Array<ReadonlyArray<unknown>> => {
  const calls: Array<ReadonlyArray<unknown>> = []
  Message.readRequests(frame, {
    route: (...args) => void calls.push(["route", ...args]),
    run: (...args) => void calls.push(["run", ...args]),
    interrupt: (...args) => void calls.push(["interrupt", ...args]),
    stop: (...args) => void calls.push(["stop", ...args]),
    credit: (...args) => void calls.push(["credit", ...args]),
    input: (...args) => void calls.push(["input", ...args]),
    inputEnd: (...args) => void calls.push(["inputEnd", ...args]),
    emitted: (...args) => void calls.push(["emitted", ...args]),
    callDemand: (...args) => void calls.push(["callDemand", ...args]),
    callProgress: (...args) => void calls.push(["callProgress", ...args]),
    watch: (...args) => void calls.push(["watch", ...args]),
    returned: (...args) => void calls.push(["returned", ...args]),
    accepted: (...args) => void calls.push(["accepted", ...args]),
    snapshot: (...args) => void calls.push(["snapshot", ...args])
  })
  return calls
}

const cause: Message.CauseData = [
  ["Fail", { _tag: "E", limit: 3 }],
  ["Die", { _tag: "Value", value: 4 }],
  ["Interrupt"],
  ["Task", { _tag: "TaskError" }]
]

const log: Message.LogData = {
  level: "Info",
  message: ["hello", { n: 1 }],
  annotations: { user: "u" },
  spans: [["load", 12]],
  cause: [["Interrupt"]],
  date: 1_700_000_000_000
}

const extra: Message.Extra = {
  announce: true,
  logLevel: "Debug",
  annotations: { a: 1 },
  trace: ["t", "s", true],
  references: [["key", 1]]
}

const module = { url: "file:///m.ts", name: "f" }

/** Each kind of reply: its writer, and the host's visit. */
const replyKinds: ReadonlyArray<
  readonly [name: string, say: (frame: Message.Frame) => void, heard: ReadonlyArray<unknown>]
> = [
  ["ready", (f) => Message.pushReady(f, ["A", "B"]), ["ready", Message.version, ["A", "B"]]],
  ["startFailed", (f) => Message.pushStartFailed(f, "build", cause), ["startFailed", "build", cause]],
  [
    "startFailed by version",
    (f) => Message.pushStartFailed(f, "version", []),
    ["startFailed", "version", []]
  ],
  ["started", (f) => Message.pushStarted(f, 7), ["started", 7]],
  ["succeeded", (f) => Message.pushSucceeded(f, 7, { a: [1] }), ["succeeded", 7, { a: [1] }]],
  ["succeeded with nothing", (f) => Message.pushSucceeded(f, 8, undefined), ["succeeded", 8, undefined]],
  ["failed", (f) => Message.pushFailed(f, 9, cause), ["failed", 9, cause]],
  ["measured", (f) => Message.pushMeasured(f, 3, 64, 1.5), ["measured", 3, 64, 1.5]],
  ["absent", (f) => Message.pushAbsent(f, 10), ["absent", 10]],
  ["log of a task", (f) => Message.pushLog(f, 11, log), ["log", 11, log]],
  ["log of no task", (f) => Message.pushLog(f, undefined, log), ["log", undefined, log]],
  ["elements", (f) => Message.pushEmit(f, 7, [1, "b"]), ["emit", 7, [1, "b"]]],
  ["numbers", (f) => Message.pushEmit(f, 7, Float64Array.of(1, 2)), ["emit", 7, Float64Array.of(1, 2)]],
  ["demand", (f) => Message.pushDemand(f, 7, 256), ["demand", 7, 256]],
  ["progress", (f) => Message.pushProgress(f, 7, 1, 10, "half"), ["progress", 7, 1, 10, "half"]],
  [
    "progress alone",
    (f) => Message.pushProgress(f, 7, 1.5, undefined, undefined),
    ["progress", 7, 1.5, undefined, undefined]
  ],
  ["credit of a call", (f) => Message.pushCallCredit(f, 2, 128), ["callCredit", 2, 128]],
  ["inputs of a call", (f) => Message.pushCallInput(f, 2, ["a"]), ["callInput", 2, ["a"]]],
  ["end of a call's inputs", (f) => Message.pushCallInputEnd(f, 2), ["callInputEnd", 2]],
  ["watch of a call", (f) => Message.pushCallWatch(f, 2), ["callWatch", 2]],
  ["stopped", (f) => Message.pushStopped(f), ["stopped"]]
]

const requestKinds: ReadonlyArray<
  readonly [name: string, say: (frame: Message.Frame) => void, heard: ReadonlyArray<unknown>]
> = [
  ["route", (f) => Message.pushRoute(f, 3, "Hash", undefined), ["route", 3, "Hash", undefined]],
  ["route of a module", (f) => Message.pushRoute(f, 0, "f", module), ["route", 0, "f", module]],
  [
    "run",
    (f) => Message.pushRun(f, false, 5, 3, { a: 1 }, undefined),
    ["run", false, 5, 3, { a: 1 }, undefined]
  ],
  ["run with more", (f) => Message.pushRun(f, false, 6, 0, 1, extra), ["run", false, 6, 0, 1, extra]],
  [
    "run of many",
    (f) => Message.pushRun(f, true, 7, 2, [1, 2], undefined),
    ["run", true, 7, 2, [1, 2], undefined]
  ],
  [
    "run of many with more",
    (f) => Message.pushRun(f, true, 8, 2, [1], extra),
    ["run", true, 8, 2, [1], extra]
  ],
  [
    "run of a late route",
    (f) => Message.pushRun(f, false, 2 ** 40, 2 ** 20, undefined, undefined),
    ["run", false, 2 ** 40, 2 ** 20, undefined, undefined]
  ],
  ["interrupt", (f) => Message.pushInterrupt(f, 6, undefined), ["interrupt", 6, undefined]],
  ["credit", (f) => Message.pushCredit(f, 6, 128), ["credit", 6, 128]],
  ["inputs", (f) => Message.pushInput(f, 6, [1]), ["input", 6, [1]]],
  ["end of the inputs", (f) => Message.pushInputEnd(f, 6), ["inputEnd", 6]],
  ["elements of a call", (f) => Message.pushEmitted(f, 2, ["a"]), ["emitted", 2, ["a"]]],
  ["demand of a call", (f) => Message.pushCallDemand(f, 2, 3), ["callDemand", 2, 3]],
  [
    "progress of a call",
    (f) => Message.pushCallProgress(f, 2, 1, undefined, undefined),
    ["callProgress", 2, 1, undefined, undefined]
  ],
  ["watch", (f) => Message.pushWatch(f, 6), ["watch", 6]],
  ["stop", (f) => Message.pushStop(f), ["stop"]]
]

describe("messages", () => {
  for (const [name, say, heard] of replyKinds) {
    it(`a reply survives the boundary as it was said: ${name}`, () => {
      const frame = Message.emptyFrame(1, 0)
      say(frame)
      assert.deepStrictEqual(replies(structuredClone(frame)), [heard])
    })
  }

  for (const [name, say, heard] of requestKinds) {
    it(`a request survives the boundary as it was said: ${name}`, () => {
      const frame = Message.emptyFrame(1, 0)
      say(frame)
      assert.deepStrictEqual(requests(structuredClone(frame)), [heard])
    })
  }

  it("all messages of a frame are read in the order in which they were pushed", () => {
    for (const kinds of [replyKinds, replyKinds.toReversed()]) {
      const frame = Message.emptyFrame(1, 0)
      for (const [, say] of kinds) say(frame)
      assert.deepStrictEqual(
        replies(frame),
        kinds.map(([, , heard]) => heard)
      )
    }
    const frame = Message.emptyFrame(1, 0)
    for (const [, say] of requestKinds) say(frame)
    assert.deepStrictEqual(
      requests(frame),
      requestKinds.map(([, , heard]) => heard)
    )
  })

  it("a frame says nothing until something was pushed", () => {
    const frame = Message.emptyFrame(1, 0)
    assert.deepStrictEqual(replies(frame), [])
    assert.deepStrictEqual(requests(frame), [])
    Message.pushStopped(frame)
    assert.strictEqual(replies(frame).length, 1)
  })

  it("an unknown request is a violation", () => {
    for (const kind of [0, 31, "1", undefined, null, {}]) {
      assert.throws(() => requests([1, 0, kind]), Message.Violation)
    }
    // A reply is no request, nor the other way round.
    for (const [name, say] of replyKinds) {
      const frame = Message.emptyFrame(1, 0)
      say(frame)
      assert.throws(() => requests(frame), Message.Violation, undefined, name)
    }
    for (const [name, say] of requestKinds) {
      const frame = Message.emptyFrame(1, 0)
      say(frame)
      assert.throws(() => replies(frame), Message.Violation, undefined, name)
    }
  })
})

describe("calls", () => {
  const data = callData({ name: "Add", priority: -3, deadline: 100 })

  const frameOf = (push: (frame: Message.Frame) => void): Message.Frame => {
    const frame = Message.emptyFrame(1, 0)
    push(frame)
    return structuredClone(frame)
  }

  it("a call, what is said about it and its return survive the boundary as they were said", () => {
    const said = frameOf((frame) => {
      Message.pushCall(frame, 1, 7, { a: 1 }, data)
      Message.pushAwait(frame, 1)
      Message.pushRedeadline(frame, 1, 50)
      Message.pushAskSnapshot(frame, 2)
      Message.pushEndCall(frame, 1, "handle", undefined)
      Message.pushStopped(frame)
    })
    assert.deepStrictEqual(replies(said), [
      ["call", 1, 7, { a: 1 }, data],
      ["awaitCall", 1],
      ["redeadline", 1, 50],
      ["askSnapshot", 2],
      ["endCall", 1, "handle", undefined],
      ["stopped"]
    ])
    const returned = {
      how: "failed",
      value: undefined,
      cause,
      receipt: undefined,
      estimate: Infinity
    } as const
    const picture = { state: "open", total: 1 } as PoolSnapshot
    const answered = frameOf((frame) => {
      Message.pushAccepted(frame, 1, 9)
      Message.pushReturned(frame, 1, returned)
      Message.pushSnapshot(frame, 2, picture)
      Message.pushStop(frame)
    })
    assert.deepStrictEqual(requests(answered), [
      ["accepted", 1, 9],
      ["returned", 1, returned],
      ["snapshot", 2, picture],
      ["stop"]
    ])
  })

  it("a call that does not fit is a violation, whichever of its fields is wrong: S037", () => {
    const wrong: ReadonlyArray<readonly [payload: unknown, data: unknown]> = [
      [1, undefined],
      [1, null],
      [1, { ...data, name: 3 }],
      [1, { ...data, module: null }],
      [1, { ...data, module: "file:///a.ts" }],
      [1, { ...data, module: { url: 1, name: "f" } }],
      [1, { ...data, module: { url: "file:///a.ts", name: "f", spread: "yes" } }],
      [1, { ...data, priority: 0.5 }],
      [1, { ...data, grace: -1 }],
      [1, { ...data, runLimit: NaN }],
      [1, { ...data, queueLimit: "soon" }],
      [1, { ...data, deadline: undefined }],
      [1, { ...data, onInterrupt: "never" }],
      [1, { ...data, idempotent: 1 }],
      [1, { ...data, forked: undefined }],
      [1, { ...data, interruptible: null }],
      [1, { ...data, watched: 1 }],
      [1, { ...data, credit: 1.5 }],
      [1, { ...data, credit: -1 }],
      [1, { ...data, service: "Counter" }],
      [1, { ...data, service: 1.5 }],
      [[1], { ...data, service: 1, items: 1 }],
      [1, { ...data, service: 1, credit: 4 }],
      [1, { ...data, service: 1, module: { url: "file:///a.ts", name: "f" } }],
      [1, { ...data, module: { url: "file:///a.ts", name: "f", stream: "yes" } }],
      [1, { ...data, transfer: {} }],
      [1, { ...data, extra: 4 }],
      [[1, 2], { ...data, items: 3 }],
      [{ length: 3 }, { ...data, items: 3 }]
    ]
    for (const [payload, bad] of wrong) {
      const frame = frameOf((to) => Message.pushCall(to, 1, 7, payload, bad as typeof data))
      assert.throws(() => replies(frame), Message.Violation, undefined, JSON.stringify(bad))
    }
    assert.throws(() => replies(frameOf((to) => Message.pushCall(to, -1, 7, 1, data))), Message.Violation)
    assert.throws(
      () => replies(frameOf((to) => Message.pushEndCall(to, 1, "me" as "caller", undefined))),
      Message.Violation
    )
    assert.throws(() => replies(frameOf((to) => to.push(19, 1, 7))), Message.Violation)
  })
})

describe("streams", () => {
  it("what a worker says about a stream and does not fit is a violation, whichever field is wrong: S037, G14", () => {
    const wrong: ReadonlyArray<(frame: Message.Frame) => void> = [
      (f) => Message.pushEmit(f, -1, []),
      (f) => Message.pushEmit(f, 7, "text"),
      (f) => Message.pushEmit(f, 7, { length: 3 }),
      (f) => Message.pushEmit(f, 7, undefined as never),
      (f) => Message.pushDemand(f, 7, 0.5),
      (f) => Message.pushDemand(f, 7, Infinity),
      (f) => Message.pushDemand(f, 7, -1),
      (f) => Message.pushProgress(f, 7, NaN, undefined, undefined),
      (f) => Message.pushProgress(f, 7, 1, "two" as never, undefined),
      (f) => Message.pushProgress(f, 7, 1, 2, 3 as never),
      (f) => Message.pushCallCredit(f, 1, 1.5),
      (f) => Message.pushCallInput(f, 1, new Map() as never),
      (f) => Message.pushCallInputEnd(f, -2),
      (f) => Message.pushCallWatch(f, "1" as never)
    ]
    wrong.forEach((push, index) => {
      const frame = Message.emptyFrame(1, 0)
      push(frame)
      assert.throws(() => replies(structuredClone(frame)), Message.Violation, undefined, `case ${index}`)
    })
  })
})

describe("a lone frame", () => {
  const run = (frame: Message.Frame) => Message.pushRun(frame, false, 2, 1, 3, undefined)
  const deliver = (frame: Message.Frame) => Message.pushDeliver(frame, 1, 2, [3], undefined)
  it.each<[string, ReadonlyArray<(frame: Message.Frame) => void>, boolean]>([
    ["one task", [run], true],
    ["two tasks", [run, run], false],
    ["one delivery", [deliver], true],
    ["a delivery behind credit", [(f) => Message.pushEndCredit(f, 1, 64), deliver], true],
    ["two deliveries", [deliver, deliver], false],
    ["a task and a delivery", [run, deliver], false]
  ])("the caller of %s waits for the answer, or does not", (_, pushes, expected) => {
    const frame = Message.emptyFrame(1, 0)
    for (const push of pushes) push(frame)
    assert.strictEqual(Message.isLone(frame), expected)
  })
})

describe("headers", () => {
  it("the next frame of this epoch is accepted as it is", () => {
    const frame = Message.emptyFrame(3, 7)
    assert.strictEqual(Message.checkHeader(frame, 3, 7), frame)
  })

  it("a frame of another epoch is dropped, whatever its sequence number: S053", () => {
    for (const workerEpoch of [1, 2, 4, 1000]) {
      for (const sequence of [0, 6, 7, 8, "x"]) {
        assert.isUndefined(Message.checkHeader([workerEpoch, sequence], 3, 7))
      }
    }
  })

  it("a frame that was seen before is dropped", () => {
    for (let sequence = 0; sequence < 7; sequence++) {
      assert.isUndefined(Message.checkHeader(Message.emptyFrame(3, sequence), 3, 7))
    }
  })

  it("a gap in the sequence is a violation that says what is missing: G1", () => {
    assert.throws(
      () => Message.checkHeader(Message.emptyFrame(3, 8), 3, 7),
      Message.Violation,
      "frames 7 to 7 are missing"
    )
    assert.throws(
      () => Message.checkHeader(Message.emptyFrame(3, 12), 3, 7),
      Message.Violation,
      "frames 7 to 11 are missing"
    )
    assert.throws(() => Message.checkHeader(Message.emptyFrame(3, Infinity), 3, 7), Message.Violation)
  })

  it("a value that is no frame is a violation: S010, S037", () => {
    const garbage = [
      undefined,
      null,
      0,
      "frame",
      true,
      1n,
      {},
      [],
      [3],
      new Map(),
      new Uint8Array(4),
      new Date(0)
    ]
    for (const value of garbage) assert.throws(() => Message.checkHeader(value, 3, 7), Message.Violation)
    for (const field of [undefined, null, "3", NaN, -1, {}, [], 3n]) {
      assert.throws(() => Message.checkHeader([field, 7], 3, 7), Message.Violation)
      assert.throws(() => Message.checkHeader([3, field], 3, 7), Message.Violation)
    }
  })
})

describe("an unreadable frame", () => {
  it("a violation in place of a frame is thrown as it is: S037", () => {
    const violation = new Message.Violation("a record is larger than 10 bytes")
    assert.throws(() => Message.checkHeader(violation, 3, 7), violation.message)
    // The clone of a violation is an ordinary error, and no frame.
    assert.throws(() => Message.checkHeader(structuredClone(violation), 3, 7), "a frame is object")
  })
})

describe("replies are checked", () => {
  const odd = [undefined, null, "7", NaN, -1, {}, [], true]

  /** The kinds by number, as a misbehaving worker would write them. */
  const kindOf = (name: string): unknown => {
    const frame = Message.emptyFrame(1, 0)
    replyKinds.find(([kind]) => kind === name)![1](frame)
    return frame[2]
  }

  it("a ref, a route or a run time that is no number of zero or more is a violation: S037", () => {
    for (const value of odd) {
      for (const name of ["started", "absent", "succeeded", "failed", "log of a task"]) {
        assert.throws(() => replies([1, 0, kindOf(name), value, []]), Message.Violation, "a ref", name)
      }
      for (const fields of [
        [value, 1, 1],
        [1, value, 1],
        [1, 1, value]
      ]) {
        assert.throws(() => replies([1, 0, kindOf("measured"), ...fields]), Message.Violation)
      }
      assert.throws(() => replies([1, 0, kindOf("ready"), value, []]), Message.Violation, "a version")
    }
  })

  it("a message that is cut short is a violation: S037", () => {
    for (const [name, say] of replyKinds) {
      const whole = Message.emptyFrame(1, 0)
      say(whole)
      for (let length = 3; length < whole.length; length++) {
        assert.throws(
          () => replies(whole.slice(0, length)),
          Message.Violation,
          undefined,
          `${name}, ${length} elements`
        )
      }
    }
  })

  it("a cause whose reasons are unknown is a violation, wherever a cause may stand: S037", () => {
    for (const reasons of [
      undefined,
      null,
      {},
      "Fail",
      [null],
      ["Fail"],
      [[]],
      [["Boom", 1]],
      [["Interrupt"], [1]],
      [{ 0: "Fail" }]
    ]) {
      assert.throws(() => replies([1, 0, kindOf("failed"), 1, reasons]), Message.Violation)
      assert.throws(() => replies([1, 0, kindOf("startFailed"), "build", reasons]), Message.Violation)
      assert.throws(
        () => replies([1, 0, kindOf("log of a task"), 1, { ...log, cause: reasons }]),
        Message.Violation
      )
    }
  })

  it("a log entry is checked field by field: S037", () => {
    const wrong: ReadonlyArray<unknown> = [
      null,
      "log",
      { ...log, level: 5 },
      { ...log, message: "m" },
      { ...log, annotations: null },
      { ...log, annotations: "a" },
      { ...log, spans: undefined },
      { ...log, spans: [5] },
      { ...log, cause: undefined },
      { ...log, date: "today" },
      { ...log, date: NaN }
    ]
    for (const entry of wrong) {
      assert.throws(
        () => replies([1, 0, kindOf("log of a task"), 1, entry]),
        Message.Violation,
        undefined,
        JSON.stringify(entry)
      )
    }
  })

  it("a name that is no string is a violation, or is shown as one, and never throws anything else: S037", () => {
    for (const name of [5, null, {}, [["A"]], { toString: 5, valueOf: 5 }]) {
      try {
        const [[, , names]] = replies(structuredClone([1, 0, kindOf("ready"), Message.version, [name]])) as [
          [string, number, Array<unknown>]
        ]
        assert.typeOf(names[0], "string")
      } catch (error) {
        assert.instanceOf(error, Message.Violation)
      }
    }
  })

  it("messages before a violation have been heard", () => {
    const heard: Array<number> = []
    const ignore = () => {}
    const frame = Message.emptyFrame(1, 0)
    Message.pushStarted(frame, 1)
    Message.pushStarted(frame, 2)
    frame.push("garbage")
    Message.pushStarted(frame, 3)
    assert.throws(
      () =>
        Message.readReplies(frame, {
          ready: ignore,
          startFailed: ignore,
          started: (id) => void heard.push(id),
          succeeded: ignore,
          measured: ignore,
          failed: ignore,
          absent: ignore,
          log: ignore,
          stopped: ignore,
          call: ignore,
          endCall: ignore,
          awaitCall: ignore,
          redeadline: ignore,
          askSnapshot: ignore
        }),
      Message.Violation
    )
    assert.deepStrictEqual(heard, [1, 2])
  })
})

// ----------------------------------------------------------------------------
// garbage
// ----------------------------------------------------------------------------

/** Any value that structured clone can deliver, and therefore any value that a worker can send. */
const garbage: ReadonlyArray<() => unknown> = [
  () => undefined,
  () => null,
  () => NaN,
  () => -1,
  () => -0,
  () => Infinity,
  () => 2 ** 53,
  () => 0.5,
  () => "",
  () => "Fail",
  () => true,
  () => 1n,
  () => [],
  () => [[]],
  () => [[["Fail"]]],
  () => [["Die", null]],
  () => ({}),
  () => ({ length: 3 }),
  () => ({ message: [], spans: [], cause: [] }),
  () => ({ toString: 5, valueOf: 5 }),
  () => JSON.parse('{"__proto__": {"polluted": true}}') as unknown,
  () => new Map([[1, 2]]),
  () => new Date(NaN),
  () => new Uint8Array(3),
  () => new Error("no"),
  () => Object(1n)
]

describe("garbage", () => {
  it("a frame changed at random is read, dropped or a violation; nothing else is ever thrown (2,000 seeds): S037", () => {
    const outcomes = { read: 0, dropped: 0, violation: 0 }
    for (let seed = 1; seed <= 2000; seed++) {
      const next = random(seed)
      const pick = <A>(list: ReadonlyArray<A>): A => list[Math.floor(next() * list.length)]!
      let frame: Message.Frame = Message.emptyFrame(1, 0)
      for (let i = 0, n = 1 + Math.floor(next() * 5); i < n; i++) pick(replyKinds)[1](frame)
      frame = structuredClone(frame)
      for (let i = 0, n = 1 + Math.floor(next() * 3); i < n; i++) {
        const at = Math.floor(next() * frame.length)
        const change = pick(["replace", "replace", "delete", "insert", "cut", "swap", "inside"] as const)
        if (change === "replace") frame[at] = pick(garbage)()
        if (change === "delete") frame.splice(at, 1)
        if (change === "insert") frame.splice(at, 0, pick(garbage)())
        if (change === "cut") frame.length = at
        if (change === "swap") [frame[at], frame[0]] = [frame[0], frame[at]]
        const part: any = frame[at]
        if (change === "inside" && typeof part === "object" && part !== null) {
          const keys = Object.keys(part)
          if (keys.length > 0) part[pick(keys)] = pick(garbage)()
        }
      }
      const value: unknown = structuredClone(frame)
      try {
        const checked = Message.checkHeader(value, 1, 0)
        if (checked === undefined) {
          outcomes.dropped++
          continue
        }
        for (const [kind, ...args] of replies(checked)) {
          if (kind === "ready") {
            assert.typeOf(args[0], "number")
            for (const name of args[1] as ReadonlyArray<unknown>) assert.typeOf(name, "string")
          } else if (kind === "startFailed") {
            assert.include(["build", "version"], args[0])
            assert.isArray(args[1])
          } else if (kind !== "stopped" && !(kind === "log" && args[0] === undefined)) {
            assert.isAtLeast(args[0] as number, 0)
          }
        }
        outcomes.read++
      } catch (error) {
        if (!(error instanceof Message.Violation)) {
          assert.fail(`seed ${seed}: ${String(error)}`)
        }
        outcomes.violation++
      }
    }
    // Otherwise the changes are too tame, or too wild, to show anything.
    assert.isAbove(outcomes.read, 100)
    assert.isAbove(outcomes.dropped, 20)
    assert.isAbove(outcomes.violation, 500)
    assert.isUndefined(({} as any).polluted)
  })
})
