/**
 * The worker's logger: entries go to the host as data, and its loggers decide what becomes of them.
 *
 * @since 0.1.0
 */
import type { Logger, Options } from "effect/Logger"
import * as References from "effect/References"
import * as Capture from "../../protocol/Capture.ts"
import { isPlainClonable } from "../../protocol/Clonable.ts"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Defect from "../../protocol/Defect.ts"
import type { LogData } from "../../protocol/Message.ts"

/** As it is now: an entry is posted at the end of the turn. */
const crossable = (value: unknown, platform: Capture.Platform): unknown =>
  isPlainClonable(value) ? Capture.capture(value, platform) : Defect.show(value)

/** `Logger.make`, without its module: that brings streams and files with it, 35 ms of the start of each worker. */
const makeLogger = (log: (entry: Options<unknown>) => void): Logger<unknown, void> => {
  const [example] = References.CurrentLoggers.defaultValue()
  return Object.assign(Object.create(Object.getPrototypeOf(example)) as Logger<unknown, void>, { log })
}

export const forwarding = (post: (log: LogData) => void, platform: Capture.Platform): Logger<unknown, void> =>
  makeLogger(({ cause, date, fiber, logLevel, message }) => {
    const annotations: Record<string, unknown> = {}
    const all = fiber.getRef(References.CurrentLogAnnotations)
    for (const key of Object.keys(all)) annotations[key] = crossable(all[key], platform)
    post({
      level: logLevel,
      message: (Array.isArray(message) ? message : [message]).map((part) => crossable(part, platform)),
      annotations,
      spans: fiber.getRef(References.CurrentLogSpans),
      cause: CauseCodec.encode(cause),
      date: date.getTime()
    })
  })
