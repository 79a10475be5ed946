/**
 * Which fault happens at which point.
 *
 * @since 0.1.0
 */
import type { At, Decide, Fault, Point } from "../Fault.ts"

type Tag = Fault["_tag"]

/** The place of each fault; a crash has its own. */
const places: Record<Exclude<Tag, "Crash">, At> = {
  SpawnRefused: "spawn",
  SlowStart: "spawn",
  HangAtStart: "spawn",
  SlowLink: "spawn",
  CrashAtStart: "spawn",
  Hang: "duringRun",
  Stuck: "duringRun",
  Stopped: "duringRun",
  Stray: "duringRun",
  ClockJump: "duringRun",
  HostPause: "beforeReply",
  LateFrame: "beforeReply",
  DropFrame: "beforeReply",
  DropReply: "beforeReply",
  DuplicateFrame: "beforeReply",
  MalformedReply: "beforeReply",
  HangAtStop: "stop"
}

export const placeOf = (fault: Fault): At => (fault._tag === "Crash" ? fault.at : places[fault._tag])

export class FaultPlan {
  private readonly decide: Decide
  private readonly counts = new Map<string, number>()

  private readonly onThrown: (cause: unknown) => void

  /** A throwing hook decides for no fault: the error belongs to the test, and to no worker. */
  constructor(faults: ReadonlyArray<Fault> | Decide, onThrown: (cause: unknown) => void = () => {}) {
    this.decide = typeof faults === "function" ? faults : fromList(faults)
    this.onThrown = onThrown
  }

  /** The fault at the next point of this kind. Each call is one point. */
  at(at: At, worker: number, task?: string): Fault | undefined {
    const key = `${at} ${task ?? ""}`
    const nth = (this.counts.get(key) ?? 0) + 1
    this.counts.set(key, nth)
    const fault = this.decided({ at, worker, task, nth })
    return fault !== undefined && placeOf(fault) === at ? fault : undefined
  }

  private decided(point: Point): Fault | undefined {
    try {
      return this.decide(point)
    } catch (cause) {
      this.onThrown(cause)
      return undefined
    }
  }
}

/** The first fitting fault; each fault counts its fitting points, even without happening. */
const fromList = (faults: ReadonlyArray<Fault>): Decide => {
  const seen = faults.map(() => 0)
  return (point) =>
    faults.filter((fault, index) => {
      if (placeOf(fault) !== point.at) return false
      if (fault.worker !== undefined && fault.worker !== point.worker) return false
      if (fault.task !== undefined && fault.task !== point.task) return false
      seen[index]!++
      const count = seen[index]!
      if (fault.times !== undefined && count > fault.times) return false
      return fault.nth === undefined || fault.nth === count
    })[0]
}
