/**
 * `SharedQueue`: a bounded queue of records in memory that the host and its worker threads share.
 *
 * @since 0.3.0
 */
import { InvalidOption } from "@heddle/core/InvalidOption"
import * as Effect from "effect/Effect"
import type * as SchemaNamespace from "effect/Schema"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Cause from "effect/Cause"
import * as FieldsOf from "./internal/memory/fields.ts"
import type { Turn } from "./internal/memory/gate.ts"
import { writerOf } from "./internal/memory/layout.ts"
import * as LockSegment from "./internal/memory/lockSegment.ts"
import * as Realm from "./internal/memory/realm.ts"
import * as Records from "./internal/memory/recordCells.ts"
import * as Refusals from "./internal/memory/refusals.ts"
import { isDisposed, type Segment } from "./internal/memory/segment.ts"
import * as Sharing from "./internal/memory/sharing.ts"
import { sleepSync } from "./internal/memory/waiting.ts"
import { Disposed, Ended, Misfit, type Reason, RecordLost, SharedError, WouldBlock } from "./SharedError.ts"
import * as SharedStruct from "./SharedStruct.ts"

/**
 * A bounded queue between the host and its worker threads, with any number of producers and consumers in each of them.
 *
 * Each record is taken once, by one consumer. A consumer receives the records of one producer in the order in which they were offered.
 * No message is sent: a producer writes a record into a cell, and a consumer reads it there.
 *
 * **Details**
 *
 * - Fibers of one thread are served in the order of their coming. An interrupted fiber that waits leaves no trace.
 * - A consumer takes a whole cell. A cell of `offer` has one record, one of `offerAll` up to `block`. The records that the consumer does
 *   not need go to the next consumers of the *same thread*, so blocks are for threads that take until the end. The same becomes of a record
 *   whose taker was interrupted before the record reached it.
 * - The death of a thread stops nobody (G17). A record that it was writing never appears. Records that it had taken and not handed out
 *   to a fiber are `lost`, and are counted.
 *
 * **Operations**
 *
 * - `offer`: waits while the queue is full.
 * - `offerAll`: offers records in order, up to `block` in each cell. Interrupted, it has offered the first ones.
 * - `tryOffer`: does not wait; `false` when the queue is full or others of this thread wait.
 * - `offerSync`: waits outside of the event loop: for tight loops in workers.
 * - `take`: waits while the queue is empty.
 * - `takeUpTo`: waits for one record, and takes up to `n`.
 * - `tryTake`: does not wait; `undefined` when the queue is empty or others of this thread wait.
 * - `takeSync`: waits outside of the event loop: for tight loops in workers.
 * - `end`: ends the queue for everybody. What was offered is taken first. Waits while the queue is full.
 * - `stream`: what `take` gives, until the end. Takes nothing ahead.
 * - `checkLost`: fails with `RecordLost` when records were lost. Each loss is told once, to one caller in one thread. No `take` fails for
 *   it: a lost record belongs to no consumer in particular, and the next record is whole.
 * - `size`: how many records are in the queue, those that a thread has taken not included. Exact while nobody offers or takes.
 * - `capacity`: how many cells there are.
 *
 * **Errors**
 *
 * Each operation fails with a `SharedError`, or throws it where it is synchronous:
 *
 * - `Ended`: the queue has ended; for a consumer, once nothing is left.
 * - `Misfit`: the value does not fit the layout; nothing was offered.
 * - `WouldBlock`: a synchronous operation would wait on the host's thread, or for a fiber of the same thread, or longer than its
 *   `timeout`, or its task was interrupted.
 * - `Disposed`: the scope of the queue is closed. Those who wait fail with it as well.
 *
 * @category models
 * @since 0.3.0
 */
