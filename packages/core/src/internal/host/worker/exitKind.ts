/**
 * Why a place for a worker became free: what the fleet decides about its replacement from.
 *
 * @since 0.1.0
 */
import type { WorkerState } from "../../machine/workerMachine.ts"

/** It never started; it died idle; it died under tasks; it was meant to end. */
export type ExitKind = "start" | "idle" | "crashed" | "stopped"

/** Whether the pool itself had asked for the end of a worker in this state. */
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
