// Memory outside of the heap: array buffers past the policy of the pool.
import { setTimeout as delay } from "node:timers/promises"
import { right, type Scene, type Stage } from "./scene.ts"

const policy = { soft: 256, hard: 512 } as const

/** The limit of the heap is set as well, which is the best that most systems have. */
const open = (stage: Stage) => stage.open({ heapMb: policy.soft, memory: policy })

/** A task leaves more behind than a worker may keep: the next task is to find another worker. */
const kept: Scene = async (stage) => {
  const pool = await open(stage)
  try {
    const hoarded = 320
    const first = await stage.settle(
      () => pool.call("stage", { name: "hoard", argument: hoarded }),
      (megabytes) => megabytes === hoarded
    )
    if (first.outcome !== "value") return first
    await delay(1000) // memory is looked at from time to time
    let left: unknown
    const second = await stage.settle(
      async () => (left = await pool.call("stage", { name: "holds" })),
      (megabytes) => megabytes === 0
    )
    return second.outcome === "wrong-result"
      ? { ...second, detail: `the next task finds ${String(left)} MB of the last one` }
      : second.outcome === "value"
        ? right("the next task finds a new worker")
        : second
  } finally {
    void pool.close().catch(() => {})
  }
}

/** A task takes ever more, far past what a worker may have at all. */
const taken: Scene = async (stage) => {
  const pool = await open(stage)
  try {
    // Taking so much takes a while.
    return await stage.settle(() => pool.call("stage", { name: "gorge", argument: 1024 }), undefined, 30_000)
  } finally {
    void pool.close().catch(() => {})
  }
}

export const memory = { "off-heap-kept": kept, "off-heap-taken": taken }
