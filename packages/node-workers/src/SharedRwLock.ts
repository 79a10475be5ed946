/**
 * `SharedRwLock`: a lock of many readers or one writer, between the host and its worker threads.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Counts from "@heddle/core/protocol/memory/counts"
import * as Ring from "@heddle/core/protocol/memory/ring"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import { CountedLine, countedWords, type Request } from "./internal/memory/countedLine.ts"
import { effectLast } from "./internal/memory/effectLast.ts"
import type { Refused } from "./internal/memory/line.ts"
import * as LockSegment from "./internal/memory/lockSegment.ts"
import * as Realm from "./internal/memory/realm.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, headerWords, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import {
  Deadlocked,
  Disposed,
  type OwnerDied,
  type Reason,
  type SharedError,
  WouldBlock
} from "./SharedError.ts"

/**
 * A lock that any number of readers have at a time, or one writer alone, in the whole process.
 *
 * Readers and writers have it in the order of their coming: readers that come behind a waiting writer wait for it, and nobody waits for
 * ever. Nothing that ends keeps the lock: not a fiber that fails or is interrupted, and not a thread that dies at whichever instruction
 * (G17).
 *
 * - `readers`: how many have it to read, at this moment.
 * - `isWriting`: whether somebody has it to write, at this moment.
 * - `isInconsistent`: whether a writer has died, and nobody has repaired what the lock guards.
 * - `snapshot`: who has it and who waits. Not of one moment.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedRwLock {
  readonly name: string
  readonly isDisposed: boolean
  readonly readers: number
  readonly isWriting: boolean
  readonly isInconsistent: boolean
  readonly snapshot: () => Snapshot
}

/**
 * The threads at a lock. `agent`: 1 is the host, each worker thread has a number of its own; `fiber`: the number of the fiber.
 * `ownersDied`: how many threads have died while they wrote.
 *
 * @category models
 * @since 0.3.0
 */
export interface Snapshot {
  readonly readers: ReadonlyArray<{ readonly agent: number; readonly count: number }>
  readonly writer: { readonly agent: number; readonly fiber: number } | undefined
  readonly waiting: ReadonlyArray<{ readonly agent: number; readonly fiber: number }>
  readonly ownersDied: number
}

/**
 * - `name`: shown in errors. Default `"rwlock"`.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly name?: string | undefined
}

/**
 * `recover`: repairs what a dead writer may have left half done. Runs under the lock, before the effect.
 *
 * @category models
 * @since 0.3.0
 */
export interface WriteOptions<E = never, R = never> {
  readonly recover?: ((died: OwnerDied) => Effect.Effect<unknown, E, R>) | undefined
}

