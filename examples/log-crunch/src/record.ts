/** One line of the log. */

export interface LogRecord {
  readonly service: string
  readonly status: number
  readonly path: string
  /** How long the request took, in milliseconds. */
  readonly ms: number
}

const isStatus = (value: unknown): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599

/** The record of a line, or why it has none. Other fields may be there and are not looked at. */
export const parse = (line: string): LogRecord | string => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return "not JSON"
  }
  if (typeof value !== "object" || value === null) return "not an object"
  const { ms, path, service, status } = value as { [Key in keyof LogRecord]?: unknown }
  if (typeof service !== "string") return "`service` is not a text"
  if (!isStatus(status)) return "`status` is not a whole number from 100 to 599"
  if (typeof path !== "string") return "`path` is not a text"
  if (typeof ms !== "number" || ms < 0) return "`ms` is not a number from 0"
  return value as LogRecord
}
