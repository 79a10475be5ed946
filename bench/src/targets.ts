// What Heddle wants to be, as ratios within one run, and how near it is.
import { asks } from "./contenders/contender.ts"
import { renderTable } from "./markdown.ts"
import { type Row, rowOf } from "./report.ts"
import { median } from "./statistics.ts"
import { better } from "./workloads/workload.ts"

/** Of `ours` against the best of some others: "at least" for rates, "at most" for times. */
export interface Target {
  readonly workload: string
  readonly what: string
  /** Contenders, or prefixes of their names that end in `*`; nobody, where the figure is a ratio by itself. */
  readonly against: ReadonlyArray<string>
  readonly ours?: string
  /** The workload that the others are measured at, where it is another one. */
  readonly at?: string
  readonly figure?: "p99"
  readonly ratio: number
}

const peers = ["piscina*", "tinypool*", "workerpool*", "poolifier*", "effect-rpc"]
const python = ["python-*"]
const chunked = ["*-chunked"]

const tiny = (workload: string, best: number): ReadonlyArray<Target> => [
  { workload, what: "the best peer pool", against: peers.slice(0, 4), ratio: best },
  { workload, what: "Effect's RPC workers", against: ["effect-rpc"], ratio: 8 },
  { workload, what: "Python's pools", against: python, ratio: 20 },
  { workload, what: "a plain batching pool", against: ["floor-batched-effect"], ratio: 0.8 }
]

/** The low-latency wait is for lone calls: at depth nothing may be lost to it. */
const waiting = ["tiny-64", "tiny-1024", "tiny-burst", "tiny-batch"].map((workload): Target => ({
  workload,
  what: "itself without the low-latency wait",
  against: ["heddle-no-wait"],
  ratio: 0.97
}))

/** Streams of tasks, and what goes through a channel instead. */
const streams = ["heddle", "heddle-channel"].flatMap((ours) => {
  const through = ours === "heddle" ? "" : ", through a channel"
  return asks.streams.flatMap((workload): ReadonlyArray<Target> => [
    {
      workload,
      what: `bare ports in hand-made batches${through}`,
      ours,
      against: ["floor-stream"],
      ratio: workload.endsWith("-typed") ? 0.8 : 0.5
    },
    { workload, what: `Effect's RPC streams${through}`, ours, against: ["effect-rpc"], ratio: 10 },
    { workload, what: `Python's \`Queue\`${through}`, ours, against: ["python-queue"], ratio: 10 }
  ])
})

/** One element there and one back, against a task. */
const roundTrips = [
  ["heddle-channel", "a task, by an element through a channel and one back"],
  ["heddle-pipe", "a task, by an element through a pipe and one back"]
].map(([ours, what]): Target => ({
  workload: "latency",
  what: what!,
  ours: ours!,
  against: ["heddle"],
  ratio: 1.3
}))

export const targets: ReadonlyArray<Target> = [
  ...tiny("tiny-64", 4),
  ...tiny("tiny-1024", 6),
  ...tiny("tiny-burst", 4),
  ...waiting,
  { workload: "latency", what: "the best peer, p50", against: [...peers, ...python], ratio: 1 },
  {
    workload: "latency",
    what: "the best peer, p99",
    against: [...peers, ...python],
    figure: "p99",
    ratio: 1
  },
  {
    workload: "latency-asleep",
    what: "the best peer, p99, on cores that fall asleep",
    against: [...peers, ...python],
    figure: "p99",
    ratio: 1
  },
  {
    workload: "latency",
    what: "the bare port, without the low-latency wait",
    ours: "heddle-no-wait",
    against: ["floor-port"],
    ratio: 1.15
  },
  { workload: "map", what: "piscina, one task per item", against: ["piscina"], ratio: 50 },
  { workload: "map", what: "Python's `pool.map`", against: ["python-pool"], ratio: 1 },
  { workload: "map", what: "the best hand-chunked peer", against: chunked, ratio: 1 / 1.1 },
  { workload: "map-typed", what: "Python's `pool.map`", against: python, ratio: 3 },
  { workload: "map-typed", what: "the best hand-chunked peer", against: chunked, ratio: 1 / 1.2 },
  {
    workload: "map-typed",
    what: "the best hand-chunked peer, by a handler that answers Effects",
    ours: "heddle-effect",
    against: chunked,
    ratio: 1 / 1.2
  },
  {
    workload: "map-typed",
    what: "the best hand-chunked peer, by a function of a module",
    ours: "heddle-module",
    against: chunked,
    ratio: 1 / 1.2
  },
  { workload: "cpu-10ms", what: "one thread", against: [], ratio: 1.9 },
  { workload: "cpu-10ms", what: "the best peer", against: [...peers, ...python], ratio: 0.98 },
  { workload: "payload-16m-transfer", what: "the bare port", against: ["floor-port"], ratio: 1 / 1.3 },
  { workload: "payload-1k-copy", what: "the best peer", against: [...peers, ...python], ratio: 1 },
  { workload: "payload-64k-copy", what: "the best peer", against: [...peers, ...python], ratio: 1 },
  { workload: "mixed", what: "the best peer, p99", against: [...peers, ...python], figure: "p99", ratio: 1 },
  { workload: "queue", what: "a task where 1,000 wait", against: [], ratio: 2 },
  {
    workload: "queue",
    what: "the same of a plain batching pool",
    against: ["floor-batched-effect"],
    ratio: 1
  },
  { workload: "stuck", what: "bare terminate and respawn", against: ["floor-terminate"], ratio: 1.5 },
  { workload: "crash", what: "bare respawn", against: ["floor-terminate"], ratio: 1.5 },
  {
    workload: "stuck",
    what: "bare terminate and respawn, with a bundled entry",
    ours: "heddle-bundled",
    against: ["floor-terminate"],
    ratio: 1.5
  },
  {
    workload: "crash",
    what: "bare respawn, with a bundled entry",
    ours: "heddle-bundled",
    against: ["floor-terminate"],
    ratio: 1.5
  },
  {
    workload: "stuck",
    what: "terminate and respawn of a thread that imports Effect",
    against: ["floor-terminate-effect"],
    ratio: 1.5
  },
  {
    workload: "crash",
    what: "respawn of a thread that imports Effect",
    against: ["floor-terminate-effect"],
    ratio: 1.5
  },
  { workload: "stuck", what: "a bare spare", ours: "heddle-spare", against: ["floor-spare"], ratio: 5 },
  { workload: "crash", what: "a bare spare", ours: "heddle-spare", against: ["floor-spare"], ratio: 5 },
  {
    workload: "memory",
    what: "a bare thread that imports Effect",
    against: ["floor-thread-effect"],
    ratio: 1.3
  },
  { workload: "start", what: "piscina", against: ["piscina"], ratio: 3 },
  ...streams,
  ...roundTrips,
  { workload: "stream-memory", what: "what V8's young generations take, in MB", against: [], ratio: 80 },
  {
    workload: "stream-memory",
    what: "the same through a channel",
    ours: "heddle-channel",
    against: [],
    ratio: 80
  }
]

