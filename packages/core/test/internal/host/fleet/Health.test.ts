import { assert, describe, it } from "@effect/vitest"
import { isHopeless } from "../../../../src/internal/host/fleet/Health.ts"
import type { Activity } from "../../../../src/WorkerTransport.ts"

describe("which silent worker is ended", () => {
  const activities = [
    "idle",
    "parked",
    "busy",
    "blocked",
    "stopped"
  ] as const satisfies ReadonlyArray<Activity>
  for (const before of [undefined, ...activities]) {
    for (const now of activities) {
      const expected = now === "stopped" && before === "stopped"
      it(`G4: seen ${before ?? "for the first time"}, now ${now}: it is ${expected ? "ended" : "left alone"}`, () => {
        assert.strictEqual(isHopeless(now, before), expected)
      })
    }
  }
})
