// The laws of pools, on simulated workers, under every kind of schedule.
import { Laws } from "@heddle/testing"
import { describe, it, vi } from "vitest"
import { explore } from "./mutants/mutant.ts"

vi.setConfig({ testTimeout: 60_000 })

/** Few for the law of starvation, which needs a hundred tasks. */
const schedulesOf = ({ name }: Laws.Law): number => (name === "no starvation" ? 5 : 40)

describe.each(["fifo", "adversarial"] as const)("laws, %s", (realism) => {
  it.each(Laws.all.map((law) => [Laws.toCase(law).name, law] as const))("%s", async (_, law) => {
    const { failure } = await explore(law, { schedules: schedulesOf(law), realism })
    if (failure !== undefined) throw new Error(failure.message, { cause: failure.cause })
  })
})
