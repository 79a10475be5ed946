// The histories of a few programs under many schedules, as one number each: the same on every machine. Prints JSON.
//
//   node packages/testing/bench/histories.ts [schedules]
import { Coverage, Explore, Faults, Simulation, Sometimes } from "@heddle/testing"
import type * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import process from "node:process"
import { parse } from "../src/explore/internal/log.ts"
import { bugs } from "../test/planted/index.ts"
import { moments, pool, type Soak } from "../test/soak/pool.ts"
import { supervisor } from "../test/soak/supervisor.ts"

const schedules = Number(process.argv[2] ?? 200)

/** Every schedule whole: its choices, its events, and how long it took in virtual time. */
const digestOf = (program: Effect.Effect<unknown, unknown>): string => {
  const digest = createHash("sha256")
  for (let seed = 0; seed < schedules; seed++) {
    const realism = seed % 2 === 0 ? "adversarial" : "fifo"
    const { exit, history, steps, time } = Simulation.run(program, { seed, realism, maxSteps: 20_000 })
    digest.update(JSON.stringify([exit._tag, history, steps, time]))
  }
  return digest.digest("hex")
}

/** The search's finding, its shrunk form, and its text. */
const digestOfSearches = async (): Promise<string> => {
  const digest = createHash("sha256")
  for (const { program, smallest } of bugs) {
    const { realism } = parse(smallest)
    const { failure, schedules: run, size } = await Explore.run(program, { realism, schedules })
    digest.update(JSON.stringify([run, size, failure?.found, failure?.log, failure?.timeline]))
  }
  return digest.digest("hex")
}

const soak: Soak = { coverage: new Coverage.Coverage(Faults.menu), sometimes: Sometimes.make(...moments) }

console.log(
  JSON.stringify({
    node: process.version,
    v8: process.versions.v8,
    schedules,
    digests: {
      "planted bugs": await digestOfSearches(),
      pool: digestOf(pool(soak)),
      supervisor: digestOf(supervisor(soak))
    }
  })
)
