// One fault, done to one system, in a process of its own. What happened goes to descriptor 3, a JSON line each, since
// everything else belongs to the system under fault.
import { writeSync } from "node:fs"
import { stat } from "node:fs/promises"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { writeBadFile } from "./badFiles.ts"
import { type Deed, type Fault, faults, lastsOf, limit } from "./catalogue.ts"
import { classifyAnswer, classifyFailure, describeAnswer, describeFailure, type Outcome } from "./outcome.ts"
import { scenes } from "./scenes/index.ts"
import type { Settled, Stage } from "./scenes/scene.ts"
import { runMain } from "./signals.ts"
import type { Pool, System } from "./system.ts"
import { systems } from "./systems/index.ts"

/** What a trial tells. */
export type Line =
  | { readonly _tag: "begin" }
  | { readonly _tag: "outcome"; readonly outcome: Outcome; readonly ms: number; readonly detail: string }
  | { readonly _tag: "next"; readonly ok: boolean }
  /** The host was told to end: its pool is closed, what is left is its own clean-up; and when that is done. */
  | { readonly _tag: "finalizing" }
  | { readonly _tag: "finalized" }
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

const settle = async (
  call: () => Promise<unknown>,
  isRight: ((answer: any) => boolean) | undefined
): Promise<Settled> => {
  try {
    const answer = await call()
    return { outcome: classifyAnswer(answer, isRight), detail: describeAnswer(answer) }
  } catch (failure) {
    return { outcome: classifyFailure(failure), detail: describeFailure(failure) }
  }
}

const isGood = async (pool: Pool): Promise<boolean> => (await pool.call("add", 1)) === 2

/** A deed, and the pool that is asked afterwards. */
interface Doing {
  readonly act: () => Promise<Settled>
  readonly next: () => Promise<Pool>
}

interface Conditions {
  readonly folder: string
  readonly patience: number
  readonly isQuick: boolean
}

/** What libuv makes once and keeps is no leak: its threads. */
const warm = (): Promise<unknown> => Promise.all(Array.from({ length: 8 }, () => stat(".")))

const stageOf = (system: System, pool: Pool, { folder, isQuick, patience }: Conditions): Stage => ({
  system,
  pool,
  folder,
  patience,
  open: (options = {}) => system.open(options),
  count: (thorough, quick) => (isQuick ? quick : thorough),
  settle: async (call, isRight, within = patience) => {
    const began = performance.now()
    const settled = await orElse(settle(call, isRight), within, { outcome: "hang", detail: "" })
    return { ...settled, ms: Math.round(performance.now() - began) }
  }
})

const prepare = async (system: System, fault: Fault, conditions: Conditions): Promise<Doing> => {
  const { folder } = conditions
  const good = { heapMb: fault.heapMb, memory: fault.memory }
  const fresh = () => system.open(good)
  const settled = (call: () => Promise<unknown>) => () => settle(call, fault.isRight)
  const { deed } = fault
  if (deed._tag === "start") {
    const file = writeBadFile(folder, deed.file, system.worker)
    return { act: settled(async () => (await system.open({ file })).call("add", 1)), next: fresh }
  }
  const pool = await fresh()
  if (!(await isGood(pool))) throw new Error("the good task fails before anything was done")
  if (deed._tag === "close") {
    return {
      act: settled(async () => {
        const running = pool.call("inject", "wait")
        await Promise.race([running, delay(pause)])
        pool.close().catch(() => {})
        return running
      }),
      next: fresh
    }
  }
  if (deed._tag === "play") {
    await warm()
    const stage = stageOf(system, pool, conditions)
    const played = () =>
      scenes[deed.scene](stage).catch((thrown) => settle(() => Promise.reject(thrown), undefined))
    return { act: played, next: fault.isLast === true ? fresh : async () => pool }
  }
  return {
    act: settled(() => calling(pool, deed, fault.limited === true ? limit : undefined)),
    next: async () => pool
  }
}

const calling = (
  pool: Pool,
  deed: Exclude<Deed, { readonly _tag: "start" | "close" | "play" }>,
  within: number | undefined
): Promise<unknown> => {
  switch (deed._tag) {
    case "inject":
    case "kill-host":
    case "signal":
      return pool.call("inject", deed.injection, within)
    case "send":
      return pool.call("echo", deed.payload(), within)
    case "misuse":
      return pool.call(deed.task, deed.payload, within)
  }
}

const run = async (system: System, fault: Fault, conditions: Conditions): Promise<void> => {
  const { act, next } = await prepare(system, fault, conditions)
  const { patience } = conditions
  tell({ _tag: "begin" })
  const began = performance.now()
  const most = patience + lastsOf(fault, conditions.isQuick)
  const settled = await orElse<Settled>(act(), most, { outcome: "hang", detail: "" })
  tell({ _tag: "outcome", ms: Math.round(performance.now() - began), ...settled })
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
    folder: { type: "string" },
    quick: { type: "boolean", default: false }
  }
})

const system = systems.find(({ name, transport }) => name === args.system && transport === args.transport)!
const fault = faults.find(({ name }) => name === args.fault)!
const conditions = { folder: args.folder!, patience: Number(args.patience), isQuick: args.quick }
const { deed } = fault
if (deed._tag === "signal") {
  await runMain(system, {
    injection: deed.injection,
    begin: () => tell({ _tag: "begin" }),
    finalize: async () => {
      tell({ _tag: "finalizing" })
      if (deed.signals.length > 1) await new Promise(() => {})
      tell({ _tag: "finalized" })
    }
  })
} else await run(system, fault, conditions)
// Whoever started this ends it, with all that it has left.
if (deed._tag !== "signal") setInterval(() => {}, 1000)
