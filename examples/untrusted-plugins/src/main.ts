/** `node src/main.ts [threads] [processes] [--rounds N]`: both by default. */
import { TaskPool } from "@heddle/core"
import { NodeHost, NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import process from "node:process"
import { parseArgs } from "node:util"
import { callAll } from "./host.ts"
import * as Table from "./table.ts"

/** What a plugin may have: a small heap, no environment, and nobody reads what it prints. */
const confined = { resourceLimits: { maxOldGenerationSizeMb: 32 }, env: {}, output: "discard" } as const

const transports = {
  threads: () => NodeThreads.layer(confined),
  processes: () => NodeProcesses.layer(confined)
}

const size = 2

type Transport = keyof typeof transports

const hasNoOther = (names: ReadonlyArray<string>): names is ReadonlyArray<Transport> =>
  names.every((name) => Object.hasOwn(transports, name))

const show = Effect.fnUntraced(function* (transport: Transport, rounds: number) {
  yield* Console.log(`\nOn ${transport}:`)
  const table = Table.make(process.stdout.isTTY)
  const pool = TaskPool.layer({ size }).pipe(Layer.provide(transports[transport]()))
  const { calls, counts, serving, verdicts } = yield* Effect.provide(callAll(rounds, size, table), pool)
  if (!process.stdout.isTTY) yield* table.finish
  const { died, failed, interrupted, lost, rejected, submitted, succeeded } = counts
  const settled = succeeded + failed + died + interrupted + lost + rejected
  yield* Console.log(
    `${calls} calls, ${verdicts.length} outcomes. The pool: ${submitted} tasks, ${settled} settled, ` +
      `${serving} workers serve.`
  )
})

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" } }
})
const chosen = positionals.length === 0 ? ["threads", "processes"] : positionals
const rounds = Number(values.rounds)

if (!hasNoOther(chosen) || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error("usage: main.ts [threads] [processes] [--rounds N]")
  process.exit(2)
}

NodeHost.runMain(Effect.forEach(chosen, (transport) => show(transport, rounds), { discard: true }))