/**
 * Makes a lock for the scope. When the scope closes, those who wait fail with `Disposed`.
 *
 * Only the host's main thread makes locks, since the host frees them from the dead; elsewhere this fails with `NotMember`.
 *
 * **Example** (Readers together)
 *
 * ```ts
 * import { SharedRwLock } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const lock = yield* SharedRwLock.make({ name: "table" })
 *   const reading = Effect.sync(() => lock.readers).pipe(SharedRwLock.withRead(lock))
 *   const writing = Effect.sync(() => lock.isWriting).pipe(SharedRwLock.withWrite(lock))
 *   return [yield* reading, yield* writing]
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => [ 1, true ]
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (options?: Options): Effect.Effect<SharedRwLock, SharedError, Scope> =>
  Effect.suspend(() => {
    const { name = kind } = Refusals.optionsOf(options ?? {}, ["name"])
    if (typeof name !== "string") throw new InvalidOption("name", "expected a string")
    return LockSegment.makeScoped(
      name,
      () => countedWords,
      (segment) => new Handle(segment, name)
    )
  })

/**
 * The schema of a lock in payloads, successes and elements. A lock crosses to threads; for a child process it is refused with
 * `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.Codec<SharedRwLock, Sharing.Encoded> = Sharing.schemaOf<SharedRwLock>({
  shared: "SharedRwLock",
  shape: "rwlock",
  is: (value): value is SharedRwLock => value instanceof Handle,
  encode: (handle) => (handle as Handle).encoded,
  fits: ({ buffer }) => {
    const words = LockSegment.ownWords - headerWords + countedWords
    const isWhole = buffer.byteLength >= headerBytes + words * Int32Array.BYTES_PER_ELEMENT
    return isWhole ? undefined : "the buffer holds no lock"
  },
  attach: ({ label = kind }, segment) => new Handle(segment, label)
})

/**
 * Runs an effect while it has the lock to read, together with other readers. The lock is released when the effect ends, however it ends.
 *
 * **Details**
 *
 * - Waits in the event loop. Interrupted while it waits, or cut off by a time limit, it leaves no trace.
 * - A fiber that reads may read again: it does not wait. Its child fibers are others, and wait behind a writer.
 * - After the death of a writer, fails with `OwnerDied` and does not run the effect, until a writer's `recover` has succeeded.
 * - Fails with `Deadlocked` where the fiber has the lock to write: it would wait for itself.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withRead: {
  (lock: SharedRwLock): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SharedError, R>
  <A, E, R>(lock: SharedRwLock, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SharedError, R>
} = effectLast(
  (lock: SharedRwLock) => (effect: Effect.Effect<any, any, any>) => (lock as Handle).withRead(effect)
)

/**
 * Runs an effect while it alone has the lock. The lock is released when the effect ends, however it ends.
 *
 * **Details**
 *
 * - Waits in the event loop. Interrupted while it waits, or cut off by a time limit, it leaves no trace.
 * - After the death of a writer, fails with `OwnerDied` and does not run the effect; so do all other writers and readers, until somebody's
 *   `recover` has succeeded. A `recover` that fails or is interrupted leaves the lock as it was.
 * - Fails with `Deadlocked` where the fiber has the lock already, to read or to write: it would wait for itself.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withWrite: {
  <E2 = never, R2 = never>(
    lock: SharedRwLock,
    options?: WriteOptions<E2, R2>
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E2 | SharedError, R | R2>
  <A, E, R, E2 = never, R2 = never>(
    lock: SharedRwLock,
    effect: Effect.Effect<A, E, R>,
    options?: WriteOptions<E2, R2>
  ): Effect.Effect<A, E | E2 | SharedError, R | R2>
} = effectLast(
  (lock: SharedRwLock, options?: WriteOptions<any, any>) => (effect: Effect.Effect<any, any, any>) =>
    (lock as Handle).withWrite(effect, options)
)

/**
 * Runs a function while it has the lock to read, and waits outside of the event loop: for tight loops in worker threads. Throws the
 * `SharedError` with which `withRead` fails.
 *
 * **Details**
 *
 * - Throws `WouldBlock` where it would have to wait on the host's thread, behind a fiber of the same thread, or while fibers of the same
 *   thread read: they could not end meanwhile, and a writer may wait for them.
 * - `timeout`: how long it waits, in milliseconds. By default without end. Then it throws `WouldBlock`, and so it does when its task is
 *   interrupted.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withReadSync = <A>(
  lock: SharedRwLock,
  body: () => A,
  options?: { readonly timeout?: number | undefined }
): A => (lock as Handle).withReadSync(body, Refusals.timeoutOf(options))

/**
 * Runs a function while it alone has the lock, and waits as `withReadSync` does. Throws the `SharedError` with which `withWrite` fails.
 *
 * `recover`: as for `withWrite`, but synchronous.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withWriteSync = <A>(
  lock: SharedRwLock,
  body: () => A,
  options?: {
    readonly timeout?: number | undefined
    readonly recover?: ((died: OwnerDied) => void) | undefined
  }
): A => {
  const { recover, timeout } = Refusals.optionsOf(options ?? {}, ["timeout", "recover"])
  return (lock as Handle).withWriteSync(body, Refusals.timeoutOf({ timeout }), recover)
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

const kind = "rwlock"

/** Stands for a synchronous call that reads. Whatever runs in the thread meanwhile runs within it. */
const syncReader = Symbol("synchronous reader")

/** What a thread keeps for a lock. */
class Local extends CountedLine {
  /** The fibers of this thread that read. Each counts once, however often it reads again. */
  readonly readers = new Set<unknown>()
}

