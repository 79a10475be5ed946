import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import { forwarding } from "../../../src/internal/worker/logging.ts"
import type { LogData } from "../../../src/protocol/messages/Message.ts"

/** Returns the entries logged by a program, as posted by the worker. */
const logsOf = (program: Effect.Effect<unknown>): ReadonlyArray<LogData> => {
  const logs: Array<LogData> = []
  const logger = forwarding((log) => logs.push(log))
  Effect.runSync(Effect.provideService(program, References.CurrentLoggers, new Set([logger])))
  return logs
}

describe("an entry that a handler logs", () => {
  it("is forwarded with its level, its message and its annotations", () => {
    const [log] = logsOf(Effect.annotateLogs(Effect.logWarning("slow", 7), { request: "r1" }))
    assert.deepInclude(log, { level: "Warn", message: ["slow", 7], annotations: { request: "r1" } })
  })

  it("has its spans and its cause as data: G9", () => {
    const [log] = logsOf(Effect.withLogSpan(Effect.logError("failed", Cause.die(new Error("bug"))), "query"))
    assert.deepStrictEqual(
      log?.spans.map(([label]) => label),
      ["query"]
    )
    assert.strictEqual(log?.cause[0]?.[0], "Die")
  })

  it("is copied when it is logged: later changes do not show", () => {
    const value = { n: 1 }
    const [log] = logsOf(
      Effect.andThen(
        Effect.log(value),
        Effect.sync(() => (value.n = 2))
      )
    )
    assert.deepStrictEqual(log?.message, [{ n: 1 }])
  })

  it("shows a value that cannot be cloned, so that the post never fails", () => {
    const [log] = logsOf(
      Effect.annotateLogs(
        Effect.log(() => 1),
        { f: Symbol("s") }
      )
    )
    assert.doesNotThrow(() => structuredClone(log))
    assert.include(String(log?.message[0]), "Function")
    assert.include(String(log?.annotations["f"]), "Symbol(s)")
  })

  it("leaves out annotations that throw when they are listed, and keeps the message: S209", () => {
    const annotations: Record<string, unknown> = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("trap")
        }
      }
    )
    const [log] = logsOf(
      Effect.provideService(Effect.log("kept"), References.CurrentLogAnnotations, annotations)
    )
    assert.deepInclude(log, { message: ["kept"], annotations: {} })
  })
})
