// Python's own pools, as a program of their own: `python.py`.
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

const python = (name: string, kind: string, how: string): Contender => ({
  name,
  how,
  absent,
  workloads: [...asks.tiny, ...asks.copies, ...asks.work, "map", "map-typed", "start"],
  command: (workload, size, { measure, smoke, warmUp }) => [
    "python3",
    [script, kind, workload, ...[size, Math.round(warmUp), Math.round(measure), smoke ? 1 : 0].map(String)]
  ]
})

export const pythons: ReadonlyArray<Contender> = [
  python(
    "python-pool",
    "pool",
    "`multiprocessing.Pool(2)`: `apply` one at a time, `apply_async` with callbacks, `pool.map` with its own chunk size"
  ),
  python(
    "python-executor",
    "executor",
    "`ProcessPoolExecutor(2)`: `submit` with callbacks, `executor.map` with a chunk size of a quarter of each worker's share"
  )
]
