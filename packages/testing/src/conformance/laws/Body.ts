/**
 * `Body`: a task with a handler writing a journal, so laws can read its steps on any transport.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Signal from "../suite/Signal.ts"

/**
 * The steps of a handler, in their required order.
 *
 * - `opened`: the handler began, with an outer resource; `acquired`: the inner resource exists too.
 * - `released`: the inner resource is gone; `closed`: the outer resource is gone, and the handler with it.
 *
 * @category models
 * @since 0.1.0
 */
export type Phase = (typeof phases)[number]

const phases = ["opened", "acquired", "released", "closed"] as const

/**
 * @category models
 * @since 0.1.0
 */
export interface Line {
  readonly id: number
  readonly phase: Phase
}

/**
 * A journal for so many bodies, each running once. Extra room stays for a body running twice.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeJournal = (bodies: number): Signal.Signal => Signal.make(2 * phases.length * bodies + 1)

const write = (journal: Signal.Signal, id: number, phase: Phase): Effect.Effect<void> =>
  Effect.sync(() => {
    const word = Signal.addUnsafe(journal)
    Signal.storeUnsafe(journal, word, id * phases.length + phases.indexOf(phase) + 1)
  })

/**
 * Reads the lines so far. The last line of a terminated writer may be missing.
 *
 * @category getters
 * @since 0.1.0
 */
export const read = (journal: Signal.Signal): ReadonlyArray<Line> =>
  Array.from({ length: Signal.read(journal) }, (_, i) => Signal.read(journal, i + 1) - 1)
    .filter((entry) => entry >= 0)
    .map((entry) => ({ id: Math.floor(entry / phases.length), phase: phases[entry % phases.length]! }))

/**
 * The ids of the lines with this phase, in order.
 *
 * @category getters
 * @since 0.1.0
 */
export const idsOf = (lines: ReadonlyArray<Line>, phase: Phase): Array<number> =>
  lines.filter((line) => line.phase === phase).map(({ id }) => id)

/**
 * The highest number of handlers running at one time.
 *
 * @category getters
 * @since 0.1.0
 */
export const mostAtOnce = (lines: ReadonlyArray<Line>): number => {
  let [now, most] = [0, 0]
  for (const { phase } of lines) {
    if (phase === "opened") most = Math.max(most, ++now)
    if (phase === "closed") now--
  }
  return most
}

/**
 * Works for `work` milliseconds with two resources; releasing the inner resource takes `cleanup` milliseconds.
 * Returns `id` afterwards. Dies at once where `work` is negative.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Body = Task.make("Body", {
  payload: { journal: Signal.Words, id: Schema.Int, work: Schema.Finite, cleanup: Schema.Finite },
  success: Schema.Int
})

/**
 * The words of {@link Linger}'s signal: the handler runs, the handler may continue, the handler continued.
 *
 * @category tasks
 * @since 0.1.0
 */
export const linger = { runs: 0, mayGoOn: 1, wentOn: 2 } as const

/**
 * Runs until interrupted. Its clean-up lasts until the signal opens, and then counts itself.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Linger = Task.make("Linger", { payload: { signal: Signal.Words } })

const lingers = Linger.toLayer(({ signal }) => {
  const cleanup = Effect.andThen(
    Signal.awaitAtLeast(signal, linger.mayGoOn, 1),
    Signal.add(signal, linger.wentOn)
  )
  return Effect.andThen(Signal.add(signal, linger.runs), Effect.ensuring(Effect.never, cleanup))
})

const bodies = Body.toLayer(({ cleanup, id, journal, work }) =>
  Effect.gen(function* () {
    yield* Effect.acquireRelease(write(journal, id, "opened"), () => write(journal, id, "closed"))
    yield* Effect.acquireRelease(write(journal, id, "acquired"), () =>
      Effect.andThen(Effect.sleep(cleanup), write(journal, id, "released"))
    )
    if (work < 0) return yield* Effect.die(new Error(`body ${id} died`))
    yield* Effect.sleep(work)
    return id
  }).pipe(Effect.scoped)
)

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers> = Layer.merge(bodies, lingers)
