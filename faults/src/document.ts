// From a file of results to the generated parts of docs/reliability.md. The prose around them stays.
import { readFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { availableParallelism } from "node:os"
import { cellsOf, type Row } from "./outcome.ts"
import type { SpawnRow } from "./spawns.ts"
import { systems } from "./systems/index.ts"
import { toMatrix, toSpawnTable, toSummary } from "./tables.ts"

const page = new URL("../../docs/reliability.md", import.meta.url)

/** Puts new text between `<!-- generated:name -->` and the next `<!-- /generated -->`. Throws where they are missing. */
const replaceGenerated = (text: string, name: string, content: string): string => {
  const open = `<!-- generated:${name} -->`
  const close = "<!-- /generated -->"
  const from = text.indexOf(open)
  const to = text.indexOf(close, from)
  if (from < 0 || to < 0) throw new Error(`the page has no ${open} … ${close}`)
  return `${text.slice(0, from + open.length)}\n\n${content}\n\n${text.slice(to)}`
}

/** The outcomes came from these versions: they are pinned. */
const versions = (): ReadonlyMap<string, string> => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Record<
    "dependencies" | "devDependencies",
    Record<string, string>
  >
  return new Map(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
}

const packages: Record<string, string> = { "effect-rpc": "@effect/platform-node" }

const toLegend = (): string => {
  const known = versions()
  return systems
    .map(({ how, name, transport }) => {
      const version = known.get(packages[name] ?? name)
      return `- \`${name}\`${version === undefined ? "" : ` ${version}`}, ${transport}: ${how}`
    })
    .join("\n")
}

export const writeDocument = (rows: ReadonlyArray<Row>, spawns: ReadonlyArray<SpawnRow>): void => {
  const cells = cellsOf(rows)
  const single = cells.filter(({ length }) => length === 1).length
  const about =
    `Node ${process.version}, ${process.platform}, ${availableParallelism()} cores, ${rows.length} trials of ` +
    `${cells.length} pairs of fault and system; ${single} pairs were tried once.`
  const parts: Record<string, string> = {
    "fault-summary": `${toSummary(rows)}\n\n${about}`,
    "faults-threads": toMatrix(rows, "threads"),
    "faults-processes": toMatrix(rows, "processes"),
    "fault-spawns": toSpawnTable(spawns),
    "fault-systems": toLegend()
  }
  const text = Object.entries(parts).reduce(
    (sum, [name, content]) => replaceGenerated(sum, name, content),
    readFileSync(page, "utf8")
  )
  writeFileSync(page, text)
}
