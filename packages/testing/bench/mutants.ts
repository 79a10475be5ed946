// Which law catches each mutant of our own engine, and how many schedules that takes.
//
//   node scripts/run.mjs explore:mutants               writes the table into docs/testing.md
//   node scripts/run.mjs explore:mutants --json FILE   writes the numbers to a file as well
import type { Laws } from "@heddle/testing"
import process from "node:process"
import { lawOf, mutants } from "../test/mutants/index.ts"
import { hunt, type Mutant } from "../test/mutants/mutant.ts"
import { table, write, writeJson } from "./page.ts"

const most = 200
const seeds = [0, 100_000, 200_000, 300_000, 400_000]

const countOf = async (mutant: Mutant, law: Laws.Law, seed: number): Promise<number | null> => {
  const { failure, schedules } = await hunt(mutant, law, { schedules: most, seed })
  return failure === undefined ? null : schedules
}

/** The middle one; not found counts as worst. */
const median = (counts: ReadonlyArray<number | null>): number | null =>
  counts.toSorted((a, b) => (a ?? Infinity) - (b ?? Infinity))[Math.floor(counts.length / 2)]!

const measure = async (mutant: Mutant) => {
  const law = lawOf(mutant)
  const counts: Array<number | null> = []
  for (const seed of seeds) counts.push(await countOf(mutant, law, seed))
  const { name, what } = mutant
  return { name, what, law: law.name, counts, schedules: median(counts) }
}

const rows: Array<Awaited<ReturnType<typeof measure>>> = []
for (const mutant of mutants) rows.push(await measure(mutant))

const list = table(
  ["mutant", "what is broken", "law that caught it", "schedules"],
  rows.map(({ law, name, schedules, what }) => [
    name,
    what,
    law,
    schedules === null ? "survived" : String(schedules)
  ])
)
write("mutants", list)
console.log(list)
writeJson({ node: process.version, seeds, most, mutants: rows })

const survivors = rows.filter(({ counts }) => counts.includes(null))
for (const { law, name } of survivors) console.error(`${name}: survived ${most} schedules of "${law}"`)
process.exitCode = survivors.length === 0 ? 0 : 1
