/**
 * The contents of messages (causes, log entries, a task's context), and the host's checks of them.
 *
 * @since 0.1.0
 */
import type { DefectData } from "../values/Defect.ts"
import { count, list, text, Violation } from "../frame/Violation.ts"

/** The part of a task's context that differs from the default. */
export interface Extra {
  /** Asks the worker to report the start of this task. */
  readonly announce?: boolean
  /**
   * The task takes the slot lent by its waiting caller, so it starts at once, regardless of the worker's other tasks.
   */
  readonly lent?: boolean
  /** For a streaming task: how many elements the handler may emit before it is given more credit. */
  readonly credit?: number
  /** Whether the host hears the progress of the task. */
  readonly watched?: boolean
  /** The task starts at once, in a slot that a resting task has left. */
  readonly startsNow?: boolean
  readonly logLevel?: string
  readonly annotations?: Record<string, unknown>
  readonly trace?: readonly [traceId: string, spanId: string, sampled: boolean]
  readonly references?: ReadonlyArray<readonly [key: string, value: unknown]>
}

/** One reason of a Cause, as data. `Task` carries an encoded reason of `TaskError`. */
export type ReasonData =
  | readonly ["Fail", unknown]
  | readonly ["Die", DefectData]
  | readonly ["Interrupt"]
  | readonly ["Task", unknown]

export type CauseData = ReadonlyArray<ReasonData>

export interface LogData {
  readonly level: string
  readonly message: ReadonlyArray<unknown>
  readonly annotations: Record<string, unknown>
  readonly spans: ReadonlyArray<readonly [label: string, startTime: number]>
  readonly cause: CauseData
  /** Milliseconds since the epoch. */
  readonly date: number
}

const reasonTags = new Set<unknown>(["Fail", "Die", "Interrupt", "Task"])

export const checkCause = (reasons: ReadonlyArray<unknown>): CauseData => {
  for (const reason of reasons) {
    if (!Array.isArray(reason) || !reasonTags.has(reason[0]))
      throw new Violation("a cause has an unknown reason")
  }
  return reasons as CauseData
}

/** Checks only the outer form: decoding tolerates any contents. */
export const checkDefect = (value: unknown): DefectData | undefined => {
  if (value === undefined) return undefined
  if (typeof value !== "object" || value === null) throw new Violation("the reason of an abort is no defect")
  return value as DefectData
}

export const checkLog = (value: unknown): LogData => {
  if (typeof value !== "object" || value === null) throw new Violation("a log entry is not an object")
  const log = value as LogData
  text(log.level, "a log level")
  list(log.message, "a log message")
  if (typeof log.annotations !== "object" || log.annotations === null) {
    throw new Violation("log annotations are no object")
  }
  for (const span of list(log.spans, "log spans")) {
    const [label, start] = list<unknown>(span, "a log span")
    text(label, "the label of a log span")
    count(start, "the start of a log span")
  }
  checkCause(list(log.cause, "a log's cause"))
  count(log.date, "the date of a log entry")
  return log
}
