/**
 * `forEach`: a task over many inputs, in chunks sized from measured time, in order, failing fast. The same on the host and
 * inside a handler.
 *
 * Receives inputs from the caller, lazily; hands chunks to a `Caller`. At most `concurrency` chunks are in flight, so the
 * read-ahead is bounded, however long the input is (G7). The chunk is the unit of interruption and of loss.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Fiber } from "effect/Fiber"
import { codecOf, type TaskCodec } from "../../protocol/values/Codec.ts"
import * as Packed from "../../protocol/values/Packed.ts"
import type { TaskDefinition } from "../model/definition.ts"
import { attempt } from "../model/foreign.ts"
import { nextChunk } from "../model/chunking.ts"
import { toCount } from "../model/options.ts"
import { own } from "../model/own.ts"
import { type ForEachOptions } from "../model/pool.ts"
import type { TypedArray } from "../model/typedArray.ts"
import type { Progress } from "../model/progress.ts"
import { checkListener, ProgressMeter } from "./progress.ts"
import type { Caller } from "./Caller.ts"
import * as Inputs from "./inputs.ts"
import { onlyDefects } from "./onlyDefects.ts"
import { Results, type Values } from "./results.ts"
import type { SharedChunks } from "./sharedChunks.ts"

export const forEach = <Call extends object>(
  caller: Caller<Call>,
  definition: TaskDefinition,
  inputs: Iterable<unknown>,
  options: ForEachOptions | undefined
): Effect.Effect<any, any> =>
  Effect.withFiber((fiber) =>
    Effect.callback<any, any>((resume) => {
      const loop = new ForEach(caller, definition, inputs, options, fiber, resume)
      loop.pull()
      return Effect.suspend(() => loop.cancel())
    })
  )

const crossesAsIs = ({ host }: TaskCodec): boolean =>
  host.encodePayload === Packed.asIs && host.decodeSuccess === Packed.asIs

/** Combines two causes. `Cause.combine` compares errors for equality, which may throw for the user's own classes. */
const joined = (first: Cause.Cause<any>, second: Cause.Cause<any>): Cause.Cause<any> =>
  attempt(() => Cause.combine(first, second), Cause.fromReasons([...first.reasons, ...second.reasons]))

class ForEach<Call extends object> {
  private readonly caller: Caller<Call>
  private readonly definition: TaskDefinition
  private readonly options: ForEachOptions | undefined
  private readonly fiber: Fiber<unknown, unknown>
  private resume: (exit: Exit.Exit<any, any>) => void
  private readonly inputs: Inputs.Inputs
  private readonly sharedChunks: SharedChunks | undefined
  private readonly limit: number
  private readonly onProgress: ((progress: Progress) => void) | undefined
  private readonly meter: ProgressMeter | undefined
  private readonly total: number | undefined
  private done = 0
  private readonly results: Results
  private readonly inFlight = new Set<Call>()
  /** Once defined, nothing more is drawn or sent. Chunks in flight are ended, then this is the outcome. */
  private outcome: Cause.Cause<any> | undefined
  private isExhausted = false
  /** Set while foreign code may run: an input or a codec may end the map from within. */
  private isPulling = false
  private isDrawing = false

  constructor(
    caller: Caller<Call>,
    definition: TaskDefinition,
    inputs: Iterable<unknown>,
    options: ForEachOptions | undefined,
    fiber: Fiber<unknown, unknown>,
    resume: (exit: Exit.Exit<any, any>) => void
  ) {
    this.caller = caller
    this.definition = definition
    this.options = own(options)
    this.fiber = fiber
    this.resume = resume
    // Without `into`, the list is built from the answers of all chunks, so no shared memory could be reused before the end.
    const isShared = this.options?.into !== undefined && crossesAsIs(codecOf(definition))
    this.sharedChunks = isShared ? caller.sharedChunks : undefined
    this.inputs = Inputs.from(inputs, caller.drawing(definition), this.sharedChunks)
    this.results = new Results(this.options?.into, this.inputs.remaining)
    toCount("chunkSize", this.options?.chunkSize)
    toCount("concurrency", this.options?.concurrency)
    this.onProgress = checkListener(this.options?.onProgress)
    this.meter = this.onProgress === undefined ? undefined : new ProgressMeter(fiber)
    const { remaining } = this.inputs
    this.total = remaining === Infinity ? undefined : remaining
    this.limit = this.options?.concurrency ?? caller.width
  }

