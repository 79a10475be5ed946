/**
 * The text of an interleaving: one line for the replay, and a table for reading.
 *
 * @since 0.1.0
 */
import { format, show } from "./operation.ts"
import type { Step, Walk } from "./search.ts"
import { type Move, pendingOf } from "./state.ts"

/** `host*3 worker worker:stop`. */
export const toSchedule = (path: ReadonlyArray<Move>, names: ReadonlyArray<string>): string => {
  const words: Array<{ readonly word: string; times: number }> = []
  for (const { how, thread } of path) {
    const word = how === "step" ? names[thread]! : `${names[thread]}:${how}`
    if (words.at(-1)?.word === word) words.at(-1)!.times++
    else words.push({ word, times: 1 })
  }
  return words.map(({ times, word }) => (times === 1 ? word : `${word}*${times}`)).join(" ")
}

/** Throws the problem of the interleaving. */
export const fromSchedule = (schedule: string, names: ReadonlyArray<string>): ReadonlyArray<Move> =>
  schedule
    .split(" ")
    .filter((word) => word !== "")
    .flatMap((word) => {
      const {
        how = "step",
        name,
        times = "1"
      } = /^(?<name>.*?)(?::(?<how>\w+))?(?:\*(?<times>\d+))?$/.exec(word)!.groups!
      const thread = names.indexOf(name!)
      const isKnown = how === "step" || how === "stop" || how === "timeout" || /^\d+$/.test(how)
      if (thread === -1 || !isKnown) throw new RangeError(`a schedule knows no “${word}”`)
      const move: Move = { thread, how: /^\d+$/.test(how) ? Number(how) : (how as "step") }
      return Array.from({ length: Number(times) }, () => move)
    })

const cell = ({ answer, move, operation }: Step): string => {
  if (move.how === "stop") return "† stops"
  const text = format(operation)
  return answer === undefined && operation._tag !== "Receive" && operation._tag !== "Poll"
    ? text
    : `${text} → ${show(answer)}`
}

/** A column for each thread, a line for each step; then the place of each unfinished thread. */
export const table = ({ state, steps }: Walk, names: ReadonlyArray<string>): string => {
  const rows = steps.map((step) => names.map((_, thread) => (step.move.thread === thread ? cell(step) : "")))
  const ends = state.threads.map((thread) => {
    if (thread.status === "running") return `(before ${format(pendingOf(thread))})`
    return thread.status === "waiting" || thread.status === "paused"
      ? `(still in ${format(pendingOf(thread))})`
      : ""
  })
  if (ends.some((end) => end !== "")) rows.push(ends)
  const all = [[...names], ...rows]
  const widths = names.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  return all
    .map((row, line) => {
      const cells = row.map((text, column) => text.padEnd(widths[column]!)).join("  ")
      return `${(line === 0 || line > steps.length ? "" : String(line)).padStart(4)}  ${cells}`.trimEnd()
    })
    .join("\n")
}
