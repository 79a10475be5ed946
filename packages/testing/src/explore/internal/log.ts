/**
 * A schedule as its decisions other than tame ones, each with the place of the decision.
 *
 * A place is a strand and its progress, so a place keeps its meaning when other decisions are taken out of the log.
 *
 * @since 0.1.0
 */
import type { Draw } from "../../internal/oracle.ts"

/**
 * - `Preempt`: the strand stops here with work left; `to` runs in its place (in order: the first in line).
 * - `Switch`: after the strand has stopped, `to` runs, though another strand is first in line.
 * - `Postpone`: the timer of the strand rings last among the timers due at the same moment.
 * - `Draw`: a drawn number other than zero; `at` counts the strand's draws of this kind.
 */
export type Entry =
  | {
      readonly _tag: "Preempt"
      readonly strand: string
      readonly at: number
      readonly to: string | undefined
    }
  | { readonly _tag: "Switch"; readonly strand: string; readonly at: number; readonly to: string }
  | { readonly _tag: "Postpone"; readonly strand: string; readonly at: number }
  | {
      readonly _tag: "Draw"
      readonly strand: string
      readonly at: number
      readonly kind: Draw
      readonly value: number
    }

export interface Log {
  /** Feeds `Random`, and nothing else. */
  readonly seed: number
  readonly realism: "fifo" | "adversarial"
  readonly entries: ReadonlyArray<Entry>
}

/** Where in a run an entry belongs. */
export const placeOf = (entry: Entry): string =>
  `${entry._tag === "Draw" ? entry.kind : entry._tag}${entry.strand}@${entry.at}`

/** The first version of this text. A log of another version is refused, not misread. */
const version = "h1"

const marks = { Preempt: "!", Switch: ">", Postpone: "~" } as const
const kinds = { fault: "f", command: "c", delay: "d" } as const

const formatEntry = (entry: Entry): string => {
  const place = `${entry.strand}@${entry.at}`
  if (entry._tag === "Draw") return `${place}${kinds[entry.kind]}${entry.value}`
  return `${place}${marks[entry._tag]}${entry._tag === "Postpone" ? "" : (entry.to ?? "")}`
}

/** One line, without characters special to a shell between single quotes. */
export const format = ({ entries, realism, seed }: Log): string =>
  [version, realism, String(seed), ...entries.map(formatEntry)].join(" ")

const pattern = /^(?<strand>[\d.]+)@(?<at>\d+)(?<mark>[!>~fcd])(?<rest>[\d.]*)$/

const parseEntry = (text: string): Entry => {
  const found = pattern.exec(text)?.groups
  if (found === undefined) throw new RangeError(`not an entry of a log: ${text}`)
  const { mark, rest, strand } = found as {
    readonly mark: string
    readonly rest: string
    readonly strand: string
  }
  const place = { strand, at: Number(found.at) }
  if (mark === "!") return { _tag: "Preempt", ...place, to: rest === "" ? undefined : rest }
  if (mark === ">") return { _tag: "Switch", ...place, to: rest }
  if (mark === "~") return { _tag: "Postpone", ...place }
  const kind = (["fault", "command", "delay"] as const).find((name) => kinds[name] === mark)!
  return { _tag: "Draw", ...place, kind, value: Number(rest) }
}

export const parse = (text: string): Log => {
  const [found, realism, seed, ...entries] = text.trim().split(/\s+/)
  if (found !== version) throw new RangeError(`a log of version ${found}; this is ${version}`)
  if (realism !== "fifo" && realism !== "adversarial") throw new RangeError(`no such realism: ${realism}`)
  if (!Number.isFinite(Number(seed))) throw new RangeError(`not a seed: ${seed}`)
  return { seed: Number(seed), realism, entries: entries.map(parseEntry) }
}
