/**
 * The services of the group SERVICE, the tasks that call them, and their layer.
 *
 * @since 0.2.0
 */
import * as Channel from "@heddle/core/Channel"
import { ChannelError } from "@heddle/core/ChannelError"
import * as SharedService from "@heddle/core/SharedService"
import * as Task from "@heddle/core/Task"
import * as TaskError from "@heddle/core/TaskError"
import type { TaskPool } from "@heddle/core/TaskPool"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"

/**
 * The words of a service's signal. `started`, `released`: of the state. `running`, `most`: methods at a time. `arrived`: calls of
 * `wait`, of which `finalized` were interrupted and cleaned up. `open`: lets `wait` go on.
 *
 * @category models
 * @since 0.2.0
 */
export const words = {
  started: 0,
  released: 1,
  running: 2,
  most: 3,
  arrived: 4,
  finalized: 5,
  open: 6
} as const

/**
 * The error of a method, and of a start.
 *
 * @category models
 * @since 0.2.0
 */
export class Refused extends Schema.TaggedError<Refused>()("Refused", { what: Schema.String }) {}

/** What the recursive contract needs to know of itself. */
type StoreReference = SharedService.Reference<{
  readonly get: {
    readonly payload: { readonly key: typeof Schema.String }
    readonly success: typeof Schema.Int
  }
}>

const itself: Schema.Codec<StoreReference> = Schema.Union([
  Schema.suspend((): Schema.Codec<StoreReference> => Store.schema as never),
  Schema.suspend((): Schema.Codec<StoreReference> => Pair.schema as never)
])

const methods = {
  /** Reads, gives other fibers a turn, writes: two at a time would lose an update. */
  add: { payload: { key: Schema.String, n: Schema.Int }, success: Schema.Int },
  get: { payload: { key: Schema.String }, success: Schema.Int },
  fail: { payload: { what: Schema.String }, error: Refused },
  die: {},
  /** Ends the worker: at once, or once the signal is open. */
  exit: { payload: { code: Schema.Int, held: Schema.optionalKey(Schema.Boolean) } },
  /** Waits until the signal is open. */
  wait: { success: Schema.Int },
  /** Ends the first worker that runs it. */
  again: { success: Schema.Int, idempotent: true },
  /** Calls `get` of a service: perhaps this one. */
  ask: { payload: { store: itself, key: Schema.String }, success: Schema.Int, error: TaskError.TaskError },
  /** Has a task call `get` of a service. */
  via: { payload: { store: itself }, success: Schema.String, error: TaskError.TaskError }
} as const

const options = {
  payload: {
    signal: Signal.Words,
    from: Schema.optionalKey(Schema.Int),
    refuse: Schema.optionalKey(Schema.Boolean),
    /** Starts from this number on end their worker. */
    dieFrom: Schema.optionalKey(Schema.Int),
    /** Holds the release for so many milliseconds. */
    lingers: Schema.optionalKey(Schema.Int)
  },
  error: Refused,
  methods
} as const

/**
 * Numbers by key.
 *
 * @category services
 * @since 0.2.0
 */
export const Store = SharedService.make("Store", options)

/**
 * The same, with two methods at a time.
 *
 * @category services
 * @since 0.2.0
 */
export const Pair = SharedService.make("Pair", { ...options, concurrency: 2 })

/**
 * A reference to a `Store` or a `Pair`.
 *
 * @category models
 * @since 0.2.0
 */
export type AnyStore = SharedService.Reference<typeof methods>

/**
 * A service that no worker serves.
 *
 * @category services
 * @since 0.2.0
 */
export const Unserved = SharedService.make("Unserved", { methods: {} })

interface Beginning {
  readonly signal: Signal.Signal
  readonly from?: number
  readonly refuse?: boolean
  readonly dieFrom?: number
  readonly lingers?: number
}

const implementation = (
  { dieFrom = Infinity, from = 0, lingers = 0, refuse = false, signal }: Beginning,
  saboteur: Saboteur["Service"]
) =>
  Effect.gen(function* () {
    const die = (code: number) => Effect.andThen(Effect.yieldNow, saboteur.exit(code))
    const starts = Signal.addUnsafe(signal, words.started)
    yield* Effect.addFinalizer(() =>
      Effect.andThen(Effect.sleep(lingers), Signal.add(signal, words.released))
    )
    if (refuse) return yield* new Refused({ what: "the start" })
    if (starts >= dieFrom) return yield* die(7)
    const numbers = new Map<string, number>()
    const get = (key: string) => numbers.get(key) ?? from
    const alone = <A, E>(effect: Effect.Effect<A, E>) =>
      Effect.acquireUseRelease(
        Effect.sync(() => Signal.raiseUnsafe(signal, words.most, Signal.addUnsafe(signal, words.running))),
        () => effect,
        () => Signal.add(signal, words.running, -1)
      )
    return Store.of({
      add: ({ key, n }) =>
        alone(
          Effect.gen(function* () {
            const before = get(key)
            yield* Effect.sleep(1)
            numbers.set(key, before + n)
            return before + n
          })
        ),
      get: ({ key }) => Effect.sync(() => get(key)),
      fail: ({ what }) => Effect.fail(new Refused({ what })),
      die: () => Effect.die(new TypeError("a bug of the method")),
      exit: ({ code, held = false }) =>
        held
          ? Signal.add(signal, words.arrived).pipe(
              Effect.andThen(Signal.awaitAtLeast(signal, words.open, 1)),
              Effect.andThen(die(code))
            )
          : die(code),
      wait: () =>
        alone(
          Signal.add(signal, words.arrived).pipe(
            Effect.andThen(Signal.awaitAtLeast(signal, words.open, 1)),
            Effect.as(starts),
            Effect.onInterrupt(() => Effect.andThen(Effect.sleep(5), Signal.add(signal, words.finalized)))
          )
        ),
      again: () => (starts === 1 ? die(8) : Effect.succeed(starts)),
      ask: ({ key, store }) => store.get({ key }),
      via: ({ store }) => Call({ store: store as AnyStore, method: "get" })
    })
  })

