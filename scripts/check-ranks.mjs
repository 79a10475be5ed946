#!/usr/bin/env node
// Imports inside packages/core/src go down only, type imports counted.
//
// - each file has a rank; it imports the same rank or a lower one, and no cycle
// - host, worker and supervisor import nothing of each other
// - the state machines know nothing of Effect's runtime
// - from outside comes `effect/<Module>`, stable, and nothing else
// - what each worker loads, from `TaskRunner.ts` and `Task.ts` on, leads to no stream of effect: values alone counted
// - a file of more than 400 lines is noted: advice, since a limit packs files against it
//
// In packages/testing/src the folders `simulation`, `explore` and `conformance` import nothing of each other, and `explore` and
// `internal` import nothing but effect, so that a test of plain Effect code needs no pool. No file of these two packages, of
// packages/node-workers/src, faults/src or bench/src imports itself in a circle.
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { lineAt, scan } from "./source-text.mjs"

const maxLines = 400

/** First match wins. */
const ranks = [
  [/^(?:InvalidOption|TaskError|ChannelError|PoolEvent|SupervisorError|SupervisorEvent)\.ts$/, 0],
  [/^internal\/(?:machine|model)\//, 0],
  [/^protocol\//, 1],
  [/^(?:WorkerTransport|RunnerEndpoint)\.ts$/, 2],
  [/^internal\/shared\//, 3],
  [/^internal\/(?:host|worker|supervisor)\//, 4],
  [/^[^/]+\.ts$/, 5]
]

/** Sides that must not know each other, though they have one rank: what both do alike stands in `internal/shared/`. */
const sideOf = (path) => /^internal\/(host|worker|supervisor)\//.exec(path)?.[1]

const isMachine = (path) => path.startsWith("internal/machine/")

/** Modules of plain values: what a state machine may import. */
const pureModules = new Set(
  `Array BigDecimal BigInt Boolean Brand Chunk Combiner Data DateTime Duration Equal Equivalence Filter Function HKT
  Hash HashMap HashSet Iterable Match MutableHashMap MutableHashSet MutableList MutableRef NonEmptyIterable Number Option
  Order Ordering Pipeable Predicate Record Reducer Result String Struct Symbol Trie Tuple Types UndefinedOr Unify
  Utils`.split(/\s+/)
)

/** Modules whose types are data, but which load the runtime: a state machine may import their types. */
const pureTypes = new Set(["Cause", "Exit", "Schema"])

/** The rank of a file of packages/core/src, or undefined. */
export const rankOf = (path) => ranks.find(([pattern]) => pattern.test(path))?.[1]

const moduleForms = [
  /\bfrom\s*"§(\d+)"/g, // import … from, export … from
  /\bimport\s*"§(\d+)"/g, // import for its side effects
  /\bimport\s*\(\s*"§(\d+)"/g, // import("…"), as an expression or as a type
  /\brequire\s*\(\s*"§(\d+)"/g,
  /\bmodule\s*"§(\d+)"/g // declare module "…"
]

/** The text from the `import` or `export` that a `from` belongs to: the nearest one before it. */
const clauseBefore = (code, end) =>
  /\b(?:import|export)\b(?![\s\S]*\b(?:import|export)\b)[\s\S]*$/.exec(code.slice(0, end))?.[0] ?? ""

/** Every module that a source names, in which line, and what it takes from there. */
export const importsOf = (text) => {
  const { code, strings } = scan(text)
  const found = moduleForms.flatMap((form) =>
    Array.from(code.matchAll(form), (match) => {
      const isFrom = match[0].startsWith("from")
      const isCall = match[0].startsWith("import") && match[0].includes("(")
      const clause = isFrom ? clauseBefore(code, match.index) : ""
      return {
        specifier: strings[Number(match[1])],
        line: lineAt(code, match.index),
        typeOnly: /^(?:import|export)\s+type\b(?!\s*(?:,|$))/.test(clause),
        isCall,
        namespace: /\*\s*as\s+(\w+)/.exec(clause)?.[1],
        names: Array.from(
          /\{([^}]*)\}/.exec(clause)?.[1].matchAll(/(?:^|,)\s*(?:type\s+)?(\w+)/g) ?? [],
          (m) => m[1]
        )
      }
    })
  )
  return found.toSorted((a, b) => a.line - b.line)
}

const membersOf = (text, namespace) =>
  Array.from(scan(text).code.matchAll(new RegExp(`\\b${namespace}\\s*\\.\\s*(\\w+)`, "g")), (m) => m[1])

const checkEffectModule = (file, { specifier, typeOnly, namespace, names }, text, effectModule) => {
  const [, module, deeper] = specifier.split("/")
  if (module === undefined) return `imports the barrel "effect": name the module, "effect/<Module>"`
  if (deeper !== undefined) return `imports "${specifier}": only "effect/<Module>", no folder of it`
  const facts = effectModule(module)
  if (facts === undefined) return `imports "${specifier}", which is no module of effect`
  if (!facts.stable) return `imports "${specifier}", which effect marks unstable`
  const used = [...names, ...(namespace === undefined ? [] : membersOf(text, namespace))]
  const unstable = used.find((name) => facts.unstable.has(name))
  if (unstable !== undefined) return `uses ${module}.${unstable}, which effect marks unstable`
  if (!isMachine(file) || pureModules.has(module)) return undefined
  if (!pureTypes.has(module))
    return `imports "${specifier}": a state machine is pure data, without Effect's runtime`
  return typeOnly ? undefined : `imports values of "${specifier}": a state machine may import only its types`
}

const checkRelative = (file, target, files) => {
  if (target.startsWith("..")) return `imports "${target}", outside packages/core/src`
  if (!files.has(target)) return `imports ${target}, which does not exist`
  const [from, to] = [rankOf(file), rankOf(target)]
  const [side, other] = [sideOf(file), sideOf(target)]
  if (side !== undefined && other !== undefined && side !== other)
    return `imports ${target}: ${side} and ${other} do not know each other; what both need goes to internal/shared`
  return from !== undefined && to !== undefined && to > from
    ? `(rank ${from}) imports ${target} (rank ${to}): imports go down only`
    : undefined
}

/** A shortest way from a file back to itself, or undefined. */
const cycleThrough = (start, graph) => {
  const queue = [[start]]
  const seen = new Set()
  for (const path of queue) {
    for (const next of graph.get(path.at(-1)) ?? []) {
      if (next === start) return path
      if (!seen.has(next)) {
        seen.add(next)
        queue.push([...path, next])
      }
    }
  }
  return undefined
}

const cycles = (graph) => {
  const reported = new Set()
  return [...graph.keys()].flatMap((file) => {
    const path = reported.has(file) ? undefined : cycleThrough(file, graph)
    if (path === undefined) return []
    for (const member of path) reported.add(member)
    return [`${file} imports itself in a circle: ${[...path, file].join(" → ")}`]
  })
}

/** The folder of packages/testing/src that a file belongs to; `explore.ts` is the entry point of `explore/`. */
const partOf = (path) => /^(simulation|explore|conformance|internal)(?:\/|\.ts$)/.exec(path)?.[1]

const checkPart = (file, target) => {
  const [part, other] = [partOf(file), partOf(target)]
  if (part === undefined || part === other || other === "internal") return undefined
  return part === "internal"
    ? `imports ${target}: internal/ serves every folder, and imports none`
    : `imports ${target}: ${part} imports no other folder; what both need goes to internal/`
}

/** Parts that know nothing of pools, of tests and of Node: effect and nothing else. */
const isPlain = (file) => partOf(file) === "explore" || partOf(file) === "internal"

/**
 * Checks packages/testing/src: its folders are apart, and the explorer knows no pools. Pure.
 *
 * `files`: from path inside packages/testing/src to text. Returns one line per failure.
 */
export const checkTesting = (files) =>
  [...files].flatMap(([file, text]) =>
    importsOf(text).flatMap(({ specifier, line }) => {
      const isRelative = specifier.startsWith(".")
      const message = isRelative
        ? checkPart(file, posix.join(posix.dirname(file), specifier))
        : isPlain(file) && !specifier.startsWith("effect/")
          ? `imports "${specifier}": ${partOf(file)} imports effect and nothing else`
          : undefined
      return message === undefined ? [] : [`${file}:${line}: ${message}`]
    })
  )

/** Checks that no file imports itself in a circle, type imports counted. Pure. Returns one line per circle. */
export const checkCycles = (files) =>
  cycles(
    new Map(
      [...files].map(([file, text]) => [
        file,
        new Set(
          importsOf(text)
            .filter(({ specifier }) => specifier.startsWith("."))
            .map(({ specifier }) => posix.join(posix.dirname(file), specifier))
        )
      ])
    )
  )

const everythingStable = () => ({ stable: true, unstable: new Set() })

/**
 * Checks sources against the ranks. Pure.
 *
 * - `files`: from path inside packages/core/src to text.
 * - `effectModule`: what is known of a module of effect, `{ stable, unstable }`, where `unstable` holds the names
 *   of its exports that are marked so; undefined when there is no such module.
 *
 * Returns one line per failure; `notes` are places that it cannot judge.
 */
export const checkRanks = (files, { effectModule = everythingStable } = {}) => {
  const failures = []
  const notes = []
  const graph = new Map()
  for (const [file, text] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const targets = new Set()
    graph.set(file, targets)
    if (rankOf(file) === undefined)
      failures.push(`${file}: has no rank; known places are in scripts/check-ranks.mjs`)
    const lines = text.trimEnd().split("\n").length
    if (lines > maxLines) notes.push(`${file}: is ${lines} lines long, more than ${maxLines}`)
    if (/^\/\/\/\s*<reference/m.test(text))
      failures.push(`${file}: uses a /// <reference>: import what it needs`)
    for (const found of importsOf(text)) {
      const { specifier, line } = found
      const fail = (message) => {
        if (message !== undefined) failures.push(`${file}:${line}: ${message}`)
      }
      if (specifier.startsWith(".")) {
        const target = posix.join(posix.dirname(file), specifier)
        targets.add(target)
        fail(checkRelative(file, target, files))
      } else if (specifier === "effect" || specifier.startsWith("effect/")) {
        fail(checkEffectModule(file, found, text, effectModule))
      } else {
        fail(`imports "${specifier}": core imports effect's stable modules and nothing else`)
      }
    }
    const { code } = scan(text)
    for (const { index } of code.matchAll(/(?<!\.\s*)\bimport\s*\(\s*(?!"§|\s)/g)) {
      notes.push(`${file}:${lineAt(code, index)}: imports by a computed name, which this check cannot follow`)
    }
  }
  return { failures: [...failures, ...cycles(graph)], notes }
}

/** What each worker loads: its runner, and the contracts that its handlers serve. */
const workerEntries = ["TaskRunner.ts", "Task.ts"]

/** Modules of effect that a worker loads only with code that streams: docs/decisions/0013. */
const notForWorkers = new Set(["effect/Stream", "effect/Channel", "effect/Sink"])

/**
 * Checks that workers start without streams. Follows values through core and through effect. Pure.
 *
 * - `files`: from path inside packages/core/src to text.
 * - `effectSource`: the text of a file inside effect's sources, such as `internal/effect`, or undefined.
 *
 * Returns one line per module that an entry leads to, with the shortest way there.
 */
export const checkWorkerLoads = (files, effectSource) => {
  const ways = new Map(workerEntries.filter((entry) => files.has(entry)).map((entry) => [entry, [entry]]))
  const failures = []
  for (const [file, way] of ways) {
    if (notForWorkers.has(file)) {
      failures.push(`${way[0]}: loads ${file}, and so does each worker: ${way.join(" → ")}`)
      continue
    }
    const isEffect = file.startsWith("effect/")
    const text = isEffect ? effectSource(file.slice("effect/".length)) : files.get(file)
    for (const { isCall, specifier, typeOnly } of importsOf(text ?? "")) {
      if (typeOnly || isCall) continue
      const joined = specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier
      const next = isEffect ? joined.replace(/\.ts$/, "") : joined
      if (!ways.has(next)) ways.set(next, [...way, next])
    }
  }
  return failures
}

const header = (text) => /\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? ""

/** Reads stability from the header of a module of effect and from the comment of each of its exports. */
const readEffectModule = (folder) => (module) => {
  const path = join(folder, `${module}.ts`)
  if (module === "index" || !existsSync(path)) return undefined
  const text = readFileSync(path, "utf8")
  const comments = text.matchAll(
    /\/\*\*(?:(?!\*\/)[\s\S])*@stability unstable(?:(?!\*\/)[\s\S])*\*\/\s*export\s+(?:declare\s+)?(?:abstract\s+)?(?:const|function|class|interface|type|namespace)\s+(\w+)/g
  )
  return {
    stable: !header(text).includes("@stability unstable"),
    unstable: new Set(Array.from(comments, (m) => m[1]))
  }
}

/** From path inside a folder, with slashes, to text. */
const readFolder = (folder) =>
  new Map(
    globSync("**/*.ts", { cwd: folder }).map((path) => [
      path.replaceAll("\\", "/"),
      readFileSync(join(folder, path), "utf8")
    ])
  )

const main = () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const [core, testing, ...others] = [
    "packages/core/src",
    "packages/testing/src",
    "packages/node-workers/src",
    "faults/src",
    "bench/src"
  ].map((folder) => ({ folder, files: readFolder(join(root, folder)) }))
  const empty = [core, testing, ...others].filter(({ files }) => files.size === 0)
  const effectFolder = join(root, "node_modules", "effect", "src")
  const effectModule = readEffectModule(effectFolder)
  const effectSource = (name) => {
    const path = join(effectFolder, `${name}.ts`)
    return existsSync(path) ? readFileSync(path, "utf8") : undefined
  }
  const { failures: ofCore, notes } = checkRanks(core.files, { effectModule })
  const failures = [
    ...empty.map(({ folder }) => `${folder}: has no sources`),
    ...ofCore,
    ...checkWorkerLoads(core.files, effectSource),
    ...checkTesting(testing.files).map((failure) => `${testing.folder}/${failure}`),
    ...[testing, ...others].flatMap(({ files, folder }) =>
      checkCycles(files).map((failure) => `${folder}/${failure}`)
    )
  ]
  for (const note of notes) console.log(`note: ${note}`)
  for (const failure of failures) console.error(failure)
  const count = [core, testing, ...others].reduce((sum, { files }) => sum + files.size, 0)
  console.log(`ranks: ${count} files, ${failures.length} failures`)
  return failures.length === 0 ? 0 : 1
}

if (import.meta.main) process.exit(main())
