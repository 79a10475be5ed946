import { assert, describe, it } from "@effect/vitest"
import { ServedTasks } from "../../../../src/internal/host/dispatch/ServedTask.ts"
import * as Family from "../../../../src/internal/host/tasks/family.ts"
import type { HostTask } from "../../../../src/internal/host/tasks/HostTask.ts"
import { InFlight } from "../../../../src/internal/host/worker/InFlight.ts"
import { defaults } from "../../../../src/internal/model/defaults.ts"
import * as Claims from "../../../../src/protocol/claims/Claims.ts"
import * as Message from "../../../../src/protocol/messages/Message.ts"
import { makeTask, type TaskParts } from "../fakes.ts"

/** What a worker holds, and what it was sent: each frame as the words that it reads. */
const setUp = (options: { readonly concurrency?: number; readonly sharedMemory?: boolean } = {}) => {
  const { concurrency = 1, sharedMemory = true } = options
  const frames: Array<ReadonlyArray<string>> = []
  const refused: Array<string> = []
  const moved: Array<unknown> = []
  const wordsOf = (frame: Message.Frame) => {
    const words: Array<string> = []
    Message.readRequests(frame, {
      route: (_, name) => words.push(`route ${name}`),
      run: (many, ref, _, payload, extra) =>
        words.push(`${many ? "many" : "run"} ${String(payload)}${extra?.lent === true ? " lent" : ""}`),
      interrupt: (ref) => words.push(`interrupt ${inFlight.taskOf(ref)?.id}`),
      stop: () => words.push("stop"),
      returned: (call) => words.push(`returned ${call}`),
      accepted: (call) => words.push(`accepted ${call}`)
    })
    return words
  }
  const inFlight = new InFlight({
    worker: 4,
    concurrency,
    sharedMemory,
    post: (frame, transfer) => {
      structuredClone(frame)
      frames.push(wordsOf(frame))
      if (transfer !== undefined) moved.push(...transfer)
    },
    onRefused: (task) => refused.push(`task ${task.id}`),
    onReturnRefused: (call) => refused.push(`call ${call}`)
  })
  const servedTasks = new ServedTasks(5)
  let id = 0
  const task = (parts: TaskParts = {}): HostTask => {
    const one = makeTask({ id: ++id, ...parts, payload: parts.payload ?? id }, servedTasks)
    one.state = "sent"
    return one
  }
  const add = (parts: TaskParts = {}): HostTask => {
    const one = task(parts)
    inFlight.add(one)
    return one
  }
  const claim = ({ index, ticket }: HostTask) => Claims.claim(inFlight.words, index, ticket)
  return { add, claim, frames, inFlight, moved, refused, task }
}

describe("what a worker holds", () => {
  it("a task has a claim of its own while it is held, and is found by its ref until it is removed", () => {
    const { add, inFlight } = setUp()
    const [a, b] = [add(), add()]
    assert.notStrictEqual(a.ref, b.ref)
    assert.strictEqual(inFlight.taskOf(a.ref), a)
    assert.isTrue(inFlight.remove(a))
    assert.isUndefined(inFlight.taskOf(a.ref))
    assert.isFalse(inFlight.remove(a))
    assert.strictEqual(inFlight.size, 1)
  })

  it("a ref of the task before, on the same claim, finds nothing: S053", () => {
    const { add, inFlight } = setUp()
    const a = add()
    const before = a.ref
    inFlight.remove(a)
    const b = add()
    assert.strictEqual(b.index, a.index)
    assert.isUndefined(inFlight.taskOf(before))
  })

  it("a ref may be anything, since a worker said it: S037", () => {
    const { inFlight } = setUp()
    for (const ref of [0, -1, 0.5, Infinity, Number.NaN, 2 ** 53]) assert.isUndefined(inFlight.taskOf(ref))
  })

  it("tasks are told in the order in which they were sent, whatever claims they have", () => {
    const { add, inFlight } = setUp()
    const a = add()
    const b = add()
    inFlight.remove(a)
    const c = add()
    assert.deepStrictEqual(inFlight.tasks(), [b, c])
  })

  it("the backlog is the sum of what its tasks are expected to take", () => {
    const { inFlight, task } = setUp()
    const [a, b] = [task(), task()]
    a.estimate = 10
    b.estimate = 5
    inFlight.add(a)
    inFlight.add(b)
    assert.strictEqual(inFlight.backlog, 15)
    inFlight.remove(a)
    assert.strictEqual(inFlight.backlog, 5)
  })

  it("without shared memory it is full with what it can run: nobody could take more back", () => {
    const { add, inFlight } = setUp({ sharedMemory: false, concurrency: 2 })
    add()
    assert.isFalse(inFlight.isFull)
    add()
    assert.isTrue(inFlight.isFull)
  })

  it("what runs in a lent slot takes no slot of its own, and fills nobody's: S145", () => {
    const { add, inFlight, task } = setUp({ sharedMemory: false })
    const parent = add()
    const child = task()
    Family.adopt(parent, child, true)
    Family.lend(new Set(), parent, child)
    assert.isTrue(inFlight.isFull)
    assert.isTrue(inFlight.canBorrow)
    inFlight.add(child)
    assert.deepStrictEqual([inFlight.size, inFlight.occupied], [2, 1])
    inFlight.remove(child)
    assert.deepStrictEqual([inFlight.size, inFlight.occupied], [1, 1])
  })

  it("there is a place for a line of borrowers as deep as tasks may be nested, in each slot, and for tasks that rest: S145, S261", () => {
    const { inFlight } = setUp({ sharedMemory: false, concurrency: 3 })
    assert.strictEqual(inFlight.claimCapacity, 3 + 3 * defaults.taskDepth + defaults.tasksResting)
  })
})