export interface SharedQueue<A> {
  readonly name: string
  readonly capacity: number
  readonly isDisposed: boolean
  readonly size: number
  readonly offer: (value: A) => Effect.Effect<void, SharedError>
  readonly offerAll: (values: Iterable<A>) => Effect.Effect<void, SharedError>
  readonly tryOffer: (value: A) => Effect.Effect<boolean, SharedError>
  readonly offerSync: (value: A, options?: SyncOptions) => void
  readonly take: Effect.Effect<A, SharedError>
  readonly takeUpTo: (n: number) => Effect.Effect<ReadonlyArray<A>, SharedError>
  readonly tryTake: Effect.Effect<A | undefined, SharedError>
  readonly takeSync: (options?: SyncOptions) => A
  readonly end: Effect.Effect<void, SharedError>
  readonly stream: Stream.Stream<A, SharedError>
  readonly checkLost: Effect.Effect<void, SharedError>
  readonly snapshot: () => Snapshot
}

/**
 * Where the records are. What was offered is what consumers have received, plus these three, while nobody offers or takes.
 *
 * - `size`: in the queue.
 * - `taken`: taken by a thread, and not yet handed out to one of its fibers.
 * - `lost`: lost to the deaths of threads.
 *
 * @category models
 * @since 0.3.0
 */
export interface Snapshot {
  readonly size: number
  readonly taken: number
  readonly lost: number
}

/**
 * - `capacity`: how many cells, 2 to 1,048,576, rounded up to a power of two. An `offer` fills one of them. Default 1,024.
 * - `block`: how many records `offerAll` puts into one cell at most, 1 to 64. Default 1. A larger block costs the memory of `block`
 *   records in each cell, and less time for each record.
 * - `name`: shown in errors. Default `"queue"`.
 *
 * @category models
 * @since 0.3.0
 */
export interface Options {
  readonly capacity?: number | undefined
  readonly block?: number | undefined
  readonly name?: string | undefined
}

/**
 * - `timeout`: how long the operation waits, in milliseconds. By default without end.
 *
 * @category models
 * @since 0.3.0
 */
export interface SyncOptions {
  readonly timeout?: number | undefined
}

/**
 * Records of at most `maxBytes` bytes. Taking returns a copy. Throws `InvalidOption` for a bound that is no integer of 1 or more.
 *
 * @category constructors
 * @since 0.3.0
 */
export const bytes = (maxBytes: number): SharedStruct.Field<Uint8Array<ArrayBuffer>> =>
  SharedStruct.bytes(maxBytes)

/**
 * Makes a queue for the scope. `element`: a `SharedStruct.layout`, `SharedQueue.bytes`, or any other field of `SharedStruct`.
 *
 * Only the host's main thread makes queues, since the host frees them from the dead; elsewhere this fails with `NotMember`. Fails with
 * `InvalidSize` for a size out of its range. Throws `InvalidOption` for something else than a field.
 *
 * **Example** (Records until the end)
 *
 * ```ts
 * import { SharedQueue, SharedStruct } from "@heddle/node-workers"
 * import { Effect, Stream } from "effect"
 *
 * const Sample = SharedStruct.layout({ sensor: SharedStruct.u16, celsius: SharedStruct.f64 })
 *
 * const program = Effect.gen(function* () {
 *   const samples = yield* SharedQueue.make(Sample, { capacity: 256, name: "samples" })
 *   yield* samples.offer({ sensor: 1, celsius: 20.5 })
 *   yield* samples.offerAll([{ sensor: 2, celsius: 19 }, { sensor: 1, celsius: 21 }])
 *   yield* samples.end
 *   return yield* samples.stream.pipe(Stream.map(({ sensor }) => sensor), Stream.runCollect)
 * })
 * console.log(Effect.runSync(Effect.scoped(program))) // => [ 1, 2, 1 ]
 * ```
 *
 * @category constructors
 * @since 0.3.0
 */
