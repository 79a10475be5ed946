// From rounds to rows, and from rows to a table.
import { renderTable } from "./markdown.ts"
import { advantage, type Spread, spread } from "./statistics.ts"
import { better, type Figure, type Sample, type Unit, type Workload } from "./workloads/workload.ts"

/** One element of the JSON file. */
export interface Row extends Spread {
  readonly workload: string
  readonly contender: string
  readonly unit: Unit
  readonly rounds: number
  /** Of each round, in order: for ratios within one round. */
  readonly values: ReadonlyArray<number>
  /** Share of all cores that other processes took: the largest of all rounds. */
  readonly share?: number
  readonly shares?: ReadonlyArray<number | null>
  /** Rounds that began before the rate was steady. */
  readonly unsteady: number
  /** Where a value is the median of many: what 99 % of them stay below, likewise. */
  readonly p99?: Spread & { readonly values: ReadonlyArray<number> }
}

/** One round of one cell. */
export type Measured = Figure & Pick<Sample, "share" | "steady">

const rounded = (value: number): number =>
  Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4))

export const toRow = (workload: Workload, contender: string, rounds: ReadonlyArray<Measured>): Row => {
  const values = rounds.map(({ value }) => rounded(value))
  const shares = rounds.map(({ share }) => (share === null ? null : Number(share.toFixed(3))))
  const known = shares.filter((share) => share !== null)
  const tails = rounds.flatMap(({ p99 }) => (p99 === undefined ? [] : [rounded(p99)]))
  return {
    workload: workload.name,
    contender,
    unit: workload.unit,
    ...spread(values),
    rounds: values.length,
    values,
    ...(known.length === 0 ? undefined : { share: Math.max(...known), shares }),
    unsteady: rounds.filter(({ steady }) => !steady).length,
    ...(tails.length === 0 ? undefined : { p99: { ...spread(tails), values: tails } })
  }
}

/** A figure as one reads it: thousands apart, no digits that mean nothing. */
export const show = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(Math.abs(value) >= 10 ? 1 : 2)

export const unitNames: Readonly<Record<Unit, string>> = {
  "tasks/s": "tasks/s",
  "items/s": "items/s",
  us: "µs",
  ms: "ms",
  MB: "MB",
  "speed-up": "times one thread",
  cost: "times the cost",
  ratio: "times as much"
}

export const rowOf = (rows: ReadonlyArray<Row>, workload: string, contender: string): Row | undefined =>
  rows.find((row) => row.workload === workload && row.contender === contender)

/** How many times better `heddle` is than another, and from the least to the greatest of all rounds. */
export const ratioTo = (rows: ReadonlyArray<Row>, row: Row): Spread | undefined => {
  const heddle = rowOf(rows, row.workload, "heddle")
  // What is left of nothing is no ratio.
  if (heddle === undefined || heddle === row || heddle.min <= 0 || row.min <= 0) return undefined
  return advantage(heddle.values, row.values, better(row.unit))
}

const range = ({ max, min }: Spread): string => `${show(min)}–${show(max)}`

const showRatio = (ratio: Spread | undefined): string =>
  ratio === undefined ? "" : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`

const roundsOf = (row: Row): string =>
  row.unsteady === 0 ? String(row.rounds) : `${row.rounds}, ${row.unsteady} unsteady`

const shareOf = (row: Row): string =>
  row.share === undefined ? "unknown" : `≤ ${Math.round(row.share * 100)} %`

/** Everything in one table, for the terminal. */
export const toTable = (rows: ReadonlyArray<Row>): string =>
  renderTable(
    [
      "workload",
      "contender",
      "unit",
      "median",
      "min–max",
      "p99",
      "heddle is better by",
      "rounds",
      "others' share"
    ],
    3,
    rows.map((row) => [
      row.workload,
      row.contender,
      unitNames[row.unit],
      show(row.median),
      range(row),
      row.p99 === undefined ? "" : show(row.p99.median),
      showRatio(ratioTo(rows, row)),
      roundsOf(row),
      shareOf(row)
    ])
  )

/** One workload, for a page. */
export const toWorkloadTable = (rows: ReadonlyArray<Row>, workload: string): string => {
  const own = rows.filter((row) => row.workload === workload)
  const unit = unitNames[own[0]!.unit]
  const tails = own.some(({ p99 }) => p99 !== undefined)
  return renderTable(
    ["contender", unit, "min–max", ...(tails ? ["p99"] : []), "heddle is better by (min–max)"],
    1,
    own.map((row) => [
      `\`${row.contender}\``,
      show(row.median),
      range(row),
      ...(tails ? [row.p99 === undefined ? "" : show(row.p99.median)] : []),
      showRatio(ratioTo(rows, row))
    ])
  )
}
