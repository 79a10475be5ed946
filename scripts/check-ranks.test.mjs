import assert from "node:assert/strict"
import { test } from "node:test"
import { checkRanks, importsOf, rankOf } from "./check-ranks.mjs"

const failuresOf = (sources, options) => checkRanks(new Map(Object.entries(sources)), options).failures
const notesOf = (sources, options) => checkRanks(new Map(Object.entries(sources)), options).notes

/** Asserts that there is exactly one failure, and what it says. */
const fails = (sources, pattern, options) => {
  const failures = failuresOf(sources, options)
  assert.equal(failures.length, 1, failures.join("\n"))
  assert.match(failures[0], pattern)
}

test("every place has its rank", () => {
  const ranks = {
    "TaskError.ts": 0,
    "PoolEvent.ts": 0,
    "internal/model/ids.ts": 0,
    "protocol/Message.ts": 1,
    "internal/machine/taskMachine.ts": 0,
    "WorkerTransport.ts": 2,
    "RunnerEndpoint.ts": 2,
    "internal/shared/Timers.ts": 3,
    "internal/host/pool/queue.ts": 4,
    "internal/worker/serve.ts": 4,
    "internal/supervisor/Round.ts": 4,
    "TaskPool.ts": 5,
    "index.ts": 5
  }
  for (const [path, rank] of Object.entries(ranks)) assert.equal(rankOf(path), rank, path)
  fails({ "internal/misc.ts": "" }, /has no rank/)
})

test("imports of the same or a lower rank pass", () => {
  const sources = {
    "internal/model/ids.ts": "export type TaskId = number",
    "protocol/Message.ts": 'import type { TaskId } from "../internal/model/ids.ts"',
    "protocol/Codec.ts": 'import { encode } from "./Message.ts"\nimport * as Schema from "effect/Schema"',
    "index.ts": 'export * as Message from "./protocol/Message.ts"'
  }
  assert.deepEqual(failuresOf(sources), [])
})

const upward = {
  "a type import": 'import type { X } from "./TaskPool.ts"',
  "an inline type import": 'import { type X } from "./TaskPool.ts"',
  "a value import": 'import { x } from "./TaskPool.ts"',
  "an import for its effects": 'import "./TaskPool.ts"',
  "a re-export": 'export * from "./TaskPool.ts"',
  "a type re-export over two lines": 'export type {\n  X\n} from "./TaskPool.ts"',
  "an import() type": 'export type X = import("./TaskPool.ts").X',
  "a typeof import() type": 'export type X = typeof import("./TaskPool.ts")',
  "a dynamic import": "const x = () => import(`./TaskPool.ts`)"
}

for (const [name, text] of Object.entries(upward)) {
  test(`${name} going up is caught`, () => {
    fails(
      { "TaskError.ts": text, "TaskPool.ts": "" },
      /^TaskError\.ts:\d+: \(rank 0\) imports TaskPool\.ts \(rank 5\)/
    )
  })
}

test("host, worker and supervisor do not import each other, types neither", () => {
  const sources = {
    "internal/worker/Job.ts": "export type Job = object",
    "internal/host/pool/a.ts": 'import type { Job } from "../../worker/Job.ts"'
  }
  fails(sources, /do not know each other/)
  const shared = {
    "internal/shared/Timers.ts": "",
    "internal/supervisor/a.ts": 'import "../shared/Timers.ts"'
  }
  assert.deepEqual(failuresOf(shared), [])
})

test("a cycle is caught once, with its way", () => {
  const sources = {
    "internal/host/pool/a.ts": 'import type { B } from "./b.ts"',
    "internal/host/pool/b.ts": 'import type { C } from "../tasks/c.ts"',
    "internal/host/tasks/c.ts": 'import type { A } from "../pool/a.ts"',
    "TaskPool.ts": 'import { a } from "./internal/host/pool/a.ts"'
  }
  const way =
    /a\.ts → internal\/host\/pool\/b\.ts → internal\/host\/tasks\/c\.ts → internal\/host\/pool\/a\.ts$/
  fails(sources, way)
})