// ----------------------------------------------------------------------------
// tasks
// ----------------------------------------------------------------------------

/**
 * Adds 1 `count` times. Answers what the last call answered.
 *
 * @category tasks
 * @since 0.2.0
 */
export const AddMany = Task.make("ServiceAddMany", {
  payload: { store: Store.schema, key: Schema.String, count: Schema.Int },
  success: Schema.Int,
  error: TaskError.TaskError
})

/**
 * Hands its references on to `AddMany`.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Spread = Task.make("ServiceSpread", {
  payload: {
    to: Schema.Array(Schema.Struct({ key: Schema.String, store: Store.schema })),
    count: Schema.Int
  },
  error: TaskError.TaskError
})

/**
 * Takes references from a channel, adds 1 to each, and answers the last one.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Collect = Task.make("ServiceCollect", {
  payload: { from: Channel.Receiver(Store.schema) },
  success: Schema.Array(Store.schema),
  error: Schema.Union([ChannelError, TaskError.TaskError])
})

/**
 * Calls one method. Answers the success, or the tag of what went wrong.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Call = Task.make("ServiceCall", {
  payload: {
    store: Store.schema,
    method: Schema.Literals(["get", "fail", "die", "exit", "wait", "slow", "again", "ask"])
  },
  success: Schema.String
})

/**
 * Starts a service, which a task cannot.
 *
 * @category tasks
 * @since 0.2.0
 */
export const StartInside = Task.make("ServiceStartInside", {
  payload: { signal: Signal.Words },
  error: Schema.Union([Refused, TaskError.TaskError])
})

/**
 * Adds to the signal of a service.
 *
 * @category tasks
 * @since 0.2.0
 */
export const Raise = Task.make("ServiceRaise", { payload: { signal: Signal.Words, word: Schema.Int } })

/**
 * The success, or what went wrong, as a text: the tag of a failure, and its reason's.
 *
 * @category operations
 * @since 0.2.0
 */
export const tellOf = (exit: Exit.Exit<unknown, unknown>): string => {
  if (exit._tag === "Success") return String(exit.value)
  const error = Cause.squash(exit.cause)
  if (TaskError.isTaskError(error)) return error.reason._tag
  if (error instanceof Refused) return `Refused ${error.what}`
  return String(error)
}

const call = (store: AnyStore, method: string) => {
  switch (method) {
    case "fail":
      return store.fail({ what: "by method" })
    case "die":
      return store.die()
    case "exit":
      return store.exit({ code: 9 })
    case "wait":
      return store.wait()
    case "slow":
      return store.wait(undefined, { timeout: 20 })
    case "again":
      return store.again()
    case "ask":
      return store.ask({ store, key: "a" })
    default:
      return store.get({ key: "a" })
  }
}

/**
 * The handlers of these tasks and services.
 *
 * @category layers
 * @since 0.2.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | Saboteur | TaskPool> = Layer.mergeAll(
  Store.toLayer((payload) => Effect.flatMap(Saboteur, (saboteur) => implementation(payload, saboteur))),
  Pair.toLayer((payload) => Effect.flatMap(Saboteur, (saboteur) => implementation(payload, saboteur))),
  AddMany.toLayer(({ count, key, store }) =>
    Effect.gen(function* () {
      let last = 0
      for (let i = 0; i < count; i++) last = yield* store.add({ key, n: 1 })
      return last
    })
  ),
  Spread.toLayer(({ count, to }) =>
    Effect.forEach(to, ({ key, store }) => AddMany({ store, key, count }), {
      concurrency: "unbounded",
      discard: true
    })
  ),
  Collect.toLayer(({ from }) =>
    Effect.gen(function* () {
      const last: Array<AnyStore> = []
      yield* from.each((store) =>
        Effect.andThen(
          store.add({ key: "a", n: 1 }),
          Effect.sync(() => void last.splice(0, 1, store))
        )
      )
      return last
    })
  ),
  Call.toLayer(({ method, store }) => Effect.map(Effect.exit(call(store, method)), tellOf)),
  StartInside.toLayer(({ signal }) => Effect.scoped(Effect.asVoid(Store.start({ signal })))),
  Raise.toLayer(({ signal, word }) => Effect.asVoid(Signal.add(signal, word)))
)
