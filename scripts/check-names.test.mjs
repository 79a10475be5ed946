import assert from "node:assert/strict"
import { dirname, join } from "node:path"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import {
  checkNames,
  classify,
  foreignNames,
  scopeOf,
  spansOfPage,
  spansOfSource,
  symbolsOf
} from "./check-names.mjs"

const spans = (found) => found.map(({ span }) => span)

test("a span is a file, a folder, a symbol, or names nothing", () => {
  assert.deepEqual(classify("./host/InFlight.ts"), { kind: "file", name: "host/InFlight.ts" })
  assert.deepEqual(classify("packages/core"), { kind: "folder", name: "packages/core" })
  assert.deepEqual(classify("host/worker/"), { kind: "folder", name: "host/worker" })
  assert.deepEqual(classify("Task.make(name, { … })"), { kind: "symbol", name: "Task.make" })
  assert.deepEqual(classify("new HostTask()"), { kind: "symbol", name: "HostTask" })
  assert.deepEqual(classify("onClose"), { kind: "symbol", name: "onClose" })
  for (const span of ["grace", "G3", "S001", '"interrupt"', "--check", "a + B", "effect/Effect", "5 ms"])
    assert.equal(classify(span), undefined, span)
})

test("comments are searched, code is not, and a span may go on in the next line", () => {
  const source = [
    "/**",
    " * Of `A.b` and `Task.make(1,",
    " * 2)`.",
    " */",
    "const text = `${Not.here}`",
    "f() // `One`",
    "// and `Two",
    "// more`"
  ].join("\n")
  assert.deepEqual(spans(spansOfSource(source)), ["A.b", "Task.make(1, 2)", "One", "Two more"])
})

test("blocks of code in a comment and in a page are left out; diagrams name files", () => {
  assert.deepEqual(spans(spansOfSource("/**\n * ```ts\n * const a = `B.c`\n * ```\n * `D.e`\n */")), ["D.e"])
  const page = '`A.b`\n\n```ts\nconst a = `C.d`\n```\n\n```mermaid\nx["host/Fleet.ts<br/>more"]\n```\n'
  assert.deepEqual(spans(spansOfPage(page)), ["A.b", "host/Fleet.ts"])
})

const sources = [
  ["src/Timers.ts", "export class Timers { limit() {} }"],
  ["src/use.ts", 'const grace = timers.after\nconst kind = "WorkerLost" // InAComment']
]

const check = (names, extra = {}) =>
  checkNames({
    texts: [["page.md", names.map((span, index) => ({ span, line: index + 1 }))]],
    files: ["src/host/Timers.ts", "docs/decisions/0001-first.md"],
    symbolsFor: () => symbolsOf(sources),
    ...extra
  })

test("what exists passes: the end of a path, a folder, a decision's number, an identifier, a string", () => {
  const names = [
    "Timers.ts",
    "host/Timers.ts",
    "src/host/",
    "docs/decisions/0001",
    "Timers.limit",
    "WorkerLost"
  ]
  assert.deepEqual(check(names), { failures: [], stale: [] })
})

test("what does not exist is reported with its place", () => {
  assert.deepEqual(
    check(["Timers.ts", "Ledger.ts", "gone/Timers.ts", "packages/gone", "Ledger", "InAComment"]).failures,
    [
      "page.md:2: `Ledger.ts`: no such file",
      "page.md:3: `gone/Timers.ts`: no such file",
      "page.md:4: `packages/gone`: no such folder",
      "page.md:5: `Ledger`: no such symbol",
      "page.md:6: `InAComment`: no such symbol"
    ]
  )
})

test("a member stands in the file that declares its owner, not anywhere", () => {
  assert.deepEqual(check(["Timers.after"]).failures, ["page.md:1: `Timers.after`: no such symbol"])
  assert.deepEqual(check(["timers.after"]).failures, [])
})

test("a library's name passes, an allowed name passes, and an allowance that nothing needs is stale", () => {
  const allowed = new Map([
    ["HOME", "why"],
    ["Gone", "why"]
  ])
  const { failures, stale } = check(["HOME", "Effect.fn"], {
    allowed,
    isForeign: (name) => name === "Effect.fn"
  })
  assert.deepEqual(failures, [])
  assert.deepEqual(stale, ["scripts/known-names.mjs: nothing needs Gone: remove it"])
})

test("names of effect and of Node are known", () => {
  const isForeign = foreignNames(
    join(dirname(dirname(fileURLToPath(import.meta.url))), "node_modules/effect")
  )
  for (const name of [
    "Effect.callback",
    "Schema",
    "Atomics.wait",
    "process.exit",
    "MessagePort",
    "SIGSTOP",
    "util.types"
  ])
    assert.equal(isForeign(name), true, name)
  for (const name of ["Effect.noSuch", "Ledger", "process.noSuch"]) assert.equal(isForeign(name), false, name)
})

test("a text is about its own package", () => {
  assert.deepEqual(scopeOf("packages/core/src/Task.ts"), ["packages/core"])
  assert.ok(scopeOf("docs/design.md").includes("packages/node-workers"))
  assert.ok(!scopeOf("docs/design.md").includes("packages/testing"))
})
