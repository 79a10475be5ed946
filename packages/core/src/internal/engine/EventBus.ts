/**
 * Who listens to a pool. Events are built only while someone does.
 *
 * @since 0.1.0
 */
import type { PoolEvent } from "../../PoolEvent.ts"

export type Listener = (event: PoolEvent) => void

export class EventBus {
  /** Each with what to call when the pool is closed. */
  private readonly listeners = new Map<Listener, (() => void) | undefined>()

  /** Check it before building an event on a hot path. */
  get isObserved(): boolean {
    return this.listeners.size > 0
  }

  emit(event: PoolEvent): void {
    for (const listener of this.listeners.keys()) listener(event)
  }

  subscribe(listener: Listener, onEnd?: () => void): () => void {
    this.listeners.set(listener, onEnd)
    return () => this.listeners.delete(listener)
  }

  /** Nothing will happen any more: tells everybody, and forgets them. */
  end(): void {
    for (const onEnd of this.listeners.values()) onEnd?.()
    this.listeners.clear()
  }
}
