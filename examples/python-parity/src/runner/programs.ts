/** Where the programs are, and what they printed when they were recorded. */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import process from "node:process"
import { fileURLToPath } from "node:url"
import type { Run } from "./run.ts"
import { run } from "./run.ts"

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A busy machine must not turn a slow program into one that hangs. */
const limit = 60_000

/** A program that has not ended so long after the death of its child counts as hanging. */
const afterKill = 5000

const interpreter = "python3"

/** The version of Python, or `undefined` where there is none. */
export const pythonVersion = (): string | undefined => {
  const { status, stdout } = spawnSync(interpreter, ["--version"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

export const runPython = (name: string): Promise<Run> =>
  run(interpreter, [at(`python/${name}.py`)], { limit })

/** The file of one of Heddle's programs, by its path below `src` without ending. */
export type FileOf = (program: string) => string

const ownSource: FileOf = (program) => at(`src/${program}.ts`)

export const runHeddle = (name: string, fileOf = ownSource): Promise<Run> =>
  run(process.execPath, [fileOf(name)], { limit })

/** What both sides of one construct do when a child dies. */
export interface Deaths {
  readonly python: Run
  readonly heddle: Run
}

export const runPythonKilled = (name: string): Promise<Run> =>
  run(interpreter, [at(`python/killed/${name}.py`)], { limit: afterKill * 3, afterKill })

/** Heddle's programs end by themselves, so that their limit is never waited for. */
export const runHeddleKilled = (name: string, fileOf = ownSource): Promise<Run> =>
  run(process.execPath, [fileOf(`killed/${name}`)], { limit })

const textOf = ({ ends, prints }: Run): string => [...prints, ...(ends ? [] : ["hangs"]), ""].join("\n")

/** The lines of a run, and a last one if it hangs. */
export const linesOf = (one: Run): ReadonlyArray<string> => textOf(one).split("\n").slice(0, -1)

export const isSame = (one: Run, other: Run): boolean => textOf(one) === textOf(other)

export const sourceOf = (path: string): string => readFileSync(at(path), "utf8")

/** What Python printed when the outputs were recorded. Throws where nothing was recorded. */
export const recorded = (name: string): Run => ({
  prints: sourceOf(`python/${name}.out`).split("\n").slice(0, -1),
  ends: true
})

export const record = (name: string, one: Run): void => {
  if (!one.ends) throw new Error(`python/${name}.py has not ended`)
  writeFileSync(at(`python/${name}.out`), textOf(one))
}

const deathsFile = "killed.json"

/** The file keeps the lines of a run as one text. */
type Written = Readonly<Record<string, Readonly<Record<keyof Deaths, { prints: string; ends: boolean }>>>>

/** By name, what was recorded of the programs in which a child dies. */
export const recordedDeaths = (): Readonly<Record<string, Deaths>> => {
  const written: Written = existsSync(at(deathsFile)) ? JSON.parse(sourceOf(deathsFile)) : {}
  const read = ({ ends, prints }: { prints: string; ends: boolean }): Run => ({
    prints: prints === "" ? [] : prints.split("\n"),
    ends
  })
  return Object.fromEntries(
    Object.entries(written).map(([name, { heddle, python }]) => [
      name,
      { python: read(python), heddle: read(heddle) }
    ])
  )
}

export const recordDeaths = (deaths: Readonly<Record<string, Deaths>>): void => {
  const write = ({ ends, prints }: Run) => ({ prints: prints.join("\n"), ends })
  const written: Written = Object.fromEntries(
    Object.entries(deaths).map(([name, { heddle, python }]) => [
      name,
      { python: write(python), heddle: write(heddle) }
    ])
  )
  writeFileSync(at(deathsFile), `${JSON.stringify(written, undefined, 2)}\n`)
}
