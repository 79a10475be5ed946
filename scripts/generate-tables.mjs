#!/usr/bin/env node
// Writes the tables that are derived from code into the pages that show them, between
// `<!-- generated:name -->` and `<!-- /generated -->`:
//
// - the state machines of packages/core/src/internal/machine and of node-workers, as a table and as a Mermaid diagram each
// - the decisions about restarts of packages/core/src/internal/machine/restart.ts
// - which case of the conformance suite runs on which transport, from scripts/conformance.mjs
// - the defaults of packages/core/src/internal/model/defaults.ts and supervisorDefaults.ts
// - programs of Python beside their Heddle versions, and what both do when a child dies, from examples/python-parity
//
// and the figures of defaults into sentences, between `<!-- default:name -->` and `<!-- /default -->`, also those of
// packages/node-workers/src/internal/defaults.ts. A figure that states a default and is typed is refused.
//
//   node scripts/generate-tables.mjs           writes
//   node scripts/generate-tables.mjs --check   writes nothing, fails when a page is out of date
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { figuresOf, fillFigures } from "./default-figures.mjs"
import { renderTable } from "./markdown-table.mjs"

/** What is wrong with a machine's exports, as lines; a table is never rendered from a broken machine. */
export const problemsOf = ({ states, events, table }) => {
  if (!Array.isArray(states) || !Array.isArray(events) || typeof table !== "object" || table === null) {
    return ["must export states and events (arrays) and table (an object)"]
  }
  return [
    ...states.filter((state) => table[state] === undefined).map((state) => `state ${state} has no row`),
    ...Object.keys(table)
      .filter((state) => !states.includes(state))
      .map((state) => `row ${state} is no state`),
    ...events
      .filter((event) => !Object.values(table).some((row) => row?.[event] !== undefined))
      .map((event) => `event ${event} has no cell in any state`),
    ...Object.entries(table).flatMap(([state, row]) =>
      Object.entries(row ?? {}).flatMap(([event, cell]) => [
        ...(events.includes(event) ? [] : [`cell ${state}, ${event}: no such event`]),
        ...(states.includes(cell.next)
          ? []
          : [`cell ${state}, ${event}: goes to ${cell.next}, which is no state`]),
        ...(Array.isArray(cell.actions) ? [] : [`cell ${state}, ${event}: has no list of actions`])
      ])
    )
  ]
}

const code = (text) => `\`${text}\``

/** One row per cell, in the order of `states` and `events`. */
export const renderCells = ({ states, events, table }) =>
  renderTable(
    ["state", "event", "next", "actions", "why"],
    states.flatMap((state) =>
      events
        .filter((event) => table[state][event] !== undefined)
        .map((event) => {
          const { next, actions, why } = table[state][event]
          return [code(state), code(event), code(next), actions.map(code).join(", "), why ?? ""]
        })
    )
  )

/** A Mermaid diagram; cells that stay in their state are left to the table. */
export const renderDiagram = ({ states, events, table }) => {
  const ways = states.flatMap((state) => {
    const leaving = events.filter(
      (event) => table[state][event] !== undefined && table[state][event].next !== state
    )
    return [...Map.groupBy(leaving, (event) => table[state][event].next)].map(
      ([next, names]) => `  ${state} --> ${next}: ${names.join(", ")}`
    )
  })
  const last = states.filter((state) =>
    events.every((event) => (table[state][event]?.next ?? state) === state)
  )
  return [
    "```mermaid",
    "stateDiagram-v2",
    `  [*] --> ${states[0]}`,
    ...ways,
    ...last.map((state) => `  ${state} --> [*]`),
    "```"
  ].join("\n")
}

export const renderMachine = (machine) => `${renderDiagram(machine)}\n\n${renderCells(machine)}`

export const renderDefaults = (defaults) =>
  renderTable(
    ["option", "default", "why"],
    defaults.map((row) => [row.option.includes("`") ? row.option : code(row.option), row.default, row.why])
  )

/** What is wrong with the exports of the restart module, as lines. */
export const restartProblemsOf = ({ restartTypes, endReasons, strategies, verdicts, replaced }) => {
  if (![restartTypes, endReasons, strategies].every(Array.isArray) || !verdicts || !replaced)
    return ["must export restartTypes, endReasons, strategies (arrays), verdicts and replaced (objects)"]
  return [
    ...restartTypes.flatMap((type) =>
      endReasons
        .filter((reason) => !["restart", "keep", "drop"].includes(verdicts[type]?.[reason]))
        .map((reason) => `verdicts: ${type}, ${reason} has no verdict`)
    ),
    ...strategies
      .filter((strategy) => typeof replaced[strategy] !== "string")
      .map((strategy) => `replaced: nothing is said of ${strategy}`)
  ]
}

const pastBudget = { restart: "give up", keep: "keep", drop: "drop" }

/** Every decision about a child that ended: (type, reason) within the budget and past it, and what a strategy replaces. */
export const renderRestarts = ({ restartTypes, endReasons, strategies, verdicts, replaced }) =>
  [
    renderTable(
      ["type", "reason", "within the budget", "past it"],
      restartTypes.flatMap((type) =>
        endReasons.map((reason) => {
          const verdict = verdicts[type][reason]
          return [code(type), code(reason), verdict, pastBudget[verdict]]
        })
      )
    ),
    renderTable(
      ["strategy", "a restart replaces"],
      strategies.map((strategy) => [code(strategy), replaced[strategy]])
    )
  ].join("\n\n")

