/**
 * Delivers events to listeners; an event is built only while a listener is subscribed. Also reports errors thrown by code of
 * users on the engine's own stack: whatever this code throws, the engine goes on (S218).
 *
 * @since 0.1.0
 */

/** The owner of throwing code: a listener to events, an observer of a task, a caller, a logger, or a back-off schedule. */
export type Thrower = "listener" | "observer" | "caller" | "logger" | "schedule"

export interface EventBusOptions<Event> {
  /** Reports to the user, once for each piece of code. Must not throw. */
  readonly report: (whose: Thrower, cause: unknown) => void
  readonly eventOf: (whose: Thrower, cause: unknown) => Event
  /** Called when the first listener has come, and when the last one has gone. */
  readonly onObserved?: ((isObserved: boolean) => void) | undefined
}

export class EventBus<Event> {
  private readonly options: EventBusOptions<Event>
  /** The listeners, each with its `onEnd`, which is called after the last event. */
  private readonly listeners = new Map<(event: Event) => void, (() => void) | undefined>()
  /** Events caused by a listener wait here until all listeners have received the event before. */
  private readonly pending: Array<Event | typeof end> = []
  private isTelling = false
  private readonly reported = new WeakSet<object>()

  constructor(options: EventBusOptions<Event>) {
    this.options = options
  }

  /** Check this before building an event on a hot path. */
  get isObserved(): boolean {
    return this.listeners.size > 0
  }

  emit(event: Event): void {
    if (this.listeners.size === 0) return
    this.pending.push(event)
    this.tell()
  }

  subscribe(listener: (event: Event) => void, onEnd?: () => void): () => void {
    this.listeners.set(listener, onEnd)
    if (this.listeners.size === 1) this.options.onObserved?.(true)
    return () => {
      if (this.listeners.delete(listener) && this.listeners.size === 0) this.options.onObserved?.(false)
    }
  }

  /** Ends the bus: calls every `onEnd`, and drops the listeners. */
  end(): void {
    this.pending.push(end)
    this.tell()
  }

  /** Calls code of a user; reports a thrown error, and lets none through. */
  guard(whose: Thrower, f: () => void): void {
    try {
      f()
    } catch (cause) {
      this.threw(whose, f, cause)
    }
  }

  /** Reports an error thrown by `code`; the same code is reported once. */
  threw(whose: Thrower, code: object, cause: unknown): void {
    if (this.reported.has(code)) return
    this.reported.add(code)
    this.options.report(whose, cause)
    // A listener throwing at this event too has been reported by then, so no loop can arise.
    this.emit(this.options.eventOf(whose, cause))
  }

  private tell(): void {
    if (this.isTelling) return
    this.isTelling = true
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      if (next === end) this.tellEnd()
      else for (const listener of this.listeners.keys()) this.call(listener, next)
    }
    this.isTelling = false
  }

  private call(listener: (event: Event) => void, event: Event): void {
    try {
      listener(event)
    } catch (cause) {
      this.threw("listener", listener, cause)
    }
  }

  private tellEnd(): void {
    const ends = Array.from(this.listeners.values())
    this.listeners.clear()
    if (ends.length > 0) this.options.onObserved?.(false)
    for (const onEnd of ends) if (onEnd !== undefined) this.guard("listener", onEnd)
  }
}

const end = Symbol("end")
