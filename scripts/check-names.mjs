#!/usr/bin/env node
// A file or a symbol between backticks exists: in comments of sources, in pages, and in the diagrams of pages.
//
// - `Foo.ts`, `host/worker/InFlight.ts`, `packages/core/`: a file or a folder of the repository; the end of its path is enough
// - `TaskLifecycle`, `onClose`: an identifier, or a whole string, of the code that the text is about (`scopeOf`)
// - `Timers.limit`: where the repository declares the first part, that file has the second
// - else a module of `effect` or a name of Node; the rest stands in known-names.mjs, with its reason
//
// Blocks of code are left to doc-examples.mjs, which compiles them. Decision records are history: of an accepted record the
// files are checked, not the symbols; every other record is exempt.
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { constants } from "node:os"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { known } from "./known-names.mjs"
import { lineAt, scan } from "./source-text.mjs"

const fileName = /^(?:\.{0,2}\/)*(?:[\w@.+-]+\/)*[\w.+-]+\.(?:[mc]?[tj]s|tsx|md|json|py|sh|ya?ml)$/
const folderName =
  /^(?:\.{0,2}\/)*(?:[\w@.+-]+\/)+$|^(?:packages|docs|scripts|bench|faults|examples)\/[\w@./+-]+$/
const symbolName = /^(?:new )?([A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*)(?:$|\(|<)/

/** What stands between backticks: a file, a folder, a symbol, or `undefined` for text that names nothing. */
export const classify = (span) => {
  if (fileName.test(span)) return { kind: "file", name: span.replace(/^(?:\.{0,2}\/)+/, "") }
  if (folderName.test(span)) {
    return { kind: "folder", name: span.replace(/^(?:\.{0,2}\/)+/, "").replace(/\/$/, "") }
  }
  const name = symbolName.exec(span)?.[1].replaceAll("?.", ".")
  // A number of a rule is check-rules.mjs's.
  return name !== undefined && /[A-Z.]/.test(name) && !/^[GS]\d+$/.test(name)
    ? { kind: "symbol", name }
    : undefined
}

const spansOf = (text) =>
  Array.from(text.matchAll(/(`+)([^`]+)\1/g), (match) => ({
    span: match[2].replaceAll(/\s+/g, " ").trim(),
    index: match.index
  }))

/** The backticks of a source's comments; a span may go on in the next line. */
export const spansOfSource = (text) => {
  const { comments } = scan(text)
  // One text for comments of one line each that follow each other.
  const runs = []
  for (const comment of comments) {
    const last = runs.at(-1)
    const index = text.indexOf(comment, last?.end ?? 0)
    if (last !== undefined && /^\s*$/.test(text.slice(last.end, index))) last.end = index + comment.length
    else runs.push({ index, end: index + comment.length })
  }
  const blank = (found) => " ".repeat(found.length)
  return runs.flatMap(({ end, index }) => {
    const prose = text
      .slice(index, end)
      .replaceAll(/^([^\S\n]*)(?:\/\*\*?|\*\/|\*|\/\/)/gm, blank)
      .replaceAll(/^[^\S\n]*```[\s\S]*?```/gm, (block) => block.replaceAll(/[^\n]/g, " "))
    return spansOf(prose).map(({ index: at, span }) => ({ span, index: index + at }))
  })
}

/** The backticks of a page, and the files that its diagrams name. */
export const spansOfPage = (text) => {
  const diagrams = Array.from(text.matchAll(/^```mermaid\n[\s\S]*?^```/gm)).flatMap(({ 0: diagram, index }) =>
    Array.from(diagram.matchAll(/(?:[\w-]+\/)*[\w-]+\.(?:ts|mjs)\b/g), (match) => ({
      span: match[0],
      index: index + match.index
    }))
  )
  const prose = text.replaceAll(/^([^\S\n]*)(```|~~~)[\s\S]*?^\1\2/gm, (block) =>
    block.replaceAll(/[^\n]/g, " ")
  )
  return [...spansOf(prose), ...diagrams]
}

const declares = /\b(?:class|interface|type|const|let|function|namespace|enum)\s+([A-Za-z_$][\w$]*)/g

/** The symbols of sources: every identifier and every string that is one word, and which file declares what. */
export const symbolsOf = (sources) => {
  const words = new Set()
  const owners = new Map()
  const own = (name, path) => owners.set(name, [...(owners.get(name) ?? []), path])
  const wordsIn = new Map()
  for (const [path, text] of sources) {
    const { code, strings } = scan(text)
    const here = new Set([
      ...(code.match(/[A-Za-z_$][\w$]*/g) ?? []),
      ...strings.flatMap((s) => s.match(/^[\w$.]+$/) ?? [])
    ])
    wordsIn.set(path, here)
    for (const word of here) words.add(word)
    for (const [, name] of code.matchAll(declares)) own(name, path)
    own(/([^/]+?)\.[^/.]+$/.exec(path)[1], path)
  }
  return { words, owners, wordsIn }
}

/**
 * The names that nothing has. Pure.
 *
 * - `texts`: from path to the spans in it, `{ span, line }`.
 * - `files`: the paths of the repository. `symbolsFor`: of `symbolsOf`, by the path of a text. `isForeign`: whether a
 *   library has a name.
 * - `allowed`: from name to why it is none of the repository's.
 */
export const checkNames = ({ allowed = new Map(), files, isForeign = () => false, symbolsFor, texts }) => {
  const ends = new Set()
  const folders = new Set()
  for (const path of files) {
    const parts = path.split("/")
    for (let from = 0; from < parts.length; from++) {
      ends.add(parts.slice(from).join("/"))
      for (let to = from + 1; to < parts.length; to++) folders.add(parts.slice(from, to).join("/"))
    }
  }
  // A decision is known by its number.
  const records = new Set(files.flatMap((path) => /^docs\/decisions\/\d{4}/.exec(path) ?? []))
  const isSymbol = (name, symbols) => {
    if (symbols.words.has(name) || ends.has(`${name}.ts`)) return true
    const [first, ...rest] = name.split(".")
    const owners = symbols.owners.get(first)
    const homes = rest.length > 0 && /^[A-Z]/.test(first) ? (owners ?? []) : []
    if (homes.length > 0)
      return rest.every((part) => homes.some((path) => symbols.wordsIn.get(path).has(part)))
    return rest.length > 0 && [first, ...rest].every((part) => symbols.words.has(part))
  }
  const exists = ({ kind, name }, symbols) => {
    if (kind === "symbol") return isSymbol(name, symbols) || isForeign(name)
    if (kind === "file") return ends.has(name)
    return folders.has(name) || ends.has(name) || records.has(name)
  }
  const used = new Set()
  const failures = []
  for (const [path, spans] of texts) {
    const symbols = symbolsFor(path)
    for (const { line, span } of spans) {
      const found = classify(span)
      if (found === undefined || exists(found, symbols)) continue
      if (allowed.has(found.name)) used.add(found.name)
      else failures.push(`${path}:${line}: \`${span}\`: no such ${found.kind}`)
    }
  }
  const stale = [...allowed.keys()].filter((name) => !used.has(name))
  return { failures, stale: stale.map((name) => `scripts/known-names.mjs: nothing needs ${name}: remove it`) }
}

