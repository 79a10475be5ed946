// The host's side of one thread: which listener is told what, and in which order. The thread is real.
import { afterEach, assert, describe, it, vi } from "vitest"
import type { WorkerExit } from "@heddle/core/WorkerTransport"
import { resolve } from "../../src/internal/settings.ts"
import { spawnThread } from "../../src/internal/spawnThread.ts"
import { Thread } from "../../src/internal/Thread.ts"
import { puppet, startOf } from "../support/Probe.ts"

interface Puppet {
  readonly thread: Thread
  readonly log: Array<string>
  readonly terminations: () => number
  readonly exited: Promise<WorkerExit>
}

const start = (
  react: (thread: Thread, heard: string) => void,
  output: "discard" | "log" = "discard"
): Puppet => {
  const log: Array<string> = []
  const exited = Promise.withResolvers<WorkerExit>()
  const hear = (what: string): void => {
    log.push(`${what} begins`)
    react(thread, what)
    log.push(`${what} ends`)
  }
  const settings = resolve({ entry: puppet, output }, {})
  const spawned = spawnThread(settings, 1, startOf(1))
  const terminate = vi.spyOn(spawned.worker, "terminate")
  const thread = new Thread(
    spawned,
    1,
    settings,
    {
      onFrame: (frame) => hear(Array.isArray(frame) ? String(frame[0]) : "unreadable"),
      onStray: () => hear("stray"),
      onPrint: ({ line }) => hear(line),
      onHalted: () => hear("halted"),
      onExit: (exit) => {
        hear("exit")
        exited.resolve(exit)
      }
    },
    () => log.push("gone")
  )
  return { thread, log, terminations: () => terminate.mock.calls.length, exited: exited.promise }
}

const whole = (...heard: ReadonlyArray<string>): ReadonlyArray<string> =>
  heard.flatMap((what) => [`${what} begins`, `${what} ends`])

afterEach(() => void vi.restoreAllMocks())

describe("a listener that terminates the thread", () => {
  it("while it hears that the thread has halted, or has exited, changes nothing: G2, G4", async () => {
    const { exited, log, terminations, thread } = start((own) => {
      own.terminate()
      void own.end()
    })
    // Only a thread that has run closes its port at its end.
    thread.post(["echo", 1])
    await exited
    assert.deepStrictEqual(log, [...whole("echo", "halted"), "gone", ...whole("exit")])
    assert.strictEqual(terminations(), 1)
  })

  it("while it hears the last line of a thread that has exited, is heard after the exit: G2", async () => {
    const { exited, log, terminations, thread } = start((own, heard) => {
      if (heard !== "printed") own.terminate()
    }, "log")
    thread.post(["print", "stdout", "a last line without an end", 1])
    thread.post(["exit", 0])
    const exit = await exited
    assert.strictEqual(exit.exitCode, 0)
    assert.deepStrictEqual(log, [...whole("printed", "a last line without an end"), "gone", ...whole("exit")])
    // The port of a thread on its way out closes before the exit, which terminates the thread as well.
    assert.isAtMost(terminations(), 1)
  })

  it("while it hears a frame, hears no frame behind it after the exit: G5", async () => {
    const { exited, log, thread } = start((own) => own.terminate())
    thread.post(["echo", 1])
    await exited
    assert.deepStrictEqual(log.slice(0, 2), whole("echo"))
    assert.deepStrictEqual(log.slice(-3), ["gone", ...whole("exit")])
  })
})

describe("the end of a thread", () => {
  it("is forced once, and resolves when the thread is gone: G4", async () => {
    const { exited, log, terminations, thread } = start(() => {})
    await Promise.all([thread.end(), thread.end()])
    assert.include(log, "gone")
    await exited
    assert.strictEqual(terminations(), 1)
    assert.isTrue(thread.isEnding)
    thread.post(["echo", 1])
    thread.drain()
    assert.notInclude(log, "echo begins")
  })

  it("follows the close of its port, without which it can never answer: G2", async () => {
    const { exited, log, terminations, thread } = start(() => {})
    thread.post(["closePort"])
    await exited
    assert.strictEqual(terminations(), 1)
    assert.notInclude(log, "halted begins")
  })
})
