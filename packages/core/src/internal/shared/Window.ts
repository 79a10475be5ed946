/**
 * A window of calls over a stream: draws inputs while there is room, gives results in order or as they come, and ends
 * only when every call that it began has ended.
 *
 * Receives inputs from a stream and a function from `stream.ts`, hands results to the reader. Upholds G3: nothing runs
 * after the stream has ended, however it ends. Upholds G7: at most `concurrency` inputs are in flight or unread.
 *
 * `Stream.mapEffect` cannot be used: its reader of the input may fork one more call after the scope that waits for the
 * calls has closed, and nobody waits for that one.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import type * as Pull from "effect/Pull"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { onlyDefects } from "./onlyDefects.ts"

export interface WindowOptions {
  readonly concurrency: number
  readonly ordered: boolean
}

/** Calls `call` for each input, at most `concurrency` at a time. Fails at the first failure. */
export const mapInWindow = <A, B>(
  inputs: Stream.Stream<A, any, any>,
  call: (input: A) => Effect.Effect<B, any, any>,
  options: WindowOptions
): Stream.Stream<B, any, any> =>
  Stream.fromChannel(
    Channel.fromTransformBracket((upstream, _, scope) =>
      Effect.gen(function* () {
        // Closed last. What the inputs open while they are drawn belongs there, too: none is closed under a fiber that draws.
        const inputScope = yield* Scope.fork(scope)
        const pull = yield* Channel.toTransform(Stream.toChannel(inputs))(upstream, inputScope)
        const window = new Window(pull, call, options, yield* Effect.context<any>())
        yield* Scope.addFinalizer(scope, window.end)
        window.open()
        return window.take
      })
    )
  )

/** The place of one result. */
class Place<B> {
  result: readonly [B] | undefined = undefined
}

export class Window<A, B> {
  private readonly pull: Pull.Pull<ReadonlyArray<A>, any, any, any>
  private readonly call: (input: A) => Effect.Effect<B, any, any>
  private readonly concurrency: number
  private readonly ordered: boolean
  private readonly fork: (effect: Effect.Effect<any, any, any>) => Fiber<any, any>
  /** The fiber that draws, and one for each call. */
  private readonly fibers = new Set<Fiber<any, any>>()
  /**
   * Invariant: counts a fiber from before it starts until its exit has been dealt with. A call may run foreign code at
   * once, and that may end the stream before the fiber is in `fibers`.
   */
  private alive = 0
  /** In order: the places of all calls. Unordered: of those that have answered. */
  private places: Array<Place<B>> = []
  /** How many inputs are in flight or unread. */
  private held = 0
  /** Once true, no call begins. */
  private isClosed = false
  /** The first failure of a call. */
  private failure: Cause.Cause<any> | undefined
  /** Failures that came too late to be interrupted, and what the clean-up of others died of: told with the failure. */
  private late: Cause.Cause<any> = Cause.empty
  /** How the inputs ended: exhausted or broken. Heard by the reader after all results. */
  private inputsEnd: Cause.Cause<any> | undefined
  private onRoom: ((effect: Effect.Effect<void>) => void) | undefined
  private onResult: (() => void) | undefined
  private onQuiet: (() => void) | undefined

  constructor(
    pull: Pull.Pull<ReadonlyArray<A>, any, any, any>,
    call: (input: A) => Effect.Effect<B, any, any>,
    { concurrency, ordered }: WindowOptions,
    context: Context.Context<any>
  ) {
    this.pull = pull
    this.call = call
    this.concurrency = concurrency
    this.ordered = ordered
    this.fork = Effect.runForkWith(context)
  }

  open(): void {
    this.launch(this.draw, (exit) => {
      if (exit._tag === "Success") return
      if (this.isClosed) this.join(exit.cause.reasons.filter(Cause.isDieReason))
      else this.inputsEnd = exit.cause
    })
  }

  private launch<X>(effect: Effect.Effect<X, any, any>, onExit: (exit: Exit.Exit<X, any>) => void): void {
    this.alive++
    const fiber = this.fork(effect)
    this.fibers.add(fiber)
    if (this.isClosed) fiber.interruptUnsafe()
    fiber.addObserver((exit) => {
      this.fibers.delete(fiber)
      onExit(exit)
      this.alive--
      this.onResult?.()
      if (this.alive === 0) this.onQuiet?.()
    })
  }

