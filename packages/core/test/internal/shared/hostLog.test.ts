import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { logNow, reportThrown } from "../../../src/internal/shared/hostLog.ts"

/** A context with one logger, and what that has written. */
const setUp = (onLog: () => void = () => {}) => {
  const written: Array<string> = []
  const logger = Logger.make(({ cause, logLevel, message }) => {
    onLog()
    const defects = cause.reasons.filter(Cause.isDieReason).map(({ defect }) => String(defect))
    written.push([logLevel, String(message), ...defects].join(" | "))
  })
  const loggers = new Set([logger])
  const context = Context.make(References.CurrentLoggers, loggers)
  return { context, loggers, written }
}

describe("logs of an engine", () => {
  it("are written before the call returns, by the loggers of its context", () => {
    const { context, written } = setUp()
    assert.isUndefined(logNow(context, Effect.logWarning("late")))
    assert.deepStrictEqual(written, ["Warn | late"])
  })

  it("are left out below the level of its context", () => {
    const { context, written } = setUp()
    logNow(Context.add(context, References.MinimumLogLevel, "Error"), Effect.logWarning("late"))
    assert.deepStrictEqual(written, [])
  })

  it("a logger that throws is told, not thrown: S218", () => {
    const { context, loggers } = setUp(() => {
      throw new Error("no paper")
    })
    const failure = logNow(context, Effect.logWarning("late"))
    assert.strictEqual(failure?.loggers, loggers)
    assert.strictEqual((failure!.cause as Error).message, "no paper")
  })
})

describe("code of a user that has thrown", () => {
  it("is an error in the log, with whose it was and what it threw: S218", () => {
    const { context, written } = setUp()
    reportThrown(context, "pool", "listener", "broken")
    assert.deepStrictEqual(written, [
      "Error | A listener to the events of a pool has thrown. The pool goes on; this is reported once. | broken"
    ])
  })

  it("where it was a logger, none of the program's own is asked: they may be the one: S218", () => {
    const { context, written } = setUp()
    const console = { log: () => {} }
    reportThrown(Context.add(context, Console.Console, console as never), "pool", "logger", "broken")
    assert.deepStrictEqual(written, [])
  })

  it("where it was the logger, or that throws too, Effect's own one tells: S218", () => {
    for (const whose of ["logger", "listener"] as const) {
      const { context, written } = setUp(() => {
        throw new Error("no paper")
      })
      const printed: Array<string> = []
      const console = { log: (...all: ReadonlyArray<unknown>) => printed.push(all.join(" ")) }
      reportThrown(Context.add(context, Console.Console, console as never), "pool", whose, "broken")
      assert.deepStrictEqual(written, [])
      assert.lengthOf(printed, 1)
      assert.match(printed[0]!, /has thrown\. The pool goes on.*broken/)
    }
  })
})
