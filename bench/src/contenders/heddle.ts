// Heddle, as one writes it: tasks with schemas, called as Effects by looping fibers.
import { asks, type Contender, type InProcess, type OpenOptions, type Pool } from "./contender.ts"
import type { Manner } from "./heddle-flow.ts"
import { bundled, ofWorkers } from "../published.ts"

/** What sets a variant apart from the defaults. */
interface Variant {
  /** Options of `NodeThreads.layer`. */
  readonly threads?: object
  /** Options of `TaskPool.layer`. */
  readonly pool?: object
  /** The worker's entry is a bundle. */
  readonly bundled?: boolean
  /** What maps call instead of a task with schemas that a plain function serves. */
  readonly mapped?: "effect" | "module"
  /** Flows and round trips go through channels, their elements handed over so; or round trips through a pipe. */
  readonly through?: Manner | "pipe"
}

const variants = {
  heddle: {},
  "heddle-no-wait": { threads: { lowLatency: false } },
  "heddle-spare": { pool: { spares: 1 } },
  "heddle-bundled": { bundled: true },
  "heddle-effect": { mapped: "effect" },
  "heddle-module": { mapped: "module" },
  "heddle-channel": { through: "arrays" },
  "heddle-channel-stream": { through: "stream" },
  "heddle-channel-each": { through: "each" },
  "heddle-pipe": { through: "pipe" }
} as const satisfies Record<string, Variant>

const open = async (variant: Variant, { operation, size, waiting }: OpenOptions): Promise<Pool> => {
  const { through } = variant
  const own =
    through === undefined
      ? new URL("./heddle.worker.ts", import.meta.url)
      : new URL("./heddle-channel.worker.ts", import.meta.url)
  const entry = variant.bundled === true ? bundled : own
  const threads = { entry, execArgv: ofWorkers, ...variant.threads }
  const Prestart = await import("@heddle/node-workers/Prestart")
  Prestart.threads(threads)
  const TaskPool = await import("@heddle/core/TaskPool")
  const NodeThreads = await import("@heddle/node-workers/NodeThreads")
  const Effect = await import("effect/Effect")
  const Fiber = await import("effect/Fiber")
  const Layer = await import("effect/Layer")
  const ManagedRuntime = await import("effect/ManagedRuntime")
  const Stream = await import("effect/Stream")
  const tasks = await import("./heddle.tasks.ts")
  const { chunks, readings, sumOfChunks, sumOfReadings } = await import("./effect-stream.ts")
  const { effectClient } = await import("./effect-client.ts")
  const channels = through === undefined ? undefined : await import("./heddle-channel.ts")
  const pool = {
    size,
    ...(operation === "fault" ? { grace: 0 } : undefined),
    ...(waiting === undefined ? undefined : { queue: { capacity: waiting } }),
    ...variant.pool
  }
  const runtime = ManagedRuntime.make(TaskPool.layer(pool).pipe(Layer.provide(NodeThreads.layer(threads))))
  const task = {
    add: tasks.Tiny,
    chunk: tasks.Tiny,
    "chunk-typed": tasks.Tiny,
    "bytes-copy": tasks.Copied,
    "bytes-shared": tasks.Copied,
    "bytes-transfer": tasks.Transferred,
    object: tasks.Articles,
    spin: tasks.Spin,
    fault: tasks.Fault
  }[operation] as typeof tasks.Tiny
  const mapped =
    variant.mapped === "module"
      ? tasks.operations.add
      : variant.mapped === "effect"
        ? tasks.TinyEffect
        : tasks.Tiny
  await runtime.context()
  return {
    ...effectClient(runtime.runPromise, task),
    mapObjects: (inputs) => runtime.runPromise(TaskPool.forEach(tasks.Articles, inputs)),
    map: (inputs) => runtime.runPromise(TaskPool.forEach(mapped, inputs)),
    mapTyped: (inputs) =>
      runtime.runPromise(TaskPool.forEach(mapped, inputs, { into: new Float64Array(inputs.length) })),
    stream: ({ count, isSlow, kind, way }) => {
      // Between two workers by way of the host: one task's result is the other one's input.
      const sum =
        kind === "objects"
          ? way === "out"
            ? sumOfReadings(tasks.Readings({ count }), isSlow)
            : Stream.runSum(
                tasks.SumOfReadings(undefined, way === "in" ? readings({ count }) : tasks.Readings({ count }))
              )
          : way === "out"
            ? sumOfChunks(tasks.Chunks({ count }))
            : Stream.runSum(
                tasks.SumOfChunks(undefined, way === "in" ? chunks({ count }) : tasks.Chunks({ count }))
              )
      return runtime.runPromise(sum)
    },
    ...(through === undefined ? undefined : channels?.channelled(runtime.runPromise, through)),
    begin: (payload) => {
      const fiber = runtime.runFork(task(payload as number))
      return {
        cancel: () => void Effect.runFork(Fiber.interrupt(fiber)),
        ended: Effect.runPromise(Fiber.await(fiber))
      }
    },
    close: () => runtime.dispose()
  }
}