const matches = (contender: string, pattern: string): boolean =>
  pattern.startsWith("*")
    ? contender.endsWith(pattern.slice(1)) && !contender.startsWith("floor-")
    : pattern.endsWith("*")
      ? contender.startsWith(pattern.slice(0, -1))
      : contender === pattern

const figureOf = (row: Row, figure: "p99" | undefined): { median: number; values: ReadonlyArray<number> } =>
  (figure === "p99" ? row.p99 : undefined) ?? row

export interface Verdict {
  readonly target: Target
  /** The best of those it is held against, in this run; none where it is held against nobody. */
  readonly best: string | undefined
  /** Ours by theirs, round by round, its median. */
  readonly ratio: number
  readonly met: boolean
}

/** `undefined` where the run did not measure what it takes. */
export const judge = (rows: ReadonlyArray<Row>, target: Target): Verdict | undefined => {
  const { against, at, figure, ours = "heddle", workload } = target
  const own = rowOf(rows, workload, ours)
  if (own === undefined) return undefined
  const direction = better(own.unit)
  const isMet = (ratio: number): boolean =>
    direction === "more" ? ratio >= target.ratio : ratio <= target.ratio
  if (against.length === 0) {
    const ratio = median(figureOf(own, figure).values)
    return { target, best: undefined, ratio, met: isMet(ratio) }
  }
  const others = rows.filter(
    (row) =>
      row.workload === (at ?? workload) &&
      // A variant of ours is meant only where it is named.
      (against.includes(row.contender) ||
        (!row.contender.startsWith("heddle") && against.some((pattern) => matches(row.contender, pattern))))
  )
  if (others.length === 0) return undefined
  const best = others.reduce((a, b) => {
    const [one, other] = [figureOf(a, figure).median, figureOf(b, figure).median]
    return (direction === "more" ? other > one : other < one) ? b : a
  })
  const [mine, theirs] = [figureOf(own, figure).values, figureOf(best, figure).values]
  const rounds = Math.min(mine.length, theirs.length)
  const ratio = median(Array.from({ length: rounds }, (_, round) => mine[round]! / theirs[round]!))
  return { target, best: best.contender, ratio, met: isMet(ratio) }
}

const number = (value: number): string => Number(value.toFixed(2)).toString()

/** Targets of this run; what a run did not measure is left out. */
export const toTargetTable = (rows: ReadonlyArray<Row>): string =>
  renderTable(
    ["workload", "against", "best of them", "wanted", "measured", "met"],
    3,
    targets.flatMap((target) => {
      const verdict = judge(rows, target)
      if (verdict === undefined) return []
      const own = rowOf(rows, target.workload, target.ours ?? "heddle")!
      const sign = better(own.unit) === "more" ? "≥" : "≤"
      return [
        [
          target.workload,
          target.what,
          verdict.best === undefined ? "" : `\`${verdict.best}\``,
          `${sign} ${number(target.ratio)}`,
          number(verdict.ratio),
          verdict.met ? "yes" : "no"
        ]
      ]
    })
  )
