/**
 * The tree of tasks that call tasks: who called whom, and whose slot is lent to whom.
 *
 * A task that waits for one that it called lends its slot, to one descendant of its own at a time. The borrower may wait and
 * lend in its turn, so that what shares a slot is a line of ancestors, as deep as tasks may be nested and no deeper. Why that
 * cannot deadlock: docs/decisions/0022.
 *
 * @since 0.1.0
 */
import { isHeld } from "../../machine/taskMachine.ts"
import type { HostTask, Family } from "./HostTask.ts"

const make = (parent: HostTask | undefined, depth: number, interruptible: boolean): Family => ({
  parent,
  depth,
  interruptible,
  children: new Set(),
  awaited: new Set(),
  borrower: undefined,
  lender: undefined,
  deferred: undefined
})

const familyOf = (task: HostTask): Family => (task.family ??= make(undefined, 0, false))

export const depthOf = (task: HostTask): number => task.family?.depth ?? 0

export const parentOf = (task: Partial<Pick<HostTask, "family">>): HostTask | undefined => task.family?.parent

/** Makes a task that was not submitted yet the child of another. */
export const adopt = (parent: HostTask, child: HostTask, interruptible: boolean): void => {
  const family = familyOf(parent)
  family.children.add(child)
  child.family = make(parent, family.depth + 1, interruptible)
}

/** The names from the outermost caller down to this task. */
export const chainOf = (task: HostTask): Array<string> => {
  const chain: Array<string> = []
  for (let at: HostTask | undefined = task; at !== undefined; at = parentOf(at)) chain.push(at.name)
  return chain.toReversed()
}

/** The nearest one that fits, of this task and those that called it. */
export const findCaller = (task: HostTask, fits: (caller: HostTask) => boolean): HostTask | undefined => {
  for (let at: HostTask | undefined = task; at !== undefined; at = parentOf(at)) if (fits(at)) return at
  return undefined
}

/** At most as many steps as tasks may be nested deep. */
export const isDescendant = (task: HostTask, ancestor: HostTask): boolean => {
  for (let at = parentOf(task); at !== undefined; at = parentOf(at)) if (at === ancestor) return true
  return false
}

// ----------------------------------------------------------------------------
// slots
// ----------------------------------------------------------------------------

/** Tasks whose slot is to be had. Invariant: exactly those that a worker holds, that wait, and have no borrower. */
export type Lenders = Set<HostTask>

const settleLender = (lenders: Lenders, task: HostTask): void => {
  const { family } = task
  if (
    family !== undefined &&
    family.awaited.size > 0 &&
    family.borrower === undefined &&
    isHeld(task.state)
  ) {
    lenders.add(task)
  } else lenders.delete(task)
}

/** The handler of the child's parent waits for it from now on. */
export const awaitChild = (lenders: Lenders, child: HostTask): void => {
  const parent = parentOf(child)
  if (parent?.family?.children.has(child) !== true || !isHeld(parent.state)) return
  parent.family.awaited.add(child)
  settleLender(lenders, parent)
}

/** The borrower is about to be sent to where the lender is. */
export const lend = (lenders: Lenders, lender: HostTask, borrower: HostTask): void => {
  familyOf(lender).borrower = borrower
  familyOf(borrower).lender = lender
  settleLender(lenders, lender)
}

/** A worker holds the task no longer: it gives its slot back, and whoever runs in it goes on without. */
export const release = (lenders: Lenders, task: HostTask): void => {
  const { family } = task
  if (family === undefined) return
  family.awaited.clear()
  lenders.delete(task)
  if (family.borrower?.family !== undefined) family.borrower.family.lender = undefined
  family.borrower = undefined
  const { lender } = family
  if (lender?.family === undefined) return
  family.lender = undefined
  lender.family.borrower = undefined
  settleLender(lenders, lender)
}

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

/** Those that end when their parent is told to end; all of them when it has ended. */
export const childrenToEnd = (task: HostTask, hasEnded: boolean): Array<HostTask> =>
  Array.from(task.family?.children ?? []).filter((child) => hasEnded || child.family!.interruptible)

/** Whether any of what it called is not settled. */
export const hasChildren = ({ family }: HostTask): boolean => family !== undefined && family.children.size > 0

/** Calls back once the last child is settled; at once if there is none. */
export const afterChildren = (task: HostTask, callback: () => void): void => {
  if (!hasChildren(task)) return callback()
  const family = task.family!
  const before = family.deferred
  family.deferred =
    before === undefined
      ? callback
      : () => {
          before()
          callback()
        }
}

/** The task is settled: its parent waits for it no longer. */
export const leave = (lenders: Lenders, task: HostTask): void => {
  const parent = parentOf(task)
  const family = parent?.family
  if (parent === undefined || family?.children.delete(task) !== true) return
  if (family.awaited.delete(task)) settleLender(lenders, parent)
  if (family.children.size > 0) return
  const { deferred } = family
  family.deferred = undefined
  deferred?.()
}