  // --------------------------------------------------------------------------
  // inputs
  // --------------------------------------------------------------------------

  private hasRoom(): boolean {
    return this.held < this.concurrency && !this.isClosed
  }

  /** Never completes once the window is closed: `close` has interrupted the fiber that draws. */
  private readonly room: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.hasRoom()) return resume(Effect.void)
    this.onRoom = resume
  })

  private readonly begin = (inputs: ReadonlyArray<A>, from = 0): Effect.Effect<void> => {
    for (let at = from; at < inputs.length; at++) {
      if (!this.hasRoom()) return Effect.flatMap(this.room, () => this.begin(inputs, at))
      this.beginOne(inputs[at]!)
    }
    return Effect.void
  }

  /** Asks for inputs only when there is room for one. */
  private readonly draw: Effect.Effect<never, any, any> = Effect.suspend(() =>
    this.hasRoom() ? Effect.void : this.room
  ).pipe(
    Effect.flatMap(() => this.pull),
    Effect.flatMap((inputs) => this.begin(inputs)),
    Effect.forever({ disableYield: true })
  )

  private beginOne(input: A): void {
    this.held++
    const place = new Place<B>()
    if (this.ordered) this.places.push(place)
    this.launch(
      Effect.suspend(() => this.call(input)),
      (exit) => {
        if (exit._tag === "Failure") return this.fail(exit.cause)
        if (this.failure !== undefined) return
        place.result = [exit.value]
        if (!this.ordered) this.places.push(place)
      }
    )
  }

  // --------------------------------------------------------------------------
  // results
  // --------------------------------------------------------------------------

  /** One result, then how the stream ends. */
  readonly take: Pull.Pull<readonly [B], any, any> = Effect.suspend(() => this.next() ?? this.awaitNext)

  private readonly awaitNext: Pull.Pull<readonly [B], any, any> = Effect.callback<readonly [B], any>(
    (resume) => {
      const look = (): void => {
        // Taking a result lets the next call begin, which may answer at once: it must not resume this reader.
        this.onResult = undefined
        const next = this.next()
        if (next === undefined) this.onResult = look
        else resume(next)
      }
      look()
    }
  )

  private next(): Exit.Exit<readonly [B], any> | undefined {
    const result = this.places[0]?.result
    if (result !== undefined) {
      this.places.shift()
      this.held--
      this.wakeDrawing()
      return Exit.succeed(result)
    }
    if (this.failure !== undefined) return this.alive === 0 ? this.tell(this.failure) : undefined
    return this.inputsEnd !== undefined && this.held === 0 ? Exit.failCause(this.inputsEnd) : undefined
  }

  private tell(failure: Cause.Cause<any>): Exit.Exit<never, any> {
    const cause = Cause.combine(failure, this.late)
    this.late = Cause.empty
    return Exit.failCause(cause)
  }

  private wakeDrawing(): void {
    const { onRoom } = this
    if (onRoom === undefined || !this.hasRoom()) return
    this.onRoom = undefined
    onRoom(Effect.void)
  }

  // --------------------------------------------------------------------------
  // ends
  // --------------------------------------------------------------------------

  /** The first failure ends the other calls; the reader still gets the results that stand before the first gap. */
  private fail(cause: Cause.Cause<any>): void {
    // Calls that were interrupted here end with an interruption, which is nobody's failure.
    if (this.isClosed) return this.join(cause.reasons.filter((reason) => !Cause.isInterruptReason(reason)))
    this.failure = cause
    const gap = this.places.findIndex(({ result }) => result === undefined)
    if (gap >= 0) this.places.length = gap
    this.close()
  }

  private join(reasons: ReadonlyArray<Cause.Reason<any>>): void {
    if (reasons.length > 0) this.late = Cause.combine(this.late, Cause.fromReasons(reasons))
  }

  private close(): void {
    this.isClosed = true
    for (const fiber of this.fibers) fiber.interruptUnsafe()
  }

  /** Ends what is in flight and waits for it; dies of what the clean-up of calls died of, unless the reader has heard it. */
  readonly end: Effect.Effect<void> = Effect.callback((resume) => this.awaitQuiet(resume))

  private awaitQuiet(resume: (exit: Exit.Exit<void>) => void): void {
    this.onQuiet = () => resume(onlyDefects(Exit.failCause(this.late)))
    this.close()
    if (this.alive === 0) this.onQuiet()
  }
}
