// One fault, done to one system, in a process of its own. What happened goes to descriptor 3, a JSON line each, since
// everything else belongs to the system under fault.
import { writeSync } from "node:fs"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { writeBadFile } from "./badFiles.ts"
import { type Deed, type Fault, faults, limit } from "./catalogue.ts"
import { classifyAnswer, classifyFailure, describeAnswer, describeFailure, type Outcome } from "./outcome.ts"
import type { Pool, System } from "./system.ts"
import { systems } from "./systems/index.ts"

/** What a trial tells. */
export type Line =
  | { readonly _tag: "begin" }
  | { readonly _tag: "outcome"; readonly outcome: Outcome; readonly ms: number; readonly detail: string }
  | { readonly _tag: "next"; readonly ok: boolean }
  | { readonly _tag: "end" }

const tell = (line: Line): void => void writeSync(3, `${JSON.stringify(line)}\n`)

/** Long enough for a worker that dies after its reply to be seen dead, and for a late exception to be thrown. */
const pause = 150

const orElse = async <A>(promise: Promise<A>, millis: number, other: A): Promise<A> => {
  const timer = new AbortController()
  try {
    return await Promise.race([promise, delay(millis, other, { signal: timer.signal })])
  } finally {
    timer.abort()
  }
}

type Settled = Pick<Extract<Line, { readonly _tag: "outcome" }>, "outcome" | "detail">

const settle = async (fault: Fault, call: () => Promise<unknown>): Promise<Settled> => {
  try {
    const answer = await call()
    return { outcome: classifyAnswer(answer, fault.isRight), detail: describeAnswer(answer) }
  } catch (failure) {
    return { outcome: classifyFailure(failure), detail: describeFailure(failure) }
  }
}

const isGood = async (pool: Pool): Promise<boolean> => (await pool.call("add", 1)) === 2

/** A deed, and the pool that is asked afterwards. */
interface Doing {
  readonly act: () => Promise<unknown>
  readonly next: () => Promise<Pool>
}

const prepare = async (system: System, fault: Fault, folder: string): Promise<Doing> => {
  const good = { heapMb: fault.heapMb }
  const fresh = () => system.open(good)
  const { deed } = fault
  if (deed._tag === "start") {
    const file = writeBadFile(folder, deed.file, system.worker)
    return { act: async () => (await system.open({ file })).call("add", 1), next: fresh }
  }
  const pool = await fresh()
  if (!(await isGood(pool))) throw new Error("the good task fails before anything was done")
  if (deed._tag === "close") {
    return {
      act: async () => {
        const running = pool.call("inject", "wait")
        await Promise.race([running, delay(pause)])
        pool.close().catch(() => {})
        return running
      },
      next: fresh
    }
  }
  return {
    act: () => calling(pool, deed, fault.limited === true ? limit : undefined),
    next: async () => pool
  }
}

const calling = (
  pool: Pool,
  deed: Exclude<Deed, { readonly _tag: "start" | "close" }>,
  within: number | undefined
): Promise<unknown> => {
  switch (deed._tag) {
    case "inject":
    case "kill-host":
      return pool.call("inject", deed.injection, within)
    case "send":
      return pool.call("echo", deed.payload(), within)
    case "misuse":
      return pool.call(deed.task, deed.payload, within)
  }
}

const run = async (system: System, fault: Fault, patience: number, folder: string): Promise<void> => {
  const { act, next } = await prepare(system, fault, folder)
  tell({ _tag: "begin" })
  const began = performance.now()
  const settled = await orElse<Settled>(settle(fault, act), patience, { outcome: "hang", detail: "" })
  tell({ _tag: "outcome", ...settled, ms: Math.round(performance.now() - began) })
  await delay(pause)
  const asked = next().then(isGood)
  const ok = await orElse(
    asked.catch(() => false),
    Math.min(patience, 10_000),
    false
  )
  tell({ _tag: "next", ok })
  await delay(pause)
  tell({ _tag: "end" })
}

const { values: args } = parseArgs({
  options: {
    system: { type: "string" },
    transport: { type: "string" },
    fault: { type: "string" },
    patience: { type: "string" },
    folder: { type: "string" }
  }
})

const system = systems.find(({ name, transport }) => name === args.system && transport === args.transport)!
const fault = faults.find(({ name }) => name === args.fault)!
await run(system, fault, Number(args.patience), args.folder!)
// Whoever started this ends it, with all that it has left.
setInterval(() => {}, 1000)
