/** Tells how far the site is: a live line on a terminal, a line per tenth of the work elsewhere, or nothing. */
import { TaskPool } from "@heddle/core"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { formatBytes } from "./site.ts"

export interface State {
  readonly pages: number
  readonly done: number
  readonly failed: number
  /** Bytes of the sources: pages differ by a factor of thousands, so they alone say little about what is left. */
  readonly size: number
  readonly doneSize: number
  readonly written: number
  readonly pagesPerSecond: number
  readonly busy: number
  readonly workers: number
}

export type Mode = "live" | "lines" | "quiet"

export interface Progress {
  /** A page is finished; `written` is `undefined` if it failed. */
  readonly onPage: (size: number, written: number | undefined) => Effect.Effect<void>
}

/** Live until its scope closes, which clears the line and brings the cursor back, whatever has happened. */
export const make = Effect.fnUntraced(function* (total: { pages: number; size: number }, mode: Mode) {
  const recent = new Rate()
  const counts = { done: 0, failed: 0, doneSize: 0, written: 0 }
  const state = Effect.map(TaskPool.snapshot, ({ busy, total: workers }): State => {
    return { ...total, ...counts, busy, workers, pagesPerSecond: recent.at(performance.now(), counts.done) }
  })
  const write = (text: string) => Effect.sync(() => void process.stdout.write(text))
  const show = mode === "live" ? showLive : showTenths()

  if (mode === "live") yield* Effect.acquireRelease(write(hideCursor), () => write(clearLine + showCursor))
  if (mode !== "quiet") {
    // By the clock and not by the page: right after a reply a worker is always idle.
    yield* state.pipe(
      Effect.flatMap((now) => write(show(now))),
      Effect.repeat(Schedule.spaced("100 millis")),
      Effect.forkScoped
    )
  }

  return {
    onPage: (size, written) =>
      Effect.sync(() => {
        counts.done++
        counts.doneSize += size
        counts.written += written ?? 0
        if (written === undefined) counts.failed++
      })
  } satisfies Progress
})

const clearLine = "\r\u001b[2K"
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"

const showLive = (state: State): string => clearLine + liveLine(state, process.stdout.columns ?? 80)

/** A line whenever another tenth is done, and nothing in between. */
const showTenths = () => {
  let told = 0
  return (state: State): string => {
    const tenth = Math.floor((state.doneSize / Math.max(1, state.size)) * 10)
    if (tenth <= told) return ""
    told = tenth
    return `${plainLine(state)}\n`
  }
}

/** Pages per second over the last two seconds. */
class Rate {
  readonly #samples: Array<{ readonly at: number; readonly done: number }> = []

  at(now: number, done: number): number {
    this.#samples.push({ at: now, done })
    while (this.#samples.length > 2 && (this.#samples[0]?.at ?? now) < now - 2000) this.#samples.shift()
    const first = this.#samples[0]
    return first === undefined || now === first.at ? 0 : ((done - first.done) * 1000) / (now - first.at)
  }
}

const percent = (state: State): string => `${Math.floor((state.doneSize / Math.max(1, state.size)) * 100)}%`

const rate = (state: State): string => `${state.pagesPerSecond.toFixed(0)} pages/s`

const errors = (state: State): string => `${state.failed} ${state.failed === 1 ? "error" : "errors"}`

export const plainLine = (state: State): string =>
  [
    `rendered ${state.done} of ${state.pages} pages (${percent(state)} of the text)`,
    `${state.busy} of ${state.workers} workers busy`,
    errors(state)
  ].join(", ")

const bold = (text: string) => `\u001b[1m${text}\u001b[22m`
const dim = (text: string) => `\u001b[2m${text}\u001b[22m`
const coloured = (code: number, text: string) => `\u001b[${code}m${text}\u001b[39m`

/** Never wider than the terminal: a wrapped line could not be painted over. The bar takes what the facts leave. */
export const liveLine = (state: State, columns: number): string => {
  const lamps =
    "●".repeat(Math.min(16, state.busy)) + "○".repeat(Math.min(16, state.workers) - Math.min(16, state.busy))
  const facts: Array<[plain: string, painted: (text: string) => string]> = [
    [percent(state).padStart(4), bold],
    [`${state.done}/${state.pages} pages`, (text) => text],
    [rate(state), (text) => text],
    [`workers ${lamps}`, (text) => coloured(36, text)],
    [errors(state), (text) => (state.failed === 0 ? dim(text) : coloured(31, text))],
    [formatBytes(state.written), dim]
  ]
  const shown: typeof facts = []
  let width = 1
  for (const fact of facts) {
    if (width + fact[0].length + 2 > columns) break
    width += fact[0].length + 2
    shown.push(fact)
  }
  const room = Math.max(0, Math.min(40, columns - width - 2))
  const full = Math.round((state.doneSize / Math.max(1, state.size)) * room)
  const bar = coloured(32, "━".repeat(full)) + dim("━".repeat(room - full))
  return ` ${bar}${shown.map(([plain, paint]) => `  ${paint(plain)}`).join("")}`
}
