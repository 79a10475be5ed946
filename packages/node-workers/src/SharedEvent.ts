/**
 * `SharedEvent`: a flag that the host and its worker threads set, clear and wait for.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as LockSegment from "./internal/memory/lockSegment.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, headerWords, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import { WordGate } from "./internal/memory/wordGate.ts"
import type { SharedError } from "./SharedError.ts"

/**
 * A flag that is cleared at first. Setting it lets everybody go on who waits for it, in every thread.
 *
 * It lets those go on, too, who were waiting when it was set and find it cleared again by now. No thread owns it: a thread that dies leaves it
 * as it is, and keeps nobody waiting who was woken by then (G17).
 *
 * - `isSet`: whether it is set, at this moment.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedEvent {
  readonly name: string
  readonly isDisposed: boolean
  readonly isSet: boolean
}

/**
 * - `name`: shown in errors. Default `"event"`.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly name?: string | undefined
}

/**
 * Makes an event for the scope. When the scope closes, those who wait fail with `Disposed`.
 *
 * Only the host's main thread makes events, since the host wakes those who wait for the dead; elsewhere this fails with `NotMember`.
 *
 * **Example** (A start signal)
 *
 * ```ts
 * import { SharedEvent } from "@heddle/node-workers"
 * import { Effect, Fiber } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const start = yield* SharedEvent.make({ name: "start" })
 *   const runner = yield* Effect.forkChild(Effect.as(SharedEvent.await(start), "running"))
 *   yield* SharedEvent.set(start)
 *   return yield* Fiber.join(runner)
 * })
 * console.log(await Effect.runPromise(Effect.scoped(program))) // => running
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (options?: Options): Effect.Effect<SharedEvent, SharedError, Scope> =>
  Effect.suspend(() => {
    const { name = kind } = Refusals.optionsOf(options ?? {}, ["name"])
    if (typeof name !== "string") throw new InvalidOption("name", "expected a string")
    return LockSegment.makeScoped(
      name,
      () => 1,
      (segment) => new Handle(segment, name)
    )
  })

/**
 * The schema of an event in payloads, successes and elements. An event crosses to threads; for a child process it is refused with
 * `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.Codec<SharedEvent, Sharing.Encoded> = Sharing.schemaOf<SharedEvent>({
  shared: "SharedEvent",
  shape: "word",
  is: (value): value is SharedEvent => value instanceof Handle,
  encode: (handle) => (handle as Handle).encoded,
  fits: ({ buffer }) => {
    const words = LockSegment.ownWords - headerWords + 1
    const isWhole = buffer.byteLength >= headerBytes + words * Int32Array.BYTES_PER_ELEMENT
    return isWhole ? undefined : "the buffer holds no event"
  },
  attach: ({ label = kind }, segment) => new Handle(segment, label)
})

/**
 * Sets the event, and lets everybody go on who waits. Does nothing where it is set.
 *
 * @category operations
 * @since 0.3.0
 */
export const set = (event: SharedEvent): Effect.Effect<void, SharedError> =>
  Refusals.attempt(() => setSync(event))

/**
 * Does what `set` does, and throws the `SharedError` with which `set` fails.
 *
 * @category operations
 * @since 0.3.0
 */
export const setSync = (event: SharedEvent): void => (event as Handle).turn(true)

/**
 * Clears the event. Does nothing where it is cleared.
 *
 * @category operations
 * @since 0.3.0
 */
export const clear = (event: SharedEvent): Effect.Effect<void, SharedError> =>
  Refusals.attempt(() => clearSync(event))

/**
 * Does what `clear` does, and throws the `SharedError` with which `clear` fails.
 *
 * @category operations
 * @since 0.3.0
 */
export const clearSync = (event: SharedEvent): void => (event as Handle).turn(false)

/**
 * Waits outside of the event loop until the event is set: for tight loops in worker threads. Fibers of the same thread cannot set it
 * meanwhile. On the host's thread it throws `WouldBlock` where it would have to wait.
 *
 * `timeout`: how long it waits, in milliseconds. By default without end. Then it throws `WouldBlock`, and so it does when its task is
 * interrupted.
 *
 * @category operations
 * @since 0.3.0
 */
export const awaitSync = (event: SharedEvent, options?: { readonly timeout?: number | undefined }): void =>
  (event as Handle).gate.waitSync(event.name, Refusals.timeoutOf(options), unlessSet)

const wait = (event: SharedEvent): Effect.Effect<void, SharedError> =>
  Effect.suspend(() => (event as Handle).gate.wait(event.name, unlessSet))

export {
  /**
   * Waits until the event is set, in the event loop. Interrupted while it waits, it leaves no trace.
   *
   * @category operations
   * @since 0.3.0
   */
  wait as await
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

const kind = "event"

/** The word counts how often the event was set and cleared. So a waiter also sees that it was set and is cleared again. */
const isOdd = (word: number): boolean => (word & 1) !== 0

const unlessSet = (first: number): ((word: number) => boolean) | undefined =>
  isOdd(first) ? undefined : (word) => word !== first

class Handle implements SharedEvent {
  readonly name: string
  readonly segment: Segment
  readonly gate: WordGate

  constructor(segment: Segment, name: string) {
    this.segment = segment
    this.name = name
    this.gate = LockSegment.oneFor(segment, () => new WordGate(segment, LockSegment.ownWords))
  }

  get encoded(): Sharing.Encoded {
    const { name, segment } = this
    return { shared: "SharedEvent", shape: "word", length: 1, label: name, buffer: segment.buffer }
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  /** No death leaves it half done. */
  isOwner(): boolean {
    return false
  }

  /** The dead may have changed the word, and woken nobody. */
  recover(): void {
    this.wake()
  }

  wake(): void {
    this.gate.wake()
  }

  get isSet(): boolean {
    return isOdd(this.gate.load())
  }

  turn(on: boolean): void {
    this.gate.check(this.name)
    this.gate.change((word) => (isOdd(word) === on ? undefined : (word + 1) | 0))
  }
}
