// Runs each program of Python beside its Heddle version, and compares what they print.
//
//   node src/main.ts                runs both sides; without python3, Heddle's alone against what was recorded
//   node src/main.ts pool queue     only the pairs with such a word in their names
//   node src/main.ts --killed       also kills a child in the middle, of both sides: takes a minute, because Python's programs hang
//   node src/main.ts --record       writes what Python prints to python/*.out, and what both sides do with --killed to killed.json
import process from "node:process"
import { parseArgs } from "node:util"
import { compareKilled, comparePairs } from "./runner/compare.ts"
import { killed, pairs } from "./runner/pairs.ts"
import { pythonVersion } from "./runner/programs.ts"

const { positionals: words, values } = parseArgs({
  allowPositionals: true,
  options: { killed: { type: "boolean" }, record: { type: "boolean" } }
})

const isWanted = ({ name }: { readonly name: string }): boolean =>
  words.length === 0 || words.some((word) => name.includes(word))

const version = pythonVersion()
const isRecording = values.record === true
if (isRecording && version === undefined) {
  console.error("python3 is not here: nothing can be recorded")
  process.exit(2)
}
console.log(
  version === undefined
    ? "python3 is not here: Heddle's programs are compared with what Python printed when it was recorded.\n"
    : `${version} beside Heddle on Node ${process.version}.\n`
)
const sides = { hasPython: version !== undefined, isRecording }
let differences = await comparePairs(pairs.filter(isWanted), sides)
if (values.killed === true) differences += await compareKilled(killed.filter(isWanted), sides)
process.exitCode = differences === 0 ? 0 : 1
