/**
 * `Coverage`: which faults have met which phase of a worker's life, counted over many runs, printed, and required.
 *
 * A suite whose faults never come is green for the wrong reason.
 *
 * @since 0.1.0
 */
import type { At, Fault } from "./Fault.ts"
import { placeOf } from "./internal/faultPlan.ts"

/**
 * One fault in one phase, and its count.
 *
 * @category models
 * @since 0.1.0
 */
export interface Cell {
  readonly fault: string
  readonly phase: At
  readonly count: number
}

const phases: ReadonlyArray<At> = [
  "spawn",
  "beforeRun",
  "duringRun",
  "afterRun",
  "beforeReply",
  "afterReply",
  "idle",
  "stop"
]

/**
 * The cells within reach of a list of faults, and their counts. Pass the object to `Faults.any`, and keep it over all runs.
 *
 * **Example** (Half of the cells)
 *
 * ```ts
 * import { Coverage, Fault } from "@heddle/testing"
 *
 * const [killed, hang] = [Fault.crash("duringRun", { signal: "SIGKILL" }), Fault.hang()]
 * const coverage = new Coverage.Coverage([killed, hang])
 * coverage.count(hang)
 * console.log(coverage.ratio) // => 0.5
 * console.log(coverage.missing) // => [ 'crash (signal) at duringRun' ]
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export class Coverage {
  private readonly counts = new Map<string, { readonly fault: string; readonly phase: At; count: number }>()

  constructor(faults: ReadonlyArray<Fault>) {
    for (const fault of faults) {
      const cell = { fault: nameOf(fault), phase: placeOf(fault), count: 0 }
      this.counts.set(keyOf(cell), cell)
    }
  }

  /** Counts a fault. A fault outside of the list is a mistake in the test. */
  count(fault: Fault): void {
    const cell = this.counts.get(keyOf({ fault: nameOf(fault), phase: placeOf(fault) }))
    if (cell === undefined) throw new RangeError(`${nameOf(fault)} is none of the faults to cover`)
    cell.count++
  }

  get cells(): ReadonlyArray<Cell> {
    return [...this.counts.values()]
  }

  /** The reached part of the cells, from 0 to 1; 1 without cells. */
  get ratio(): number {
    return this.counts.size === 0 ? 1 : 1 - this.missing.length / this.counts.size
  }

  /** The unreached cells. */
  get missing(): ReadonlyArray<string> {
    return this.cells.filter(({ count }) => count === 0).map(keyOf)
  }

  /** A row for each fault, a column for each phase; `·` where a fault does not belong. */
  format(): string {
    const faults = [...new Set(this.cells.map(({ fault }) => fault))]
    const used = phases.filter((phase) => this.cells.some((cell) => cell.phase === phase))
    const show = (fault: string, phase: At) => this.counts.get(keyOf({ fault, phase }))?.count ?? "·"
    const rows = [
      ["", ...used],
      ...faults.map((fault) => [fault, ...used.map((phase) => String(show(fault, phase)))])
    ]
    const widths = used.map((_, column) => Math.max(...rows.map((row) => row[column + 1]!.length)))
    const first = Math.max(...rows.map(([name]) => name!.length))
    const lines = rows.map(([name, ...cells]) =>
      [name!.padEnd(first), ...cells.map((cell, column) => cell.padStart(widths[column]!))]
        .join("  ")
        .trimEnd()
    )
    return [...lines, `fault × phase coverage: ${this.ratio.toFixed(2)}`].join("\n")
  }

  /** Throws when less than this part was reached. Default: all cells. */
  require(least = 1): void {
    if (this.ratio >= least) return
    throw new Error(
      `fault × phase coverage is ${this.ratio.toFixed(2)}, less than ${least}; never reached: ${this.missing.join(", ")}`
    )
  }
}

const keyOf = ({ fault, phase }: Pick<Cell, "fault" | "phase">): string => `${fault} at ${phase}`

/** `HangAtStart` is "hang at start"; a crash says how the worker died. */
const nameOf = (fault: Fault): string => {
  const name = fault._tag.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
  if (fault._tag !== "Crash") return name
  if (fault.outOfMemory === true) return `${name} (out of memory)`
  return `${name} (${fault.signal === undefined ? "exit" : "signal"})`
}
