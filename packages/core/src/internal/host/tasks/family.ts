/**
 * The tree of tasks which call tasks: parents and children, lenders and borrowers of slots.
 *
 * A task waiting for a nested task lends its slot, to a single descendant at a time. The borrower may wait and lend in turn.
 * So a slot is shared by a chain of ancestors, whose length is bounded by the limit of nesting. Why lending cannot deadlock:
 * docs/decisions/0022.
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

/** Makes a new task, not submitted yet, the child of another. */
export const adopt = (parent: HostTask, child: HostTask, interruptible: boolean): void => {
  const family = familyOf(parent)
  family.children.add(child)
  child.family = make(parent, family.depth + 1, interruptible)
}

/** Returns the names from the outermost caller down to this task. */
export const chainOf = (task: HostTask): Array<string> => {
  const chain: Array<string> = []
  for (let at: HostTask | undefined = task; at !== undefined; at = parentOf(at)) chain.push(at.name)
  return chain.toReversed()
}

/** Returns the nearest fitting task among this task and its callers. */
export const findCaller = (task: HostTask, fits: (caller: HostTask) => boolean): HostTask | undefined => {
  for (let at: HostTask | undefined = task; at !== undefined; at = parentOf(at)) if (fits(at)) return at
  return undefined
}

/** Returns whether a task descends from another. Takes at most as many steps as tasks may be nested deep. */
export const isDescendant = (task: HostTask, ancestor: HostTask): boolean => {
  for (let at = parentOf(task); at !== undefined; at = parentOf(at)) if (at === ancestor) return true
  return false
}

// ----------------------------------------------------------------------------
// slots
// ----------------------------------------------------------------------------

/** Tasks with a slot to lend. Invariant: exactly the held tasks which wait for a child and have no borrower. */
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

/** Notes that the handler of the child's parent now waits for the child. */
export const awaitChild = (lenders: Lenders, child: HostTask): void => {
  const parent = parentOf(child)
  if (parent?.family?.children.has(child) !== true || !isHeld(parent.state)) return
  parent.family.awaited.add(child)
  settleLender(lenders, parent)
}

/** Lends the slot, just before the borrower is sent to the lender's worker. */
export const lend = (lenders: Lenders, lender: HostTask, borrower: HostTask): void => {
  familyOf(lender).borrower = borrower
  familyOf(borrower).lender = lender
  settleLender(lenders, lender)
}

/**
 * Ends lending when the worker releases the task: the task gives a borrowed slot back, and its borrower goes on without a
 * lender.
 */
export const release = (lenders: Lenders, task: HostTask): void => {
  const { family } = task
  if (family === undefined) return
  family.awaited.clear()
  lenders.delete(task)
  if (family.borrower?.family !== undefined) family.borrower.family.lender = undefined
  family.borrower = undefined
  giveBack(lenders, task)
}

/** Gives a borrowed slot back, so that the lender may lend it to another task. */
export const giveBack = (lenders: Lenders, { family }: HostTask): void => {
  const lender = family?.lender
  if (family === undefined || lender?.family === undefined) return
  family.lender = undefined
  lender.family.borrower = undefined
  settleLender(lenders, lender)
}

// ----------------------------------------------------------------------------
// ends
// ----------------------------------------------------------------------------

/** Returns the children to end when the parent is told to end; all children when the parent has ended. */
export const childrenToEnd = (task: HostTask, hasEnded: boolean): Array<HostTask> =>
  Array.from(task.family?.children ?? []).filter((child) => hasEnded || child.family!.interruptible)

/** Returns whether any child is unsettled. */
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

/**
 * Removes a settled task from its family: the parent no longer waits for the task. Returns the end of the parent if that was waiting
 * for this task, its last child; call it once the child's caller has heard.
 */
export const leave = (lenders: Lenders, task: HostTask): (() => void) | undefined => {
  const parent = parentOf(task)
  const family = parent?.family
  if (parent === undefined || family?.children.delete(task) !== true) return undefined
  if (family.awaited.delete(task)) settleLender(lenders, parent)
  if (family.children.size > 0) return undefined
  const { deferred } = family
  family.deferred = undefined
  return deferred
}
