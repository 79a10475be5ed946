// Markdown as the formatter leaves it.

/** A table with aligned columns: the first `left` to the left, the rest to the right. */
export const renderTable = (
  header: ReadonlyArray<string>,
  left: number,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string => {
  const lines = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => row[column]!.length)))
  const line = (row: ReadonlyArray<string>): string =>
    `| ${row.map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`
  const rule = widths.map((width, i) => (i < left ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  return [line(lines[0]!), line(rule), ...lines.slice(1).map(line)].join("\n")
}

/** Puts new text between `<!-- generated:name -->` and the next `<!-- /generated -->`. Throws where they are missing. */
export const replaceGenerated = (page: string, name: string, text: string): string => {
  const open = `<!-- generated:${name} -->`
  const close = "<!-- /generated -->"
  const from = page.indexOf(open)
  const to = page.indexOf(close, from)
  if (from < 0 || to < 0) throw new Error(`the page has no ${open} … ${close}`)
  return `${page.slice(0, from + open.length)}\n\n${text}\n\n${page.slice(to)}`
}
