import assert from "node:assert/strict"
import { test } from "node:test"
import {
  problemsOf,
  renderCells,
  renderDefaults,
  renderDiagram,
  renderRestarts,
  replaceBlock,
  restartProblemsOf
} from "./generate-tables.mjs"

const door = {
  states: ["open", "shut", "gone"],
  events: ["push", "pull", "burn"],
  table: {
    open: {
      push: { next: "shut", actions: ["slam"] },
      pull: { next: "open", actions: [], why: "a | b" },
      burn: { next: "gone", actions: [] }
    },
    shut: { pull: { next: "open", actions: ["creak", "swing"] } },
    gone: {}
  }
}

const changed = (table) => problemsOf({ ...door, table: { ...door.table, ...table } })

test("a machine becomes one row per cell, aligned and escaped", () => {
  assert.equal(
    renderCells(door),
    `| state  | event  | next   | actions          | why    |
| ------ | ------ | ------ | ---------------- | ------ |
| \`open\` | \`push\` | \`shut\` | \`slam\`           |        |
| \`open\` | \`pull\` | \`open\` |                  | a \\| b |
| \`open\` | \`burn\` | \`gone\` |                  |        |
| \`shut\` | \`pull\` | \`open\` | \`creak\`, \`swing\` |        |`
  )
})

test("the diagram shows where a machine begins, moves and ends", () => {
  assert.equal(
    renderDiagram(door),
    `\`\`\`mermaid
stateDiagram-v2
  [*] --> open
  open --> shut: push
  open --> gone: burn
  shut --> open: pull
  gone --> [*]
\`\`\``
  )
})

test("a broken machine is refused", () => {
  assert.deepEqual(problemsOf(door), [])
  assert.deepEqual(changed({ shut: undefined }).slice(0, 1), ["state shut has no row"])
  assert.deepEqual(changed({ ajar: {} }), ["row ajar is no state"])
  assert.deepEqual(changed({ gone: { knock: { next: "gone", actions: [] } } }), [
    "cell gone, knock: no such event"
  ])
  assert.deepEqual(changed({ gone: { push: { next: "ajar", actions: [] } } }), [
    "cell gone, push: goes to ajar, which is no state"
  ])
  assert.deepEqual(changed({ gone: { push: { next: "gone" } } }), ["cell gone, push: has no list of actions"])
  assert.deepEqual(problemsOf({ ...door, events: [...door.events, "knock"] }), [
    "event knock has no cell in any state"
  ])
  assert.equal(problemsOf({}).length, 1)
})

test("a block is replaced in its place, and only if there is exactly one", () => {
  const page = "# A\n\n<!-- generated:x -->\n\nold\n\n<!-- /generated -->\n\nB\n"
  const next = replaceBlock(page, "x", "new $1")
  assert.equal(next, "# A\n\n<!-- generated:x -->\n\nnew $1\n\n<!-- /generated -->\n\nB\n")
  assert.equal(replaceBlock(next, "x", "new $1"), next)
  assert.equal(replaceBlock(page, "y", "new"), undefined)
  assert.equal(replaceBlock(page + page, "x", "new"), undefined)
})

test("an option's name is code unless it says itself what is", () => {
  const table = renderDefaults([
    { option: "grace", default: "1 s", why: "a" },
    { option: "chunk of `forEach`", default: "2 ms", why: "b" }
  ])
  assert.match(table, /\| `grace` +\| 1 s/)
  assert.match(table, /\| chunk of `forEach` \| 2 ms/)
})

const restarts = {
  restartTypes: ["always", "once"],
  endReasons: ["well", "badly"],
  strategies: ["one", "many"],
  verdicts: { always: { well: "keep", badly: "restart" }, once: { well: "drop", badly: "drop" } },
  replaced: { one: "it", many: "all" }
}

test("restarts become one row per type and reason, with what happens past the budget, and one per strategy", () => {
  assert.deepEqual(restartProblemsOf(restarts), [])
  assert.equal(
    renderRestarts(restarts),
    `| type     | reason  | within the budget | past it |
| -------- | ------- | ----------------- | ------- |
| \`always\` | \`well\`  | keep              | keep    |
| \`always\` | \`badly\` | restart           | give up |
| \`once\`   | \`well\`  | drop              | drop    |
| \`once\`   | \`badly\` | drop              | drop    |

| strategy | a restart replaces |
| -------- | ------------------ |
| \`one\`    | it                 |
| \`many\`   | all                |`
  )
})

test("a missing verdict, an unknown one and a strategy that replaces nothing are found", () => {
  const broken = {
    ...restarts,
    verdicts: { always: { well: "perhaps" }, once: restarts.verdicts.once },
    replaced: {}
  }
  assert.deepEqual(restartProblemsOf(broken), [
    "verdicts: always, well has no verdict",
    "verdicts: always, badly has no verdict",
    "replaced: nothing is said of one",
    "replaced: nothing is said of many"
  ])
  assert.equal(restartProblemsOf({}).length, 1)
})
