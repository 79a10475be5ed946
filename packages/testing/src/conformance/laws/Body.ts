/**
 * `Body`: a task that writes down what its handler does, so that a law can be read off a journal, on any transport.
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
 * What a handler did, in the order in which it has to.
 *
 * - `opened`: it began, with an outer resource; `acquired`: it has an inner one as well.
 * - `released`: the inner one is gone; `closed`: so is the outer one, and with it the handler.
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
 * A journal for so many bodies that each run once; a body that runs twice still finds room.
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
 * What was written so far. A line is missing whose writer was terminated while it wrote.
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
 * The most handlers that ran at one time.
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
 * Works for `work` milliseconds with two resources, the inner one of which takes `cleanup` milliseconds to release;
 * then gives `id` back. Dies at once where `work` is negative.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Body = Task.make("Body", {
  payload: { journal: Signal.Words, id: Schema.Int, work: Schema.Finite, cleanup: Schema.Finite },
  success: Schema.Int
})

/**
 * The words of the signal of {@link Linger}: its handler runs, it may go on, and it did.
 *
 * @category tasks
 * @since 0.1.0
 */
export const linger = { runs: 0, mayGoOn: 1, wentOn: 2 } as const

/**
 * Runs until it is interrupted; its clean-up lasts until it is told to go on, and then says that it did.
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
