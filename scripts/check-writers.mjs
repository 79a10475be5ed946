#!/usr/bin/env node
// Every mutable field of packages/core/src/internal has one writing file.
//
// - a public field of a class, or a field of an interface, that is not `readonly` is mutable
// - its own file writes it, or the file that its comment names: "Written by `TaskSteps`."
// - `x.field = …` in any other file is an error; so is a comment that names a file which does not write the field
// - `this.field = …` is about the class at hand, so it is no write of another file's field
//
// Fields are told apart by name: of two classes with a mutable field of one name, each may be written by both writers.
import { globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { lineAt, scan } from "./source-text.mjs"

const nameOf = (path) => basename(path, ".ts")

const closing = (code, start) => {
  let depth = 1
  for (let at = start; at < code.length; at++) {
    if (code[at] === "{") depth++
    else if (code[at] === "}" && --depth === 0) return at
  }
  return code.length
}

const member =
  /^ {2}(?!(?:private|readonly|static|constructor|declare|get|set|override|async|protected)\b)(\w+)\??(?::[^=(\n]*(?:\([^\n]*\)[^=\n]*)?)?(?: =.*)?$/

/** The mutable fields that a file declares, and whom their comments name as the writer. */
const fieldsOf = (path, text) => {
  const { code } = scan(text)
  const lines = text.split("\n")
  const fields = []
  for (const match of code.matchAll(/^(?:export )?(?:abstract )?(?:class|interface) (\w+)[^{\n]*\{$/gm)) {
    const from = match.index + match[0].length
    const first = lineAt(code, from)
    for (const [offset, line] of code.slice(from, closing(code, from)).split("\n").entries()) {
      const name = member.exec(line)?.[1]
      if (name === undefined) continue
      const at = first + offset
      // The comment is right above the field, or behind it.
      let above = at - 2
      while (above >= 0 && /^\s*(?:\/\*\*|\*|\/\/)/.test(lines[above])) above--
      const comment = lines.slice(above + 1, at).join(" ")
      fields.push({ owner: match[1], name, path, line: at, writer: /Written by `(\w+)`/.exec(comment)?.[1] })
    }
  }
  return fields
}

const assignment =
  /(?<![\w.])([\w.!?[\]]+?)!?\.(\w+)\s*(?:=(?![=>])|\?\?=|\|\|=|&&=|[+\-*/%]=|\+\+|--)|(?:\+\+|--)([\w.!?[\]]+?)!?\.(\w+)\b|\bdelete\s+([\w.!?[\]]+?)!?\.(\w+)\b/g

/** What a file writes: the last name of the receiver, and the field. */
const writesOf = (path, text) => {
  const { code } = scan(text)
  return Array.from(code.matchAll(assignment), (match) => ({
    path,
    line: lineAt(code, match.index),
    receiver: match[1] ?? match[3] ?? match[5],
    name: match[2] ?? match[4] ?? match[6]
  })).filter(({ receiver }) => receiver !== "this")
}

/** Checks sources by path. Pure. */
export const checkWriters = (files) => {
  const fields = Array.from(files, ([path, text]) => fieldsOf(path, text)).flat()
  const writes = Array.from(files, ([path, text]) => writesOf(path, text)).flat()
  const byName = Map.groupBy(fields, ({ name }) => name)
  const failures = []
  for (const { line, name, path, receiver } of writes) {
    const declared = byName.get(name)
    if (declared === undefined) continue
    const allowed = declared.map(({ path: own, writer }) => writer ?? nameOf(own))
    if (!allowed.includes(nameOf(path)))
      failures.push(
        `${path}:${line}: writes ${receiver}.${name}, which is written by ${[...new Set(allowed)].join(", ")}`
      )
  }
  for (const { line, name, owner, path, writer } of fields) {
    if (writer === undefined) continue
    if (!writes.some((write) => write.name === name && nameOf(write.path) === writer))
      failures.push(
        `${path}:${line}: ${owner}.${name} names ${writer} as its writer, which does not write it`
      )
  }
  return { failures, fields: fields.length }
}

const main = () => {
  const src = join(dirname(dirname(fileURLToPath(import.meta.url))), "packages", "core", "src")
  const paths = globSync("internal/**/*.ts", { cwd: src }).map((path) => path.replaceAll("\\", "/"))
  const { failures, fields } = checkWriters(
    new Map(paths.map((path) => [path, readFileSync(join(src, path), "utf8")]))
  )
  for (const failure of failures) console.error(failure)
  console.log(`writers: ${fields} mutable fields in ${paths.length} files, ${failures.length} failures`)
  return failures.length === 0 && fields > 0 ? 0 : 1
}

if (import.meta.main) process.exit(main())
