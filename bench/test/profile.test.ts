import { assert, describe, it } from "vitest"
import { byStage, type CpuProfile } from "../src/profile.ts"

const frames = [
  ["postMessage", ""],
  ["add", "file:///x/packages/core/src/internal/host/worker/InFlight.ts"],
  ["settle", "file:///x/packages/core/src/internal/host/tasks/TaskLifecycle.ts"],
  ["runLoop", "file:///x/node_modules/effect/dist/internal/effect.js"],
  ["(garbage collector)", ""],
  ["(idle)", ""],
  ["", "node:internal/event_target"],
  ["sleep", "file:///x/packages/node-workers/dist/internal/doorbell.js"]
] as const

const profile = (samples: ReadonlyArray<readonly [frame: number, micros: number]>): CpuProfile => ({
  nodes: frames.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
  samples: samples.map(([frame]) => frame),
  timeDeltas: samples.map(([, micros]) => micros)
})

describe("a profile by stages", () => {
  it("each sample counts for the stage whose code it was in; idle time counts for none", () => {
    const spent = byStage(profile(frames.map((_, frame) => [frame, 10 ** frame])), 1e6)
    const found = Array.from(spent.values(), (micros) => micros)
    assert.deepStrictEqual(
      found.toSorted((a, b) => a - b).filter((micros) => micros > 0),
      [10, 100, 1000, 10_000, 1_000_000, 10_000_001]
    )
  })

  it("a worker at its bell waits, and a host that rings it does not", () => {
    const waiting = profile([[7, 1000]])
    const busy = (part: "host" | "workers") =>
      Array.from(byStage(waiting, 1e6, part).values()).reduce((a, b) => a + b)
    assert.deepStrictEqual([busy("host"), busy("workers")], [1000, 0])
  })

  it("a worker's life is told by who runs: Node's loader, its natives, modules, the collector", () => {
    const life = [
      ["resolve", "node:internal/modules/esm/resolve"],
      ["internalModuleStat", ""],
      ["emit", "node:events"],
      ["", "file:///x/node_modules/effect/dist/Schema.js"],
      ["", "file:///x/packages/core/dist/TaskRunner.js"],
      ["", "file:///x/bench/dist/heddle.worker.js"],
      ["(garbage collector)", ""],
      ["(program)", ""],
      ["(idle)", ""]
    ] as const
    const spent = byStage(
      {
        nodes: life.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
        samples: life.map((_, id) => id),
        timeDeltas: life.map((_, id) => 10 ** id)
      },
      Infinity,
      "lives"
    )
    assert.deepStrictEqual(
      Array.from(spent.values()),
      [11, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]
    )
  })

  it("what came before the measured time is left out", () => {
    const spent = byStage(
      profile([
        [0, 5_000],
        [0, 1_000],
        [0, 1_000]
      ]),
      2
    )
    assert.strictEqual(
      Array.from(spent.values()).reduce((a, b) => a + b),
      2_000
    )
  })
})
