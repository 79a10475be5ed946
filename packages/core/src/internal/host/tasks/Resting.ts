/**
 * Which held tasks rest: those that wait for a channel, and those that wait only for children that rest. A resting task occupies no slot.
 *
 * Receives waits from the workers' ends and from families, tells the holders. Why a pool whose tasks all rest starts every task that is
 * queued: docs/decisions/0063.
 *
 * @since 0.2.0
 */
import type { HostTask } from "./HostTask.ts"
import { parentOf } from "./family.ts"

export class Resting {
  private readonly waiting = new Set<HostTask>()
  private readonly resting = new Set<HostTask>()

  /** The task begins to wait for a channel, or goes on. */
  wait(task: HostTask, isWaiting: boolean): void {
    if (isWaiting) this.waiting.add(task)
    else this.waiting.delete(task)
    this.update(task)
  }

  /** Looks again at a task whose children have changed. */
  update(task: HostTask | undefined): void {
    for (let at = task; at !== undefined && this.waiting.size + this.resting.size > 0; at = parentOf(at)) {
      const rests = this.rests(at)
      if (rests === this.resting.has(at)) return
      if (rests) this.resting.add(at)
      else this.resting.delete(at)
      at.holder?.rest(at, rests)
    }
  }

  /** The worker has released the task. */
  forget(task: HostTask): void {
    if (this.waiting.size + this.resting.size === 0) return
    this.waiting.delete(task)
    this.resting.delete(task)
    this.update(parentOf(task))
  }

  private rests(task: HostTask): boolean {
    if (this.waiting.has(task)) return true
    const awaited = task.family?.awaited
    if (awaited === undefined || awaited.size === 0) return false
    for (const child of awaited) if (!this.resting.has(child)) return false
    return true
  }
}
