import assert from "node:assert/strict"
import { test } from "node:test"
import { checkRules, namedByTest, parseGuarantees, parseScenarios } from "./check-rules.mjs"

const ids = Array.from({ length: 17 }, (_, index) => `G${index + 1}`)
const section = (id, state = "held (threads).") =>
  `## ${id} Title\n\nText.\n\n**Non-guarantees**\n\n- None.\n\n**State**: ${state}\n`
const guarantees = ids.map((id) => section(id)).join("\n")
const scenarios = `| number | group | behaviour | state |
| --- | --- | --- | --- |
| S001 | OUT | says a \\| b | held |
| S002 | PROC | … | later: processes |
`
const allNamed = `it("${ids.join(" ")} and S001 hold", () => {})`

const check = (changes = {}) =>
  checkRules({
    guarantees,
    scenarios,
    others: new Map(),
    ...changes,
    tests: new Map([["a.test.ts", changes.test ?? allNamed]])
  })

test("a complete set of rules passes", () => {
  const { failures, held, later } = check()
  assert.deepEqual(failures, [])
  assert.deepEqual(held, ["S001"])
  assert.deepEqual(
    later.map(({ id, state }) => [id, state]),
    [["S002", "later: processes"]]
  )
})

test("a guarantee that is not stated is caught", () => {
  const { failures } = check({ guarantees: guarantees.replace("## G4 ", "## Other ") })
  assert.ok(failures.includes("docs/guarantees.md: G4 is not stated"), failures.join("\n"))
})

test("a guarantee without non-guarantees or without a state is caught", () => {
  assert.match(check({ guarantees: guarantees.replace("**Non-guarantees**", "") }).failures[0], /G1 lists no/)
  assert.match(
    check({ guarantees: guarantees.replace("**State**: held", "**State**: fine") }).failures[0],
    /G1 needs/
  )
})

test("a guarantee or a held scenario that no test names is caught", () => {
  assert.deepEqual(check({ test: allNamed.replace("G7", "") }).failures, ["G7 is named by no test"])
  assert.deepEqual(check({ test: allNamed.replace("S001", "") }).failures, ["S001 is named by no test"])
})

test("only a string names a rule: a comment or an identifier does not", () => {
  assert.deepEqual(check({ test: `${allNamed.replace("G7", "")} // G7\nconst G7 = 1` }).failures, [
    "G7 is named by no test"
  ])
  assert.deepEqual(
    [...namedByTest("it(`S001 ${G2} G3`, f); it.effect('S002', g); /* 'S003' */")],
    ["S001", "G3", "S002"]
  )
  assert.deepEqual([...namedByTest('it("S0011 G123 XG1", f)')], [])
  assert.deepEqual(
    [...namedByTest('it.skip("S001", f); it.effect.skip(`S002`, f); test.todo("S003"); it("G1", f)')],
    ["G1"]
  )
})

test("a number that does not exist is caught in tests, sources and pages, with its line", () => {
  assert.deepEqual(check({ test: `${allNamed}\nit("S999", f)` }).failures, [
    "a.test.ts:2: cites S999, which does not exist"
  ])
  assert.deepEqual(check({ others: new Map([["a.ts", "\n// upholds G18"]]) }).failures, [
    "a.ts:2: cites G18, which does not exist"
  ])
})

test("G11 may wait, no other guarantee may", () => {
  const waiting = (id) =>
    ids.map((each) => section(each, each === id ? "not yet in full." : undefined)).join("\n")
  const { failures, waived } = check({ guarantees: waiting("G11"), test: allNamed.replace("G11", "") })
  assert.deepEqual([failures, waived], [[], ["G11"]])
  assert.match(check({ guarantees: waiting("G3") }).failures[0], /G3 is "not yet"; only G11 may be/)
})

test("an unknown state and a repeated number are caught", () => {
  assert.match(
    check({ scenarios: scenarios.replace("| held |", "| done |") }).failures[0],
    /S001 has the state "done"/
  )
  assert.match(check({ scenarios: scenarios.replace("S002", "S001") }).failures[0], /S001 is listed twice/)
  assert.match(check({ scenarios: "" }).failures[0], /has no rows/)
})

test("cells may hold an escaped bar", () => {
  assert.equal(parseScenarios(scenarios)[0].behaviour, "says a \\| b")
  assert.equal(parseGuarantees(guarantees).size, 17)
})
