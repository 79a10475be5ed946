/**
 * `SharedMutex`: a lock between the host and its worker threads that survives the death of its owner.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Ring from "@heddle/core/protocol/memory/ring"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import { effectLast } from "./internal/memory/effectLast.ts"
import * as LockSegment from "./internal/memory/lockSegment.ts"
import { Line, type Refused, Turn } from "./internal/memory/line.ts"
import * as Realm from "./internal/memory/realm.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { headerBytes, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import { Deadlocked, Disposed, type OwnerDied, type SharedError, WouldBlock } from "./SharedError.ts"

/**
 * A lock of which one holder at a time is in the whole process, be it the host or a handler in a worker thread.
 *
 * Threads take turns in the order of their coming, and the fibers of one thread among themselves. Nothing that ends keeps the lock: not
 * a fiber that fails or is interrupted, and not a thread that dies at whichever instruction (G17).
 *
 * - `isHeld`: whether somebody holds the lock, at this moment.
 * - `isInconsistent`: whether an owner has died while it held the lock, and nobody has repaired what the lock guards.
 * - `snapshot`: who holds and who waits, and how often an owner has died. Not of one moment.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedMutex {
  readonly name: string
  readonly isDisposed: boolean
  readonly isHeld: boolean
  readonly isInconsistent: boolean
  readonly snapshot: () => Snapshot
}

/**
 * The threads at a lock. `agent`: 1 is the host, each worker thread has a number of its own; `fiber`: the number of the fiber.
 *
 * @category models
 * @since 0.3.0
 */
export interface Snapshot {
  readonly holder: { readonly agent: number; readonly fiber: number } | undefined
  readonly waiting: ReadonlyArray<{ readonly agent: number; readonly fiber: number }>
  readonly ownersDied: number
}

/**
 * - `name`: shown in errors. Default `"mutex"`.
 * - `reentrant`: whether a fiber that holds the lock may take it again. Default `false`: such a fiber would wait for itself, and fails with
 *   `Deadlocked`. Its child fibers are others, and wait.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly name?: string | undefined
  readonly reentrant?: boolean | undefined
}

/**
 * `recover`: repairs what a dead owner may have left half done. Runs under the lock, before the effect.
 *
 * @category models
 * @since 0.3.0
 */
export interface LockOptions<E = never, R = never> {
  readonly recover?: ((died: OwnerDied) => Effect.Effect<unknown, E, R>) | undefined
}