export const make = <A>(
  element: SharedStruct.Field<A>,
  given: Options = {}
): Effect.Effect<SharedQueue<A>, SharedError, Scope> => {
  checkElement(element)
  const { block = 1, capacity = 1024, name = kind } = Refusals.optionsOf(given, ["capacity", "block", "name"])
  return Effect.suspend(() => {
    const shapeOf = (): Records.Shape => {
      const cells = Refusals.checkSize("capacity", capacity, 2 ** Records.maxBits)
      const bits = Math.max(1, Math.ceil(Math.log2(cells)))
      return { bits, block: Refusals.checkSize("block", block, Records.maxBlock) }
    }
    return Effect.flatMap(Refusals.attempt(shapeOf), (shape) => {
      const words = () => {
        const count = Records.wordsOf(shape, element.byteLength)
        if (4 * count > Sharing.greatestBytes) {
          throw Refusals.invalidSize(
            "capacity",
            `${4 * count} bytes, where ${Sharing.greatestBytes} are possible`
          )
        }
        return count
      }
      return LockSegment.makeScoped(String(name), words, (segment) => {
        Records.initialize(segment, shape)
        return new Handle(element, segment, String(name), shape)
      })
    })
  })
}

const schema = <A>(
  element: SharedStruct.Field<A>
): SchemaNamespace.declareConstructor<SharedQueue<A>, Sharing.Encoded, readonly []> => {
  checkElement(element)
  const { byteLength, signature } = element
  return Sharing.schemaOf<SharedQueue<A>>({
    shared: "SharedQueue",
    shape: signature,
    is: (value): value is SharedQueue<A> => value instanceof Handle && value.element.signature === signature,
    encode: (handle) => (handle as Handle<A>).encoded,
    fits: ({ buffer }) =>
      Records.shapeIn(buffer, byteLength) === undefined ? "the buffer holds no such queue" : undefined,
    attach: ({ buffer, label = kind }, segment) =>
      new Handle(element, segment, label, Records.shapeIn(buffer, byteLength)!)
  })
}

export {
  /**
   * The schema of a queue of such elements, for payloads, results and elements: both sides use the same queue. Decoding refuses a queue of
   * another layout. A child process shares no memory: there the call fails with `NotSerializable`.
   *
   * @category schemas
   * @since 0.3.0
   */
  schema as Schema
}

// -----------------------------------------------------------------------------
// internals
// -----------------------------------------------------------------------------

const kind = "queue"

const checkElement = (element: unknown): void => {
  const isField = typeof element === "object" && element !== null && FieldsOf.isField(element)
  if (!isField) throw new InvalidOption("element", "expected a SharedStruct.layout, or SharedQueue.bytes")
}

class Handle<A> implements SharedQueue<A> {
  readonly element: FieldsOf.Field<A>
  readonly name: string
  readonly segment: Segment
  private readonly shape: Records.Shape
  private readonly records: Records.RecordCells<A>
  private readonly write: ReturnType<typeof writerOf>

  constructor(element: FieldsOf.Field<A>, segment: Segment, name: string, shape: Records.Shape) {
    this.element = element
    this.segment = segment
    this.name = name
    this.shape = shape
    this.records = LockSegment.oneFor(segment, () => new Records.RecordCells(segment, element, shape))
    this.write = writerOf(element)
  }

  get encoded(): Sharing.Encoded {
    const { capacity, element, name, segment } = this
    return {
      shared: "SharedQueue",
      shape: element.signature,
      length: capacity,
      label: name,
      buffer: segment.buffer
    }
  }

  get capacity(): number {
    return 2 ** this.shape.bits
  }

  get isDisposed(): boolean {
    return isDisposed(this.segment)
  }

  get size(): number {
    return this.records.size
  }

  snapshot(): Snapshot {
    const { lost, size, taken } = this.records
    return { size, taken, lost }
  }

  /** No death leaves a queue half done: there is nothing to repair. */
  isOwner(): boolean {
    return false
  }

  recover(agent: number): void {
    this.records.recover(agent)
  }

  wake(): void {
    this.records.wake()
  }

