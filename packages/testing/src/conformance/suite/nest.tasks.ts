/**
 * Tasks of the group NEST, and their layer: tasks calling tasks.
 *
 * @since 0.1.0
 */
import * as Task from "@heddle/core/Task"
import * as TaskPool from "@heddle/core/TaskPool"
import { TaskError } from "@heddle/core/TaskError"
import type { TaskHandlers } from "@heddle/core/TaskRunner"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Occupy } from "./cancel.tasks.ts"
import { Plain } from "./map.tasks.ts"
import type { Saboteur } from "./Saboteur.ts"
import * as Signal from "./Signal.ts"
import * as Tasks from "./tasks.ts"

/**
 * Calls itself until `depth` is 0. Answers how often.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Descend = Task.make("Descend", {
  payload: { depth: Schema.Int },
  success: Schema.Int,
  error: TaskError
})

/**
 * A tree of tasks, `width` wide at each of `depth` levels, joined in one of several ways. Returns its leaves.
 *
 * @category tasks
 * @since 0.1.0
 */
export const ForkJoin = Task.make("ForkJoin", {
  payload: {
    width: Schema.Int,
    depth: Schema.Int,
    how: Schema.Literals(["all", "forEach", "fork", "into", "stream"])
  },
  success: Schema.Int,
  error: TaskError
})

/**
 * The words of the signal of {@link Guardian}, beyond those of `Occupy`: the number of its ended clean-ups.
 *
 * @category constants
 * @since 0.1.0
 */
export const guardian = { cleaned: 7 } as const

/**
 * Calls `Occupy` with the same signal. With `leave` the handler leaves without waiting, else the handler waits. Counts
 * its own ended clean-up in `guardian.cleaned`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Guardian = Task.make("Guardian", {
  payload: {
    signal: Signal.Words,
    cleanup: Schema.optionalKey(Schema.Finite),
    deaf: Schema.optionalKey(Schema.Boolean),
    leave: Schema.optionalKey(Schema.Boolean)
  },
  success: Schema.Int,
  error: TaskError
})

/**
 * Calls `Guardian`: a grandparent of `Occupy`.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Warden = Task.make("Warden", {
  payload: Guardian.payload,
  success: Schema.Int,
  error: TaskError
})

/**
 * Calls a task with a bad end, and returns the observed exit.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Witness = Task.make("Witness", {
  payload: {
    how: Schema.Literals([
      "fail",
      "die",
      "crash",
      "unknown",
      "malformed",
      "unclonable",
      "deadline",
      "handle",
      "timeout",
      "drain",
      "snapshot",
      "broadcast",
      "reserve",
      "resize",
      "recycle",
      "events"
    ])
  },
  success: Schema.Array(Schema.String)
})

/**
 * A declared failure of its own, passed on unchanged from a child.
 *
 * @category tasks
 * @since 0.1.0
 */
export const PassOn = Task.make("PassOn", { success: Schema.Int, error: TaskError })

/**
 * Returns its values as returned by its child tasks: each by a call, then all by a map.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Relay = Task.make("Relay", {
  payload: Schema.Array(Schema.Unknown),
  success: Schema.Array(Schema.Array(Schema.Unknown)),
  error: TaskError
})

/**
 * Adds the numbers of each pair, by a function of two parameters: by calls, and by a map.
 *
 * @category tasks
 * @since 0.1.0
 */
export const AddPairs = Task.make("AddPairs", {
  payload: Schema.Array(Schema.Tuple([Schema.Finite, Schema.Finite])),
  success: Schema.Array(Schema.Array(Schema.Finite)),
  error: TaskError
})

/**
 * Each calls the other with its own payload.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Ping = Task.make("Ping", {
  payload: { to: Schema.Unknown },
  success: Schema.Void,
  error: TaskError
})

/**
 * @category tasks
 * @since 0.1.0
 */
export const Pong = Task.make("Pong", {
  payload: { to: Schema.Unknown },
  success: Schema.Void,
  error: TaskError
})

/** Not served by any worker. */
const Missing = Task.make("Missing")

/**
 * Calls so many tasks, one after the other. Returns the order.
 *
 * @category tasks
 * @since 0.1.0
 */
export const Chain = Task.make("Chain", {
  payload: { length: Schema.Int },
  success: Schema.Array(Schema.Int),
  error: TaskError
})

const sum = (counts: ReadonlyArray<number>): number => counts.reduce((total, count) => total + count, 0)

const see = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Array<string>, never, R> =>
  Effect.map(Effect.exit(effect), (exit) =>
    exit._tag === "Success" ? ["succeeded", String(exit.value)] : exit.cause.reasons.map(describe)
  )

const describe = (reason: Cause.Reason<unknown>): string => {
  switch (reason._tag) {
    case "Fail": {
      const { error } = reason
      if (error instanceof Tasks.Refusal) return `Refusal ${error.details.value}`
      if (!(error instanceof TaskError)) return `failed with ${String(error)}`
      const by = error.reason._tag === "Interrupted" ? ` by ${error.reason.by}` : ""
      return `${error.nested === true ? "nested " : ""}${error.reason._tag}${by}`
    }
    case "Die":
      return reason.defect instanceof TaskError
        ? `died of ${reason.defect.reason._tag}`
        : `died of ${reason.defect instanceof Error ? reason.defect.message : String(reason.defect)}`
    case "Interrupt":
      return "interrupted"
  }
}

