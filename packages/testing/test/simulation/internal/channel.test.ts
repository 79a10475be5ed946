import { describe, expect, it } from "vitest"
import { Channel } from "../../../src/simulation/internal/channel.ts"

/** A world of callbacks: turns run when they are told to, in any order. */
const makeWorld = (latencies: Array<number> = []) => {
  const turns: Array<() => void> = []
  const timers: Array<{ readonly at: number; readonly f: () => void }> = []
  const delivered: Array<string> = []
  let now = 0
  const channel = new Channel({
    schedule: (f) => turns.push(f),
    after: (millis, f) => timers.push({ at: now + millis, f }),
    latency: () => latencies.shift() ?? 0,
    now: () => now
  })
  return {
    channel,
    delivered,
    post: (name: string, drainable?: boolean) => channel.post(() => delivered.push(name), drainable),
    runTurns: (reverse = false) => {
      for (const f of reverse ? turns.splice(0).toReversed() : turns.splice(0)) f()
    },
    passTo: (time: number) => {
      now = time
      for (const { at, f } of timers.splice(0)) {
        if (at <= time) f()
        else timers.push({ at, f })
      }
    }
  }
}

describe("a channel", () => {
  it("keeps its order, in any order of turns", () => {
    const world = makeWorld()
    world.channel.open()
    for (const name of ["a", "b", "c"]) world.post(name)
    expect(world.delivered).toEqual([])
    world.runTurns(true)
    expect(world.delivered).toEqual(["a", "b", "c"])
  })

  it("a short latency does not overtake a long one", () => {
    const world = makeWorld([10, 1])
    world.channel.open()
    world.post("slow")
    world.post("fast")
    world.passTo(5)
    expect(world.delivered).toEqual([])
    world.passTo(10)
    world.runTurns()
    expect(world.delivered).toEqual(["slow", "fast"])
  })

  it("before the opening, items wait", () => {
    const world = makeWorld()
    world.post("early")
    world.runTurns()
    expect(world.delivered).toEqual([])
    world.channel.open()
    world.post("late")
    world.runTurns()
    expect(world.delivered).toEqual(["early", "late"])
  })

  it("drain delivers arrived items, at once, and nothing twice", () => {
    const world = makeWorld([0, 0, 7])
    world.channel.open()
    for (const name of ["a", "b", "c"]) world.post(name)
    world.channel.drain()
    expect(world.delivered).toEqual(["a", "b"])
    world.runTurns()
    world.passTo(7)
    world.runTurns()
    expect(world.delivered).toEqual(["a", "b", "c"])
  })

  it("drain stops before an item due in a turn of its own", () => {
    const world = makeWorld()
    world.channel.open()
    world.post("frame")
    world.post("exit", false)
    world.channel.drain()
    expect(world.delivered).toEqual(["frame"])
    world.runTurns()
    expect(world.delivered).toEqual(["frame", "exit"])
  })

  it("items under way at the cut never arrive", () => {
    const world = makeWorld()
    world.channel.open()
    world.post("lost")
    world.channel.cut()
    world.post("kept")
    world.runTurns()
    expect(world.delivered).toEqual(["kept"])
  })
})
