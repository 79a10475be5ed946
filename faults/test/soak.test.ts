import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, describe, it } from "vitest"
import { isExpected, type Move, movesOf } from "../src/soakPlan.ts"
import { Account, leaks } from "../src/soakRun.ts"

const first = (
  count: number,
  seed: number,
  caller: number,
  transport: "threads" | "processes"
): Array<Move> => {
  const moves = movesOf(seed, caller, transport)
  return Array.from({ length: count }, () => moves.next().value)
}

describe("the plan of a soak", () => {
  it("G12: the same seed and caller make the same moves, another one makes others", () => {
    assert.deepStrictEqual(first(500, 7, 3, "threads"), first(500, 7, 3, "threads"))
    assert.notDeepEqual(first(500, 7, 3, "threads"), first(500, 7, 4, "threads"))
    assert.notDeepEqual(first(500, 7, 3, "threads"), first(500, 8, 3, "threads"))
  })

  it("has every kind of move, and on threads nothing that only a process survives", () => {
    const moves = first(20_000, 1, 0, "threads")
    assert.sameMembers(
      [...new Set(moves.map(({ _tag }) => _tag))],
      ["add", "echo", "unsendable", "inject", "interrupt"]
    )
    const injected = new Set(moves.flatMap((move) => (move._tag === "inject" ? [move.injection] : [])))
    assert.isTrue(injected.has("exit") && injected.has("loop") && injected.has("heap-slow"))
    assert.isFalse(injected.has("SIGKILL") || injected.has("abort") || injected.has("SIGSTOP"))
    const faults = moves.filter((move) => move._tag === "inject" && move.injection !== "work")
    assert.isAbove(faults.length, 300)
    assert.isBelow(faults.length, 500)
  })

  it("G5: a good task may end in no other way, a bad one only as it should", () => {
    const good: Move = { _tag: "add", n: 1 }
    assert.isTrue(isExpected(good, "value"))
    for (const ending of ["WorkerLost", "wrong value", "died", "interrupted"])
      assert.isFalse(isExpected(good, ending))
    const exit: Move = { _tag: "inject", injection: "exit", timeout: undefined }
    assert.isTrue(isExpected(exit, "WorkerLost"))
    assert.isFalse(isExpected(exit, "value"))
  })
})

describe("the account of a soak", () => {
  it("G1: a task that settles twice, or never, is a problem", () => {
    const account = new Account()
    account.hear({ _tag: "TaskSubmitted", id: 1 })
    account.hear({ _tag: "TaskSubmitted", id: 2 })
    account.hear({ _tag: "TaskSettled", id: 1 })
    assert.deepStrictEqual(account.problems, [])
    account.hear({ _tag: "TaskSettled", id: 1 })
    account.close()
    assert.lengthOf(account.problems, 2)
  })

  it("G1, G4: an ending that a move may not have, or one that comes too late, is a problem", () => {
    const account = new Account()
    account.settled({ _tag: "echo" }, "value", 10)
    assert.deepStrictEqual([account.calls, account.problems], [1, []])
    account.settled({ _tag: "echo" }, "WorkerLost", 10)
    account.settled({ _tag: "echo" }, "value", 31_000)
    assert.lengthOf(account.problems, 2)
  })

  it("G2: what is left is a problem", () => {
    const before = { threads: 7, children: 0, descriptors: 20, heapMb: 20 }
    assert.deepStrictEqual(leaks(before, { ...before, heapMb: 40 }), [])
    const after = { threads: 8, children: 1, descriptors: 22, heapMb: 80 }
    assert.deepStrictEqual(leaks(before, after), [
      "1 threads are left",
      "1 children are left",
      "2 descriptors are left",
      "the heap grew from 20 to 80 MB"
    ])
  })
})

it("G1, G2, G5: a short soak on threads and on processes has no problem", async () => {
  const soak = fileURLToPath(new URL("../src/soak.ts", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [soak, "--seconds", "4", "--seed", "7"])
  assert.match(stdout, /^threads: \d+ calls on \d workers in [\d.]+ s, seed 7$/m)
  assert.match(stdout, /^processes: \d+ calls/m)
  assert.lengthOf(stdout.match(/no problem/g) ?? [], 2)
}, 120_000)
