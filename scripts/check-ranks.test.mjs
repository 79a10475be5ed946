import assert from "node:assert/strict"
import { test } from "node:test"
import { checkCycles, checkRanks, checkTesting, checkWorkerLoads, importsOf, rankOf } from "./check-ranks.mjs"

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

const testing = {
  "the explorer imports core": [
    "explore/Explore.ts",
    'import type { Task } from "@heddle/core/Task"',
    /^explore\/Explore\.ts:1: imports "@heddle\/core\/Task": explore imports effect and nothing else$/
  ],
  "what the explorer stands on imports core": [
    "internal/world.ts",
    'import "@heddle/core"',
    /internal imports effect and nothing else/
  ],
  "the explorer imports vitest": ["explore/internal/log.ts", 'import "vitest"', /nothing else/],
  "the explorer imports simulated workers": [
    "explore/Explore.ts",
    'import type { Fault } from "../simulation/Fault.ts"',
    /imports simulation\/Fault\.ts: explore imports no other folder/
  ],
  "the entry point of the explorer imports that of the conformance suite": [
    "explore.ts",
    'export * from "./conformance.ts"',
    /explore imports no other folder/
  ],
  "laws import the explorer": [
    "conformance/laws/order.ts",
    'import * as Explore from "../../explore/Explore.ts"',
    /conformance imports no other folder/
  ],
  "what all stand on imports a folder": [
    "internal/world.ts",
    'import "../explore/Explore.ts"',
    /internal\/ serves every folder/
  ]
}

for (const [name, [file, text, pattern]] of Object.entries(testing)) {
  test(`packages/testing: caught when ${name}`, () => {
    const failures = checkTesting(new Map([[file, text]]))
    assert.equal(failures.length, 1, failures.join("\n"))
    assert.match(failures[0], pattern)
  })
}

test("packages/testing: each folder imports itself and internal, the index all of them, simulated workers core", () => {
  const sources = {
    "explore/Explore.ts":
      'import "./internal/log.ts"\nimport "../internal/world.ts"\nimport "effect/Effect"\nimport { x } from "effect/Exit"',
    "explore.ts": 'export * as Explore from "./explore/Explore.ts"',
    "simulation/SimulatedWorkers.ts": 'import "@heddle/core/TaskPool"\nimport "../internal/world.ts"',
    "index.ts": 'export * from "./explore.ts"\nexport * from "./simulation.ts"',
    "vitest.ts":
      'import "vitest"\nimport "./explore/Explore.ts"\nimport type { C } from "./simulation/Coverage.ts"'
  }
  assert.deepEqual(checkTesting(new Map(Object.entries(sources))), [])
})

const loads = (sources, effect) =>
  checkWorkerLoads(new Map(Object.entries(sources)), (name) => effect?.[name])

test("a worker's way to a stream is caught, through core and through effect", () => {
  const sources = {
    "TaskRunner.ts": 'export { x } from "./internal/worker/Runner.ts"',
    "internal/worker/Runner.ts": 'import * as Effect from "effect/Effect"\nimport { y } from "../model/y.ts"',
    "internal/model/y.ts": 'import * as Stream from "effect/Stream"',
    "Task.ts": 'import * as Layer from "effect/Layer"'
  }
  const effect = {
    Layer: 'import * as inner from "./internal/layer.ts"',
    "internal/layer": 'import type { Stream } from "../Stream.ts"\nimport * as Sink from "../Sink.ts"'
  }
  assert.deepEqual(loads(sources, effect).toSorted(), [
    "Task.ts: loads effect/Sink, and so does each worker: Task.ts → effect/Layer → effect/internal/layer → effect/Sink",
    "TaskRunner.ts: loads effect/Stream, and so does each worker: TaskRunner.ts → internal/worker/Runner.ts → internal/model/y.ts → effect/Stream"
  ])
})

test("types, later imports and modules for the host do not count as loads of a worker", () => {
  const sources = {
    "TaskRunner.ts":
      'import type * as Stream from "effect/Stream"\nconst later = () => import("effect/Stream")\nimport { x } from "./Task.ts"',
    "Task.ts": 'import type { Pool } from "./TaskPool.ts"\nexport type { A } from "effect/Sink"',
    "TaskPool.ts": 'import * as Stream from "effect/Stream"'
  }
  assert.deepEqual(loads(sources), [])
})

test("a circle is caught in any folder, type imports counted", () => {
  const sources = {
    "system.ts": 'import type { Fault } from "./catalogue.ts"',
    "catalogue.ts": 'import { scenes } from "./scenes/index.ts"',
    "scenes/index.ts": 'import type { System } from "../system.ts"',
    "main.ts": 'import { faults } from "./catalogue.ts"'
  }
  assert.deepEqual(checkCycles(new Map(Object.entries(sources))), [
    "system.ts imports itself in a circle: system.ts → catalogue.ts → scenes/index.ts → system.ts"
  ])
})
