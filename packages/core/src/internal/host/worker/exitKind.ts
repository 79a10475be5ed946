/**
 * Why a seat became free. The fleet decides about a replacement by this.
 *
 * @since 0.1.0
 */
import type { WorkerState } from "../../machine/workerMachine.ts"

/** The worker never started; died idle; died under tasks; was meant to end. */
export type ExitKind = "start" | "idle" | "crashed" | "stopped"

/** Returns whether the pool itself had asked for the end of a worker in this state. */
export const endedOnPurpose = (from: WorkerState, violated: boolean): boolean => from !== "ready" && !violated

export const exitKindOf = (
  from: WorkerState,
  failedToStart: boolean,
  onPurpose: boolean,
  hadTasks: boolean
): ExitKind => {
  if (from === "starting" || failedToStart) return "start"
  if (onPurpose) return "stopped"
  return hadTasks ? "crashed" : "idle"
}
