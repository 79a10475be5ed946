import { TaskError } from "@heddle/core"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { assert, describe, it } from "@effect/vitest"
import * as Table from "../src/table.ts"
import { verdictOf } from "../src/verdict.ts"

describe("the table", () => {
  it("G1: counts calls and outcomes apart, so that a call without one, or with two, can be seen", async () => {
    const table = Table.make(false)
    const verdict = { kind: "died", words: "threw null" } as const
    const twice = table
      .called("eats")
      .pipe(Effect.andThen(table.called("eats")), Effect.andThen(table.settled("eats", verdict, 12.3)))
    await Effect.runPromise(twice)
    const line = table.lines().find(({ plugin }) => plugin === "eats")!
    assert.deepStrictEqual(line, { plugin: "eats", calls: 2, outcomes: 1, words: "threw null", millis: 12.3 })
    assert.deepStrictEqual(Table.render([line]), [
      "plugin            calls  outcomes  time      the last one",
      "eats              2      1         12 ms     threw null"
    ])
  })
})

describe("verdicts", () => {
  const lost = (fields: object) =>
    Exit.fail(
      new TaskError.TaskError({
        reason: new TaskError.WorkerLost({
          worker: 1,
          phase: "run",
          running: [],
          outOfMemory: false,
          stderr: "",
          ...fields
        })
      })
    )

  it("G9: a lost worker says of what it died", () => {
    const words = [
      { exitCode: 3 },
      { signal: "SIGKILL" },
      { outOfMemory: true },
      { cause: new Error("late") }
    ].map((fields) => verdictOf(lost(fields)).words)
    assert.deepStrictEqual(words, ["lost: exit code 3", "lost: SIGKILL", "lost: out of memory", "lost: late"])
  })

  it("there is one for whatever was thrown", () => {
    const odd = [null, undefined, Symbol("odd"), "text", new RangeError("deep")]
    assert.deepStrictEqual(
      odd.map((defect) => verdictOf(Exit.die(defect)).words),
      ["threw null", "threw undefined", "threw Symbol(odd)", "threw text", "threw RangeError: deep"]
    )
    assert.strictEqual(verdictOf(Exit.failCause(Cause.interrupt(1))).kind, "interrupted")
  })
})
