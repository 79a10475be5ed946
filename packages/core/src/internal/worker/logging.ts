/**
 * The worker's logger: forwards entries to the host as data. The host's loggers decide where entries go.
 *
 * @since 0.1.0
 */
import type { Logger, Options } from "effect/Logger"
import * as References from "effect/References"
import { attempt, get } from "../model/foreign.ts"
import { copyOf } from "../../protocol/values/Clonable.ts"
import * as CauseCodec from "../../protocol/values/CauseCodec.ts"
import * as Defect from "../../protocol/values/Defect.ts"
import type { LogData } from "../../protocol/messages/Message.ts"

/** Copies the value now: the entry is posted later, and must neither change nor be refused by then. */
const crossable = (value: unknown): unknown => {
  const copy = copyOf(value)
  return copy === undefined ? Defect.show(value) : copy.value
}

/**
 * Makes a logger without the module of `Logger.make`, which imports streams and files: 35 ms of each worker's start.
 */
const makeLogger = (log: (entry: Options<unknown>) => void): Logger<unknown, void> => {
  const [example] = References.CurrentLoggers.defaultValue()
  return Object.assign(Object.create(Object.getPrototypeOf(example)) as Logger<unknown, void>, { log })
}

export const forwarding = (post: (log: LogData) => void): Logger<unknown, void> =>
  makeLogger(({ cause, date, fiber, logLevel, message }) => {
    const annotations: Record<string, unknown> = {}
    const all = fiber.getRef(References.CurrentLogAnnotations)
    for (const key of attempt(() => Object.keys(all), [])) annotations[key] = crossable(get(all, key))
    post({
      level: logLevel,
      message: (Array.isArray(message) ? message : [message]).map(crossable),
      annotations,
      spans: fiber.getRef(References.CurrentLogSpans),
      cause: CauseCodec.encode(cause),
      date: date.getTime()
    })
  })
