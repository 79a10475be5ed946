/**
 * The worker's logger: entries go to the host as data, and its loggers decide what becomes of them.
 *
 * @since 0.1.0
 */
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import { isPlainClonable } from "../../protocol/Clonable.ts"
import * as CauseCodec from "../../protocol/CauseCodec.ts"
import * as Defect from "../../protocol/Defect.ts"
import type { LogData } from "../../protocol/Message.ts"

const crossable = (value: unknown): unknown => (isPlainClonable(value) ? value : Defect.show(value))

export const forwarding = (post: (log: LogData) => void): Logger.Logger<unknown, void> =>
  Logger.make(({ cause, date, fiber, logLevel, message }) => {
    const annotations: Record<string, unknown> = {}
    const all = fiber.getRef(References.CurrentLogAnnotations)
    for (const key of Object.keys(all)) annotations[key] = crossable(all[key])
    post({
      level: logLevel,
      message: (Array.isArray(message) ? message : [message]).map(crossable),
      annotations,
      spans: fiber.getRef(References.CurrentLogSpans),
      cause: CauseCodec.encode(cause),
      date: date.getTime()
    })
  })