/**
 * Makes a lock for the scope. When the scope closes, those who wait fail with `Disposed`.
 *
 * Only the host's main thread makes locks, since the host frees them from the dead; elsewhere this fails with `NotMember`.
 *
 * **Example** (A lock between host and workers)
 *
 * ```ts
 * import { SharedMutex } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const mutex = yield* SharedMutex.make({ name: "ledger" })
 *   return yield* SharedMutex.withLock(mutex, Effect.sync(() => mutex.isHeld))
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => true
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (options?: Options): Effect.Effect<SharedMutex, SharedError, Scope> =>
  Effect.suspend(() => {
    const { name = "mutex", reentrant = false } = Refusals.optionsOf(options ?? {}, ["name", "reentrant"])
    if (typeof name !== "string") throw new InvalidOption("name", "expected a string")
    if (typeof reentrant !== "boolean") throw new InvalidOption("reentrant", "expected true or false")
    return LockSegment.makeScoped(
      name,
      () => Ring.wordsOf(ringBits),
      (segment) => new Handle(segment, name, reentrant)
    )
  })

/**
 * The schema of a lock in payloads, successes and elements. A lock crosses to threads; for a child process it is refused with
 * `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.Codec<SharedMutex, Sharing.Encoded> = Sharing.schemaOf<SharedMutex>({
  shared: "SharedMutex",
  shape: "lock",
  is: (value): value is SharedMutex => value instanceof Handle,
  encode: (handle) => (handle as Handle).encoded,
  fits: ({ buffer }) =>
    buffer.byteLength < headerBytes + 4 * Ring.wordsOf(ringBits) ? "the buffer holds no lock" : undefined,
  attach: ({ label = "mutex", length }, segment) => new Handle(segment, label, length === 2)
})

/**
 * Runs an effect while it holds the lock, which is released when the effect ends, however it ends.
 *
 * **Details**
 *
 * - Waits in the event loop. Interrupted while it waits, or cut off by a time limit, it leaves no trace, and passes on a lock that was
 *   handed over at that moment.
 * - After the death of an owner, fails with `OwnerDied` and does not run the effect; so does everybody else, until somebody's `recover`
 *   has succeeded. A `recover` that fails or is interrupted leaves the lock as it was.
 * - Fails with `Deadlocked` where the fiber holds the lock already and the lock is not reentrant.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withLock: {
  <E2 = never, R2 = never>(
    mutex: SharedMutex,
    options?: LockOptions<E2, R2>
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | E2 | SharedError, R | R2>
  <A, E, R, E2 = never, R2 = never>(
    mutex: SharedMutex,
    effect: Effect.Effect<A, E, R>,
    options?: LockOptions<E2, R2>
  ): Effect.Effect<A, E | E2 | SharedError, R | R2>
} = effectLast(
  (mutex: SharedMutex, options?: LockOptions<any, any>) => (effect: Effect.Effect<any, any, any>) =>
    (mutex as Handle).withLock(effect, options)
)

/**
 * Runs a function while it holds the lock, and waits outside of the event loop: for tight loops in worker threads. Throws the
 * `SharedError` with which `withLock` fails.
 *
 * **Details**
 *
 * - On the host's thread it throws `WouldBlock` where it would have to wait, and so it does where a fiber of the same thread is before it.
 * - `timeout`: how long it waits, in milliseconds. By default without end. Then it throws `WouldBlock`, and so it does when its task is
 *   interrupted.
 * - `recover`: as for `withLock`, but synchronous.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withLockSync = <A>(
  mutex: SharedMutex,
  body: () => A,
  options?: {
    readonly timeout?: number | undefined
    readonly recover?: ((died: OwnerDied) => void) | undefined
  }
): A => {
  if (options === undefined) return (mutex as Handle).withLockSync(body, Infinity, undefined)
  const { recover, timeout = Infinity } = Refusals.optionsOf(options, ["timeout", "recover"])
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new InvalidOption("timeout", "expected a number of milliseconds, 0 or more")
  }
  return (mutex as Handle).withLockSync(body, timeout, recover)
}

/**
 * Runs an effect if nobody holds the lock or waits for it. Succeeds with `undefined` otherwise.
 *
 * @category combinators
 * @since 0.3.0
 */
export const tryLock = <A, E, R, E2 = never, R2 = never>(
  mutex: SharedMutex,
  effect: Effect.Effect<A, E, R>,
  options?: LockOptions<E2, R2>
): Effect.Effect<A | undefined, E | E2 | SharedError, R | R2> => (mutex as Handle).tryLock(effect, options)

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

/** Twice as many slots as threads. */
const ringBits = Math.ceil(Math.log2(2 * Realm.maxAgents))

class Handle implements SharedMutex {
  readonly name: string
  readonly segment: Segment
  private readonly isReentrant: boolean
  private readonly line: Line

  constructor(segment: Segment, name: string, isReentrant: boolean) {
    this.segment = segment
    this.name = name
    this.isReentrant = isReentrant
    this.line = LockSegment.oneFor(segment, () => new Line(segment, LockSegment.ownWords, ringBits))
  }

