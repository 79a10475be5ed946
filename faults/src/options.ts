// What the command line may say.
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { faults } from "./catalogue.ts"
import type { Transport } from "./system.ts"
import { quick, type Repeats, thorough } from "./repeats.ts"
import { systems } from "./systems/index.ts"

export interface Options {
  readonly isQuick: boolean
  readonly json: string | undefined
  /** The rows of a later file take the place of those of an earlier one, pair by pair. */
  readonly docs: ReadonlyArray<string> | undefined
  readonly jobs: number
  readonly repeats: Repeats
  /** Whether the rows say nothing about time. */
  readonly isUntimed: boolean
  /** Undefined: all of them. */
  readonly faults: ReadonlyArray<string> | undefined
  readonly systems: ReadonlyArray<string> | undefined
  readonly transport: Transport | undefined
}

/** What is to be said instead of doing anything; an error when it was not asked for. */
export class Usage {
  readonly text: string
  readonly isError: boolean

  constructor(problem?: string) {
    this.text = problem === undefined ? usage : `${problem}\n\n${usage}`
    this.isError = problem !== undefined
  }
}

const unique = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)]

const systemNames = unique(systems.map(({ name }) => name))

const wrap = (words: ReadonlyArray<string>): string =>
  words
    .reduce<Array<string>>(
      (lines, word) => {
        const last = lines.at(-1)!
        if (last.length + word.length > 96) lines.push(`  ${word}`)
        else lines[lines.length - 1] = `${last}${last.trim() === "" ? "" : ", "}${word}`
        return lines
      },
      ["  "]
    )
    .join(",\n")

const usage = `usage: node scripts/run.mjs faults [options]

  --quick             less patience, fewer repetitions; the other systems on threads alone
  --fault NAME        this fault alone; may be repeated
  --system NAME       this system alone; may be repeated
  --transport NAME    threads or processes alone, in a quick run too
  --trials N          each fault so often; default: ${thorough.trials} times and ${thorough.varying} where the outcome is known to vary, in a quick run
                      ${quick.trials} and ${quick.varying}; a pair that has taken 30 s, as one that hangs does, is not tried again unless its outcome
                      is known to vary
  --jobs N            so many trials at once; default: one per core
  --untimed           the rows say nothing about time: for a machine that is busy with other things
  --json FILE         writes the rows as JSON
  --docs FILE         does nothing but write the tables of docs/reliability.md from such a file; may be repeated: what a
                      later file has tried replaces what an earlier one says of the same fault and system
  --help              this

It exits with 1 when a fault made a caller of Heddle wait for ever, killed its host, or left a worker behind, and with 2 when
an option is wrong.

systems:
${wrap(systemNames)}

faults:
${wrap(faults.map(({ name }) => name))}`

/** Throws {@link Usage}. */
export const parse = (args: ReadonlyArray<string>): Options => {
  const values = read(args)
  if (values.help) throw new Usage()
  const jobs = toCount("--jobs", values.jobs) ?? availableParallelism()
  const trials = toCount("--trials", values.trials)
  const usual = values.quick ? quick : thorough
  return {
    isQuick: values.quick,
    json: values.json,
    docs: values.docs,
    jobs,
    isUntimed: values.untimed,
    repeats: trials === undefined ? usual : { trials, varying: trials },
    faults: among("--fault", values.fault, unique(faults.map(({ name }) => name))),
    systems: among("--system", values.system, systemNames),
    transport: among("--transport", values.transport, ["threads", "processes"])?.[0] as Transport | undefined
  }
}

const toCount = (option: string, given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const count = Number(given)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Usage(`${option}: expected a number of at least 1, got "${given}"`)
  return count
}

const read = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({
      // The package manager may pass the separator on.
      args: args.filter((arg) => arg !== "--"),
      options: {
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        docs: { type: "string", multiple: true },
        jobs: { type: "string" },
        trials: { type: "string" },
        untimed: { type: "boolean", default: false },
        fault: { type: "string", multiple: true },
        system: { type: "string", multiple: true },
        transport: { type: "string" },
        help: { type: "boolean", default: false, short: "h" }
      }
    }).values
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error))
  }
}

const among = (
  option: string,
  given: string | ReadonlyArray<string> | undefined,
  known: ReadonlyArray<string>
): ReadonlyArray<string> | undefined => {
  if (given === undefined) return undefined
  const names = typeof given === "string" ? [given] : given
  const odd = names.find((name) => !known.includes(name))
  if (odd !== undefined) throw new Usage(`${option}: there is no "${odd}"`)
  return names
}
