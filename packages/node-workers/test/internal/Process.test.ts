// The host's side of one worker process: which listener is told what, and which signals are sent. The process is real.
import type { Readable } from "node:stream"
import { afterEach, assert, describe, it, vi } from "vitest"
import type { WorkerExit, WorkerListener } from "@heddle/core/WorkerTransport"
import { Process } from "../../src/internal/Process.ts"
import { resolve } from "../../src/internal/processSettings.ts"
import { startOf } from "../support/Probe.ts"

const entry = new URL("../fixtures/puppet.process.ts", import.meta.url)

/** The signals that the host has sent to the group of each process, in order. */
let signals: Array<string | number | undefined>

interface Puppet {
  readonly process: Process
  readonly log: Array<string>
  readonly exited: Promise<WorkerExit>
}

const start = (
  react: (process: Process, heard: string) => void,
  output: "discard" | "log" = "discard"
): Puppet => {
  signals = []
  const log: Array<string> = []
  const exited = Promise.withResolvers<WorkerExit>()
  const hear = (what: string): void => {
    log.push(`${what} begins`)
    react(process, what)
    log.push(`${what} ends`)
  }
  const listener: WorkerListener = {
    onFrame: (frame) => hear(Array.isArray(frame) ? String(frame[0]) : "violation"),
    onStray: () => {},
    onPrint: ({ line }) => hear(line),
    onExit: (exit) => {
      hear("exit")
      exited.resolve(exit)
    }
  }
  const process = new Process(resolve({ entry, output }, {}), startOf(1), listener, () => {})
  const kill = globalThis.process.kill.bind(globalThis.process)
  vi.spyOn(globalThis.process, "kill").mockImplementation((pid, signal) => {
    if (Math.abs(pid) === process.pid) signals.push(signal)
    return kill(pid, signal)
  })
  return { process, log, exited: exited.promise }
}

/** Leaves the output of the process in its pipe: the host reads none of it before the process has exited. */
const hold = (process: Process, fd: number): void => {
  const child = Reflect.get(process, "child") as { readonly stdio: ReadonlyArray<Readable> }
  const stream = child.stdio[fd]!.pause()
  const handle = Reflect.get(stream, "_handle") as { readonly readStop: () => void }
  handle.readStop()
}

const whole = (...heard: ReadonlyArray<string>): ReadonlyArray<string> =>
  heard.flatMap((what) => [`${what} begins`, `${what} ends`])

afterEach(() => void vi.restoreAllMocks())

describe("a listener that terminates the process", () => {
  it("while it hears the last frame of a process that has exited, sends no signal and leaves no timer: G2, G5", async () => {
    const { exited, log, process } = start((own) => own.terminate())
    hold(process, 4)
    process.post(["echo", ["last"]])
    process.post(["exit", [0]])
    const exit = await exited
    assert.strictEqual(exit.exitCode, 0)
    assert.deepStrictEqual(log, whole("echo", "exit"))
    assert.deepStrictEqual(signals, ["SIGKILL"], "the rest of the group, once, when its leader was reaped")
    const timer: unknown = Reflect.get(process, "timer")
    assert.isTrue(timer === undefined || Reflect.get(timer as object, "_destroyed"))
  })

  it("while it hears a violation, is heard to the end of that step: one SIGTERM, then the exit: S037", async () => {
    const { exited, log, process } = start((own) => own.terminate())
    process.post(["garbage", []])
    const exit = await exited
    assert.strictEqual(exit.signal, "SIGTERM")
    assert.deepStrictEqual(log, whole("violation", "exit"))
    assert.deepStrictEqual(signals, ["SIGTERM", "SIGKILL"])
  })

  it("while it hears a violation of a process that has exited, hears the exit after the violation: S037, G5", async () => {
    const { exited, log, process } = start((own) => {
      own.terminate()
      own.drain()
    })
    hold(process, 4)
    process.post(["garbage", []])
    process.post(["exit", [0]])
    const exit = await exited
    assert.strictEqual(exit.exitCode, 0)
    assert.deepStrictEqual(log, whole("violation", "exit"))
    assert.deepStrictEqual(signals, ["SIGKILL"])
  })

  it("while it hears the last printed line, or the exit itself, changes nothing: G2", async () => {
    const { exited, log, process } = start((own, heard) => {
      if (heard !== "printed") own.terminate()
    }, "log")
    hold(process, 1)
    process.post(["print", ["stdout", "a last line", 1]])
    process.post(["exit", [0]])
    assert.strictEqual((await exited).exitCode, 0)
    assert.deepStrictEqual(log, whole("printed", "a last line", "exit"))
    // The end of the reply pipe, which may be seen before the exit, terminates the process as well.
    assert.deepStrictEqual(signals.slice(signals.indexOf("SIGKILL")), ["SIGKILL"])
  })
})

describe("the end of a process", () => {
  it("is asked for once, however often it is asked for, and resolves when the process is gone: G4", async () => {
    const { exited, process } = start(() => {})
    await Promise.all([process.end(), process.end()])
    const exit = await exited
    assert.strictEqual(exit.signal, "SIGTERM")
    assert.deepStrictEqual(signals, ["SIGTERM", "SIGKILL"])
    process.post(["echo", ["nobody hears it"]])
    process.drain()
    assert.deepStrictEqual(signals.length, 2)
  })

  it("follows the end of its reply pipe, without which it can never answer: G2", async () => {
    const { exited, process } = start(() => {})
    process.post(["closeChannel", []])
    assert.strictEqual((await exited).signal, "SIGTERM")
  })
})