  get encoded(): Sharing.Encoded {
    const { isReentrant, name, segment } = this
    return {
      shared: "SharedMutex",
      shape: "lock",
      length: isReentrant ? 2 : 1,
      label: name,
      buffer: segment.buffer
    }
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get isHeld(): boolean {
    return Ring.places(this.ring).some(({ state }) => state !== "waiting")
  }

  get isInconsistent(): boolean {
    return Ring.deadOwner(this.ring) !== 0
  }

  snapshot(): Snapshot {
    const places = Ring.places(this.ring)
    const [first] = places.filter(({ state }) => state !== "waiting")
    const seen = ({ agent, who }: Ring.Place) => ({ agent, fiber: who })
    return {
      holder: first === undefined ? undefined : seen(first),
      waiting: places.filter(({ state }) => state === "waiting").map(seen),
      ownersDied: LockSegment.deathsOf(this.segment)
    }
  }

  isOwner(agent: number): boolean {
    return Ring.places(this.ring).some((place) => place.agent === agent && place.state === "held")
  }

  recover(agent: number): void {
    Ring.recover(this.ring, agent)
  }

  wake(): void {
    Ring.wakeAll(this.ring)
    if (this.isDisposed) this.line.refuseQueued()
  }

  withLock<A, E, R, E2, R2>(
    effect: Effect.Effect<A, E, R>,
    options: LockOptions<E2, R2> | undefined
  ): Effect.Effect<A, E | E2 | SharedError, R | R2> {
    return this.during((turn, resume) => {
      const { line } = this
      const body = Effect.flatMap(
        Effect.suspend(() => this.consistent(options)),
        () => effect
      )
      if (line.tryEnter(turn)) return body
      const granted = Effect.callback<void, SharedError>((answer) => {
        resume.with = (refused) =>
          answer(refused === undefined ? Effect.void : Effect.fail(this.refused(refused)))
        line.enter(turn)
      })
      return Effect.flatMap(granted, () => body)
    }, effect)
  }

  tryLock<A, E, R, E2, R2>(
    effect: Effect.Effect<A, E, R>,
    options: LockOptions<E2, R2> | undefined
  ): Effect.Effect<A | undefined, E | E2 | SharedError, R | R2> {
    return this.during<A | undefined, E, R, E2, R2>((turn) => {
      if (!this.line.tryEnter(turn)) return Effect.succeed(undefined)
      return Effect.flatMap(
        Effect.suspend(() => this.consistent(options)),
        () => effect
      )
    }, effect)
  }

  /**
   * Runs `use` with a turn of this fiber, and gives back whatever the turn has in the end. An uninterruptible acquisition would make a
   * waiter uninterruptible; the turn knows what there is to give back. `again`: runs where the fiber holds the lock already.
   */
  private during<A, E, R, E2, R2>(
    use: (
      turn: Turn,
      resume: { with: (refused: Refused | undefined) => void }
    ) => Effect.Effect<A, E | E2 | SharedError, R | R2>,
    again: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | E2 | SharedError, R | R2> {
    return Effect.withFiber((fiber): Effect.Effect<A, E | E2 | SharedError, R | R2> => {
      if (this.line.holder?.fiber === fiber) return this.isReentrant ? again : Effect.fail(this.selfLocked())
      const problem = this.problem()
      if (problem !== undefined) return Effect.fail(problem)
      const resume: { with: (refused: Refused | undefined) => void } = { with: () => {} }
      const turn = new Turn(fiber, (refused) => resume.with(refused))
      return Effect.ensuring(
        Effect.suspend(() => use(turn, resume)),
        Effect.sync(() => this.line.leave(turn))
      )
    })
  }

  /** Succeeds once what the lock guards is known to be whole. */
  private consistent<E2, R2>(
    options: LockOptions<E2, R2> | undefined
  ): Effect.Effect<void, E2 | SharedError, R2> {
    const { ring } = this
    if (Ring.deadOwner(ring) === 0) return Effect.void
    const died = LockSegment.ownerDied(this.segment, this.name)
    const recover = options?.recover
    if (recover === undefined) return Effect.fail(Refusals.refusal(died, this.name))
    return Effect.map(
      Effect.suspend(() => recover(died)),
      () => Ring.repair(ring)
    )
  }

  withLockSync<A>(body: () => A, timeout: number, recover: ((died: OwnerDied) => void) | undefined): A {
    const problem = this.problem()
    if (problem !== undefined) throw problem
    const { line } = this
    const fiber = Fiber.getCurrent()
    if (line.isHeldAround(fiber)) {
      if (this.isReentrant) return body()
      throw this.selfLocked()
    }
    const turn = new Turn(fiber, "sync")
    if (!line.tryEnter(turn)) {
      if (Realm.isHost() || line.isBusy) throw Refusals.refusal(new WouldBlock({}), this.name)
      const refused = line.enterSync(turn, performance.now() + timeout)
      if (refused === "late" || refused === "interrupted")
        throw Refusals.refusal(new WouldBlock({}), this.name)
      if (refused !== undefined) throw this.refused(refused)
    }
    try {
      if (Ring.deadOwner(this.ring) !== 0) {
        const died = LockSegment.ownerDied(this.segment, this.name)
        if (recover === undefined) throw Refusals.refusal(died, this.name)
        recover(died)
        Ring.repair(this.ring)
      }
      return body()
    } finally {
      line.leave(turn)
    }
  }

  private get ring(): Ring.Ring {
    return this.line.ring
  }

  /** Why this thread cannot use the lock. */
  private problem(): SharedError | undefined {
    if (this.isDisposed) return Refusals.refusal(new Disposed({}), this.name)
    return LockSegment.notMember(this.name)
  }

  private selfLocked(): SharedError {
    return Refusals.refusal(new Deadlocked({ cycle: [this.name] }), this.name)
  }

  private refused(why: Refused): SharedError {
    return Refusals.refusal(
      why === "disposed" ? new Disposed({}) : new Deadlocked({ cycle: [this.name] }),
      this.name
    )
  }
}