  // ---------------------------------------------------------------------------
  // producers
  // ---------------------------------------------------------------------------

  offer(value: A): Effect.Effect<void, SharedError> {
    return this.give(() => this.offering(this.encode([value])))
  }

  offerAll(values: Iterable<A>): Effect.Effect<void, SharedError> {
    return this.give(() => {
      const list = Array.from(values)
      return list.length === 0 ? () => true : this.offering(this.encode(list, true))
    })
  }

  get end(): Effect.Effect<void, SharedError> {
    return this.give(() => () => this.records.end())
  }

  tryOffer(value: A): Effect.Effect<boolean, SharedError> {
    return Refusals.attempt(() => {
      this.check()
      return !this.records.givers.isBusy && this.offering(this.encode([value]))()
    })
  }

  offerSync(value: A, options?: SyncOptions): void {
    this.check()
    const { givers } = this.records
    const step = this.offering(this.encode([value]))
    this.waitSync(
      givers.isBusy,
      options,
      () => step() || undefined,
      () => this.records.fullAt()
    )
  }

  /** A producer: `begin` captures the values, and returns a step that throws a `SharedError`, or says whether it was the last. */
  private give(begin: () => () => boolean): Effect.Effect<void, SharedError> {
    return Effect.suspend(() => {
      const { givers } = this.records
      let refused: SharedError | undefined
      let turn: Turn | undefined
      const isDone = (step: () => boolean): boolean => {
        try {
          return step()
        } catch (error) {
          if (!(error instanceof SharedError)) throw error
          refused = error
          return true
        }
      }
      const outcome = (): Effect.Effect<void, SharedError> =>
        refused === undefined ? Effect.void : Effect.fail(refused)
      const body = Effect.flatMap(Refusals.attempt(begin), (step) => {
        if (!givers.isBusy && isDone(step)) return outcome()
        return Effect.callback<void, SharedError>((resume) => {
          const answer = (disposed: boolean) =>
            resume(disposed ? Effect.fail(this.refusal(new Disposed({}))) : outcome())
          turn = { step: () => isDone(step), answer }
          givers.enter(turn)
        })
      })
      return Effect.flatMap(
        Refusals.attempt(() => this.check()),
        () =>
          Effect.ensuring(
            body,
            Effect.sync(() => {
              if (turn !== undefined) givers.leave(turn)
            })
          )
      )
    })
  }

  /** A step that puts as many records as there is room for. */
  private offering(encoded: Uint8Array): () => boolean {
    const count = encoded.length / this.element.byteLength
    let offered = 0
    return () => {
      while (offered < count) {
        const put = this.records.put(encoded, offered)
        if (put === "full") return false
        if (put === "ended") throw this.refusal(new Ended({}))
        offered += put
      }
      return true
    }
  }

  /** Copies values, before any of them is offered. */
  private encode(values: ReadonlyArray<A>, isList = false): Uint8Array {
    const { byteLength } = this.element
    const region = FieldsOf.regionOf(new ArrayBuffer(values.length * byteLength))
    for (let i = 0; i < values.length; i++) {
      try {
        this.write(region, i * byteLength, values[i])
      } catch (error) {
        if (!(error instanceof SharedError && error.reason instanceof Misfit)) throw error
        const { detail, path } = error.reason
        throw Refusals.misfitAt(isList ? `$[${i}]${path.slice(1)}` : path, detail, this.name)
      }
    }
    return region.bytes
  }

  // ---------------------------------------------------------------------------
  // consumers
  // ---------------------------------------------------------------------------

  get take(): Effect.Effect<A, SharedError> {
    return Effect.map(this.takeSome(1), ([first]) => first)
  }

  takeUpTo(n: number): Effect.Effect<ReadonlyArray<A>, SharedError> {
    return Effect.flatMap(
      Refusals.attempt(() => Refusals.checkSize("n", n, Number.MAX_SAFE_INTEGER)),
      () => this.takeSome(n)
    )
  }

