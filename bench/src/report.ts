// From rounds to rows: medians with their spread, and ratios within one round.
import { contenders } from "./contenders.ts"
import type { Measured } from "./measure.ts"

/** One element of the JSON file. */
export interface Row {
  readonly workload: string
  readonly contender: string
  readonly unit: "tasks/s"
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
  /** Of each round, in order: for ratios within one round. */
  readonly values: ReadonlyArray<number>
  /** Share of all cores that other processes took: the largest of all rounds. */
  readonly share?: number
  readonly shares?: ReadonlyArray<number | null>
  /** Rounds that began before the rate was steady. */
  readonly unsteady: number
}

const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const toRow = (workload: string, contender: string, rounds: ReadonlyArray<Measured>): Row => {
  const values = rounds.map(({ rate }) => Math.round(rate))
  const shares = rounds.map(({ share }) => (share === null ? null : Number(share.toFixed(3))))
  const known = shares.filter((share) => share !== null)
  return {
    workload,
    contender,
    unit: "tasks/s",
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    rounds: values.length,
    values,
    ...(known.length === 0 ? undefined : { share: Math.max(...known), shares }),
    unsteady: rounds.filter(({ steady }) => !steady).length
  }
}

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US")

/** `heddle` against another, round by round: median, and from the least to the greatest. */
const ratio = (heddle: Row, other: Row): string => {
  const ratios = heddle.values.map((value, round) => value / other.values[round]!)
  const [middle, least, most] = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((r) =>
    r.toFixed(2)
  )
  return `${middle} (${least}–${most})`
}

export const toTable = (rows: ReadonlyArray<Row>): string => {
  const lines = [
    "| workload | contender | median tasks/s | min–max | heddle / it (min–max) | rounds | others' share |",
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
  ]
  for (const row of rows) {
    const heddle = rows.find(({ contender, workload }) => contender === "heddle" && workload === row.workload)
    const cells = [
      row.workload,
      row.contender,
      thousands(row.median),
      `${thousands(row.min)}–${thousands(row.max)}`,
      heddle === undefined || row === heddle ? "" : ratio(heddle, row),
      row.unsteady === 0 ? row.rounds : `${row.rounds}, ${row.unsteady} unsteady`,
      row.share === undefined ? "unknown" : `≤ ${Math.round(row.share * 100)} %`
    ]
    lines.push(`| ${cells.join(" | ")} |`)
  }
  return lines.join("\n")
}

export const legend = (): string => contenders.map(({ how, name }) => `- \`${name}\`: ${how}`).join("\n")
