import { assert, describe, it } from "@effect/vitest"
import { publish, stamp } from "../../../../src/internal/host/pool/poolEvents.ts"
import { make as makeSignals, type Signals } from "../../../../src/internal/host/signals.ts"
import type { HostWorker } from "../../../../src/internal/host/worker/HostWorker.ts"
import type { Receipt } from "../../../../src/internal/model/outcome.ts"
import type { PoolEvent } from "../../../../src/PoolEvent.ts"
import { PoolClosed, SpawnFailed } from "../../../../src/TaskError.ts"
import { makeTask } from "../fakes.ts"

/** Signals that are published, and the events that a listener hears. */
const setUp = (isObserved = true) => {
  const signals = makeSignals<HostWorker>()
  const heard: Array<PoolEvent> = []
  let at = 0
  const end = publish(signals, (event) => heard.push(event), { pool: "P", timers: { now: () => ++at } })
  // As a pool does when its last listener has gone.
  if (!isObserved) end()
  return { heard, signals, ticks: () => at }
}

const running = makeTask({ id: 5, name: "Running" })
const ahead = makeTask({ id: 6, name: "Ahead" })
const worker = {
  id: 4,
  seat: 1,
  names: ["A"],
  held: () => [running, ahead],
  claimOf: (task: unknown) => (task === running ? "claimed" : "queued")
} as unknown as HostWorker
const task = makeTask({ id: 9, name: "T" })
task.lastWorker = 4
const exit = { worker: 4, outOfMemory: false, stderr: "", exitCode: 3 }
const closed = new PoolClosed({ state: "closed" })
const spawn = new SpawnFailed({ worker: 4, outOfMemory: false, stderr: "", phase: "import", attempts: 1 })
const receipt = { _tag: "unstarted" } as Receipt

type Row = readonly [
  tell: (signals: Signals<HostWorker>) => void,
  ...facts: ReadonlyArray<{ readonly _tag: string; readonly [field: string]: unknown }>
]

const rows: ReadonlyArray<Row> = [
  [({ pool }) => pool.stateChanged.tell("draining"), { _tag: "PoolStateChanged", state: "draining" }],
  [({ pool }) => pool.failed.tell(closed), { _tag: "PoolFailed", reason: closed }],
  [
    ({ pool }) => pool.resized.tell(2, 1, 4, "demand"),
    { _tag: "PoolResized", size: 2, min: 1, max: 4, why: "demand" }
  ],
  [({ pool }) => pool.leftBehind.tell([4, 5]), { _tag: "WorkersLeftBehind", workers: [4, 5] }],
  [({ tasks }) => tasks.submitted.tell(task), { _tag: "TaskSubmitted", id: 9, task: "T" }],
  [({ tasks }) => tasks.sent.tell(task, 7), { _tag: "TaskSent", id: 9, task: "T", worker: 7 }],
  [({ tasks }) => tasks.requeued.tell(task), { _tag: "TaskRequeued", id: 9, task: "T", worker: 4 }],
  [
    ({ tasks }) => tasks.quarantined.tell(task, [exit, { ...exit, worker: 5 }]),
    { _tag: "TaskQuarantined", id: 9, task: "T", workers: [4, 5] }
  ],
  [
    ({ tasks }) => tasks.settled.tell(task, "succeeded", undefined),
    { _tag: "TaskSettled", id: 9, task: "T", outcome: "succeeded" }
  ],
  [
    ({ tasks }) => tasks.settled.tell(task, "interrupted", receipt),
    { _tag: "TaskInterrupted", receipt },
    { _tag: "TaskSettled", id: 9, task: "T", outcome: "interrupted" }
  ],
  [({ tasks }) => tasks.late.tell(4, 9), { _tag: "LateReply", id: 9, worker: 4 }],
  [({ workers }) => workers.starting.tell(worker), { _tag: "WorkerStarting", worker: 4, slot: 1 }],
  [({ workers }) => workers.ready.tell(worker), { _tag: "WorkerReady", worker: 4, tasks: ["A"] }],
  [
    ({ workers }) => workers.spawnFailed.tell(worker, spawn),
    { _tag: "SpawnFailed", worker: 4, reason: spawn }
  ],
  [
    ({ workers }) => workers.restartScheduled.tell(1, 50, 2),
    { _tag: "RestartScheduled", slot: 1, delay: 50, failures: 2 }
  ],
  [({ workers }) => workers.spareSeated.tell(worker, 1), { _tag: "SpareTookPlace", worker: 4, slot: 1 }],
  [
    ({ workers }) => workers.silent.tell(worker, "busy", 1500),
    { _tag: "WorkerSilent", worker: 4, activity: "busy", millis: 1500 }
  ],
  [({ workers }) => workers.retiring.tell(worker, "age"), { _tag: "WorkerRetiring", worker: 4, why: "age" }],
  [
    ({ workers }) => workers.terminating.tell(worker, "grace"),
    { _tag: "WorkerTerminating", worker: 4, why: "grace" }
  ],
  [({ workers }) => workers.stuck.tell(worker), { _tag: "WorkerStuck", worker: 4 }],
  [
    ({ workers }) => workers.stuckReplaced.tell(worker, 1, 2),
    { _tag: "StuckWorkerReplaced", worker: 4, slot: 1, stuck: 2 }
  ],
  [
    ({ workers }) => workers.ended.tell(worker, { outOfMemory: false, stderr: "" }, true),
    { _tag: "WorkerStopped", worker: 4 }
  ],
  [
    ({ workers }) =>
      workers.ended.tell(worker, { outOfMemory: true, stderr: "…", exitCode: 3, cause: "x" }, false),
    {
      _tag: "WorkerLost",
      worker: 4,
      exitCode: 3,
      signal: undefined,
      outOfMemory: true,
      cause: "x",
      running: ["Running"]
    }
  ],
  [
    ({ workers }) => workers.violated.tell(worker, "no frame"),
    { _tag: "ProtocolViolation", worker: 4, detail: "no frame" }
  ],
  [
    ({ workers }) => workers.strayed.tell(worker, "hello"),
    { _tag: "StrayMessage", worker: 4, preview: "hello" }
  ]
]

describe("facts as events", () => {
  for (const [tell, ...facts] of rows) {
    it(`${facts.map(({ _tag }) => _tag).join(", ")}: with the time, the pool and what it is about`, () => {
      const { heard, signals } = setUp()
      tell(signals)
      assert.deepStrictEqual(
        heard,
        facts.map((fact, index) => ({ at: index + 1, pool: "P", ...fact }))
      )
    })
  }

  it("nothing is built while nobody listens: not even the time is read", () => {
    const { signals, ticks } = setUp(false)
    for (const [tell] of rows) tell(signals)
    assert.strictEqual(ticks(), 0)
  })

  it("facts that are of no use to a user become no event", () => {
    const { heard, signals } = setUp()
    signals.pool.becameIdle.tell()
    signals.pool.batchEnded.tell()
    signals.tasks.placeFreed.tell()
    signals.workers.gone.tell(worker, "idle")
    assert.deepStrictEqual(heard, [])
  })

  it("a stamp says when and where", () => {
    assert.deepStrictEqual(
      stamp({ pool: "P", timers: { now: () => 3 } }, { _tag: "WorkerStuck", worker: 4 }),
      {
        at: 3,
        pool: "P",
        _tag: "WorkerStuck",
        worker: 4
      }
    )
  })
})
