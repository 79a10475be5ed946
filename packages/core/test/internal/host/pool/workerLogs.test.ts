import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { forwardLog } from "../../../../src/internal/host/pool/workerLogs.ts"

describe("log tasks of workers", () => {
  it("S210, G9: annotations may have keys of Effect's; the task is logged with them", () => {
    const heard: Array<unknown> = []
    const logger = Logger.make(({ fiber, message }) => {
      heard.push([message, fiber.getRef(References.CurrentLogAnnotations)])
    })
    const context = Context.make(References.CurrentLoggers, new Set([logger]))
    const annotations = JSON.parse(`{"~effect/Effect":{},"a":1}`) as Record<string, unknown>
    forwardLog(context, 7, undefined, {
      level: "Info",
      message: ["hello"],
      annotations,
      spans: [],
      cause: [],
      date: 0
    })
    assert.deepStrictEqual(heard, [[["hello"], { worker: 7, "~effect/Effect": {}, a: 1 }]])
  })
})
