/**
 * `SharedSemaphore`: permits that the host and its worker threads share, and that come back from the dead.
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
import { attach, headerBytes, headerWords, isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import {
  Deadlocked,
  Disposed,
  NotOwner,
  type Reason,
  type SharedError,
  TooMany,
  WouldBlock
} from "./SharedError.ts"

/**
 * A fixed number of permits for the whole process, taken by the host and by handlers in worker threads.
 *
 * Threads take in the order of their coming, and so do the fibers of one thread: a request for many permits is not overtaken by later
 * requests for few. No permit is lost, and none is made: not by a fiber that fails or is interrupted, and not by a thread that dies at
 * whichever instruction (G17).
 *
 * - `permits`: how many there are.
 * - `isOwned`: whether each permit belongs to the thread that took it.
 * - `available`: how many are free, at this moment.
 * - `snapshot`: who has permits and who waits. Not of one moment.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedSemaphore {
  readonly name: string
  readonly permits: number
  readonly isOwned: boolean
  readonly isDisposed: boolean
  readonly available: number
  readonly snapshot: () => Snapshot
}

/**
 * The threads at a semaphore. `agent`: 1 is the host, each worker thread has a number of its own; 0 stands for permits that are not
 * owned. `fiber`: the number of the fiber. `ownersDied`: how many threads have died while they had permits.
 *
 * @category models
 * @since 0.3.0
 */
export interface Snapshot {
  readonly available: number
  readonly held: ReadonlyArray<{ readonly agent: number; readonly permits: number }>
  readonly waiting: ReadonlyArray<{ readonly agent: number; readonly fiber: number }>
  readonly ownersDied: number
}

/**
 * - `name`: shown in errors. Default `"semaphore"`.
 * - `owned`: whether each permit belongs to the thread that took it. Default `true`. Otherwise any thread releases what another one has
 *   acquired, which makes a signal of it; the permits of a thread that dies are then *not* returned, since they name nobody.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly name?: string | undefined
  readonly owned?: boolean | undefined
}

/**
 * Makes a semaphore of so many permits, 1 to 1,073,741,824, for the scope. When the scope closes, those who wait fail with `Disposed`.
 *
 * Only the host's main thread makes semaphores, since the host returns the permits of the dead; elsewhere this fails with `NotMember`.
 * Fails with `InvalidSize` for another number of permits.
 *
 * **Example** (At most two at a time)
 *
 * ```ts
 * import { SharedSemaphore } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const devices = yield* SharedSemaphore.make(2, { name: "devices" })
 *   return yield* SharedSemaphore.withPermits(devices, 1, Effect.sync(() => devices.available))
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => 1
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = (
  permits: number,
  options?: Options
): Effect.Effect<SharedSemaphore, SharedError, Scope> =>
  Effect.suspend(() => {
    const { name = kind, owned = true } = Refusals.optionsOf(options ?? {}, ["name", "owned"])
    if (typeof name !== "string") throw new InvalidOption("name", "expected a string")
    if (typeof owned !== "boolean") throw new InvalidOption("owned", "expected true or false")
    return LockSegment.makeScoped(
      name,
      () => {
        Refusals.checkSize("permits", permits, most)
        return settingWords + countedWords
      },
      (segment) => {
        Atomics.store(segment.words, PermitsAt, permits)
        Atomics.store(segment.words, OwnedAt, Number(owned))
        return new Handle(segment, name)
      }
    )
  })

/**
 * The schema of a semaphore in payloads, successes and elements. A semaphore crosses to threads; for a child process it is refused with
 * `NotSerializable`.
 *
 * @category schemas
 * @since 0.3.0
 */
export const Schema: SchemaNamespace.Codec<SharedSemaphore, Sharing.Encoded> =
  Sharing.schemaOf<SharedSemaphore>({
    shared: "SharedSemaphore",
    shape: "permits",
    is: (value): value is SharedSemaphore => value instanceof Handle,
    encode: (handle) => (handle as Handle).encoded,
    fits: ({ buffer }) => {
      const words = LockSegment.ownWords - headerWords + settingWords + countedWords
      if (buffer.byteLength < headerBytes + words * Int32Array.BYTES_PER_ELEMENT) {
        return "the buffer holds no semaphore"
      }
      return Atomics.load(attach(buffer).words, PermitsAt) < 1 ? "the buffer has no permits" : undefined
    },
    attach: ({ label = kind }, segment) => new Handle(segment, label)
  })

