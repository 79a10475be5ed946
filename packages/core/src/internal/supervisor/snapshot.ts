/**
 * A picture of a supervisor and its children at a moment.
 *
 * @since 0.1.0
 */
import { isActive } from "../machine/childMachine.ts"
import type { ChildCounts, SupervisorSnapshot } from "../model/supervision.ts"
import type { SupervisedChild } from "./SupervisedChild.ts"
import type { SupervisorSettings } from "./settings.ts"

/** The parts of a supervisor that a picture shows. */
interface Shown {
  readonly settings: SupervisorSettings
  readonly state: SupervisorSnapshot["state"]
  readonly children: ReadonlyArray<SupervisedChild>
  readonly restartsNow: () => number
}

export const counts = ({ children }: Pick<Shown, "children">): ChildCounts => {
  const supervisors = children.filter((child) => child.settings.body._tag === "Supervisor").length
  return {
    specs: children.length,
    active: children.filter((child) => isActive(child.state)).length,
    supervisors,
    workers: children.length - supervisors
  }
}

export const snapshot = (supervisor: Shown): SupervisorSnapshot => {
  const { id, intensity, period, strategy } = supervisor.settings
  return {
    id,
    strategy,
    state: supervisor.state,
    intensity,
    period,
    recentRestarts: supervisor.restartsNow(),
    children: supervisor.children.map((child) => child.snapshot())
  }
}
