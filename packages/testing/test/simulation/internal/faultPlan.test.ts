import { Fault } from "@heddle/testing"
import { describe, expect, it } from "vitest"
import { FaultPlan } from "../../../src/simulation/internal/faultPlan.ts"

const tagsAt = (plan: FaultPlan, points: ReadonlyArray<readonly [Fault.At, number, string?]>) =>
  points.map(([at, worker, task]) => plan.at(at, worker, task)?._tag)

describe("a list of faults", () => {
  it("happens only where each fault belongs", () => {
    const plan = new FaultPlan([Fault.hang(), Fault.dropReply(), Fault.spawnRefused(), Fault.crash("idle")])
    expect(
      tagsAt(plan, [
        ["spawn", 1],
        ["beforeRun", 1, "A"],
        ["duringRun", 1, "A"],
        ["beforeReply", 1, "A"],
        ["afterReply", 1, "A"],
        ["idle", 1]
      ])
    ).toEqual(["SpawnRefused", undefined, "Hang", "DropReply", undefined, "Crash"])
  })

  it("nth counts the points fitting the rest of the fault", () => {
    const plan = new FaultPlan([Fault.hang({ task: "B", nth: 2 }), Fault.stuck(1, { worker: 2, nth: 1 })])
    expect(
      tagsAt(plan, [
        ["duringRun", 1, "A"],
        ["duringRun", 1, "B"],
        ["duringRun", 2, "A"],
        ["duringRun", 2, "B"],
        ["duringRun", 1, "B"]
      ])
    ).toEqual([undefined, undefined, "Stuck", "Hang", undefined])
  })

  it("the first fitting fault wins, and the others count on", () => {
    const plan = new FaultPlan([Fault.hang({ nth: 1 }), Fault.stuck(1, { nth: 2 })])
    expect(
      tagsAt(plan, [
        ["duringRun", 1, "A"],
        ["duringRun", 1, "A"]
      ])
    ).toEqual(["Hang", "Stuck"])
  })
})

describe("a function", () => {
  it("is asked at every point, and counts per point and task", () => {
    const seen: Array<Fault.Point> = []
    const plan = new FaultPlan((point) => {
      seen.push(point)
      return undefined
    })
    tagsAt(plan, [
      ["spawn", 1],
      ["duringRun", 1, "A"],
      ["duringRun", 2, "A"],
      ["duringRun", 2, "B"]
    ])
    expect(seen.map(({ nth }) => nth)).toEqual([1, 1, 2, 1])
  })

  it("an answer unfit for the point is no fault", () => {
    const plan = new FaultPlan(() => Fault.crash("beforeReply"))
    expect(
      tagsAt(plan, [
        ["spawn", 1],
        ["duringRun", 1, "A"],
        ["beforeReply", 1, "A"]
      ])
    ).toEqual([undefined, undefined, "Crash"])
  })
})
