// One measurement, in a process of its own: `measure.ts CONTENDER EXPERIMENT TIMING [PID…]`, the timing as JSON. The
// PIDs are the bench's own busy loops. Prints one line of JSON: `Sample`.
import { contenderOf } from "./contenders/index.ts"
import type { Timing } from "./contenders/contender.ts"
import { watchOthers } from "./cores.ts"
import { measureProgram } from "./program.ts"
import { experimentOf } from "./workloads/index.ts"

const [name, experiment, timingText, ...pids] = process.argv.slice(2)
const contender = contenderOf(name!)
const timing = JSON.parse(timingText!) as Timing
const ours = pids.map(Number)
const sample =
  "open" in contender
    ? await experimentOf(experiment!).measure(contender, timing, () => watchOthers(ours))
    : await measureProgram(contender, experiment!, timing, ours)
process.stdout.write(`${JSON.stringify(sample)}\n`)
// Some pools leave a handle behind; all is measured.
process.exit(0)
