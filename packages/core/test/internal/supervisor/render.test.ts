import { assert, describe, it } from "@effect/vitest"
import type { ChildSnapshot, SupervisorSnapshot } from "../../../src/internal/model/supervision.ts"
import { renderTree } from "../../../src/internal/supervisor/render.ts"

const child = (id: string, more: Partial<ChildSnapshot> = {}): ChildSnapshot => ({
  id,
  kind: "worker",
  state: "running",
  restart: "permanent",
  significant: false,
  starts: 1,
  fiber: 7,
  lastCause: undefined,
  supervisor: undefined,
  ...more
})

const tree = (id: string, ...children: ReadonlyArray<ChildSnapshot>): SupervisorSnapshot => ({
  id,
  strategy: "oneForAll",
  state: "running",
  intensity: 5,
  period: 10_000,
  recentRestarts: 2,
  children
})

describe("a tree as text", () => {
  it("is one line for a supervisor without children", () => {
    assert.strictEqual(renderTree(tree("app"), false), "app  oneForAll, running, restarts 2 of 5 in 10 s")
  })

  it("has a line per child, with the branches of those below", () => {
    const web = tree("web", child("cache"), child("server", { state: "backingOff" }))
    const app = tree("app", child("web", { supervisor: web }), child("database"))
    assert.deepStrictEqual(renderTree(app, false).split("\n").slice(1), [
      "├─ web  oneForAll, running, restarts 2 of 5 in 10 s",
      "│  ├─ cache  running",
      "│  └─ server  backingOff",
      "└─ database  running"
    ])
  })

  it("mentions what differs from the default: type, significance, and starts", () => {
    const odd = child("job", { restart: "transient", significant: true, starts: 3 })
    assert.include(renderTree(tree("app", odd), false), "└─ job  running, transient, significant, start 3")
  })

  it("mentions the fibers that there are, if asked to", () => {
    const app = tree("app", child("a"), child("b", { state: "stopped", fiber: undefined }))
    assert.deepStrictEqual(renderTree(app, true).split("\n").slice(1), [
      "├─ a  running, fiber 7",
      "└─ b  stopped"
    ])
  })
})
