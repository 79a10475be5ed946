/** Tables that are measured, between their markers in docs/testing.md, and in a file on request. */
import { readFileSync, writeFileSync } from "node:fs"
import process from "node:process"

const page = new URL("../../../docs/testing.md", import.meta.url)

export const table = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const lines = [header, ...rows]
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n")
}

/** Puts a table between the markers of that name. */
export const write = (name: string, content: string): void => {
  const text = readFileSync(page, "utf8")
  const [begin, end] = [`<!-- measured:${name} -->`, "<!-- /measured -->"]
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from === -1 || to === -1) throw new Error(`${page.pathname} has no ${begin} … ${end}`)
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`)
}

/** With `--json FILE` among the arguments, writes the numbers there. */
export const writeJson = (numbers: object): void => {
  const at = process.argv.indexOf("--json")
  const file = at === -1 ? undefined : process.argv[at + 1]
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(numbers, undefined, 2)}\n`)
}
