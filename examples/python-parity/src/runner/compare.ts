/** Compares both sides, prints a row for each pair, and what differs. */
import type { Killed, Pair } from "./pairs.ts"
import {
  isSame,
  linesOf,
  record,
  recordDeaths,
  recorded,
  recordedDeaths,
  runHeddle,
  runHeddleKilled,
  runPython,
  runPythonKilled
} from "./programs.ts"
import type { Run } from "./run.ts"

export interface Sides {
  readonly hasPython: boolean
  readonly isRecording: boolean
}

/** Returns how many pairs print different lines. */
export const comparePairs = async (
  pairs: ReadonlyArray<Pair>,
  { hasPython, isRecording }: Sides
): Promise<number> => {
  const python = hasPython ? "python3" : "recorded"
  const row = rowOf(Math.max(4, ...pairs.map(({ name }) => name.length)))
  console.log(row("pair", "lines", `heddle and ${python}`))
  let differences = 0
  for (const { name } of pairs) {
    const theirs = hasPython ? await runPython(name) : recorded(name)
    const ours = await runHeddle(name)
    if (isRecording && theirs.failed !== true) record(name, theirs)
    const same = isSame(theirs, ours)
    if (!same) differences++
    console.log(row(name, String(theirs.prints.length), same ? "the same" : "DIFFERENT"))
    if (!same) show(python, theirs, ours)
  }
  const same = pairs.length - differences
  console.log(`\n${same} of ${pairs.length} pairs print the same.`)
  return differences
}

/** Returns how many programs do something else than was recorded, or fail. Heddle's must end by themselves. */
export const compareKilled = async (
  programs: ReadonlyArray<Killed>,
  { hasPython, isRecording }: Sides
): Promise<number> => {
  const deaths = { ...recordedDeaths() }
  let differences = 0
  console.log("\nA child dies in the middle:")
  for (const { name, what } of programs) {
    const before = deaths[name]
    const heddle = await runHeddleKilled(name)
    const python = hasPython ? await runPythonKilled(name) : before?.python
    console.log(`\n${name}: ${what}`)
    for (const line of python === undefined ? ["not recorded"] : linesOf(python))
      console.log(`  python  ${line}`)
    for (const line of linesOf(heddle)) console.log(`  heddle  ${line}`)
    const isSound = heddle.ends && heddle.failed !== true
    if (isRecording && isSound && python !== undefined) deaths[name] = { python, heddle }
    else if (before === undefined || !isSame(before.heddle, heddle) || !isSame(before.python, python!)) {
      differences++
      console.log("  ≠       what was recorded")
    }
    if (!isSound) differences++
  }
  if (isRecording) recordDeaths(deaths)
  return differences
}

const rowOf =
  (width: number) =>
  (name: string, lines: string, outcome: string): string =>
    `${name.padEnd(width)}  ${lines.padStart(5)}  ${outcome}`

const show = (python: string, theirs: Run, ours: Run): void => {
  for (const line of linesOf(theirs)) console.log(`  ${python}: ${line}`)
  for (const line of linesOf(ours)) console.log(`  heddle: ${line}`)
}