/** `isForeign` for the modules of effect in a folder, and for the globals and the modules of Node. */
export const foreignNames = (effect) => {
  const exportsOf = new Map()
  const isOfEffect = (name) => {
    const [module, member] = name.split(".")
    const file = ["dist", "dist/testing"]
      .map((folder) => join(effect, folder, `${module}.d.ts`))
      .find((path) => existsSync(path))
    if (file === undefined) return false
    if (member === undefined) return true
    if (!exportsOf.has(module)) {
      const { code } = scan(readFileSync(file, "utf8"))
      exportsOf.set(module, new Set(code.match(/[A-Za-z_$][\w$]*/g)))
    }
    return exportsOf.get(module).has(member)
  }
  const nodeModules =
    `assert async_hooks buffer child_process crypto events fs module net os path perf_hooks process stream
    timers tty url util v8 vm worker_threads`
      .split(/\s+/)
      .map((name) => [name, process.getBuiltinModule(name)])
  const holders = [
    globalThis,
    Object.fromEntries(nodeModules),
    ...nodeModules.map(([, module]) => module),
    constants.signals
  ]
  const has = (holder, name) =>
    (typeof holder === "object" || typeof holder === "function") &&
    holder !== null &&
    (name in holder || (typeof holder.prototype === "object" && name in holder.prototype))
  const isIn = (holder, [first, ...rest]) =>
    has(holder, first) && (rest.length === 0 || isIn(holder[first] ?? holder.prototype[first], rest))
  const isOfNode = (name) => holders.some((holder) => isIn(holder, name.split(".")))
  return (name) => isOfEffect(name) || isOfNode(name)
}