  /** Draws and submits while there is room. */
  pull(): void {
    // A chunk may settle while being submitted; then the loop already running goes on.
    if (this.isPulling) return
    this.isPulling = true
    while (this.inFlight.size < this.limit && !this.isExhausted && this.outcome === undefined)
      this.submitChunk()
    this.isPulling = false
    if (this.inFlight.size > 0) return
    if (this.outcome !== undefined) this.resume(Exit.failCause(this.outcome))
    else if (this.isExhausted) this.resume(Exit.succeed(this.results.build()))
  }

  private submitChunk(): void {
    const payloads = this.draw(this.nextSize())
    if (payloads.length === 0) return
    let call: Call | undefined
    let early: Exit.Exit<any, any> | undefined
    const onSettled = (exit: Exit.Exit<any, any>): void => {
      if (call === undefined) early = exit
      else this.settled(call, offset, exit)
    }
    const { caller, definition, fiber, options } = this
    let offset = 0
    let started: Call | Exit.Exit<never, any>
    try {
      offset = this.results.reserve(payloads.length)
      started = caller.start({ definition, payloads, options, fiber, onSettled })
    } catch (defect) {
      return this.fail(Cause.die(defect))
    }
    if (Exit.isExit(started)) return this.fail(started._tag === "Failure" ? started.cause : Cause.empty)
    call = started
    this.inFlight.add(call)
    if (early !== undefined) this.settled(call, offset, early)
    // The map ended while this chunk was being submitted, so the chunk was not ended with the others.
    else if (this.outcome !== undefined) caller.endAsSibling(call)
  }

  /**
   * Returns the size of the next chunk: near the target time, yet small enough to keep all workers busy near the end of the
   * input.
   */
  private nextSize(): number {
    if (this.options?.chunkSize !== undefined) return this.options.chunkSize
    // A run limit applies to each item, as without chunks.
    if (this.options?.timeout !== undefined || this.definition.policy.timeout !== Infinity) return 1
    const chunkSize = this.caller.chunkSize(this.definition, this.inputs.chunkMax)
    return nextChunk(chunkSize, this.inputs.remaining, this.limit)
  }

  private draw(size: number): ReadonlyArray<unknown> | TypedArray {
    try {
      this.isDrawing = true
      const payloads = this.inputs.draw(size)
      this.isDrawing = false
      const isLast = payloads.length < size
      if (this.outcome !== undefined) {
        if (!isLast) this.giveUp()
        return []
      }
      this.isExhausted = isLast
      return payloads
    } catch (defect) {
      this.isDrawing = false
      this.isExhausted = true
      this.fail(Cause.die(defect))
      return []
    }
  }

  private settled(call: Call, offset: number, exit: Exit.Exit<any, any>): void {
    this.inFlight.delete(call)
    if (exit._tag === "Success") {
      // A chunk ended as a sibling has no values to place.
      if (exit.value !== undefined) {
        this.place(offset, exit.value)
        this.progressed(exit.value)
      }
    } else this.fail(exit.cause)
    this.pull()
  }

  private place(offset: number, values: Values): void {
    try {
      this.results.place(offset, values)
      this.sharedChunks?.giveBack(values)
    } catch (defect) {
      this.fail(Cause.die(defect))
    }
  }

  private progressed({ length }: Values): void {
    const { meter, onProgress } = this
    if (meter === undefined || onProgress === undefined || this.outcome !== undefined) return
    this.done += length
    try {
      onProgress(meter.read(this.done, this.total, undefined))
    } catch (defect) {
      this.fail(Cause.die(defect))
    }
  }

  /** Records a failure. The first failure also ends all other chunks; later failures join in. */
  private fail(cause: Cause.Cause<any>): void {
    if (this.outcome !== undefined) {
      this.outcome = joined(this.outcome, cause)
      return
    }
    this.outcome = cause
    this.endAll()
  }

  private endAll(): void {
    // An input being drawn from cannot be given up before it returns: `draw` gives up then.
    if (!this.isExhausted && !this.isDrawing) this.giveUp()
    this.isExhausted = true
    for (const call of this.inFlight) this.caller.endAsSibling(call)
  }

  private giveUp(): void {
    try {
      this.inputs.giveUp()
    } catch {
      // The input is given up; a failing clean-up of the input is not the caller's failure.
    }
  }

  /** Ends all chunks for an interrupted caller, and waits for them. */
  cancel(): Effect.Effect<void> {
    if (this.inFlight.size === 0 && !this.isPulling) return Effect.void
    return Effect.callback<void>((resume) => {
      this.resume = (exit) => resume(onlyDefects(exit))
      this.outcome ??= Cause.empty
      this.endAll()
      this.pull()
    })
  }
}
