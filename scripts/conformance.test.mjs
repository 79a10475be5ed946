import assert from "node:assert/strict"
import { test } from "node:test"
import { problemsOf, renderReport, reportOf } from "./conformance.mjs"

const suite = {
  groups: {
    start: [{ name: "S1: starts" }],
    cancel: [{ name: "S2: loops" }, { name: "S3: native code", needs: ["native"] }]
  },
  register: ({ cases, harness, test: register }) => {
    for (const { name, needs = [] } of cases) if (needs.every((need) => harness.has[need])) register(name)
  }
}

const harnesses = [
  { name: "threads", has: { native: true } },
  { name: "processes", has: { native: false } }
]

const transports = ["threads", "processes"]

test("counts what each transport runs, and names what one does not", () => {
  assert.equal(
    renderReport({ report: reportOf(suite, harnesses), transports }).replaceAll(/ +/g, " "),
    [
      "| group | cases | threads | processes |",
      "| ------ | ----- | ------- | --------- |",
      "| start | 1 | 1 | 1 |",
      "| cancel | 2 | 2 | 1 |",
      "| all | 3 | 3 | 2 |",
      "",
      "| a case that does not run everywhere | it needs | threads | processes |",
      "| ----------------------------------- | -------- | ------- | --------- |",
      "| S3: native code | `native` | yes | no |"
    ].join("\n")
  )
})

test("a case that nothing runs is a problem, so is an empty group", () => {
  const report = [...reportOf(suite, [harnesses[1]]), { group: "wire", cases: [] }]
  assert.deepEqual(problemsOf({ report, transports: ["processes"] }), [
    "group wire has no case",
    'cancel: nothing runs "S3: native code"'
  ])
})