const scopes = [
  [/^packages\/core\//, ["packages/core"]],
  [/^packages\/node-workers\//, ["packages/core", "packages/node-workers"]],
  [/^packages\/|^docs\/(?:testing|transports)\.md$/, ["packages"]],
  [/^faults\/|^docs\/reliability\.md$/, ["packages", "faults"]],
  [/^bench\/|^docs\/performance\.md$/, ["packages", "bench"]],
  [/^examples\//, ["packages", "examples"]],
  [/^CONTRIBUTING\.md$/, ["packages", "scripts"]],
  [/^/, ["packages/core", "packages/node-workers"]]
]

/** The folders whose code a text is about: a name that only another part has is wrong there. First match wins. */
export const scopeOf = (path) => scopes.find(([pattern]) => pattern.test(path))[1]

/** Which spans of a page count: of a decision record that is accepted its files, of any other record none. */
const isChecked = (path, text) => {
  if (!/^docs\/decisions\/\d/.test(path)) return () => true
  const isAccepted = /^Status: accepted\b/m.test(text)
  return ({ span }) => isAccepted && classify(span)?.kind !== "symbol"
}

const main = () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8"
  })
  const files = listed.split("\0").filter((path) => path !== "" && existsSync(join(root, path)))
  const read = (pattern) =>
    files.filter((path) => pattern.test(path)).map((path) => [path, readFileSync(join(root, path), "utf8")])
  const sources = read(
    /^(?:packages\/[^/]+\/(?:src|bench)|faults\/src|bench\/src|examples\/[^/]+\/src|scripts)\/.*\.[mc]?[tj]s$/
  )
  const commented = sources.filter(([path]) =>
    /^(?:packages\/[^/]+\/src|faults\/src|bench\/src)\//.test(path)
  )
  const pages = read(
    /^(?:docs\/(?:decisions\/)?[^/]+|(?:packages|faults|bench|examples)\/(?:.*\/)?README|README|CONTRIBUTING)\.md$/
  )
  const examples = pages.map(([path, text]) => [
    path,
    Array.from(text.matchAll(/^```ts[^\n]*\n([\s\S]*?)^```/gm), (m) => m[1]).join("\n")
  ])
  const withLines = (spans, text) => spans.map(({ index, span }) => ({ span, line: lineAt(text, index) }))
  const texts = [
    ...commented.map(([path, text]) => [path, withLines(spansOfSource(text), text)]),
    ...pages.map(([path, text]) => [path, withLines(spansOfPage(text).filter(isChecked(path, text)), text)])
  ]
  const tables = new Map()
  const symbolsFor = (path) => {
    const scope = scopeOf(path)
    if (!tables.has(scope)) {
      const inScope = sources.filter(([source]) => scope.some((folder) => source.startsWith(`${folder}/`)))
      tables.set(scope, symbolsOf([...inScope, ...examples]))
    }
    return tables.get(scope)
  }
  const allowed = new Map(known.flatMap(({ names, why }) => names.map((name) => [name, why])))
  const { failures, stale } = checkNames({
    texts,
    files,
    symbolsFor,
    isForeign: foreignNames(join(root, "node_modules/effect")),
    allowed
  })
  for (const failure of [...failures, ...stale]) console.error(failure)
  console.log(
    `names: ${texts.length} texts, ${allowed.size} names allowed, ${failures.length + stale.length} failures`
  )
  return failures.length + stale.length === 0 ? 0 : 1
}

if (import.meta.main) process.exit(main())
