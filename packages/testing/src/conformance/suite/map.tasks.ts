/**
 * Tasks of the group MAP, and their layer.
 *
 * @since 0.1.0
 */
import { RunnerEndpoint } from "@heddle/core/RunnerEndpoint"
import * as Task from "@heddle/core/Task"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as answers from "./answers.module.ts"
import type * as plain from "./plain.module.ts"
import { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"

/**
 * The failure of {@link Item}.
 *
 * @category errors
 * @since 0.1.0
 */
export class Broken extends Schema.TaggedError<Broken>()("Broken", { id: Schema.Int }) {}

/**
 * The words of the signals of {@link Item}: started bodies, ended clean-ups, and the gate.
 *
 * @category constants
 * @since 0.1.0
 */
export const item = { started: 0, cleaned: 1, open: 2 } as const

/**
 * One item of a map.
 *
 * - `answer`: returns its id; `fail`: fails with {@link Broken}; `die`: dies with `new Error("died <id>")`. With `at`,
 *   when the gate is at least so far open; with `together`, in one turn with as many others of its worker.
 * - `wait`: never ends; interrupted, cleans up for 30 ms. `breaks`: the same, and its clean-up dies with
 *   `new Error("broke <id>")`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Item = Task.make("Item", {
  payload: {
    id: Schema.Int,
    how: Schema.optionalKey(Schema.Literals(["answer", "fail", "die", "wait", "breaks"])),
    signal: Schema.optionalKey(Signal.Words),
    at: Schema.optionalKey(Schema.Int),
    together: Schema.optionalKey(Schema.Int)
  },
  success: Schema.Int,
  error: Broken
})

/**
 * Doubles a number. The first worker of a pool exits at {@link fatal}. Declared idempotent.
 *
 * @category tasks
 * @since 0.1.0
 */
export const DoubleOrFall = Task.make("DoubleOrFall", {
  payload: Schema.Finite,
  success: Schema.Finite,
  idempotent: true
})

/**
 * See {@link DoubleOrFall}.
 *
 * @category constants
 * @since 0.1.0
 */
export const fatal = 1_500

/**
 * Served by a plain function: returns half of the number, throws for a negative number, and returns a text for 13.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Halve = Task.make("Halve", { payload: Schema.Finite, success: Schema.Finite })

const halve = (n: number): number => {
  if (n < 0) throw new RangeError(`${n} is below zero`)
  return n === 13 ? ("thirteen" as unknown as number) : n / 2
}

/**
 * Every field of its payload is optional.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Greet = Task.make("Greet", {
  payload: { name: Schema.optionalKey(Schema.String) },
  success: Schema.String
})

/**
 * The functions of `plain.module.ts`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Plain = Task.fromModule<typeof plain>(new URL("./plain.module.ts", import.meta.url))

/**
 * The function of `answers.module.ts`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Answers = Task.fromModule<typeof answers>(new URL("./answers.module.ts", import.meta.url))

type Payload = typeof Item.payload.Type

const end = ({ how, id }: Payload): Effect.Effect<number, Broken> =>
  how === "fail"
    ? Effect.fail(new Broken({ id }))
    : how === "die"
      ? Effect.die(new Error(`died ${id}`))
      : Effect.succeed(id)

const forEver = ({ how, id }: Payload, signal: Signal.Signal): Effect.Effect<never> =>
  Effect.never.pipe(
    Effect.onInterrupt(() =>
      Effect.gen(function* () {
        yield* Effect.sleep(30)
        yield* Signal.add(signal, item.cleaned)
        if (how === "breaks") return yield* Effect.die(new Error(`broke ${id}`))
      })
    )
  )

/** Counters of one worker. */
const makeItem = Effect.sync(() => {
  let arrived: Array<() => void> = []
  const meet = (count: number): Effect.Effect<void> =>
    Effect.callback((resume) => {
      arrived.push(() => resume(Effect.void))
      if (arrived.length < count) return
      const all = arrived
      arrived = []
      for (const go of all) go()
    })
  return (payload: Payload): Effect.Effect<number, Broken> =>
    Effect.gen(function* () {
      const { at, how, signal = Signal.shared(), together } = payload
      yield* Signal.add(signal, item.started)
      if (how === "wait" || how === "breaks") return yield* forEver(payload, signal)
      if (at !== undefined) yield* Signal.awaitAtLeast(signal, item.open, at)
      if (together !== undefined) yield* meet(together)
      return yield* end(payload)
    })
})

const makeDoubleOrFall = Effect.gen(function* () {
  const saboteur = yield* Saboteur
  const { start } = Option.getOrThrow(yield* Effect.serviceOption(RunnerEndpoint))
  return (n: number): Effect.Effect<number> =>
    n === fatal && start.workerEpoch === 1 ? saboteur.exit(1) : Effect.succeed(2 * n)
})

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur> = Layer.mergeAll(
  Item.toLayer(makeItem),
  DoubleOrFall.toLayer(makeDoubleOrFall),
  Halve.toLayerSync(halve),
  Greet.toLayer(({ name = "nobody" }) => Effect.succeed(`hello ${name}`))
)
