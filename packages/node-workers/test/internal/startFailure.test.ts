// Why a worker ended before its first frame, from the facts that the host has.
import { mkdtempSync, rmdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { checkDirectory, explainSilentExit, type SilentExit } from "../../src/internal/startFailure.ts"

const silence: SilentExit = {
  entry: "/app/worker.ts",
  execArgv: [],
  exitCode: 0,
  cause: undefined,
  hasBegun: true,
  stderr: ""
}

const explain = (facts: Partial<SilentExit>): unknown => explainSilentExit({ ...silence, ...facts })

const messageOf = (facts: Partial<SilentExit>): string => {
  const error = explain(facts)
  assert.instanceOf(error, Error)
  return error.message
}

describe("the cause of a silent exit", () => {
  it("is the uncaught exception, unchanged, where no loader would help: G9", () => {
    const cause = new TypeError("thrown at import")
    assert.strictEqual(explain({ cause, exitCode: 1 }), cause)
    assert.strictEqual(explain({ cause: "a string", exitCode: 1 }), "a string")
  })

  it("is a file that has returned without serving, and the message names both remedies", () => {
    const message = messageOf({})
    assert.include(message, "/app/worker.ts ended before this worker could serve")
    assert.include(message, "NodeRunner.runMain(layer)")
    assert.include(message, "Task.fromModule")
  })

  it("is a top-level await that never settles, by Node's exit code 13", () => {
    assert.include(messageOf({ exitCode: 13 }), "waits at its top level (await)")
  })

  it("is unknown for any other exit code, and for a signal before the worker's file", () => {
    assert.isUndefined(explain({ exitCode: 7 }))
    assert.isUndefined(explain({ exitCode: undefined, hasBegun: false }))
  })

  it("is the refusal of a flag, by Node's exit code 9, and quotes the line that says so", () => {
    const message = messageOf({
      hasBegun: false,
      exitCode: 9,
      execArgv: ["--nonsense", "--allow-fs-read=/app"],
      stderr: "a warning\nnode: bad option: --nonsense\n"
    })
    assert.strictEqual(
      message,
      "Node refuses its flags (execArgv, env.NODE_OPTIONS), started with --nonsense: node: bad option: --nonsense"
    )
  })

  it("is otherwise the first error on standard error, else the last line, else the exit code", () => {
    const facts = { hasBegun: false, exitCode: 1 }
    const before = "Node ended before the worker's file ran: "
    assert.strictEqual(
      messageOf({ ...facts, stderr: "at line 1\nTypeError: broken loader\n  at somewhere\n" }),
      `${before}TypeError: broken loader`
    )
    assert.strictEqual(messageOf({ ...facts, stderr: "first\nlast\n\n" }), `${before}last`)
    assert.strictEqual(messageOf(facts), `${before}exit code 1`)
  })
})

describe("the directory of a worker", () => {
  it("is accepted where it exists, and where the host's own is used", () => {
    checkDirectory(tmpdir())
    checkDirectory(undefined)
  })

  it("is refused with its path where there is none, or a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "heddle-"))
    const file = join(folder, "file")
    writeFileSync(file, "")
    assert.throws(() => checkDirectory(file), `cwd: the directory ${file} is no directory`)
    assert.throws(() => checkDirectory(join(file, "below")), "is no directory")
    const gone = mkdtempSync(join(tmpdir(), "heddle-"))
    rmdirSync(gone)
    assert.throws(() => checkDirectory(gone), `cwd: the directory ${gone} does not exist`)
  })
})