describe("the messages of a worker", () => {
  it("a task is introduced once, and its calls travel together", () => {
    const { add, frames, inFlight } = setUp()
    add()
    add({ items: 2, payload: [7, 8] })
    assert.deepStrictEqual(frames, [])
    inFlight.flush()
    assert.deepStrictEqual(frames, [["route T", "run 1", "many 7,8"]])
    add()
    inFlight.flush()
    assert.deepStrictEqual(frames[1], ["run 3"])
  })

  it("what moves travels alone and at once, behind what was lined up before it", () => {
    const { add, frames, inFlight, moved, task } = setUp()
    add()
    const buffer = new ArrayBuffer(1)
    assert.isTrue(inFlight.add(task({ payload: "moved", transfer: [buffer] })))
    assert.deepStrictEqual(frames, [["route T", "run 1"], ["run moved"]])
    assert.deepStrictEqual(moved, [buffer])
    assert.isFalse(inFlight.add(task()))
  })

  it("a borrower says that its slot is lent: S145", () => {
    const { add, frames, inFlight, task } = setUp()
    const parent = add()
    const child = task()
    Family.adopt(parent, child, true)
    Family.lend(new Set(), parent, child)
    inFlight.add(child)
    inFlight.flush()
    assert.deepStrictEqual(frames, [["route T", "run 1", "run 2 lent"]])
  })

  it("a borrower waits for no reply: who lends to it can do nothing else: S145", () => {
    const { add, inFlight, task } = setUp()
    const [parent] = Array.from({ length: 9 }, () => add()) as [HostTask]
    inFlight.flush()
    const child = task()
    Family.adopt(parent, child, true)
    Family.lend(new Set(), parent, child)
    inFlight.add(child)
    assert.strictEqual(inFlight.whenToPost(false, false), "endOfTurn")
  })

  it("the flush that ends its idleness says so", () => {
    const { add, inFlight } = setUp()
    add()
    assert.isFalse(inFlight.isPosted)
    assert.isTrue(inFlight.flush())
    assert.isTrue(inFlight.isPosted)
    add()
    assert.isFalse(inFlight.flush())
  })

  it("what is said of a call waits for no reply, until it has been posted", () => {
    const { add, inFlight } = setUp({ concurrency: 1 })
    for (let n = 0; n < 9; n++) add()
    inFlight.flush()
    add()
    assert.strictEqual(inFlight.whenToPost(false, false), "withNextReply")
    inFlight.sayOfCall(3, (frame) => Message.pushAccepted(frame, 3, 9))
    assert.strictEqual(inFlight.whenToPost(false, false), "endOfTurn")
    inFlight.flush()
    add()
    assert.strictEqual(inFlight.whenToPost(false, false), "withNextReply")
  })

  it("a request to end, or to stop, leaves at once, with what was lined up before it: G4", () => {
    const { add, frames, inFlight } = setUp()
    const task = add()
    inFlight.ask(task)
    assert.deepStrictEqual(frames, [["route T", "run 1", "interrupt 1"]])
    assert.isTrue(Claims.isInterrupted(inFlight.words, task.index, task.ticket))
    inFlight.askStop()
    assert.deepStrictEqual(frames[1], ["stop"])
  })

  it("what cannot be cloned is refused alone; its neighbours leave: G10", () => {
    const { add, frames, inFlight, refused } = setUp()
    add()
    add({ payload: () => {} })
    inFlight.sayOfCall(3, (frame) => Message.pushReturned(frame, 3, { value: () => {} } as never))
    add()
    inFlight.flush()
    assert.deepStrictEqual(refused, ["task 2", "call 3"])
    assert.deepStrictEqual(frames.flat(), ["route T", "run 1", "run 3"])
  })
})

