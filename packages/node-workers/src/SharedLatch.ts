/**
 * `SharedLatch`: a count that the host and its worker threads count down, and that opens at 0.
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
 * A gate that opens once so many things are done, and stays open.
 *
 * No thread owns a part of the count: the part of a thread that dies is still to be counted, by the one that does its work instead.
 *
 * - `remaining`: what is still to be counted, at this moment.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedLatch {
  readonly name: string
  readonly isDisposed: boolean
  readonly remaining: number
}

/**
 * - `name`: shown in errors. Default `"latch"`.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly name?: string | undefined
}

/**
 * Makes a latch for the scope, with a count of 1 to 1,073,741,824. When the scope closes, those who wait fail with `Disposed`.
 *
 * Only the host's main thread makes latches, since the host wakes those who wait for the dead; elsewhere this fails with `NotMember`. Fails
 * with `InvalidSize` for another count.
 *
 * **Example** (Both halves are done)
 *
 * ```ts
 * import { SharedLatch } from "@heddle/node-workers"
 * import { Effect, Fiber } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const halves = yield* SharedLatch.make(2)
 *   const end = yield* Effect.forkChild(Effect.as(SharedLatch.await(halves), "both"))
 *   yield* SharedLatch.countDown(halves)
 *   yield* SharedLatch.countDown(halves)
 *   return yield* Fiber.join(end)
 * })
 * console.log(await Effect.runPromise(Effect.scoped(program))) // => both
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (count: number, options?: Options): Effect.Effect<SharedLatch, SharedError, Scope> =>
  Effect.suspend(() => {
    const { name = kind } = Refusals.optionsOf(options ?? {}, ["name"])
    if (typeof name !== "string") throw new InvalidOption("name", "expected a string")
    return LockSegment.makeScoped(
      name,
      () => {
        Refusals.checkSize("count", count, most)
        return 1
      },
      (segment) => {
        Atomics.store(segment.words, LockSegment.ownWords, count)
        return new Handle(segment, name)
      }
    )
  })

/**
 * The schema of a latch in payloads, successes and elements. A latch crosses to threads; for a child process it is refused with
 * `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.Codec<SharedLatch, Sharing.Encoded> = Sharing.schemaOf<SharedLatch>({
  shared: "SharedLatch",
  shape: "word",
  is: (value): value is SharedLatch => value instanceof Handle,
  encode: (handle) => (handle as Handle).encoded,
  fits: ({ buffer }) => {
    const words = LockSegment.ownWords - headerWords + 1
    const isWhole = buffer.byteLength >= headerBytes + words * Int32Array.BYTES_PER_ELEMENT
    return isWhole ? undefined : "the buffer holds no latch"
  },
  attach: ({ label = kind }, segment) => new Handle(segment, label)
})

/**
 * Counts down by `by`, default 1, to 0 at most, and returns what remains. At 0 everybody goes on who waits. Fails with `InvalidSize` for a
 * number that is no integer of 1 or more.
 *
 * @category operations
 * @since 0.3.0
 */
export const countDown = (latch: SharedLatch, by = 1): Effect.Effect<number, SharedError> =>
  Refusals.attempt(() => countDownSync(latch, by))

/**
 * Does what `countDown` does, and throws the `SharedError` with which `countDown` fails.
 *
 * @category operations
 * @since 0.3.0
 */
export const countDownSync = (latch: SharedLatch, by = 1): number => (latch as Handle).countDown(by)

/**
 * Waits outside of the event loop until the count is 0: for tight loops in worker threads. Fibers of the same thread cannot count
 * meanwhile. On the host's thread it throws `WouldBlock` where it would have to wait.
 *
 * `timeout`: how long it waits, in milliseconds. By default without end. Then it throws `WouldBlock`, and so it does when its task is
 * interrupted.
 *
 * @category operations
 * @since 0.3.0
 */
export const awaitSync = (latch: SharedLatch, options?: { readonly timeout?: number | undefined }): void =>
  (latch as Handle).gate.waitSync(latch.name, Refusals.timeoutOf(options), unlessOpen)

const wait = (latch: SharedLatch): Effect.Effect<void, SharedError> =>
  Effect.suspend(() => (latch as Handle).gate.wait(latch.name, unlessOpen))

export {
  /**
   * Waits until the count is 0, in the event loop. Interrupted while it waits, it leaves no trace.
   *
   * @category operations
   * @since 0.3.0
   */
  wait as await
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

const kind = "latch"
const most = 2 ** 30

const unlessOpen = (first: number): ((word: number) => boolean) | undefined =>
  first === 0 ? undefined : (word) => word === 0

class Handle implements SharedLatch {
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
    return { shared: "SharedLatch", shape: "word", length: 1, label: name, buffer: segment.buffer }
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

  get remaining(): number {
    return this.gate.load()
  }

  countDown(by: number): number {
    this.gate.check(this.name)
    Refusals.checkSize("by", by, most)
    let left = 0
    this.gate.change((word) => {
      left = Math.max(0, word - by)
      return word === 0 ? undefined : left
    })
    return left
  }
}
