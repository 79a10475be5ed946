import assert from "node:assert/strict"
import { test } from "node:test"
import { checkWriters } from "./check-writers.mjs"

const failuresOf = (sources) => checkWriters(new Map(Object.entries(sources))).failures

const declared = (comment = "") =>
  `export class Task {\n${comment}  state = "queued"\n  readonly id = 1\n  private hidden = 0\n}\n`

test("a second file that writes a field is caught, with its line", () => {
  const failures = failuresOf({
    "internal/Task.ts": declared(),
    "internal/Other.ts": 'export const f = (task) => {\n  task.state = "sent"\n}'
  })
  assert.equal(failures.length, 1)
  assert.match(failures[0], /^internal\/Other\.ts:2: writes task\.state, which is written by Task$/)
})

for (const write of [
  "task.state++",
  "--task.state",
  "task.state += 1",
  "task.state ??= 1",
  "delete task.state",
  "all[0]!.state = 1",
  "a.b.state = 1"
]) {
  test(`${write} is a write`, () => {
    const failures = failuresOf({
      "internal/Task.ts": declared(),
      "internal/Other.ts": `export const f = () => { ${write} }`
    })
    assert.equal(failures.length, 1, failures.join("\n"))
  })
}

for (const read of [
  "task.state === 1",
  "f(task.state)",
  "const x = task.state",
  "({ state: 1 })",
  "(task) => task.state"
]) {
  test(`${read} is no write`, () => {
    assert.deepEqual(
      failuresOf({ "internal/Task.ts": declared(), "internal/Other.ts": `export const g = ${read}` }),
      []
    )
  })
}

test("the file that the comment names may write the field, and the declaring file may not from outside", () => {
  const named = declared("  /** Where it is. Written by `Steps`. */\n")
  const write = 'export const f = (task) => {\n  task.state = "sent"\n}'
  assert.deepEqual(failuresOf({ "internal/Task.ts": named, "internal/Steps.ts": write }), [])
  assert.equal(failuresOf({ "internal/Task.ts": named + write, "internal/Steps.ts": write }).length, 1)
})

test("a comment that names a file which does not write the field is caught", () => {
  assert.match(
    failuresOf({ "internal/Task.ts": declared("  /** Written by `Steps`. */\n") })[0],
    /names Steps as its writer/
  )
})

test("a class writes its own fields, whatever other classes call theirs", () => {
  const own = "export class Other {\n  private state = 0\n  step() {\n    this.state = 1\n  }\n}"
  assert.deepEqual(failuresOf({ "internal/Task.ts": declared(), "internal/Other.ts": own }), [])
})

test("a readonly or private field has no writer elsewhere to look for: the types see to that", () => {
  const write = "export const f = (task) => {\n  task.id = 2\n  task.hidden = 1\n}"
  assert.deepEqual(failuresOf({ "internal/Task.ts": declared(), "internal/Other.ts": write }), [])
})
