/**
 * Tells listeners what happens; an event is built only while someone listens. Also reports code of users that throws on
 * the engine's own stack: whatever it throws, the engine goes on (S218).
 *
 * @since 0.1.0
 */

/** Whose code has thrown: a listener's to events, an observer's of a task, a caller's own, or a logger's. */
export type Thrower = "listener" | "observer" | "caller" | "logger" | "schedule"

export interface EventBusOptions<Event> {
  /** Tells a person, once for each piece of code. Must not throw. */
  readonly report: (whose: Thrower, cause: unknown) => void
  readonly eventOf: (whose: Thrower, cause: unknown) => Event
}

export class EventBus<Event> {
  private readonly options: EventBusOptions<Event>
  /** Each with what to call when nothing will happen any more. */
  private readonly listeners = new Map<(event: Event) => void, (() => void) | undefined>()
  /** Events that a listener has caused wait until the one before has been told to all. */
  private readonly pending: Array<Event | typeof end> = []
  private isTelling = false
  private readonly reported = new WeakSet<object>()

  constructor(options: EventBusOptions<Event>) {
    this.options = options
  }

  /** Check it before building an event on a hot path. */
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
    return () => this.listeners.delete(listener)
  }

  /** Nothing will happen any more: tells everybody, and forgets them. */
  end(): void {
    this.pending.push(end)
    this.tell()
  }

  /** Calls code of a user's; what it throws is reported, and goes no further. */
  guard(whose: Thrower, f: () => void): void {
    try {
      f()
    } catch (cause) {
      this.threw(whose, f, cause)
    }
  }

  /** Reports what `code` has thrown; the same code is reported once. */
  threw(whose: Thrower, code: object, cause: unknown): void {
    if (this.reported.has(code)) return
    this.reported.add(code)
    this.options.report(whose, cause)
    // A listener that throws at this one too has been reported: there is no circle.
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
    for (const onEnd of ends) if (onEnd !== undefined) this.guard("listener", onEnd)
  }
}

const end = Symbol("end")
