/**
 * Who listens to a pool. Events are built only while someone does.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "../../PoolEvent.ts"

export type Listener = (event: PoolEvent) => void

export class EventBus {
  private readonly listeners = new Set<Listener>()

  /** Check it before building an event on a hot path. */
  get isObserved(): boolean {
    return this.listeners.size > 0
  }

  emit(event: PoolEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  subscribe(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  clear(): void {
    this.listeners.clear()
  }
}
