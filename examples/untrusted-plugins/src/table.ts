/** The table: a line per plugin, drawn again with each outcome where somebody looks. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type Name, names } from "./plugins.ts"
import type { Verdict } from "./verdict.ts"

export interface Line {
  readonly plugin: Name
  readonly calls: number
  readonly outcomes: number
  /** What its last outcome was. */
  readonly words: string
  readonly millis: number
}

const cells = (line: Line): ReadonlyArray<string> => [
  line.plugin,
  String(line.calls),
  String(line.outcomes),
  line.outcomes === 0 ? "" : `${Math.round(line.millis)} ms`,
  line.words
]

const widths = [18, 7, 10, 10, 0]

const toText = (row: ReadonlyArray<string>): string =>
  row.map((cell, column) => cell.padEnd(widths[column]!)).join("")

/** Lines of text, one per plugin, under a header. */
export const render = (lines: Iterable<Line>): ReadonlyArray<string> =>
  [["plugin", "calls", "outcomes", "time", "the last one"], ...Array.from(lines, cells)].map((row) =>
    toText(row).trimEnd()
  )

/** Moves up over what was drawn, and clears it. */
const rewind = (count: number): string => `\u001b[${count}A\u001b[0J`

export interface Table {
  readonly called: (plugin: Name) => Effect.Effect<void>
  readonly settled: (plugin: Name, verdict: Verdict, millis: number) => Effect.Effect<void>
  /** Draws it a last time. */
  readonly finish: Effect.Effect<void>
  readonly lines: () => ReadonlyArray<Line>
}

export const make = (isLive: boolean): Table => {
  const lines = new Map<Name, Line>(
    names.map((plugin) => [plugin, { plugin, calls: 0, outcomes: 0, words: "", millis: 0 }])
  )
  let drawn = 0
  const draw = Effect.suspend(() => {
    const text = render(lines.values())
    const above = drawn === 0 ? "" : rewind(drawn)
    drawn = text.length
    return Console.log(above + text.join("\n"))
  })
  const update = (plugin: Name, change: (line: Line) => Partial<Line>) =>
    Effect.suspend(() => {
      const line = lines.get(plugin)!
      lines.set(plugin, { ...line, ...change(line) })
      return isLive ? draw : Effect.void
    })
  return {
    called: (plugin) => update(plugin, ({ calls }) => ({ calls: calls + 1 })),
    settled: (plugin, { words }, millis) =>
      update(plugin, ({ outcomes }) => ({ outcomes: outcomes + 1, words, millis })),
    finish: draw,
    lines: () => Array.from(lines.values())
  }
}
