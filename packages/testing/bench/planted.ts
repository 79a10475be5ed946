// How many schedules each strategy needs for each planted bug, the length of the shrunk log, and the same for fast-check's
// `scheduler()` where it can express the same bug.
//
//   node scripts/run.mjs explore:planted               writes the tables into docs/testing.md
//   node scripts/run.mjs explore:planted --json FILE   writes the numbers to a file as well
import { Explore } from "@heddle/testing"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { asyncProperty, check, scheduler as anyScheduler } from "fast-check"
import process from "node:process"
import { parse } from "../src/explore/internal/log.ts"
import type { Bug } from "../test/planted/bug.ts"
import { bugs } from "../test/planted/index.ts"
import { table, write, writeJson } from "./page.ts"

const most = 2_000
const seeds = [0, 100_000, 200_000, 300_000, 400_000]

type Strategies = ReadonlyArray<Explore.Strategy> | undefined

const strategies: Record<string, (realism: Explore.Realism) => Strategies> = {
  random: () => [Explore.random],
  "pct(3)": (realism) => (realism === "fifo" ? undefined : [Explore.pct(3)]),
  "delayBounded(3)": () => [Explore.delayBounded(3)],
  "exhaustive(3)": () => [Explore.exhaustive(3)],
  portfolio: Explore.portfolio
}

/** Schedules until the bug is found; `null`: not within {@link most}; `undefined`: cannot be expressed. */
type Count = number | null | undefined

/** The middle one of as many searches as there are seeds; not found counts as worst. */
const median = (counts: ReadonlyArray<number | null>): number | null => {
  const sorted = counts.toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity))
  return sorted[Math.floor(sorted.length / 2)]!
}

const explore = (bug: Bug, seed: number, chosen: Strategies) =>
  Explore.run(bug.program, {
    seed,
    realism: parse(bug.smallest).realism,
    strategies: chosen,
    schedules: most
  })

const countOf = async (bug: Bug, chosen: Strategies): Promise<number | null> => {
  const counts: Array<number | null> = []
  for (const seed of seeds) {
    const report = await explore(bug, seed, chosen)
    counts.push(report.failure === undefined ? null : report.schedules)
  }
  return median(counts)
}

const fastCheckCount = async ({ promises }: Bug): Promise<Count> => {
  if (promises === undefined) return undefined
  const counts: Array<number | null> = []
  for (const seed of seeds) {
    const property = asyncProperty(anyScheduler(), async (scheduler) => {
      const isBroken = promises(() => scheduler.schedule(Promise.resolve()))
      await scheduler.waitIdle()
      return !isBroken()
    })
    const { failed, numRuns } = await check(property, { seed, numRuns: most, endOnFailure: true })
    counts.push(failed ? numRuns : null)
  }
  return median(counts)
}

const measure = async (bug: Bug) => {
  const { realism, entries } = parse(bug.smallest)
  const schedules: Record<string, Count> = {}
  for (const [name, choose] of Object.entries(strategies)) {
    const chosen = choose(realism)
    schedules[name] = chosen === undefined ? undefined : await countOf(bug, chosen)
  }
  const logs: Array<{ readonly found: number; readonly log: number; readonly replays: number }> = []
  for (const seed of seeds) {
    const { failure } = await explore(bug, seed, undefined)
    if (failure === undefined) continue
    const replays = Array.from({ length: 20 }, () => Explore.replay(failure.log, bug.program))
    const same = replays.filter(
      (replay) => replay?.timeline === failure.timeline && replay.kind === failure.kind
    )
    logs.push({ ...failure.decisions, replays: same.length })
  }
  return {
    name: bug.name,
    what: bug.what,
    switches: bug.switches,
    schedules,
    fastCheck: await fastCheckCount(bug),
    before: Math.max(...logs.map(({ found }) => found)),
    after: Math.max(...logs.map(({ log }) => log)),
    smallest: entries.length,
    found: `${logs.length} of ${seeds.length}`,
    replays: Math.min(...logs.map(({ replays }) => replays))
  }
}

/** Fibers with queue offers, sleeps, and takes. */
const busy = (fibers: number) =>
  Effect.gen(function* () {
    const queue = yield* Queue.bounded<number>(4)
    const one = (i: number) =>
      Effect.gen(function* () {
        for (let round = 0; round < 3; round++) {
          yield* Queue.offer(queue, i)
          yield* Effect.sleep(1)
          yield* Queue.take(queue)
        }
      })
    yield* Effect.all(
      Array.from({ length: fibers }, (_, i) => one(i)),
      { concurrency: "unbounded" }
    )
  })

/** By processor time, so a busy machine does not show. */
const speedOf = async (fibers: number) => {
  await Explore.run(busy(fibers), { schedules: 500 })
  const before = process.cpuUsage()
  const { schedules, size } = await Explore.run(busy(fibers), { schedules: 2_000, seed: 1 })
  const { system, user } = process.cpuUsage(before)
  return { fibers, operations: size.operations, perSecond: Math.round(schedules / ((system + user) / 1e6)) }
}

const show = (count: Count): string =>
  count === undefined ? "–" : count === null ? "not found" : String(count)

const planted: Array<Awaited<ReturnType<typeof measure>>> = []
for (const bug of bugs) planted.push(await measure(bug))
const speed: Array<Awaited<ReturnType<typeof speedOf>>> = []
for (const fibers of [2, 5, 10, 20, 50, 100]) speed.push(await speedOf(fibers))

const columns = Object.keys(strategies)
const bugTable = table(
  ["bug", "switches", ...columns, "fast-check", "log", "smallest known"],
  planted.map(({ after, before, fastCheck, name, schedules, smallest, switches }) => [
    name,
    String(switches),
    ...columns.map((column) => show(schedules[column])),
    show(fastCheck),
    `${before} → ${after}`,
    String(smallest)
  ])
)
const speedTable = table(
  ["fibers", "operations", "schedules a second"],
  speed.map(({ fibers, operations, perSecond }) => [fibers, operations, perSecond].map(String))
)
write("planted", bugTable)
write("speed", speedTable)
console.log(`${bugTable}\n\n${speedTable}`)

writeJson({ node: process.version, seeds, most, planted, speed })

const isBad = ({ after, found, replays, smallest }: (typeof planted)[number]): boolean =>
  found !== `${seeds.length} of ${seeds.length}` || replays < 20 || after > 2 * smallest
const bad = planted.filter(isBad)
for (const { name } of bad) console.error(`${name}: not found, not replayed, or not shrunk as it should be`)
process.exitCode = bad.length === 0 ? 0 : 1
