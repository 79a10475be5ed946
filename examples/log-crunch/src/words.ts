/** Figures as one reads them. */

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** Of a size that may be small. */
export const bytesText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`

export const integer = (n: number): string => n.toLocaleString("en-US")

export const seconds = (millis: number): string => `${(millis / 1000).toFixed(2)} s`

export const perSecond = (bytes: number, millis: number): number => bytes / 1000 / millis

/** The first column to the left, the others to the right. */
export const columns = (rows: ReadonlyArray<ReadonlyArray<string>>): Array<string> => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  )
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)
      )
      .join("  ")
      .trimEnd()
  )
}
