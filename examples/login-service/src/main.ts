/** `node src/main.ts [--seconds N]`: serves, loads itself, prints, and ends. */
import { TaskPool } from "@heddle/core"
import { NodeHost, NodeThreads } from "@heddle/node-workers"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Agent } from "node:http"
import { availableParallelism } from "node:os"
import process from "node:process"
import { parseArgs } from "node:util"
import { measured } from "./eventLoop.ts"
import { layerInline, layerPooled } from "./Hasher.ts"
import * as Load from "./load.ts"
import { toLines } from "./report.ts"
import * as Server from "./server.ts"
import { makeUser } from "./users.ts"

const { values } = parseArgs({ options: { seconds: { type: "string", default: "3" } } })
const seconds = Number(values.seconds)
if (!(seconds > 0)) {
  console.error("usage: main.ts [--seconds N]")
  process.exit(2)
}

const size = Math.max(2, Math.min(4, availableParallelism()))
const capacity = size * 32

const users = new Map([["ada", makeUser("correct horse")]])

const phase = Effect.fnUntraced(function* (
  title: string,
  options: Pick<Load.LoadOptions, "clients" | "leaveAfter">
) {
  const url = yield* Server.url
  const [load, delay] = yield* measured(Load.run({ url, millis: seconds * 1000, ...options }))
  yield* Console.log(`\n${toLines(`${title}, ${options.clients} clients`, load, delay).join("\n")}`)
})

const inline = phase("On the event loop", { clients: 8 })

const pooled = Effect.gen(function* () {
  yield* phase(`On a pool of ${size}`, { clients: 8 })
  yield* phase(`More than it can do (${capacity} may wait, for at most 1 s)`, { clients: size * 50 })

  const before = yield* TaskPool.snapshot
  yield* phase("Clients that hang up after 20 ms", { clients: 32, leaveAfter: 20 })
  yield* TaskPool.drain
  const { counts } = yield* TaskPool.snapshot
  const asked = counts.submitted - before.counts.submitted
  const hashed = counts.succeeded - before.counts.succeeded
  yield* Console.log(
    `  hashes      ${asked} asked for, ${asked - hashed} cancelled or refused, ${hashed} completed`
  )

  const url = yield* Server.url
  const agent = new Agent()
  const { status } = yield* Effect.promise(() => Load.login(url, agent))
  yield* Console.log(`\nThe next login: ${status}`)
})

const serving = Server.layer(users)
const pool = TaskPool.layer({ size, queue: { capacity, strategy: "reject" } }).pipe(
  Layer.provide(NodeThreads.layer({ entry: new URL("./worker.ts", import.meta.url) }))
)

Effect.provide(inline, Layer.provide(serving, layerInline)).pipe(
  Effect.andThen(
    Effect.provide(pooled, serving.pipe(Layer.provide(layerPooled("1 second")), Layer.provideMerge(pool)))
  ),
  NodeHost.runMain
)