/** The text with one block replaced, or undefined when it does not have exactly one block of that name. */
export const replaceBlock = (text, name, content) => {
  const block = new RegExp(`(<!-- generated:${name} -->\n)[\\s\\S]*?(<!-- /generated -->)`, "g")
  return text.match(block)?.length === 1
    ? text.replace(block, (_, open, close) => `${open}\n${content}\n\n${close}`)
    : undefined
}

const model = "packages/core/src/internal/model"
const machines = "packages/core/src/internal/machine"

const supervision = "packages/core/src/internal/supervisor/README.md"
const threads = "packages/node-workers/src/internal"

const machineBlock = (name, page = `${machines}/README.md`, folder = machines) => ({
  page,
  name: `${name}-machine`,
  source: `${folder}/${name}Machine.ts`,
  problems: problemsOf,
  render: renderMachine
})

const defaultsBlock = (page, name, source) => ({
  page,
  name,
  source: `${model}/${source}`,
  problems: ({ defaultsTable }) =>
    Array.isArray(defaultsTable) ? [] : ["must export defaultsTable (an array)"],
  render: ({ defaultsTable }) => renderDefaults(defaultsTable)
})

const parityBlock = (name, render) => ({
  page: "docs/from-python.md",
  name: `python-${name}`,
  source: "examples/python-parity/src/runner/page.ts",
  problems: ({ problemsOf: problems }) => problems(),
  render
})

const blocks = [
  machineBlock("task"),
  machineBlock("worker"),
  machineBlock("pool"),
  machineBlock("reservation"),
  machineBlock("service"),
  machineBlock("runner"),
  machineBlock("child", supervision),
  machineBlock("supervisor", supervision),
  machineBlock("thread", `${threads}/README.md`, threads),
  machineBlock("process", `${threads}/README.md`, threads),
  machineBlock("spinThenPark", `${threads}/README.md`, threads),
  machineBlock("replyLook", `${threads}/README.md`, threads),
  machineBlock("connection", `${threads}/README.md`, `${threads}/connection`),
  defaultsBlock("docs/configuration.md", "defaults", "defaults.ts"),
  defaultsBlock("docs/supervision.md", "supervisor-defaults", "supervisorDefaults.ts"),
  {
    page: "docs/supervision.md",
    name: "restarts",
    source: `${machines}/restart.ts`,
    problems: restartProblemsOf,
    render: renderRestarts
  },
  {
    page: "docs/transports.md",
    name: "conformance",
    source: "scripts/conformance.mjs",
    problems: (exports) => exports.problemsOf(exports),
    render: (exports) => exports.renderReport(exports)
  },
  parityBlock("deaths", ({ deathRows }) => renderTable(["Python's", "if", "Python", "Heddle"], deathRows())),
  parityBlock("pairs", ({ renderPage }) => renderPage())
]

/** The failures of one block; `pages` holds the texts so far, by path. */
const fill = async (root, { page, name, source, problems, render }, pages) => {
  if (!existsSync(join(root, source))) return [`${source} does not exist`]
  if (!existsSync(join(root, page))) return [`${page} does not exist`]
  const exports = await import(pathToFileURL(join(root, source)).href)
  const found = problems(exports)
  if (found.length > 0) return found.map((problem) => `${source}: ${problem}`)
  const before = pages.get(page) ?? readFileSync(join(root, page), "utf8")
  const after = replaceBlock(before, name, render(exports))
  if (after === undefined)
    return [`${page}: needs exactly one block <!-- generated:${name} --> … <!-- /generated -->`]
  pages.set(page, after)
  return []
}

const figurePages = [
  "docs/*.md",
  "faults/README.md",
  "bench/README.md",
  "docs/decisions/*.md",
  "*.md",
  "packages/*/README.md",
  "packages/*/src/**/README.md"
]

/** The failures of the figures in sentences. */
const fillAllFigures = async (root, pages) => {
  const load = async (path) => await import(pathToFileURL(join(root, path)).href)
  const figures = figuresOf({
    core: (await load(`${model}/defaults.ts`)).defaults,
    supervisor: (await load(`${model}/supervisorDefaults.ts`)).supervisorDefaults,
    node: (await load(`${threads}/defaults.ts`)).defaults
  })
  return globSync(figurePages, { cwd: root }).flatMap((found) => {
    const page = found.replaceAll("\\", "/")
    const before = pages.get(page) ?? readFileSync(join(root, page), "utf8")
    const { problems, text } = fillFigures(before, figures)
    if (pages.has(page) || text !== before) pages.set(page, text)
    return problems.map((problem) => `${page}: ${problem}`)
  })
}

const main = async (args) => {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const check = args.includes("--check")
  const pages = new Map()
  const failures = []
  for (const block of blocks) failures.push(...(await fill(root, block, pages)))
  failures.push(...(await fillAllFigures(root, pages)))
  const stale = [...pages].filter(([page, text]) => readFileSync(join(root, page), "utf8") !== text)
  if (check)
    failures.push(...stale.map(([page]) => `${page} is out of date: run node scripts/generate-tables.mjs`))
  else for (const [page, text] of stale) writeFileSync(join(root, page), text)
  for (const failure of failures) console.error(failure)
  const done = check ? "checked" : `written (${stale.length} changed)`
  console.log(`tables: ${blocks.length} blocks in ${pages.size} pages ${done}, ${failures.length} failures`)
  return failures.length === 0 ? 0 : 1
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)))
