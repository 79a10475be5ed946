/**
 * Checks the invariants stated on the fields of a pool's parts against the whole pool, in tests and simulations.
 *
 * A pool whose transport says `isChecked` checks after each batch of replies. The pool keeps the first broken invariant, and
 * closing the pool dies of this error. Production pays nothing.
 *
 * @since 0.1.0
 */
import { isHeld } from "../../machine/taskMachine.ts"
import type { Fleet } from "../fleet/Fleet.ts"
import type { Services } from "../services/Services.ts"
import { parentOf } from "../tasks/family.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"

/** The checked parts of a pool. */
export interface Checked {
  readonly fleet: Pick<Fleet, "all" | "workers" | "seats" | "sizing" | "settings">
  readonly lifecycle: Pick<TaskLifecycle, "queue" | "waiting" | "nested" | "lenders" | "unsettled">
  readonly services: Pick<Services, "findBroken">
}

export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant"
}

type Line = readonly [name: string, state: HostTask["state"], tasks: ReadonlyArray<HostTask>]

/** A task waits in one line at most, has no worker meanwhile, and is in the state of the line. */
const linesOf = ({ lifecycle: { nested, queue, waiting } }: Checked): ReadonlyArray<Line> => [
  ["queue", "queued", queue.toArray()],
  ["line before the queue", "waiting", waiting.toArray()],
  ["line of nested tasks", "queued", nested.toArray()]
]

const brokenLine = ([name, state, tasks]: Line): string | undefined => {
  for (const task of tasks) {
    if (task.state !== state) return `task ${task.id} is ${task.state} in the ${name}`
    if (task.holder !== undefined)
      return `task ${task.id} is in the ${name} while worker ${task.holder.id} holds it`
  }
  return undefined
}

const brokenWorker = (worker: HostWorker): string | undefined => {
  const held = worker.held()
  if (held.length !== worker.load)
    return `worker ${worker.id} counts ${worker.load} tasks and holds ${held.length}`
  for (const task of held) {
    if (task.holder !== worker)
      return `worker ${worker.id} holds task ${task.id}, whose holder is ${task.holder?.id}`
    if (!isHeld(task.state)) return `worker ${worker.id} holds task ${task.id}, which is ${task.state}`
  }
  if (worker.reserved === "held") {
    const foreign = held.find((task) => task.pin === undefined && parentOf(task) === undefined)
    if (foreign !== undefined)
      return `worker ${worker.id} is reserved, and holds task ${foreign.id} of the pool`
  }
  const backlog = held.reduce((sum, { estimate }) => sum + estimate, 0)
  return backlog === worker.backlog
    ? undefined
    : `worker ${worker.id} counts a backlog of ${worker.backlog}, and its tasks sum up to ${backlog}`
}

const brokenSeat = ({ fleet: { seats, sizing } }: Checked): string | undefined => {
  let open = 0
  for (const [index, { isOpen, worker }] of seats.all.entries()) {
    if (isOpen) open++
    if (worker !== undefined && worker.seat !== index)
      return `seat ${index} has worker ${worker.id}, which says seat ${worker.seat}`
  }
  return open === sizing.size ? undefined : `${open} seats are open, and ${sizing.size} are counted`
}

const brokenLender = ({ lifecycle: { lenders } }: Checked): string | undefined => {
  for (const { family, id, state } of lenders) {
    if (!isHeld(state)) return `task ${id} lends its slot while it is ${state}`
    if (family?.borrower !== undefined) return `task ${id} lends its slot twice`
  }
  return undefined
}

/** A task is open until settled. A task whose children have not ended is open, but stands in no line any more. */
const brokenCount = (checked: Checked, lines: ReadonlyArray<Line>): string | undefined => {
  const found = lines.reduce((sum, [, , tasks]) => sum + tasks.length, 0)
  const workers = checked.fleet.all
  const held = workers.flatMap((worker) => worker.held()).filter(({ state }) => state !== "abandoned")
  const pinned = workers.reduce((sum, worker) => sum + worker.pinned.length, 0)
  const least = found + held.length + pinned
  return least <= checked.lifecycle.unsettled
    ? undefined
    : `${least} tasks wait or run, and ${checked.lifecycle.unsettled} are counted as open`
}

/** Describes the first broken invariant; `undefined` while all hold. */
export const findBroken = (checked: Checked): string | undefined => {
  const lines = linesOf(checked)
  for (const line of lines) {
    const broken = brokenLine(line)
    if (broken !== undefined) return broken
  }
  for (const worker of checked.fleet.all) {
    const broken = brokenWorker(worker)
    if (broken !== undefined) return broken
  }
  return (
    brokenSeat(checked) ??
    brokenLender(checked) ??
    checked.services.findBroken() ??
    brokenCount(checked, lines)
  )
}
