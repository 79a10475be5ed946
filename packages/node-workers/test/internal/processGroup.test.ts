// The groups that end with this host. Signals are recorded, not sent.
import { afterEach, assert, beforeEach, describe, it, vi } from "vitest"
import { enter, hasGroups, killAll, leave, signal } from "../../src/internal/processGroup.ts"

let sent: Array<readonly [number, string | number | undefined]>

const group = (leader: number): number => (hasGroups ? -leader : leader)

const listeners = (): number => process.listenerCount("exit")

beforeEach(() => {
  sent = []
  vi.spyOn(process, "kill").mockImplementation((pid, name) => {
    sent.push([pid, name])
    return true
  })
})

afterEach(() => void vi.restoreAllMocks())

describe("process groups", () => {
  it("a signal goes to the leader and all its descendants, and an empty group is no error: G4", () => {
    signal(7, "SIGTERM")
    assert.deepStrictEqual(sent, [[group(7), "SIGTERM"]])
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("kill ESRCH"), { code: "ESRCH" })
    })
    signal(7, "SIGKILL")
  })

  it("every registered group dies with the host, and one listener serves them all: G2", () => {
    const before = listeners()
    enter(7)
    enter(8)
    assert.strictEqual(listeners(), before + 1)
    killAll()
    assert.deepStrictEqual(sent, [
      [group(7), "SIGKILL"],
      [group(8), "SIGKILL"]
    ])
    leave(7)
    leave(8)
    assert.strictEqual(listeners(), before)
  })

  it("the rest of a group is killed once, when its leader was reaped: its number may be another's later: G2", () => {
    enter(7)
    leave(7)
    leave(7)
    killAll()
    assert.deepStrictEqual(sent, [[group(7), "SIGKILL"]])
  })
})