/**
 * Runs an effect while it has `permits` permits, which are returned when the effect ends, however it ends.
 *
 * **Details**
 *
 * - Waits in the event loop. Interrupted while it waits, or cut off by a time limit, it leaves no trace, and returns permits that it had
 *   taken at that moment.
 * - Fails with `TooMany` for more permits than there are, and with `InvalidSize` for a number that is no integer of 1 or more.
 * - A fiber that has permits may take more. It waits for itself where too few are left, until it is interrupted.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withPermits: {
  (
    semaphore: SharedSemaphore,
    permits: number
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SharedError, R>
  <A, E, R>(
    semaphore: SharedSemaphore,
    permits: number,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | SharedError, R>
} = effectLast(
  (semaphore: SharedSemaphore, permits: number) => (effect: Effect.Effect<any, any, any>) =>
    (semaphore as Handle).withPermits(permits, effect)
)

/**
 * Runs an effect if so many permits are free and nobody waits for permits. Succeeds with `undefined` otherwise, and where another thread
 * is taking permits at that moment.
 *
 * @category combinators
 * @since 0.3.0
 */
export const tryPermits: {
  (
    semaphore: SharedSemaphore,
    permits: number
  ): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A | undefined, E | SharedError, R>
  <A, E, R>(
    semaphore: SharedSemaphore,
    permits: number,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A | undefined, E | SharedError, R>
} = effectLast(
  (semaphore: SharedSemaphore, permits: number) => (effect: Effect.Effect<any, any, any>) =>
    (semaphore as Handle).tryPermits(permits, effect)
)

/**
 * Runs a function while it has `permits` permits, and waits outside of the event loop: for tight loops in worker threads. Throws the
 * `SharedError` with which `withPermits` fails.
 *
 * **Details**
 *
 * - Throws `WouldBlock` where it would have to wait on the host's thread, behind a fiber of the same thread, or while the same thread has
 *   permits: it could not return them meanwhile, and others may wait for them.
 * - `timeout`: how long it waits, in milliseconds. By default without end. Then it throws `WouldBlock`, and so it does when its task is
 *   interrupted.
 *
 * @category combinators
 * @since 0.3.0
 */
export const withPermitsSync = <A>(
  semaphore: SharedSemaphore,
  permits: number,
  body: () => A,
  options?: { readonly timeout?: number | undefined }
): A => (semaphore as Handle).withPermitsSync(permits, body, Refusals.timeoutOf(options))

/**
 * Takes permits until `release`. Prefer `withPermits`, which cannot forget them.
 *
 * The permits of an owned semaphore belong to the thread: any fiber of it releases them, and its death returns them. Interrupted while it
 * waits, it has taken nothing. Fails as `withPermits` does.
 *
 * **Example** (A signal between threads)
 *
 * ```ts
 * import { SharedSemaphore } from "@heddle/node-workers"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const signal = yield* SharedSemaphore.make(3, { owned: false })
 *   yield* SharedSemaphore.acquire(signal, 2)
 *   yield* SharedSemaphore.release(signal)
 *   const refused = yield* Effect.flip(SharedSemaphore.release(signal, 2))
 *   return [signal.available, refused.reason._tag]
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => [ 2, 'TooMany' ]
 * ```
 *
 * @category combinators
 * @since 0.3.0
 */
export const acquire = (semaphore: SharedSemaphore, permits = 1): Effect.Effect<void, SharedError> =>
  (semaphore as Handle).acquire(permits)

/**
 * Returns permits that `acquire` has taken.
 *
 * Where it fails, it has changed nothing: with `NotOwner` for more permits of an owned semaphore than this thread has acquired, and with
 * `TooMany` for more of another one than are taken, since more would then be free than there are.
 *
 * @category combinators
 * @since 0.3.0
 */
export const release = (semaphore: SharedSemaphore, permits = 1): Effect.Effect<void, SharedError> =>
  Refusals.attempt(() => (semaphore as Handle).release(permits))

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

const kind = "semaphore"
const most = 2 ** 30

const PermitsAt = LockSegment.ownWords
const OwnedAt = PermitsAt + 1
const settingWords = 2

/** What a thread keeps for a semaphore. */
class Local extends CountedLine {
  /** Permits that `acquire` has taken in this thread. Those of `withPermits` are nobody else's to release. */
  acquired = 0
}

/** Owned permits are not forgotten together with the handles that acquired them. */
const keptBySelf = new Set<Local>()

class Handle implements SharedSemaphore {
  readonly name: string
  readonly permits: number
  readonly isOwned: boolean
  readonly segment: Segment
  private readonly local: Local

  constructor(segment: Segment, name: string) {
    this.segment = segment
    this.name = name
    this.permits = Atomics.load(segment.words, PermitsAt)
    this.isOwned = Atomics.load(segment.words, OwnedAt) !== 0
    this.local = LockSegment.oneFor(segment, () => new Local(segment, PermitsAt + settingWords))
  }

  get encoded(): Sharing.Encoded {
    const { name, segment } = this
    return { shared: "SharedSemaphore", shape: "permits", length: 1, label: name, buffer: segment.buffer }
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get available(): number {
    return Math.max(0, this.permits - Counts.sum(this.local.counts))
  }

  snapshot(): Snapshot {
    const { counts, line } = this.local
    const held: Array<{ agent: number; permits: number }> = []
    for (let agent = Counts.unowned; agent <= counts.agents; agent++) {
      const permits = Counts.countOf(counts, agent)
      if (permits > 0) held.push({ agent, permits })
    }
    // The first of the line waits as well: for permits.
    const waiting = Ring.places(line.ring).map(({ agent, who }) => ({ agent, fiber: who }))
    return { available: this.available, held, waiting, ownersDied: LockSegment.deathsOf(this.segment) }
  }

  isOwner(agent: number): boolean {
    return Counts.countOf(this.local.counts, agent) > 0
  }

  recover(agent: number): void {
    this.local.recover(agent)
  }

  wake(): void {
    this.local.wake()
  }

  withPermits<A, E, R>(n: number, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | SharedError, R> {
    return Effect.withFiber((fiber): Effect.Effect<A, E | SharedError, R> => {
      const problem = this.problem(n)
      if (problem !== undefined) return Effect.fail(problem)
      const request = this.request(n, fiber)
      return Effect.ensuring(
        Effect.flatMap(
          Effect.suspend(() => this.pass(request)),
          () => effect
        ),
        Effect.sync(() => this.end(request, n))
      )
    })
  }

  tryPermits<A, E, R>(
    n: number,
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A | undefined, E | SharedError, R> {
    return Effect.withFiber((fiber): Effect.Effect<A | undefined, E | SharedError, R> => {
      const problem = this.problem(n)
      if (problem !== undefined) return Effect.fail(problem)
      const request = this.request(n, fiber)
      return Effect.ensuring(
        Effect.suspend((): Effect.Effect<A | undefined, E, R> => {
          if (this.local.tryPass(request)) return effect
          // At once: were it to stay the first until its finalizer runs, others would wait for it.
          this.local.leave(request)
          return Effect.succeed(undefined)
        }),
        Effect.sync(() => this.end(request, n))
      )
    })
  }

  withPermitsSync<A>(n: number, body: () => A, timeout: number): A {
    const problem = this.problem(n)
    if (problem !== undefined) throw problem
    const request = this.request(n, Fiber.getCurrent(), true)
    const isFree = !this.isOwned || Counts.countOf(this.local.counts, Realm.currentAgent()) === 0
    const refused = this.local.passSync(request, performance.now() + timeout, isFree)
    if (refused === "disposed" || refused === "victim") throw this.refused(refused)
    if (refused !== undefined) throw this.refusal(new WouldBlock({}))
    try {
      return body()
    } finally {
      this.end(request, n)
    }
  }

  acquire(n: number): Effect.Effect<void, SharedError> {
    return Effect.withFiber((fiber) => {
      const problem = this.problem(n)
      if (problem !== undefined) return Effect.fail(problem)
      const request = this.request(n, fiber)
      return Effect.onExit(
        Effect.suspend(() => this.pass(request)),
        ({ _tag }) => {
          if (_tag === "Success") this.keep(n)
          else this.end(request, n)
          return Effect.void
        }
      )
    })
  }

  release(n: number): void {
    const problem = this.problem(n)
    if (problem !== undefined) throw problem
    const { local } = this
    if (this.isOwned && local.acquired < n) throw this.refusal(new NotOwner({}))
    if (!Counts.giveBack(local.counts, this.owner, n))
      throw this.refusal(new TooMany({ bound: this.permits }))
    this.keep(-n)
  }

  private keep(n: number): void {
    if (!this.isOwned) return
    this.local.acquired += n
    if (this.local.acquired > 0) keptBySelf.add(this.local)
    else keptBySelf.delete(this.local)
  }

  private request(n: number, fiber: Fiber.Fiber<unknown, unknown> | undefined, isSync = false): Request {
    const { counts } = this.local
    const attempt = () => Counts.take(counts, this.owner, n, this.permits)
    return this.local.request(fiber, attempt, { staysFirst: false, isSync })
  }

  private pass(request: Request): Effect.Effect<void, SharedError> {
    return Effect.mapError(this.local.pass(request), (refused) => this.refused(refused))
  }

  /** Gives up the place, and returns what was taken. */
  private end(request: Request, n: number): void {
    this.local.leave(request)
    if (request.hasPassed) Counts.giveBack(this.local.counts, this.owner, n)
  }

  private get owner(): number {
    return this.isOwned ? Realm.currentAgent() : Counts.unowned
  }

  /** Why this thread cannot take or release so many permits. */
  private problem(n: number): SharedError | undefined {
    if (this.isDisposed) return this.refusal(new Disposed({}))
    const problem = LockSegment.notMember(this.name)
    if (problem !== undefined) return problem
    if (!(Number.isInteger(n) && n >= 1)) {
      return Refusals.invalidSize("permits", "expected an integer of 1 or more")
    }
    return n > this.permits ? this.refusal(new TooMany({ bound: this.permits })) : undefined
  }

  private refused(why: Refused): SharedError {
    return this.refusal(why === "disposed" ? new Disposed({}) : new Deadlocked({ cycle: [this.name] }))
  }

  private refusal(reason: Reason): SharedError {
    return Refusals.refusal(reason, this.name)
  }
}
