/**
 * What a pool looks like from outside, at one moment.
 *
 * @since 0.1.0
 */
import type { PoolSettings } from "../model/options.ts"
import type { PoolSnapshot, WorkerSnapshot } from "../model/pool.ts"
import type { Crew } from "./Crew.ts"
import type { Entry } from "./Entry.ts"
import type { HostWorker } from "./HostWorker.ts"
import type { Ledger } from "./Ledger.ts"

/** The parts of an engine that show. */
interface Parts {
  readonly state: PoolSnapshot["state"]
  readonly crew: Crew
  readonly ledger: Ledger
  readonly settings: PoolSettings
}

export const snapshot = (engine: Parts): PoolSnapshot => {
  const workers = engine.crew.workers.map((worker) => snapshotWorker(worker, worker.slot!))
  const up = engine.crew.workers.filter((w) => w.state !== "starting" && w.state !== "gone")
  const { bounds } = engine.crew.sizing
  const busy = up.filter((w) => w.load > 0).length
  return {
    state: engine.state,
    total: up.length,
    busy,
    idle: up.length - busy,
    workers,
    spares: engine.crew.readySpares,
    stuck: engine.crew.stuck.length,
    size: { current: engine.crew.sizing.size, min: bounds.min, max: bounds.max },
    queue: {
      length: engine.ledger.queue.length,
      waiting: engine.ledger.waiting.length + engine.ledger.nested.length,
      capacity: engine.settings.capacity
    },
    counts: { ...engine.ledger.counts }
  }
}

const borrows = (entry: Entry): number => (entry.family?.lender === undefined ? 0 : 1)

const snapshotWorker = (worker: HostWorker, slot: number): WorkerSnapshot => {
  // Those in lent slots run, whenever they were sent.
  const held = worker.held().toSorted((a, b) => borrows(b) - borrows(a))
  const names = held.map((entry) => entry.name)
  const running = names.length - worker.ahead
  return {
    slot,
    worker: worker.id,
    state: worker.state,
    threadId: worker.outside.threadId,
    pid: worker.outside.pid,
    running: names.slice(0, running),
    ahead: worker.ahead,
    settled: worker.settled
  }
}
