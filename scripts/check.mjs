#!/usr/bin/env node
// Everything that a change must pass: `pnpm check`, and `.ci/run` from a fresh clone.
//
//   node scripts/check.mjs           runs every step
//   node scripts/check.mjs --list    prints the steps, and which run side by side
//
// The steps of one lane run one after the other, the lanes of one stage side by side. The first lane prints as it runs. A step of
// another lane prints its output when it ends, so that the lines of two steps never mix. When a step fails, the other lanes of
// its stage still finish, no later stage begins, and the output of the failed step is printed once more at the very end.
import { spawn } from "node:child_process"
import { dirname } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A script of package.json. */
const script = (name, env) => ({ name, command: ["pnpm", "run", name], env })

export const stages = [
  // Every later step needs the examples of the documentation or the declarations.
  [
    [script("typecheck")],
    [
      script("test:scripts"),
      script("check:ranks"),
      script("check:tables"),
      script("check:rules"),
      script("check:names")
    ]
  ],
  [
    // It waits for threads and processes while the other lane computes.
    [script("coverage")],
    // One file at a time: these files too start threads and processes. Those that test processes take as long as the rest of the lane.
    [
      script("lint"),
      script("unused"),
      script("docs"),
      script("explore:soak:ci"),
      script("check:packages"),
      script("test:uncovered", { VITEST_MAX_WORKERS: "1" })
    ]
  ],
  // These measure real workers, with nothing else beside them.
  [[script("check:bench"), script("soak:ci")]]
]

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(0)} s`

/** Runs one step. Resolves to its outcome; never rejects. */
const runStep = ({ command: [file, ...args], env, name }, isFirst) =>
  new Promise((resolve) => {
    const began = performance.now()
    let output = ""
    if (isFirst) console.log(`\n── ${name}: begins`)
    const child = spawn(file, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32"
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8")
      stream.on("data", (chunk) => {
        output += chunk
        if (isFirst) process.stdout.write(chunk)
      })
    }
    const end = (exitCode) => {
      const took = seconds(began)
      const verdict = exitCode === 0 ? "passed" : "FAILED"
      console.log(`\n── ${name}: ${verdict} after ${took}${isFirst ? "" : `\n${output.trimEnd()}`}`)
      resolve({ name, exitCode, took, output })
    }
    child.on("error", (error) => {
      output += String(error)
      end(1)
    })
    child.on("close", (exitCode) => end(exitCode ?? 1))
  })

/** Runs the steps of a lane in order, up to the first one that fails. */
const runLane = async (steps, isFirst, run) => {
  const outcomes = []
  for (const step of steps) {
    const outcome = await run(step, isFirst)
    outcomes.push(outcome)
    if (outcome.exitCode !== 0) break
  }
  return outcomes
}

/** Runs the stages in order, up to the first one in which a step fails. Resolves to an outcome for each step that ran. */
export const runStages = async (all, run = runStep) => {
  const outcomes = []
  for (const lanes of all) {
    const ofLanes = await Promise.all(lanes.map((steps, index) => runLane(steps, index === 0, run)))
    outcomes.push(...ofLanes.flat())
    if (outcomes.some(({ exitCode }) => exitCode !== 0)) break
  }
  return outcomes
}

/** The last lines: what failed, with its output; what did not run; what took how long. */
export const closing = (all, outcomes, total) => {
  const names = all.flat(2).map(({ name }) => name)
  const ran = new Map(outcomes.map((outcome) => [outcome.name, outcome]))
  const failed = outcomes.filter(({ exitCode }) => exitCode !== 0)
  const because = failed.map(({ name }) => name).join(" and ")
  return [
    ...failed.flatMap(({ name, output }) => [`\n── ${name} failed; its output once more:`, output.trimEnd()]),
    "\n── the steps, and what took the time",
    ...names.map((name) => {
      const outcome = ran.get(name)
      if (outcome === undefined) return `  not run  ${name}, because ${because} failed`
      return `  ${outcome.exitCode === 0 ? "passed " : "FAILED "}  ${name}, ${outcome.took}`
    }),
    `  ${failed.length === 0 ? "everything passed" : `${because} failed`}, ${total}`
  ]
}

if (import.meta.main) {
  if (process.argv.includes("--list")) {
    for (const [index, lanes] of stages.entries())
      for (const [lane, steps] of lanes.entries())
        console.log(`stage ${index + 1}, lane ${lane + 1}: ${steps.map(({ name }) => name).join(", ")}`)
  } else {
    const began = performance.now()
    const outcomes = await runStages(stages)
    console.log(closing(stages, outcomes, seconds(began)).join("\n"))
    process.exitCode = outcomes.every(({ exitCode }) => exitCode === 0) ? 0 : 1
  }
}
