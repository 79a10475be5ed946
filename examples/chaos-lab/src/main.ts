import { Explore } from "@heddle/testing"
import process from "node:process"
import { races } from "./races.ts"

for (const { broken, fixed, name } of races) {
  console.log(`== ${name} ==\n`)
  const { failure } = await Explore.run(broken)
  if (failure === undefined) {
    console.log("not found\n")
    process.exitCode = 1
    continue
  }
  console.log(failure.message)
  const again = Explore.replay(failure.log, broken)
  console.log(`\nreplayed: ${again?.timeline === failure.timeline ? "the same, step by step" : "differs"}`)
  const clean = await Explore.run(fixed)
  console.log(
    `fixed: ${clean.failure === undefined ? `${clean.schedules} schedules are clean` : "still fails"}\n`
  )
}
