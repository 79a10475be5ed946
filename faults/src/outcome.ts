// How a fault ended, and what counts as what.

export const outcomes = [
  "value",
  "typed-error",
  "error",
  "wrong-result",
  "hang",
  "host-died",
  "left-behind",
  "not-expressible"
] as const

/**
 * - `value`: the right answer, or for a host that was ended: it went as it should, and nothing was left.
 * - `typed-error`: a failure that a program can tell apart without reading its text: by a tag, a code or a name of its own.
 * - `error`: a failure that only its text tells apart, or whatever was thrown, bare.
 * - `wrong-result`: an answer where none can be, another one than the right one, or a bound that did not hold: of restarts,
 *   of memory, of how often a task is run.
 * - `hang`: nothing within the patience.
 * - `host-died`: the process of the caller ended, at once or soon after.
 * - `left-behind`: workers that outlived their host or their pool by more than a second.
 * - `not-expressible`: the system has no means to say what the fault takes.
 */
export type Outcome = (typeof outcomes)[number]

/** One trial. */
export interface Row {
  readonly fault: string
  readonly system: string
  readonly transport: string
  readonly outcome: Outcome
  /** From the deed to the outcome; the whole patience for a `hang`; null where the machine was too busy to say. */
  readonly ms: number | null
  /** Whether the next good task succeeded; null where there is no host left to ask, or nothing was done. */
  readonly nextTaskOk: boolean | null
  /** What the caller was told, in short. */
  readonly detail: string
}

/** All trials of one fault on one system, in the order in which they were made. */
export type Cell = readonly [Row, ...ReadonlyArray<Row>]

const keyOf = ({ fault, system, transport }: Row): string => `${fault}, ${system}, ${transport}`

/** The rows, by fault and system. */
export const cellsOf = (rows: ReadonlyArray<Row>): ReadonlyArray<Cell> => {
  const cells = new Map<string, [Row, ...Array<Row>]>()
  for (const row of rows) {
    const cell = cells.get(keyOf(row))
    if (cell === undefined) cells.set(keyOf(row), [row])
    else cell.push(row)
  }
  return [...cells.values()]
}

/** How often each outcome occurred, in the order of {@link outcomes}. */
export const tallyOf = (cell: Cell): ReadonlyArray<readonly [Outcome, number]> =>
  outcomes
    .map((outcome) => [outcome, cell.filter((row) => row.outcome === outcome).length] as const)
    .filter(([, count]) => count > 0)

/** The earlier rows, but for faults and systems of which there are later ones. */
export const replaced = (earlier: ReadonlyArray<Row>, later: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const keys = new Set(later.map(keyOf))
  return [...earlier.filter((row) => !keys.has(keyOf(row))), ...later]
}

const read = (value: unknown, key: string): unknown => {
  try {
    return (value as any)?.[key]
  } catch {
    return undefined
  }
}

const ofText = (value: unknown): string | undefined =>
  typeof value === "string" && value.length > 0 ? value : undefined

const isBag = (value: unknown): boolean =>
  (typeof value === "object" && value !== null) || typeof value === "function"

export const classifyFailure = (failure: unknown): Outcome => {
  if (!isBag(failure)) return "error"
  const name = typeof failure === "function" ? undefined : ofText(read(failure, "name"))
  const isTyped =
    ofText(read(failure, "_tag")) !== undefined ||
    ofText(read(failure, "code")) !== undefined ||
    (name !== undefined && name !== "Error")
  return isTyped ? "typed-error" : "error"
}

export const classifyAnswer = (answer: unknown, isRight: ((answer: any) => boolean) | undefined): Outcome =>
  isRight?.(answer) === true ? "value" : "wrong-result"

const most = 160

const shorten = (text: string): string => {
  const line = text.split("\n", 1)[0]!
  return line.length > most ? `${line.slice(0, most)}…` : line
}

/** Total: what is thrown here is hostile. */
export const describeFailure = (failure: unknown): string => {
  if (!isBag(failure)) return shorten(String(failure))
  const reason = ofText(read(read(failure, "reason"), "_tag"))
  const kind = [ofText(read(failure, "_tag")) ?? ofText(read(failure, "name")) ?? typeof failure, reason]
  const code = ofText(read(failure, "code"))
  const message = ofText(read(failure, "message")) ?? ""
  const head = kind.filter((part) => part !== undefined).join("/")
  return shorten(`${head}${code === undefined ? "" : ` [${code}]`}: ${message}`)
}

export const describeAnswer = (answer: unknown): string => {
  if (answer instanceof Uint8Array) return `Uint8Array(${answer.length})`
  try {
    return shorten(isBag(answer) ? (JSON.stringify(answer) ?? typeof answer) : String(answer))
  } catch {
    return typeof answer
  }
}