const all = [
  ...asks.tiny,
  ...asks.batch,
  ...asks.objects,
  ...asks.copies,
  ...asks.transfers,
  ...asks.shared,
  ...asks.work,
  "map",
  "map-typed",
  "queue",
  "start",
  "memory",
  "growth",
  ...asks.streams,
  ...asks.streamMemory,
  "stuck",
  "crash"
]

const contender = (
  name: keyof typeof variants,
  how: string,
  workloads: ReadonlyArray<string>,
  limits: Pick<InProcess, "streamRecords"> = {}
): InProcess => ({
  name,
  how,
  workloads,
  ...limits,
  open: (options) => open(variants[name], options)
})

/** More would take minutes. */
const eachRecords = { streamRecords: 50_000 }

export const heddle: ReadonlyArray<Contender> = [
  contender(
    "heddle",
    "`TaskPool.layer({ size: 2 })`, tasks with schemas, served by plain functions (`toLayerSync`), called by looping " +
      "fibers; nothing else set, but `grace: 0` in `stuck` and `crash`, and a queue that holds them all in `queue`",
    all
  ),
  contender("heddle-effect", "`heddle`, mapping a task whose handler answers an Effect for each item", [
    "map",
    "map-typed"
  ]),
  contender(
    "heddle-module",
    "`heddle`, mapping a function of a module (`Task.fromModule`), without schemas",
    ["map", "map-typed"]
  ),
  contender("heddle-no-wait", "the same with `NodeThreads.layer({ lowLatency: false })`", [
    ...asks.tiny,
    ...asks.batch
  ]),
  contender(
    "heddle-channel",
    "`heddle`, through a `Channel`: arrays of 256 objects by `sendAll` and `takeUpTo`, at most 1,024 in the channel (64 and 256 " +
      "of typed arrays); round trips by two channels, `send` and `take` on the host, `each` and `send` in the task",
    [...asks.roundTrip, ...asks.streams, ...asks.streamMemory]
  ),
  contender(
    "heddle-channel-stream",
    "the same by `sink` and `stream`, as one writes it where elements are streams",
    asks.streams
  ),
  contender("heddle-channel-each", "the same one by one, by `send` and `each`", asks.streams, eachRecords),
  contender(
    "heddle-pipe",
    "`heddle`, its round trips through a `Pipe` whose other end a task owns",
    asks.roundTrip
  ),
  contender(
    "heddle-bundled",
    "`heddle`, its worker's entry made one file by rolldown, as a program is deployed",
    ["start", "memory", "stuck", "crash", "payload-64k-copy", "payload-16m-transfer"]
  ),
  contender("heddle-spare", "`heddle` with `spares: 1`", ["stuck", "crash"])
]
