// Tables for the pages that show what is derived from code.
/** A Markdown table with aligned columns, as the formatter leaves it. */
export const renderTable = (header, rows) => {
  const lines = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")))
  const widths = header.map((_, column) => Math.max(3, ...lines.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`
  const rule = widths.map((width) => "-".repeat(width))
  return [lines[0], rule, ...lines.slice(1)].map(line).join("\n")
}
