// Hosts that are processes of their own, signalled and killed. Their workers are looked for in the system's own table.
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { afterEach, assert, describe, it } from "vitest"
import { childrenOf, isAlive, leadsGroup, within } from "./support/processTable.ts"

const pathOf = (name: string): string => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

const timeout = 60_000

/** What is bounded by a time is bounded on a machine that has some: whoever else is busy here may cost a second try. */
const bounded = { timeout, retry: 2 }

class Host {
  readonly child: ChildProcess
  readonly ended: Promise<ReadonlyArray<unknown>>
  readonly seen = new Set<number>()
  output = ""

  constructor(main: string, ...args: ReadonlyArray<string>) {
    this.child = spawn(process.execPath, [pathOf(main), ...args], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.ended = once(this.child, "close")
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()))
    }
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Waits for a line of its own. */
  async says(line: string): Promise<void> {
    assert.isTrue(
      await within(20_000, () => this.output.includes(`${line}\n`)),
      `"${line}" in: ${this.output}`
    )
  }

  /** Its children, now; a test that fails leaves none of them. */
  workers(): ReadonlyArray<number> {
    const pids = childrenOf(this.pid)
    for (const pid of pids) this.seen.add(pid)
    return pids
  }

  /** How it ended: code, signal, milliseconds from now. */
  async end(): Promise<{ readonly code: unknown; readonly signal: unknown; readonly millis: number }> {
    const began = performance.now()
    const [code, signal] = await this.ended
    return { code, signal, millis: performance.now() - began }
  }
}

let started: Host | undefined

const start = (main: string, ...args: ReadonlyArray<string>): Host => (started = new Host(main, ...args))

afterEach(() => {
  for (const pid of started === undefined ? [] : [started.pid, ...started.seen]) {
    if (isAlive(pid)) process.kill(leadsGroup(pid) ? -pid : pid, "SIGKILL")
  }
  started = undefined
})

const expectGone = async (pids: ReadonlyArray<number>, millis: number): Promise<void> => {
  assert.isTrue(await within(millis, () => !pids.some(isAlive)), `left: ${pids.filter(isAlive).join()}`)
}

const codes = { SIGINT: 130, SIGTERM: 143 } as const

describe("signals", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    for (const transport of ["threads", "processes"] as const) {
      it(
        `${signal} interrupts, waits for finalizers here and in ${transport}, and exits ${codes[signal]}: G2, G3`,
        { timeout },
        async () => {
          const host = start("host.main.ts", transport, "wait,wait")
          await host.says("up")
          const workers = host.workers()
          assert.lengthOf(workers, transport === "processes" ? 2 : 0)
          // As a terminal does: to all that are in the group of the foreground.
          process.kill(-host.pid, signal)
          const { code, signal: died } = await host.end()
          assert.deepStrictEqual([code, died], [codes[signal], null], host.output)
          assert.include(host.output, "finalized\n")
          assert.lengthOf(host.output.match(/worker cleaned up/g) ?? [], 2)
          await expectGone(workers, 0)
        }
      )
    }
  }

  it(
    "SIGTERM with workers in endless loops still exits 143, after the grace: G2, G4",
    { timeout },
    async () => {
      const host = start("host.main.ts", "processes", "spin,wait")
      await host.says("up")
      const workers = host.workers()
      host.child.kill("SIGTERM")
      assert.deepInclude(await host.end(), { code: 143, signal: null })
      await expectGone(workers, 0)
    }
  )

  for (const [transport, work] of [
    ["threads", "wait,spin"],
    ["threads", "block"],
    ["processes", "wait,spin"],
    ["processes", "block"]
  ] as const) {
    it(
      `a second signal forces, with a finalizer that hangs and ${transport} that ${work}: G2`,
      bounded,
      async () => {
        const host = start("host.main.ts", transport, work, "never")
        await host.says("up")
        const workers = host.workers()
        const spawned = transport === "processes" ? workers.flatMap(childrenOf) : []
        host.child.kill("SIGINT")
        await host.says("finalizing")
        host.child.kill("SIGTERM")
        const { code, millis, signal } = await host.end()
        assert.deepStrictEqual([code, signal], [null, "SIGTERM"], "shells show 143")
        assert.isBelow(millis, 1000)
        if (transport === "processes") await expectGone([...workers, ...spawned], 500)
      }
    )
  }
})

describe("hosts that vanish", () => {
  it(
    "kill -9 of a host with 8 workers, half of them in for (;;): nothing is left after one second: S149, S150, G2",
    bounded,
    async () => {
      const host = start("host.main.ts", "processes", "spin,wait,spin,wait,spin,wait,spin,block")
      await host.says("up")
      const workers = host.workers()
      const spawned = workers.flatMap(childrenOf)
      assert.deepStrictEqual([workers.length, spawned.length], [8, 1])
      host.child.kill("SIGKILL")
      await host.end()
      await expectGone([...workers, ...spawned], 1000)
    }
  )

  it(
    "kill -9 of a host whose worker hangs at import: it is gone within a second: S150, G2",
    bounded,
    async () => {
      const host = start("hanging.main.ts")
      await host.says("hanging")
      const workers = host.workers()
      assert.lengthOf(workers, 1)
      host.child.kill("SIGKILL")
      await host.end()
      await expectGone(workers, 1000)
    }
  )

  it(
    "a host that calls process.exit without closing its pool takes its workers with it: G2",
    bounded,
    async () => {
      const host = start("host.main.ts", "processes", "spin,wait", "exit")
      const { code } = await host.end()
      assert.strictEqual(code, 9)
      const [, pids = ""] = host.output.match(/workers ([\d,]+)\./) ?? []
      assert.lengthOf(pids.split(","), 2, host.output)
      await expectGone(pids.split(",").map(Number), 200)
    }
  )
})
