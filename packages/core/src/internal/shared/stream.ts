/**
 * `stream`: a task over inputs without end, in chunks sized from measured time, with back-pressure in both directions.
 *
 * Receives inputs from an iterable or a stream, lazily; hands chunks to `forEach`. A chunk holds the inputs available now,
 * and never waits to fill. At most `chunksAhead` chunks are in flight, so the read-ahead is bounded (G7).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { TaskDefinition } from "../model/definition.ts"
import type { PoolService } from "../model/pool.ts"
import { boolean, type RunOptions, toCount } from "../model/options.ts"
import type { Draw } from "../../protocol/values/Payload.ts"
import { isStream } from "../model/genuine.ts"
import type { Inputs } from "../model/streams.ts"
import { isTypedArray } from "../model/typedArray.ts"
import type { Progress } from "../model/progress.ts"
import { checkListener, ProgressMeter } from "./progress.ts"
import { mapInWindow } from "./Window.ts"

export interface StreamSettings {
  readonly ordered?: boolean | undefined
  readonly concurrency?: number | undefined
  readonly chunkSize?: number | undefined
}

export const stream = (
  pool: PoolService,
  definition: TaskDefinition,
  inputs: Inputs,
  settings: StreamSettings,
  given: RunOptions
): Stream.Stream<any, any, any> => {
  const { onProgress, ...options } = given
  const results = mapped(pool, definition, inputs, settings, options)
  const listener = checkListener(onProgress)
  return listener === undefined ? results : counted(results, inputs, listener)
}

/** Tells the listener after each array of results, how many there have been. */
const counted = (
  results: Stream.Stream<any, any, any>,
  inputs: Inputs,
  listener: (progress: Progress) => void
): Stream.Stream<any, any, any> =>
  Stream.unwrap(
    Effect.withFiber((fiber) => {
      const meter = new ProgressMeter(fiber)
      const total = Array.isArray(inputs) || isTypedArray(inputs) ? inputs.length : undefined
      let done = 0
      return Effect.succeed(
        Stream.mapArray(results, (chunk) => {
          done += chunk.length
          listener(meter.read(done, total, undefined))
          return chunk
        })
      )
    })
  )

const mapped = (
  pool: PoolService,
  definition: TaskDefinition,
  inputs: Inputs,
  settings: StreamSettings,
  options: RunOptions
): Stream.Stream<any, any, any> => {
  const chunkSize = toCount("chunkSize", settings.chunkSize)
  const concurrency = toCount("concurrency", settings.concurrency)
  const ordered = boolean("ordered", settings.ordered ?? true)
  const draw = pool.drawing(definition)
  const isPerItem = concurrency !== undefined || limitsEachItem(definition, options)
  if (chunkSize === 1 || (chunkSize === undefined && isPerItem)) {
    // A module's function is given a list of arguments.
    const payloadOf = (item: unknown) => draw(definition.module === undefined ? item : [item])
    return mapInWindow(
      Stream.flattenIterable(pieces(inputs, payloadOf, () => 1)),
      (payload) => pool.run(definition, payload, options),
      { concurrency: concurrency ?? pool.readAhead, ordered }
    )
  }
  const chunks =
    chunkSize === undefined
      ? pieces(inputs, draw, () => pool.chunkSizeOf(definition))
      : Stream.grouped(Stream.flattenIterable(pieces(inputs, draw, () => 1)), chunkSize)
  const results: Stream.Stream<ReadonlyArray<any>, any, any> = mapInWindow(
    chunks,
    (items: ReadonlyArray<unknown>) =>
      pool.forEach(definition, items, { ...options, chunkSize: items.length }),
    {
      concurrency: concurrency ?? (chunkSize === undefined ? pool.chunksAhead : pool.readAhead),
      ordered
    }
  )
  return Stream.flattenIterable(results)
}

/** Returns whether options apply to each item: a limit, a priority or a signal does. */
const limitsEachItem = (definition: TaskDefinition, options: RunOptions): boolean =>
  Object.values(options).some((value) => value !== undefined) ||
  definition.policy.timeout !== Infinity ||
  definition.policy.queueTimeout !== Infinity

/**
 * Groups inputs as they come, at most `size()` together. Takes each input on arrival: its owner may change the input while it
 * waits (S203).
 */
const pieces = (
  inputs: Inputs,
  draw: Draw,
  size: () => number
): Stream.Stream<ReadonlyArray<unknown>, any, any> =>
  isStream(inputs)
    ? Stream.flatMap(Stream.chunks(inputs), (chunk) =>
        Stream.unfold(0, (at) =>
          Effect.sync(() => {
            const end = at + size()
            return at >= chunk.length ? undefined : ([chunk.slice(at, end).map(draw), end] as const)
          })
        )
      )
    : drawn(inputs, draw, size)

/** Draws inputs on demand. Closes the iterator when the stream ends early, as `for … of` does. */
const drawn = (
  inputs: Iterable<unknown>,
  draw: Draw,
  size: () => number
): Stream.Stream<ReadonlyArray<unknown>> =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Source(inputs, draw)),
        (source) => Effect.sync(() => source.giveUp())
      ),
      (source) =>
        Stream.unfold(undefined, () =>
          Effect.sync(() => {
            const items = source.draw(size())
            return items.length === 0 ? undefined : ([items, undefined] as const)
          })
        )
    )
  )

class Source {
  private readonly iterator: Iterator<unknown>
  private readonly take: Draw
  private isDone = false
  /** An error thrown by the input after some items: thrown once these items have been delivered. */
  private failure: { readonly error: unknown } | undefined

  constructor(inputs: Iterable<unknown>, take: Draw) {
    this.take = take
    this.iterator = inputs[Symbol.iterator]()
  }

  draw(size: number): Array<unknown> {
    if (this.failure !== undefined) throw this.failure.error
    const items: Array<unknown> = []
    while (items.length < size && !this.isDone) {
      this.isDone = true
      try {
        const next = this.iterator.next()
        if (next.done === true) break
        items.push(this.take(next.value))
        this.isDone = false
      } catch (error) {
        if (items.length === 0) throw error
        this.failure = { error }
      }
    }
    return items
  }

  giveUp(): void {
    if (!this.isDone) this.iterator.return?.()
  }
}
