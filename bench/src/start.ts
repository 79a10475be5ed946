// A process that opens a pool, and prints a line at its first answer: `start.ts CONTENDER`. Ends when its input does.
import { contenderOf } from "./contenders/index.ts"

const contender = contenderOf(process.argv[2]!)
if (!("open" in contender)) throw new Error(`${contender.name} is another program`)
const pool = await contender.open({ operation: "add", size: 2 })
await pool.burst!([1], (_, answer) => {
  if (answer !== 2) throw new Error(`a wrong answer: ${answer}, not 2`)
})
process.stdout.write("answered\n")
for await (const _ of process.stdin);
await pool.close()
process.exit(0)