class Handle implements SharedRwLock {
  readonly name: string
  readonly segment: Segment
  private readonly local: Local

  constructor(segment: Segment, name: string) {
    this.segment = segment
    this.name = name
    this.local = LockSegment.oneFor(segment, () => new Local(segment, LockSegment.ownWords))
  }

  get encoded(): Sharing.Encoded {
    const { name, segment } = this
    return { shared: "SharedRwLock", shape: "rwlock", length: 1, label: name, buffer: segment.buffer }
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get readers(): number {
    return Counts.sum(this.local.counts)
  }

  get isWriting(): boolean {
    return Counts.aloneOf(this.local.counts) !== 0
  }

  get isInconsistent(): boolean {
    return Counts.deadOwner(this.local.counts) !== 0
  }

  snapshot(): Snapshot {
    const { counts, line } = this.local
    const readers: Array<{ agent: number; count: number }> = []
    for (let agent = Realm.hostAgent; agent <= counts.agents; agent++) {
      const count = Counts.countOf(counts, agent)
      if (count > 0) readers.push({ agent, count })
    }
    const writing = Counts.aloneOf(counts)
    const seen = ({ agent, who }: Ring.Place) => ({ agent, fiber: who })
    const places = Ring.places(line.ring)
    const isWriter = ({ agent, state }: Ring.Place) => agent === writing && state === "held"
    const writer = places.find(isWriter)
    return {
      readers,
      writer: writer === undefined ? undefined : seen(writer),
      // The first of the line waits as well, for the readers to end.
      waiting: places.filter((place) => !isWriter(place)).map(seen),
      ownersDied: LockSegment.deathsOf(this.segment)
    }
  }

  isOwner(agent: number): boolean {
    return Counts.aloneOf(this.local.counts) === agent
  }

  recover(agent: number): void {
    this.local.recover(agent)
  }

  wake(): void {
    this.local.wake()
  }

  withRead<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SharedError, R> {
    return Effect.withFiber((fiber): Effect.Effect<A, E | SharedError, R> => {
      const problem = this.problem(this.isWriter(fiber))
      if (problem !== undefined) return Effect.fail(problem)
      if (this.local.readers.has(fiber)) return effect
      const request = this.reading(fiber, fiber)
      return Effect.ensuring(
        Effect.flatMap(
          Effect.suspend(() => this.pass(request)),
          (): Effect.Effect<A, E | SharedError, R> => {
            const died = this.died
            return died === undefined ? effect : Effect.fail(this.refusal(died))
          }
        ),
        Effect.sync(() => this.endRead(request, fiber))
      )
    })
  }

  withWrite<A, E, R, E2, R2>(
    effect: Effect.Effect<A, E, R>,
    options: WriteOptions<E2, R2> | undefined
  ): Effect.Effect<A, E | E2 | SharedError, R | R2> {
    return Effect.withFiber((fiber): Effect.Effect<A, E | E2 | SharedError, R | R2> => {
      const problem = this.problem(this.isWriter(fiber) || this.local.readers.has(fiber))
      if (problem !== undefined) return Effect.fail(problem)
      const request = this.writing(fiber)
      return Effect.ensuring(
        Effect.flatMap(
          Effect.suspend(() => this.pass(request)),
          () =>
            Effect.flatMap(
              Effect.suspend(() => this.consistent(options)),
              () => effect
            )
        ),
        Effect.sync(() => this.endWrite(request))
      )
    })
  }

  withReadSync<A>(body: () => A, timeout: number): A {
    const fiber = Fiber.getCurrent()
    const problem = this.problem(this.isWriterAround(fiber))
    if (problem !== undefined) throw problem
    if (this.isReaderAround(fiber)) return body()
    const request = this.reading(syncReader, fiber, true)
    this.passSync(request, timeout)
    try {
      const died = this.died
      if (died !== undefined) throw this.refusal(died)
      return body()
    } finally {
      this.endRead(request, syncReader)
    }
  }

  withWriteSync<A>(body: () => A, timeout: number, recover: ((died: OwnerDied) => void) | undefined): A {
    const fiber = Fiber.getCurrent()
    const problem = this.problem(this.isReaderAround(fiber) || this.isWriterAround(fiber))
    if (problem !== undefined) throw problem
    const request = this.writing(fiber, true)
    this.passSync(request, timeout)
    try {
      const died = this.died
      if (died !== undefined) {
        if (recover === undefined) throw this.refusal(died)
        recover(died)
        Counts.repair(this.local.counts)
      }
      return body()
    } finally {
      this.endWrite(request)
    }
  }

  /** The first of the line reads at once: a writer would still be the first. `reader`: by which this thread knows it. */
  private reading(
    reader: unknown,
    fiber: Fiber.Fiber<unknown, unknown> | undefined,
    isSync = false
  ): Request {
    const { counts, readers } = this.local
    const attempt = (): boolean => {
      if (!Counts.take(counts, Realm.currentAgent(), 1, Infinity)) return false
      readers.add(reader)
      return true
    }
    return this.local.request(fiber, attempt, { staysFirst: false, isSync })
  }

  private writing(fiber: Fiber.Fiber<unknown, unknown> | undefined, isSync = false): Request {
    const attempt = () => Counts.beginAlone(this.local.counts, Realm.currentAgent())
    return this.local.request(fiber, attempt, { staysFirst: true, isSync })
  }

  private endRead(request: Request, reader: unknown): void {
    this.local.leave(request)
    if (!request.hasPassed) return
    this.local.readers.delete(reader)
    Counts.giveBack(this.local.counts, Realm.currentAgent(), 1)
  }

  /** Is no longer alone before it leaves the first place to others. */
  private endWrite(request: Request): void {
    if (request.hasPassed) Counts.endAlone(this.local.counts, Realm.currentAgent())
    this.local.leave(request)
  }

  /** Succeeds once what the lock guards is known to be whole. */
  private consistent<E2, R2>(
    options: WriteOptions<E2, R2> | undefined
  ): Effect.Effect<void, E2 | SharedError, R2> {
    const died = this.died
    if (died === undefined) return Effect.void
    const recover = options?.recover
    if (recover === undefined) return Effect.fail(this.refusal(died))
    return Effect.map(
      Effect.suspend(() => recover(died)),
      () => Counts.repair(this.local.counts)
    )
  }

  /** The death that nobody has repaired. */
  private get died(): OwnerDied | undefined {
    return this.isInconsistent ? LockSegment.ownerDied(this.segment, this.name) : undefined
  }

  private isWriter(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return this.isThreadAlone && this.local.line.holder?.fiber === fiber
  }

  /** Whether a synchronous call runs within one that writes. */
  private isWriterAround(fiber: Fiber.Fiber<unknown, unknown> | undefined): boolean {
    return this.isThreadAlone && this.local.line.isHeldAround(fiber)
  }

  /** Whether a synchronous call runs within one that reads. */
  private isReaderAround(fiber: Fiber.Fiber<unknown, unknown> | undefined): boolean {
    const { readers } = this.local
    return readers.has(syncReader) || (fiber !== undefined && readers.has(fiber))
  }

  private get isThreadAlone(): boolean {
    return Counts.aloneOf(this.local.counts) === Realm.currentAgent()
  }

  private pass(request: Request): Effect.Effect<void, SharedError> {
    return Effect.mapError(this.local.pass(request), (refused) => this.refused(refused))
  }

  private passSync(request: Request, timeout: number): void {
    const isFree = this.local.readers.size === 0
    const refused = this.local.passSync(request, performance.now() + timeout, isFree)
    if (refused === "disposed" || refused === "victim") throw this.refused(refused)
    if (refused !== undefined) throw this.refusal(new WouldBlock({}))
  }

  /** Why this thread cannot have the lock. `forItself`: it would wait for itself. */
  private problem(forItself: boolean): SharedError | undefined {
    if (forItself) return this.refusal(new Deadlocked({ cycle: [this.name] }))
    if (this.isDisposed) return this.refusal(new Disposed({}))
    return LockSegment.notMember(this.name)
  }

  private refused(why: Refused): SharedError {
    return this.refusal(why === "disposed" ? new Disposed({}) : new Deadlocked({ cycle: [this.name] }))
  }

  private refusal(reason: Reason): SharedError {
    return Refusals.refusal(reason, this.name)
  }
}
