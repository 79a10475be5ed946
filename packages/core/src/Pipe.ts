/**
 * `Pipe`: two ends that talk to each other as in Python's multiprocessing; each may move to a task on any worker.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import type { ChannelError } from "./ChannelError.ts"
import type { PlainSchema } from "./internal/model/definition.ts"
import type { End as EndOf } from "./internal/model/end.ts"
import { own } from "./internal/model/own.ts"
import { TaskPool } from "./internal/model/pool.ts"
import { toSchema } from "./internal/model/schemas.ts"
import { checkKeys } from "./internal/model/validation.ts"
import { makePipe, pipeSettings } from "./internal/shared/channels/makePipe.ts"
import { pipeSchema, type PipeToken } from "./internal/shared/channels/pipeEnd.ts"
import { ElementCodec } from "./protocol/values/ElementCodec.ts"

export {
  /**
   * How a pipe ended: `closed` in order, `lost` without a word from the other side.
   *
   * @category models
   * @since 0.2.0
   */
  type ChannelEnd
} from "./internal/model/end.ts"

/**
 * The two ends of a pipe. What `a` sends, `b` receives, and the other way round.
 *
 * @category models
 * @since 0.2.0
 */
export interface Pipe<L, R> {
  readonly a: EndOf<L, R>
  readonly b: EndOf<R, L>
}

/**
 * - `buffer`: how many elements each direction holds at most, sent and not received; 1 to 1,048,576. Default 64.
 * - `name`: for errors. Default none.
 *
 * @category models
 * @since 0.2.0
 */
export interface Options {
  readonly buffer?: number | undefined
  readonly name?: string | undefined
}

/**
 * Makes a pipe on a pool, for the scope: closing the scope ends both ends with `Closed` by the scope. `left`: what `a` sends, `right`:
 * what `b` sends.
 *
 * An end belongs to one user at a time: the maker, until the end is moved into a payload, a result or an element, then the task that
 * receives it. When that task ends, its end is closed, and the other end hears `Closed` after everything sent before; when its worker
 * is lost, the other end hears `PeerLost` (G15).
 *
 * Fails with `Closed` when the pool is closed. Throws `InvalidOption` on an invalid option.
 *
 * **Example** (A conversation with a task)
 *
 * ```ts no-run
 * import { Pipe, Task, type TaskPool } from "@heddle/core"
 * import { Effect, Schema } from "effect"
 *
 * const Double = Task.make("Double", { payload: { end: Pipe.End(Schema.Int, Schema.Int) } })
 *
 * const program = Effect.scoped(
 *   Effect.gen(function* () {
 *     const { a, b } = yield* Pipe.make(Schema.Int, Schema.Int)
 *     yield* Effect.forkScoped(Double({ end: b }))
 *     yield* a.send(21)
 *     console.log(yield* a.receive)
 *   })
 * )
 * ```
 *
 * @category constructors
 * @since 0.2.0
 */
export const make = <L extends PlainSchema, R extends PlainSchema>(
  left: L,
  right: R,
  given: Options = {}
): Effect.Effect<Pipe<L["Type"], R["Type"]>, ChannelError, TaskPool | Scope> => {
  const options = own(given)
  checkKeys(options, ["buffer", "name"], "")
  const settings = pipeSettings(options.buffer, options.name)
  const there = new ElementCodec(toSchema("left", left), undefined)
  const back = new ElementCodec(toSchema("right", right), undefined)
  return Effect.flatMap(TaskPool, (pool) => makePipe(pool.makePipe(settings), there, back))
}

/**
 * The end of a pipe that sends `S` and receives `R`.
 *
 * @category models
 * @since 0.2.0
 */
export interface End<in S, out R> extends EndOf<S, R> {}

/**
 * The schema of an end, for payloads, results and elements. The end moves: afterwards the old handle fails with `Moved`, and so does a
 * second receiver of the same end. A task with an end in its payload is not idempotent.
 *
 * @category schemas
 * @since 0.2.0
 */
export const End = <S extends PlainSchema, R extends PlainSchema>(
  sends: S,
  receives: R
): Schema.declareConstructor<EndOf<S["Type"], R["Type"]>, PipeToken, readonly []> =>
  pipeSchema(
    new ElementCodec(toSchema("sends", sends), undefined),
    new ElementCodec(toSchema("receives", receives), undefined)
  ) as any
