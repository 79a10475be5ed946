#!/usr/bin/env node
// Rules are numbered, and cited by number: guarantees G1 … G17 (docs/guarantees.md) and scenarios S001 …
// (docs/scenarios.md).
//
// - docs/guarantees.md states each guarantee, with its non-guarantees and its state
// - each guarantee, and each scenario that is held, is named in a string of a test: its title or its case's name
// - each number that a source, a test or a page cites exists
import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { lineAt, scan } from "./source-text.mjs"

const guaranteeCount = 17

/** Guarantees that may be "not yet" and so go without a test. */
const mayWait = new Set(["G11"])

const citation = /\b(?:S\d{3}|G\d{1,2})\b/g

const citationsIn = (text) =>
  Array.from(text.matchAll(citation), (match) => ({ id: match[0], index: match.index }))

/** Numbers that the strings of a test name; the title of a test that is skipped or still to do names none. */
export const namedByTest = (text) => {
  const { code, strings } = scan(text)
  const idle = new Set(
    Array.from(code.matchAll(/\.(?:skip|todo)\s*\(\s*"§(\d+)"/g), (match) => Number(match[1]))
  )
  const live = strings.filter((_, index) => !idle.has(index))
  return new Set(live.flatMap((value) => citationsIn(value).map(({ id }) => id)))
}

/** From "G1" to its section: `state` as written, `nonGuarantees` whether it lists them. */
export const parseGuarantees = (markdown) =>
  new Map(
    markdown
      .split(/^(?=## )/m)
      .map((section) => [/^## (G\d+) /.exec(section)?.[1], section])
      .filter(([id]) => id !== undefined)
      .map(([id, section]) => [
        id,
        {
          state: /^\*\*State\*\*: *(.+)$/m.exec(section)?.[1].trim(),
          nonGuarantees: /^\*\*Non-guarantees\*\*/m.test(section)
        }
      ])
  )

/** The rows of the table: number, group, behaviour, state. */
export const parseScenarios = (markdown) =>
  markdown
    .split("\n")
    .filter((line) => /^\|\s*S\d{3}\s*\|/.test(line))
    .map((line) => {
      const [id, group, behaviour, state] = line
        .replaceAll(/^\s*\||\|\s*$/g, "")
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
      return { id, group, behaviour, state }
    })

const checkGuarantees = (guarantees) => {
  const expected = Array.from({ length: guaranteeCount }, (_, index) => `G${index + 1}`)
  const missing = expected
    .filter((id) => !guarantees.has(id))
    .map((id) => `docs/guarantees.md: ${id} is not stated`)
  const unknown = [...guarantees.keys()].filter((id) => !expected.includes(id))
  return [
    ...missing,
    ...unknown.map(
      (id) => `docs/guarantees.md: ${id} is beyond G${guaranteeCount}; raise the count in this script`
    ),
    ...[...guarantees].flatMap(([id, { state, nonGuarantees }]) => [
      ...(nonGuarantees ? [] : [`docs/guarantees.md: ${id} lists no **Non-guarantees**`]),
      ...(/^(?:held|not yet)\b/.test(state ?? "")
        ? []
        : [`docs/guarantees.md: ${id} needs a line "**State**: held …" or "**State**: not yet …"`]),
      ...(state?.startsWith("not yet") && !mayWait.has(id)
        ? [`docs/guarantees.md: ${id} is "not yet"; only ${[...mayWait].join(", ")} may be`]
        : [])
    ])
  ]
}

const checkScenarios = (scenarios) => {
  const seen = new Set()
  return scenarios.flatMap(({ id, state }) => {
    const twice = seen.has(id)
    seen.add(id)
    return [
      ...(twice ? [`docs/scenarios.md: ${id} is listed twice`] : []),
      ...(/^(?:held|later: \S.*)$/.test(state ?? "")
        ? []
        : [`docs/scenarios.md: ${id} has the state "${state}"; known are "held" and "later: <why>"`])
    ]
  })
}

/**
 * Checks the numbers against each other. Pure.
 *
 * - `guarantees`, `scenarios`: the two pages.
 * - `tests`, `others`: from path to text; both are searched for citations, and only tests can prove a rule.
 */
export const checkRules = ({ guarantees, scenarios, tests, others }) => {
  const stated = parseGuarantees(guarantees)
  const rows = parseScenarios(scenarios)
  const known = new Set([...stated.keys(), ...rows.map(({ id }) => id)])
  const named = new Set([...tests.values()].flatMap((text) => [...namedByTest(text)]))
  const waived = [...stated]
    .filter(([id, { state }]) => mayWait.has(id) && state?.startsWith("not yet"))
    .map(([id]) => id)

  const unproven = [
    ...[...stated.keys()].filter((id) => !waived.includes(id)),
    ...rows.filter(({ state }) => state === "held").map(({ id }) => id)
  ].filter((id) => !named.has(id))
  const dangling = [...tests, ...others].flatMap(([path, text]) =>
    citationsIn(text)
      .filter(({ id }) => !known.has(id))
      .map(({ id, index }) => `${path}:${lineAt(text, index)}: cites ${id}, which does not exist`)
  )
  return {
    failures: [
      ...checkGuarantees(stated),
      ...(rows.length === 0 ? ["docs/scenarios.md: has no rows"] : checkScenarios(rows)),
      ...unproven.map((id) => `${id} is named by no test`),
      ...dangling
    ],
    held: rows.filter(({ state }) => state === "held").map(({ id }) => id),
    later: rows.filter(({ state }) => state?.startsWith("later")),
    waived
  }
}

const main = () => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const ignored = new Set(["node_modules", "dist", "generated-examples", "api", ".tsbuild"])
  const read = (patterns) =>
    new Map(
      globSync(patterns, { cwd: root, exclude: (entry) => ignored.has(String(entry).split(/[\\/]/).at(-1)) })
        .toSorted()
        .map((path) => [path.replaceAll("\\", "/"), readFileSync(join(root, path), "utf8")])
    )
  const sources = read(["packages/*/src/**/*.ts", "examples/*/src/**/*.ts"])
  const conformance = [...sources].filter(([path]) =>
    path.startsWith("packages/testing/src/conformance/suite/")
  )
  const { failures, held, later, waived } = checkRules({
    guarantees: readFileSync(join(root, "docs", "guarantees.md"), "utf8"),
    scenarios: readFileSync(join(root, "docs", "scenarios.md"), "utf8"),
    tests: new Map([...read(["packages/*/test/**/*.ts", "examples/*/test/**/*.ts"]), ...conformance]),
    others: new Map([...sources, ...read(["*.md", "docs/**/*.md", "packages/**/*.md", "examples/*/*.md"])])
  })
  const reasons = Map.groupBy(later, ({ state }) => state.replace("later: ", ""))
  for (const [reason, rows] of reasons)
    console.log(`later (${reason}): ${rows.map(({ id }) => id).join(" ")}`)
  for (const id of waived) console.log(`not yet: ${id}`)
  for (const failure of new Set(failures)) console.error(failure)
  console.log(
    `rules: ${guaranteeCount} guarantees, ${held.length} scenarios held, ${later.length} later, ${failures.length} failures`
  )
  return failures.length === 0 ? 0 : 1
}

if (import.meta.main) process.exit(main())
