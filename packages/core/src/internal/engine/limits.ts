/**
 * Limits that callers set for their tasks, armed on the pool's clock. What runs past them ends through the `Ledger`.
 *
 * @since 0.1.0
 */
import { isHeld } from "../machine/taskMachine.ts"
import type { Entry } from "./Entry.ts"
import type { Ledger } from "./Ledger.ts"
import type { Timers } from "./Timers.ts"

/** What arms limits: a pool's engine, or what the calls of a worker know of it. */
interface Owner {
  readonly ledger: Ledger
  readonly timers: Timers
}

/** Ends an entry that waits for longer than this. */
export const armQueue = (owner: Owner, entry: Entry, limit: number): void => {
  const { ledger, timers } = owner
  let wasHeld = false
  const look = () => {
    wasHeld = isHeld(entry.state)
  }
  const judge = () => {
    // A place had become free while the host was busy, and the entry was sent as soon as that was heard. It gets back the
    // time that the host took from it, once.
    if (!wasHeld && isHeld(entry.state)) return armQueue(owner, entry, limit)
    ledger.expire(entry, "queue", limit)
  }
  entry.arm("queue", timers.limit(limit, judge, look))
}

/** Ends an entry that is not settled by then, in place of the deadline before. */
export const armDeadline = ({ ledger, timers }: Owner, entry: Entry, limit: number): void =>
  entry.arm(
    "deadline",
    timers.limit(limit, () => ledger.expire(entry, "deadline", limit))
  )
