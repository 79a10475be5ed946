// A worker file that throws at import: how often it is spawned, and how it ends. Heddle alone: the others never end.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { TaskPool } from "@heddle/core"
import { WorkerTransport } from "@heddle/core/WorkerTransport"
import { NodeProcesses, NodeThreads } from "@heddle/node-workers"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { describeFailure } from "./outcome.ts"
import { heddle } from "./systems/heddle.ts"
import { Injections } from "./systems/heddle.tasks.ts"

export interface SpawnRow {
  readonly when: string
  readonly transport: string
  readonly spawns: number
  readonly ms: number
  /** What the caller was told. */
  readonly failure: string
}

const good = heddle[0]!.worker

const thrown = 'throw new Error("the configuration is missing")'

/** A good worker until `flag` exists, then one that throws at import. */
const turning = (flag: string): string =>
  `import { existsSync } from "node:fs"
if (existsSync(${JSON.stringify(flag)})) ${thrown}
await import(${JSON.stringify(good.href)})`

/** The same transport, which counts. */
const counted = (transport: Layer.Layer<WorkerTransport>, count: () => void): Layer.Layer<WorkerTransport> =>
  Layer.effect(
    WorkerTransport,
    Effect.map(WorkerTransport, (inner) => ({
      ...inner,
      spawn: (...args: Parameters<typeof inner.spawn>) => {
        count()
        return inner.spawn(...args)
      }
    }))
  ).pipe(Layer.provide(transport))

const transports = {
  threads: (entry: URL) => NodeThreads.layer({ entry, output: "discard" }),
  processes: (entry: URL) => NodeProcesses.layer({ entry, output: "discard" })
}

const failureOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? describeFailure(Cause.squash(exit.cause)) : "none"

const measure = async (transport: keyof typeof transports, when: "always" | "later"): Promise<SpawnRow> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-spawns-"))
  try {
    const flag = join(folder, "flag")
    const file = join(folder, "worker.mjs")
    writeFileSync(file, when === "always" ? thrown : turning(flag))
    let spawns = 0
    let began = performance.now()
    const pool = TaskPool.layer({ size: 1 }).pipe(
      Layer.provide(counted(transports[transport](pathToFileURL(file)), () => spawns++))
    )
    const program = Effect.gen(function* () {
      yield* Injections.add(1)
      writeFileSync(flag, "")
      spawns = 0
      began = performance.now()
      yield* Effect.exit(Injections.inject("exit"))
      return yield* Injections.add(1)
    })
    const exit = await Effect.runPromiseExit(Effect.provide(program, pool))
    const ms = Math.round(performance.now() - began)
    const described = when === "always" ? "from the first start on" : "once a worker that had served was lost"
    return { when: described, transport, spawns, ms, failure: failureOf(exit) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const measureSpawns = async (): Promise<ReadonlyArray<SpawnRow>> => [
  await measure("threads", "always"),
  await measure("processes", "always"),
  await measure("threads", "later"),
  await measure("processes", "later")
]
