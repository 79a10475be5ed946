// Python's own pools, queues and pipes, as a program of their own: `python.py`.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { asks, type Contender } from "./contender.ts"

const script = fileURLToPath(new URL("./python.py", import.meta.url))

let answer: string | undefined | null = null
const absent = (): string | undefined => {
  if (answer === null) {
    const found = spawnSync("python3", ["--version"], { stdio: "ignore" }).status === 0
    answer = found ? undefined : "there is no `python3`"
  }
  return answer
}

const python = (name: string, kind: string, how: string, workloads: ReadonlyArray<string>): Contender => ({
  name,
  how,
  absent,
  workloads,
  command: (workload, size, { measure, records, smoke, warmUp }) => [
    "python3",
    [
      script,
      kind,
      workload,
      ...[size, Math.round(warmUp), Math.round(measure), smoke ? 1 : 0, Math.min(records, streamRecords)].map(
        String
      )
    ]
  ]
})

/** More would take minutes. */
const streamRecords = 100_000

const pools = [...asks.tiny, ...asks.copies, ...asks.work, "map", "map-typed", "start"]

export const pythons: ReadonlyArray<Contender> = [
  python(
    "python-pool",
    "pool",
    "`multiprocessing.Pool(2)`: `apply` one at a time, `apply_async` with callbacks, `pool.map` with its own chunk size",
    pools
  ),
  python(
    "python-executor",
    "executor",
    "`ProcessPoolExecutor(2)`: `submit` with callbacks, `executor.map` with a chunk size of a quarter of each worker's share",
    pools
  ),
  python(
    "python-queue",
    "queue",
    "`multiprocessing.Queue(1024)`, between two processes; dictionaries, and `array.array` of 1,024 numbers",
    asks.streams
  ),
  python("python-pipe", "pipe", "`multiprocessing.Pipe(duplex=False)`, likewise", asks.streams)
]
