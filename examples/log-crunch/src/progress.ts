/** Tells how far the run is: a live line on a terminal, a line per tenth of the log elsewhere, or nothing. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Report } from "./report.ts"
import { integer, megabytes } from "./words.ts"

export type Mode = "live" | "lines" | "quiet"

export interface State {
  readonly bytes: number
  readonly size: number
  readonly badLines: number
  /** Bytes per second, of late. */
  readonly rate: number
}

/** Live until its scope closes, which clears the line and brings the cursor back, whatever has happened. */
export const make = Effect.fnUntraced(function* (size: number, mode: Mode) {
  const rate = new Rate()
  const counts = { bytes: 0, badLines: 0 }
  const write = (text: string) => Effect.sync(() => void process.stdout.write(text))
  const show = mode === "live" ? showLive : showTenths()
  if (mode === "live") yield* Effect.acquireRelease(write(hideCursor), () => write(clearLine + showCursor))
  if (mode !== "quiet") {
    yield* Effect.suspend(() =>
      write(show({ ...counts, size, rate: rate.at(performance.now(), counts.bytes) }))
    ).pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)
  }
  return ({ badLines, bytes }: Report): void => {
    counts.badLines = badLines
    counts.bytes = bytes
  }
})

const clearLine = "\r\u001b[2K"
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"

const showLive = (state: State): string => clearLine + liveLine(state, process.stdout.columns ?? 80)

/** A line whenever another tenth is done, and nothing in between. */
const showTenths = () => {
  let told = 0
  return (state: State): string => {
    const tenth = Math.floor(shareOf(state) * 10)
    if (tenth <= told) return ""
    told = tenth
    return `${factsOf(state).join("  ")}\n`
  }
}

/** Bytes per second over the last two seconds. */
class Rate {
  private readonly samples: Array<{ readonly at: number; readonly bytes: number }> = []

  at(now: number, bytes: number): number {
    this.samples.push({ at: now, bytes })
    while (this.samples.length > 2 && (this.samples[0]?.at ?? now) < now - 2000) this.samples.shift()
    const first = this.samples[0]
    return first === undefined || now === first.at ? 0 : ((bytes - first.bytes) * 1000) / (now - first.at)
  }
}

const shareOf = ({ bytes, size }: State): number => bytes / Math.max(1, size)

const factsOf = (state: State): Array<string> => [
  `${Math.floor(shareOf(state) * 100)}%`.padStart(4),
  `${megabytes(state.bytes)} of ${megabytes(state.size)}`,
  `${(state.rate / 1e6).toFixed(0)} MB/s`,
  `${integer(state.badLines)} bad ${state.badLines === 1 ? "line" : "lines"}`
]

/** Never wider than the terminal: a wrapped line could not be painted over. The bar takes what the facts leave. */
export const liveLine = (state: State, width: number): string => {
  const facts: Array<string> = []
  let used = 1
  for (const fact of factsOf(state)) {
    if (used + fact.length + 2 > width) break
    used += fact.length + 2
    facts.push(fact)
  }
  const room = Math.max(0, Math.min(40, width - used - 2))
  const full = Math.round(shareOf(state) * room)
  const bar = `\u001b[32m${"━".repeat(full)}\u001b[39m\u001b[2m${"━".repeat(room - full)}\u001b[22m`
  return ` ${bar}${facts.map((fact) => `  ${fact}`).join("")}`
}
