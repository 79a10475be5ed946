/**
 * The events of one run, for people: which strand ran when, its records, and why the strand stopped; in a stuck run also
 * where each fiber waits.
 *
 * @since 0.1.0
 */
import * as Exit from "effect/Exit"
import type { Strand } from "../../internal/strand.ts"
import { isOnStack, type Tracer, type World } from "../../internal/world.ts"
import { type AnyFiber, placeIn, type Probe } from "./probe.ts"
import { Waits } from "./waits.ts"

type Entered = "turn" | "nested" | "back"

interface Stretch {
  readonly strand: Strand
  readonly time: number
  readonly entered: Entered
  readonly events: Array<string>
  operations: number
  /** The end of the stretch. */
  how: string
}

/** Lines shown from the start and from the end of a timeline; the middle is left out. */
const shownFirst = 40
const shownLast = 80

export class Trace implements Tracer {
  private readonly stretches: Array<Stretch> = []
  private readonly names = new Map<Strand, string>()
  private readonly lastEvents = new Map<Strand, string>()
  private waits: ReadonlyArray<string> = []
  private readonly probe: Probe | undefined

  /** With a probe watching the run, the trace also says what each fiber waits for. */
  constructor(probe?: Probe) {
    this.probe = probe
  }

  onEnter(strand: Strand, time: number, entered: Entered): void {
    this.leave(entered)
    this.stretches.push({ strand, time, entered, events: [], operations: 0, how: "" })
  }

  onOperation(strand: Strand): void {
    const stretch = this.stretches.at(-1)
    if (stretch !== undefined) stretch.operations++
    if (strand.id === program || this.names.has(strand) || strand.fiber === undefined) return
    const name = nameOf(strand.fiber)
    if (name !== undefined) this.names.set(strand, name)
  }

  onEvent(strand: Strand, event: string): void {
    this.stretches.findLast((stretch) => stretch.strand === strand)?.events.push(event)
    this.lastEvents.set(strand, event)
  }

  onPreempt(strand: Strand): void {
    this.end(strand, "preempted")
  }

  onSleep(strand: Strand, until: number): void {
    this.probe?.sleeps(until)
    this.end(strand, `sleeps until ${until} ms`)
  }

  finish(world: World): void {
    this.leave("turn")
    const strandOf = (fiber: AnyFiber) => world.strandOfFiber(fiber)
    const waits = this.probe && new Waits(this.probe, (fiber) => strandOf(fiber)?.id ?? "?")
    const fibers = world.suspended()
    const circle = waits?.circle(fibers)
    this.waits = [
      ...fibers.map((fiber) => this.describeWait(strandOf(fiber), fiber, waits?.describe(fiber) ?? "")),
      ...(circle === undefined ? [] : [`in a circle: ${circle}`])
    ]
  }

  /** A line for each uninterrupted stretch of a strand; of a long run, its start and its end. */
  get timeline(): string {
    // A callback tells nothing, unless the callback recorded an event.
    const told = this.stretches.filter(({ events, operations }) => events.length > 0 || operations > 0)
    const hidden = Math.max(0, told.length - shownFirst - shownLast)
    const shown = hidden === 0 ? told : [...told.slice(0, shownFirst), ...told.slice(-shownLast)]
    const rows = shown.map((stretch) => this.rowOf(stretch))
    const lines = align(
      rows.map((row, index) => (row[0] === rows[index - 1]?.[0] ? ["", ...row.slice(1)] : row))
    )
    if (hidden > 0) lines.splice(shownFirst, 0, `  … ${hidden} lines …`)
    return lines.join("\n")
  }

  private rowOf({ entered, events, how, strand, time }: Stretch): ReadonlyArray<string> {
    return [
      `${time} ms`,
      `${entered === "nested" ? "↳ " : ""}${strand.id}`,
      this.names.get(strand) ?? (strand.id === program ? "(the program)" : ""),
      events.join("; "),
      how
    ]
  }

  /** A line for each unfinished fiber, and one more for a circle of waiting fibers. */
  get waiting(): ReadonlyArray<string> {
    return this.waits
  }

  /** The strand has stopped, unless another strand runs on its stack. */
  private leave(next: Entered): void {
    const stretch = this.stretches.at(-1)
    const fiber = stretch?.strand.fiber
    if (stretch === undefined || fiber === undefined) return
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) stretch.how = describeExit(exit)
    else if (stretch.how === "") {
      stretch.how = next === "nested" && isOnStack(fiber) ? "starts or wakes" : "waits"
    }
  }

  private end(strand: Strand, how: string): void {
    const stretch = this.stretches.findLast((one) => one.strand === strand)
    if (stretch !== undefined) stretch.how = how
  }

  private describeWait(strand: Strand | undefined, fiber: AnyFiber, wait: string): string {
    const last = this.stretches.findLast((stretch) => stretch.strand === strand)
    const event = strand === undefined ? undefined : this.lastEvents.get(strand)
    return [
      `${strand?.id ?? "?"} waits since ${last?.time ?? 0} ms${wait}`,
      ...framesOf(fiber).map((frame) => `in ${frame}`),
      ...(event === undefined ? [] : [`after “${event}”`])
    ].join(", ")
  }
}

/** Rows as lines, with a column each; the first one to the right. A very long cell does not widen its column. */
const align = (rows: ReadonlyArray<ReadonlyArray<string>>): Array<string> => {
  const widthOf = (column: number) => Math.max(...rows.map((row) => Math.min(60, row[column]!.length)))
  const widths = rows[0]?.map((_, column) => widthOf(column)) ?? []
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
    )
    return `  ${cells.join("  ")}`.trimEnd()
  })
}

/** The strand of the program itself. */
const program = "0"

const describeExit = (exit: Exit.Exit<unknown, unknown>): string => {
  if (Exit.isSuccess(exit)) return "ends"
  return Exit.hasInterrupts(exit) ? "ends, interrupted" : "fails"
}

const nameOf = ({ cache }: AnyFiber): string | undefined =>
  cache.span?._tag === "Span" ? cache.span.name : cache.stackFrame?.name

/** The place of a fiber: its spans and functions, the innermost first, with known places in the source. */
const framesOf = ({ cache }: AnyFiber): ReadonlyArray<string> => {
  const frames: Array<string> = []
  for (let frame = cache.stackFrame; frame !== undefined && frames.length < 3; frame = frame.parent) {
    if (frame.name.endsWith("(definition)")) continue
    const place = placeIn(frame.stack())
    frames.push(place === undefined ? frame.name : `${frame.name} (${place})`)
  }
  if (frames.length === 0 && cache.span?._tag === "Span") frames.push(cache.span.name)
  return frames
}
