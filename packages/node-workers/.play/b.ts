import { TaskPool } from "@heddle/core"
import { NodeThreads } from "@heddle/node-workers"
import { Effect } from "effect"
import { Sq } from "./t.ts"
const only = process.argv[2]
const program = Effect.gen(function* () {
  for (const [inflight, total] of [[1, 20000], [64, 300000], [1024, 400000], [10000, 400000]] as const) {
    if (only && String(inflight) !== only) continue
    for (let round = 0; round < 3; round++) {
    const t0 = performance.now()
    let next = 0
    const loop = Effect.gen(function* () { while (next < total) { const n = next++; const r = yield* Sq({ n }); if (r !== n * n) throw new Error("wrong") } })
    yield* Effect.all(Array.from({ length: inflight }, () => loop), { concurrency: "unbounded", discard: true })
    const dt = performance.now() - t0
    console.log(inflight, Math.round(total / dt * 1000), "tasks/s")
    }
  }
  const s = yield* TaskPool.snapshot
  console.log(s.counts.requeued, s.counts.submitted)
})
Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(TaskPool.layer({ size: 2 })), Effect.provide(NodeThreads.layer({ entry: new URL("./w.ts", import.meta.url) })))).then(console.log, (e) => console.log("FAILED", e))
