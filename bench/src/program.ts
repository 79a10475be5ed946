// Measures a contender that is a program of its own. It says when it begins, and with which processes.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { Program, Timing } from "./contenders/contender.ts"
import { watchOthers } from "./cores.ts"
import { median } from "./statistics.ts"
import { startMillis, starts } from "./workloads/footprint.ts"
import { type Figure, type Sample, size, timesOf } from "./workloads/workload.ts"

type Line =
  | { readonly begin: ReadonlyArray<number> }
  | { readonly figures: Readonly<Record<string, Figure>>; readonly steady?: boolean }
  | { readonly error: string }

const measureStart = async (
  program: Program,
  timing: Timing,
  ours: ReadonlyArray<number>
): Promise<Sample> => {
  const share = watchOthers(ours)
  const times = await timesOf(starts(timing.smoke), timing.smoke ? 0 : timing.measure, () =>
    startMillis(...program.command("start", size, timing))
  )
  return { figures: { start: { value: median(times) } }, steady: true, share: share() ?? null }
}

export const measureProgram = async (
  program: Program,
  workload: string,
  timing: Timing,
  ours: ReadonlyArray<number>
): Promise<Sample> => {
  if (workload === "start") return measureStart(program, timing, ours)
  const [file, args] = program.command(workload, size, timing)
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] })
  const exit = once(child, "exit")
  let share: (() => number | undefined) | undefined
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line
    if ("error" in line) throw new Error(line.error)
    if ("begin" in line) share = watchOthers([...ours, child.pid!, ...line.begin])
    else {
      const sample = { figures: line.figures, steady: line.steady ?? true, share: share?.() ?? null }
      child.stdin.end()
      await exit
      return sample
    }
  }
  throw new Error(`${file} ended without figures`)
}
