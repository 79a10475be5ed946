// The boot data of a thread and of a process: taken once, and out of reach of later code.
import { afterEach, assert, describe, it } from "vitest"
import { hasThreadBoot, takeThreadBoot, type ThreadBoot, toWorkerData } from "../../src/internal/boot.ts"
import {
  type Hello,
  hasProcessBoot,
  publishProcessBoot,
  takeProcessBoot
} from "../../src/internal/processBoot.ts"
import { startOf } from "../support/Probe.ts"

describe("the boot data of a thread", () => {
  const boot = { start: startOf(1) } as ThreadBoot

  it("is taken once, and then removed from the worker's data: G10", () => {
    const workerData = toWorkerData(boot)
    assert.isTrue(hasThreadBoot(workerData))
    assert.strictEqual(takeThreadBoot(workerData), boot)
    assert.isFalse(hasThreadBoot(workerData))
    assert.isUndefined(takeThreadBoot(workerData))
    assert.deepStrictEqual(Reflect.ownKeys(workerData), [])
  })

  it("is absent in a foreign thread, with any data", () => {
    for (const data of [undefined, null, 1, "text", {}, []]) assert.isUndefined(takeThreadBoot(data))
  })

  it("is not inherited from a polluted prototype: S223, G10", () => {
    assert.isUndefined(takeThreadBoot(Object.create(toWorkerData(boot))))
  })
})

describe("the boot data of a process", () => {
  const hello: Hello = {
    start: { ...startOf(1), claimCapacity: 2 },
    maxFrameBytes: 1000,
    ancestorPipes: 0,
    mark: undefined,
    drops: undefined
  }

  afterEach(() => void takeProcessBoot())

  it("is taken once, by whichever copy of the package asks first: G10", () => {
    const boot = publishProcessBoot(Buffer.alloc(8), hello)
    assert.isTrue(hasProcessBoot())
    assert.strictEqual(takeProcessBoot(), boot)
    assert.isFalse(hasProcessBoot())
    assert.isUndefined(takeProcessBoot())
  })

  it("has claim words for its depth, since a process shares none with its host", () => {
    const { notices, start } = publishProcessBoot(Buffer.alloc(8), hello)
    assert.strictEqual(start.words, notices.words)
    assert.strictEqual(notices.taskIds.length, 2)
  })
})