  get stream(): Stream.Stream<A, SharedError> {
    const pull = this.takeSome(1).pipe(
      Effect.catch((error): Effect.Effect<never, SharedError | Cause.Done> =>
        error.reason instanceof Ended ? Cause.done() : Effect.fail(error)
      )
    )
    return Stream.fromPull(Effect.succeed(pull))
  }

  get tryTake(): Effect.Effect<A | undefined, SharedError> {
    return Refusals.attempt(() => {
      this.check()
      return this.records.takers.isBusy ? undefined : this.takeNow()
    })
  }

  takeSync(options?: SyncOptions): A {
    this.check()
    const { takers } = this.records
    return this.waitSync(
      takers.isBusy,
      options,
      () => this.takeNow(),
      () => this.records.emptyAt()
    )
  }

  private takeNow(): A | undefined {
    const taken = this.records.take(1)
    if (taken === "empty") return undefined
    if (taken === "ended") throw this.refusal(new Ended({}))
    this.records.handedOut(1)
    return taken[0]
  }

  private takeSome(limit: number): Effect.Effect<readonly [A, ...Array<A>], SharedError> {
    return Effect.suspend(() => {
      const { records } = this
      const { takers } = records
      let taken: ReadonlyArray<A> | "empty" | "ended" = "empty"
      const outcome = (): Effect.Effect<readonly [A, ...Array<A>], SharedError> =>
        typeof taken === "string"
          ? Effect.fail(this.refusal(new Ended({})))
          : Effect.succeed(taken as readonly [A, ...Array<A>])
      let answer: Turn["answer"] = () => {}
      const turn: Turn = {
        step: () => (taken = records.take(limit)) !== "empty",
        answer: (disposed) => answer(disposed)
      }
      const body = Effect.suspend(() => {
        if (!takers.isBusy && turn.step()) return outcome()
        return Effect.callback<readonly [A, ...Array<A>], SharedError>((resume) => {
          answer = (disposed) => resume(disposed ? Effect.fail(this.refusal(new Disposed({}))) : outcome())
          takers.enter(turn)
        })
      })
      return Effect.flatMap(
        Refusals.attempt(() => this.check()),
        () =>
          Effect.onExit(body, ({ _tag }) => {
            takers.leave(turn)
            if (typeof taken !== "string") {
              if (_tag === "Success") records.handedOut(taken.length)
              else records.giveBack(taken)
            }
            return Effect.void
          })
      )
    })
  }

  // ---------------------------------------------------------------------------
  // both
  // ---------------------------------------------------------------------------

  get checkLost(): Effect.Effect<void, SharedError> {
    return Effect.suspend(() => {
      const count = this.records.tellLost()
      return count === 0 ? Effect.void : Effect.fail(this.refusal(new RecordLost({ count })))
    })
  }

  /** Repeats a step outside of the event loop until it returns something. */
  private waitSync<B>(
    isBusy: boolean,
    options: SyncOptions | undefined,
    step: () => B | undefined,
    sleepAt: () => { readonly index: number; readonly word: number } | undefined
  ): B {
    const until = performance.now() + (options?.timeout ?? Infinity)
    for (;;) {
      this.check()
      const found = isBusy ? undefined : step()
      if (found !== undefined) return found
      if (isBusy || Realm.isHost()) throw this.refusal(new WouldBlock({}))
      const at = sleepAt()
      if (at === undefined) continue
      const outcome = sleepSync(this.segment.words, at.index, at.word, until, () => this.isDisposed)
      if (outcome !== "awake") throw this.refusal(new WouldBlock({}))
    }
  }

  /** Throws where this thread cannot use the queue. */
  private check(): void {
    Refusals.checkOpen(this.segment, this.name)
    const problem = LockSegment.notMember(this.name)
    if (problem !== undefined) throw problem
  }

  private refusal(reason: Reason): SharedError {
    return Refusals.refusal(reason, this.name)
  }
}