const witness = ({
  how
}: typeof Witness.payload.Type): Effect.Effect<Array<string>, never, TaskPool.TaskPool> => {
  switch (how) {
    case "fail":
      return see(Tasks.Fail({ value: 7 }))
    case "die":
      return see(Tasks.Die({ what: "TypeError" }))
    case "crash":
      return see(Tasks.Sabotage({ how: "exit" }))
    case "unknown":
      return see(Missing())
    case "malformed":
      return see(Tasks.Add({ a: "one" as unknown as number, b: 2 }))
    case "unclonable":
      return see(Tasks.Echo(() => {}))
    case "deadline":
      return see(TaskPool.run(Tasks.Sleep, { millis: 600_000 }, { deadline: 20 }))
    case "handle":
      return Effect.scoped(
        Effect.gen(function* () {
          const handle = yield* TaskPool.fork(Tasks.Sleep, { millis: 600_000 })
          const receipt = yield* handle.interrupt
          return [`${handle.id > 0} ${receipt.id === handle.id}`, ...(yield* see(handle.await))]
        })
      ).pipe(Effect.orDie)
    case "timeout":
      return see(Effect.timeoutOption(Tasks.Sleep({ millis: 600_000 }), 20))
    case "drain":
      return see(TaskPool.drain)
    case "snapshot":
      return see(
        Effect.map(
          TaskPool.snapshot,
          ({ busy, size, state, workers }) =>
            `${state} ${busy} of ${size.current}: ${workers.flatMap(({ running }) => running).join()}`
        )
      )
    case "broadcast":
      return see(TaskPool.broadcast(Tasks.Add, { a: 1, b: 2 }))
    case "reserve":
      return see(Effect.scoped(TaskPool.reserve()))
    case "resize":
      return see(TaskPool.resize(1))
    case "recycle":
      return see(TaskPool.recycle)
    case "events":
      return see(Stream.runDrain(TaskPool.events))
  }
}

/**
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<never, never, TaskHandlers | TaskPool.TaskPool | Saboteur> = Layer.mergeAll(
  Descend.toLayer(({ depth }) =>
    depth === 0 ? Effect.succeed(0) : Effect.map(Descend({ depth: depth - 1 }), (below) => below + 1)
  ),
  ForkJoin.toLayer(({ depth, how, width }) => {
    if (depth === 0) return Effect.succeed(1)
    const below = Array.from({ length: width }, () => ({ width, depth: depth - 1, how }))
    switch (how) {
      case "all":
        return Effect.map(
          Effect.forEach(below, (payload) => ForkJoin(payload), { concurrency: "unbounded" }),
          sum
        )
      case "forEach":
        return Effect.map(TaskPool.forEach(ForkJoin, below), sum)
      case "into":
        return Effect.map(
          TaskPool.forEach(ForkJoin, below, { into: new Float64Array(below.length) }),
          (sums) => sum(Array.from(sums))
        )
      case "stream":
        return Effect.map(Stream.runCollect(TaskPool.stream(ForkJoin, below)), sum)
      case "fork":
        return Effect.scoped(
          Effect.gen(function* () {
            const handles = yield* Effect.forEach(below, (payload) => TaskPool.fork(ForkJoin, payload))
            return sum(yield* Effect.forEach(handles, (handle) => handle.await))
          })
        )
    }
  }),
  Guardian.toLayer(({ cleanup, deaf, leave = false, signal }) => {
    const optional = {
      ...(cleanup === undefined ? {} : { cleanup }),
      ...(deaf === undefined ? {} : { deaf })
    }
    const child = Occupy({ signal, ...optional })
    const done = Signal.add(signal, guardian.cleaned)
    if (!leave) return Effect.ensuring(child, done)
    return Effect.gen(function* () {
      yield* Effect.forkDetach(Effect.exit(child))
      yield* Signal.awaitAtLeast(signal, 0, 1)
      return 0
    })
  }),
  Warden.toLayer((payload) => Guardian(payload)),
  Witness.toLayer(witness),
  Ping.toLayer((payload) => Pong(payload)),
  Pong.toLayer((payload) => Ping(payload)),
  Relay.toLayer((values) =>
    Effect.all([Effect.forEach(values, (value) => Tasks.Echo(value)), TaskPool.forEach(Tasks.Echo, values)])
  ),
  AddPairs.toLayer((pairs) =>
    Effect.all([
      Effect.forEach(pairs, (pair) => TaskPool.run(Plain.add.spread, pair)),
      TaskPool.forEach(Plain.add.spread, pairs)
    ])
  ),
  PassOn.toLayer(() => Effect.as(TaskPool.run(Tasks.Sleep, { millis: 600_000 }, { deadline: 10 }), 1)),
  Chain.toLayer(({ length }) =>
    Effect.gen(function* () {
      const order: Array<number> = []
      for (let i = 0; i < length; i++) {
        // From separate fibers, all of the same task.
        const fiber = yield* Effect.forkChild(Tasks.Add({ a: i, b: 0 }))
        order.push(yield* Fiber.join(fiber))
      }
      return order
    })
  )
)
