/**
 * The visible state of a pool at a given moment.
 *
 * @since 0.1.0
 */
import type { PoolSettings } from "../../model/options.ts"
import type { PoolSnapshot, WorkerSnapshot } from "../../model/pool.ts"
import type { Fleet } from "../fleet/Fleet.ts"
import type { HostTask } from "../tasks/HostTask.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"

/** The parts of an engine which a snapshot reads. */
interface Parts {
  readonly state: PoolSnapshot["state"]
  readonly fleet: Fleet
  readonly lifecycle: TaskLifecycle
  readonly settings: PoolSettings
}

export const snapshot = (engine: Parts): PoolSnapshot => {
  const workers = engine.fleet.workers.map((worker) => snapshotWorker(worker, worker.seat!))
  const up = engine.fleet.workers.filter((w) => w.state !== "starting" && w.state !== "gone")
  const { bounds } = engine.fleet.sizing
  const busy = up.filter((w) => w.load > 0).length
  return {
    state: engine.state,
    total: up.length,
    busy,
    idle: up.length - busy,
    workers,
    spares: engine.fleet.readySpares,
    stuck: engine.fleet.stuck.length,
    size: { current: engine.fleet.sizing.size, min: bounds.min, max: bounds.max },
    queue: {
      length: engine.lifecycle.queue.length,
      waiting: engine.lifecycle.waiting.length + engine.lifecycle.nested.length,
      capacity: engine.settings.capacity
    },
    reservations: { held: engine.fleet.reservations.holding, waiting: engine.fleet.reservations.waiting },
    counts: { ...engine.lifecycle.counts }
  }
}

const borrows = (task: HostTask): number => (task.family?.lender === undefined ? 0 : 1)

export const snapshotWorker = (worker: HostWorker, slot: number): WorkerSnapshot => {
  // Tasks in lent slots are running, whenever they were sent, so they come first.
  const held = worker.held().toSorted((a, b) => borrows(b) - borrows(a))
  const names = held.map((task) => task.name)
  const running = names.length - worker.ahead
  return {
    slot,
    worker: worker.id,
    state: worker.state,
    threadId: worker.outside.threadId,
    pid: worker.outside.pid,
    running: names.slice(0, running),
    ahead: worker.ahead,
    settled: worker.settled,
    reserved: worker.reserved === "held"
  }
}