describe("who has started what", () => {
  it("a task is taken back exactly as long as the worker has not claimed it: G6", () => {
    const { add, claim, inFlight } = setUp()
    const [a, b] = [add(), add()]
    assert.isTrue(claim(a))
    assert.isFalse(inFlight.revoke(a))
    assert.isTrue(inFlight.revoke(b))
    assert.isFalse(claim(b))
    assert.deepStrictEqual([inFlight.claimOf(a), inFlight.claimOf(b)], ["claimed", "revoked"])
  })

  it("the last ones that were sent are taken back first, none that runs or was moved", () => {
    const { add, claim, inFlight } = setUp()
    const [a, b] = [add(), add()]
    add({ transfer: [] })
    const d = add()
    claim(a)
    assert.deepStrictEqual(inFlight.takeBack(1), [d])
    assert.deepStrictEqual(inFlight.takeBack(Infinity), [b])
  })

  it("without shared memory nothing is taken back, and what was sent counts as started: G6", () => {
    const { add, inFlight } = setUp({ sharedMemory: false, concurrency: 2 })
    const a = add()
    assert.isFalse(inFlight.revoke(a))
    assert.deepStrictEqual(inFlight.takeBack(Infinity), [])
    assert.strictEqual(inFlight.claimOf(a), "claimed")
    assert.isTrue(inFlight.hasStarted)
  })

  it("without shared memory a lost worker had started its oldest task, and those that it said: G5, G6", () => {
    const { add, inFlight } = setUp({ sharedMemory: false, concurrency: 3 })
    const [a, b, c] = [add(), add(), add()]
    inFlight.started(b)
    inFlight.conclude(true)
    assert.deepStrictEqual(
      [a, b, c].map((task) => inFlight.claimOf(task)),
      ["claimed", "claimed", "queued"]
    )
  })

  it("without shared memory all that a worker held counts as started where it was not believed: G5", () => {
    const { add, inFlight } = setUp({ sharedMemory: false, concurrency: 2 })
    const [a, b] = [add(), add()]
    inFlight.conclude(false)
    assert.deepStrictEqual([inFlight.claimOf(a), inFlight.claimOf(b)], ["claimed", "claimed"])
  })

  it("with shared memory the end of a worker claims nothing: its words say all: G5", () => {
    const { add, inFlight } = setUp()
    const a = add()
    inFlight.conclude(true)
    assert.strictEqual(inFlight.claimOf(a), "queued")
    assert.isFalse(inFlight.hasStarted)
  })
})

describe("who shares a worker that is to be ended", () => {
  const states = [
    ["sent", true, false],
    ["running", true, false],
    ["interrupting", true, false],
    ["terminating", false, true],
    ["abandoned", false, false]
  ] as const
  for (const [state, isCoRunner, isOverdue] of states) {
    it(`a task that is ${state} ${isCoRunner ? "has its grace" : "has none"}${isOverdue ? ", and is overdue" : ""}: G5`, () => {
      const { add, inFlight } = setUp()
      add().state = state
      assert.deepStrictEqual([inFlight.hasCoRunners, inFlight.hasOverdue], [isCoRunner, isOverdue])
    })
  }
})

describe("what a worker is given at its start", () => {
  const pool = { level: 1, parallelism: 8, size: { min: 1, max: 3, idle: 0 } }

  it("its share of the processors, one at least", () => {
    const { inFlight } = setUp()
    assert.strictEqual(inFlight.startOf(4, pool, false).parallelism, 2)
    assert.strictEqual(inFlight.startOf(4, { ...pool, parallelism: 2 }, false).parallelism, 1)
  })

  it("words that are shared, or else the duty to tell what it starts", () => {
    const shared = setUp().inFlight
    assert.strictEqual(shared.startOf(4, pool, false).words, shared.words)
    assert.isFalse(shared.startOf(4, pool, false).tellsStarts)
    const unshared = setUp({ sharedMemory: false }).inFlight.startOf(4, pool, true)
    assert.isUndefined(unshared.words)
    assert.isTrue(unshared.tellsStarts)
    assert.isTrue(unshared.isSpare)
  })
})
