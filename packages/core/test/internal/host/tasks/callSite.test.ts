import { assert, describe, it } from "@effect/vitest"
import type { Fiber } from "effect/Fiber"
import { callSite, callSiteOf } from "../../../../src/internal/host/tasks/callSite.ts"

interface Frame {
  readonly name: string
  readonly stack: () => string | undefined
  readonly parent: Frame | undefined
}

/** A fiber within spans, the innermost first. */
const fiberIn = (...spans: ReadonlyArray<readonly [name: string, stack: string | undefined]>) => {
  const frame = spans.reduceRight<Frame | undefined>(
    (parent, [name, stack]) => ({ name, stack: () => stack, parent }),
    undefined
  )
  return { cache: { stackFrame: frame } } as unknown as Fiber<unknown, unknown>
}

describe("where a task was called", () => {
  it("is the task, then what its caller ran in, innermost first: G9", () => {
    const fiber = fiberIn(["load", "at load (a.ts:1:2)"], ["main", undefined])
    assert.deepStrictEqual(callSite("T", fiber)().split("\n"), [
      "    at T",
      "    at load (load (a.ts:1:2))",
      "    at main"
    ])
  })

  it("names the task's number, and the worker that it was sent to: G9", () => {
    const called = { name: "T", id: 3, fiber: fiberIn() }
    assert.strictEqual(callSiteOf({ ...called, lastWorker: undefined })(), "    at T (task 3)")
    assert.strictEqual(callSiteOf({ ...called, lastWorker: 7 })(), "    at T (task 3 on worker 7)")
  })

  it("is of when it was asked for: a fiber that goes on does not change it", () => {
    const fiber = fiberIn(["load", undefined])
    const frames = callSite("T", fiber)
    ;(fiber.cache as { stackFrame: unknown }).stackFrame = undefined
    assert.include(frames(), "at load")
  })

  it("has twelve lines at most, however deep the caller is: G7", () => {
    const deep = Array.from({ length: 50 }, (_, n) => [`span ${n}`, undefined] as const)
    const lines = callSite("T", fiberIn(...deep))().split("\n")
    assert.lengthOf(lines, 12)
    assert.strictEqual(lines.at(-1), "    at span 10")
  })
})
