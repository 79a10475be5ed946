/**
 * A window of calls over a stream: draws inputs while there is room, emits results in order or as they come, and ends only
 * after every call has ended.
 *
 * Receives inputs from a stream and a function from `stream.ts`, hands results to the reader. Upholds G3: nothing runs after
 * the stream has ended, however it ends. Upholds G7: at most `concurrency` inputs are in flight or unread.
 *
 * `Stream.mapEffect` cannot be used: after the scope waiting for the calls has closed, its reader of the input may fork
 * another call, for which nobody waits.
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
        // This scope closes last. Resources opened while drawing inputs belong to it as well, so none is closed under a
        // drawing fiber.
        const inputScope = yield* Scope.fork(scope)
        const pull = yield* Channel.toTransform(Stream.toChannel(inputs))(upstream, inputScope)
        const window = new Window(pull, call, options, yield* Effect.context<any>())
        yield* Scope.addFinalizer(scope, window.end)
        window.open()
        return window.take
      })
    )
  )

/** The place of a result. */
class Place<B> {
  result: readonly [B] | undefined = undefined
}

export class Window<A, B> {
  private readonly pull: Pull.Pull<ReadonlyArray<A>, any, any, any>
  private readonly call: (input: A) => Effect.Effect<B, any, any>
  private readonly concurrency: number
  private readonly ordered: boolean
  private readonly fork: (effect: Effect.Effect<any, any, any>) => Fiber<any, any>
  /** The drawing fiber, and a fiber for each call. */
  private readonly fibers = new Set<Fiber<any, any>>()
  /**
   * Invariant: counts a fiber from before its start until its exit has been handled. A call may run foreign code at once, and
   * this code may end the stream before the fiber is in `fibers`.
   */
  private alive = 0
  /** Ordered: the places of all calls. Unordered: the places of answered calls. */
  private places: Array<Place<B>> = []
  /** How many inputs are in flight or unread. */
  private held = 0
  /** Once true, no call begins. */
  private isClosed = false
  /** The first failure of a call. */
  private failure: Cause.Cause<any> | undefined
  /** Failures too late for interruption, and defects from the clean-up of other calls: reported with the first failure. */
  private late: Cause.Cause<any> = Cause.empty
  /** How the inputs ended: exhausted or broken. The reader gets this after all results. */
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

  /** Waits for room. Never completes once the window is closed: `close` has interrupted the drawing fiber. */
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

  /** Draws inputs, only when there is room for one. */
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

  /** Takes the next result; after the last result, ends as the stream does. */
  readonly take: Pull.Pull<readonly [B], any, any> = Effect.suspend(() => this.next() ?? this.awaitNext)

  private readonly awaitNext: Pull.Pull<readonly [B], any, any> = Effect.callback<readonly [B], any>(
    (resume) => {
      const look = (): void => {
        // Taking a result lets the next call begin. This call may answer at once, and must not resume this reader.
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

  /** Ends the other calls at the first failure. The reader still gets the results before the first gap. */
  private fail(cause: Cause.Cause<any>): void {
    // A call interrupted by `close` ends with an interruption, which is not a failure.
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

  /** Ends the calls in flight and waits for them. Dies of defects from their clean-up, unless the reader has received these. */
  readonly end: Effect.Effect<void> = Effect.callback((resume) => this.awaitQuiet(resume))

  private awaitQuiet(resume: (exit: Exit.Exit<void>) => void): void {
    this.onQuiet = () => resume(onlyDefects(Exit.failCause(this.late)))
    this.close()
    if (this.alive === 0) this.onQuiet()
  }
}