test("a file that imports itself is a cycle", () => {
  fails({ "Task.ts": 'import type { A } from "./Task.ts"' }, /Task\.ts → Task\.ts/)
})

const foreign = {
  effect: /the barrel "effect"/,
  "effect/unstable/rpc": /no folder of it/,
  "effect/rpc/RpcClient": /no folder of it/,
  "node:worker_threads": /nothing else/,
  "@effect/platform-node": /nothing else/,
  "@heddle/testing": /nothing else/,
  "../../testing/src/index.ts": /outside packages\/core\/src/,
  "./Gone.ts": /does not exist/
}

for (const [specifier, pattern] of Object.entries(foreign)) {
  test(`${specifier} is refused`, () => {
    fails({ "Task.ts": `import type { X } from "${specifier}"` }, pattern)
  })
}

test("unstable modules and unstable exports of stable ones are refused", () => {
  const effectModule = (name) =>
    ({
      Graph: { stable: false, unstable: new Set() },
      Schema: { stable: true, unstable: new Set(["Graph"]) }
    })[name]
  fails({ "Task.ts": 'import * as Graph from "effect/Graph"' }, /marks unstable/, { effectModule })
  fails({ "Task.ts": 'import { Graph } from "effect/Schema"' }, /Schema\.Graph/, { effectModule })
  fails({ "Task.ts": 'import * as S from "effect/Schema"\nS.Graph()' }, /Schema\.Graph/, { effectModule })
  fails({ "Task.ts": 'import { x } from "effect/Nothing"' }, /no module of effect/, { effectModule })
  assert.deepEqual(
    failuresOf({ "Task.ts": 'import * as S from "effect/Schema"\nS.Int' }, { effectModule }),
    []
  )
})

test("a state machine imports plain values only", () => {
  const machine = (text) => ({ "internal/machine/taskMachine.ts": text })
  for (const module of ["Effect", "Fiber", "Layer", "Scope", "Runtime", "Ref", "Deferred"]) {
    fails(machine(`import type * as X from "effect/${module}"`), /pure data/)
  }
  fails(machine('import * as Schema from "effect/Schema"'), /only its types/)
  assert.deepEqual(failuresOf(machine('import type * as Schema from "effect/Schema"')), [])
  assert.deepEqual(failuresOf(machine('import * as Option from "effect/Option"')), [])
})

test("a long file is noted, a reference comment is reported", () => {
  assert.deepEqual(failuresOf({ "Task.ts": "const x = 1\n".repeat(401) }), [])
  assert.match(notesOf({ "Task.ts": "const x = 1\n".repeat(401) }).join(), /401 lines/)
  assert.deepEqual(notesOf({ "Task.ts": "const x = 1\n".repeat(400) }), [])
  fails({ "Task.ts": '/// <reference types="node" />' }, /reference/)
})

test("comments, strings, templates and regular expressions are no imports", () => {
  const text = [
    '// import "node:fs"',
    '/* import x from "node:fs" */',
    "const a = 'import x from \"node:fs\"'",
    'const b = `from "node:fs" ${`${{ c: 1 }.c}`} import("node:fs")`',
    'const d = /"/.test(a) ? 4 / 2 : /[/"]/',
    'import { e } from "./e.ts"',
    "const f = import.meta.url"
  ].join("\n")
  assert.deepEqual(
    importsOf(text).map(({ specifier, line }) => [specifier, line]),
    [["./e.ts", 6]]
  )
})

test("a computed import is noted, not judged", () => {
  const { failures, notes } = checkRanks(new Map([["Task.ts", "const load = (url: string) => import(url)"]]))
  assert.deepEqual(failures, [])
  assert.equal(notes.length, 1)
})
