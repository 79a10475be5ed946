/**
 * Host: the output of a worker, line by line, each line with the task that printed the line.
 *
 * @since 0.1.0
 */
import { StringDecoder } from "node:string_decoder"
import type { PrintedLine } from "@heddle/core/WorkerTransport"
import { markEnd } from "./attribution.ts"
import { defaults } from "./defaults.ts"
import { discard, forwardTo, type Sink, type TailBuffer } from "./output.ts"

/** The destination of workers' output. */
export type Output = "inherit" | "log" | "discard"

export const outputs: ReadonlyArray<Output> = ["inherit", "log", "discard"]

/** The output of one worker, before the worker is spawned. */
export interface WorkerOutput {
  /** Sent to the worker, which marks the output of each task. `undefined`: the host does not ask which task printed. */
  readonly mark: string | undefined
  /** Returns the sinks. Standard error goes to the buffer as well, for the report of the exit. */
  readonly open: (tail: TailBuffer, onLine: (line: PrintedLine) => void) => OutputSinks
}

/** Take the two streams of a worker. */
export interface OutputSinks {
  readonly stdout: Sink
  readonly stderr: Sink
  /** Says that no output follows. */
  readonly end: () => void
}

/** Makes the output of each worker of a transport. */
export type OutputFactory = () => WorkerOutput

export const toOutputFactory = (output: Output): OutputFactory => {
  if (output === "log") return logged
  const stdout = output === "discard" ? discard : forwardTo(() => process.stdout)
  const stderr = output === "discard" ? discard : forwardTo(() => process.stderr)
  return () => ({
    mark: undefined,
    open: (tail) => ({
      stdout,
      stderr: (chunk) => {
        tail.push(chunk)
        stderr(chunk)
      },
      end: () => {}
    })
  })
}

const logged: OutputFactory = () => {
  const mark = makeMark()
  return {
    mark,
    open: (tail, onLine) => {
      const stdout = makeReader("stdout", mark, () => {}, onLine)
      const stderr = makeReader("stderr", mark, (text) => tail.push(Buffer.from(text)), onLine)
      return {
        stdout: stdout.push,
        stderr: stderr.push,
        end: () => {
          stdout.end()
          stderr.end()
        }
      }
    }
  }
}

// ----------------------------------------------------------------------------
// marks and lines
// ----------------------------------------------------------------------------

/** The longest mark. The bound keeps a mark without an end from filling the memory. */
const maxMark = 16 * 1024

/** Makes the text that begins each mark of one worker. */
const makeMark = (): string => `\x1b_${crypto.randomUUID()}:`

/** Takes chunks; `end` hands over the rest. */
interface Reader {
  readonly push: Sink
  readonly end: () => void
}

/**
 * Makes a reader. `onText` receives all text without marks, in order, and `onLine` receives the lines.
 */
const makeReader = (
  stream: PrintedLine["stream"],
  mark: string,
  onText: (text: string) => void,
  onLine: (line: PrintedLine) => void
): Reader => {
  const lines = makeLines((line, task) => onLine({ stream, line, task }))
  const marks = readMarks(mark, (text, task) => {
    onText(text)
    lines.push(text, task)
  })
  return {
    push: marks.push,
    end: () => {
      marks.end()
      lines.end()
    }
  }
}
/**
 * Takes the marks out, and hands over pieces of text, each with the task that printed the piece. The search is on bytes, as
 * a string with one character for each byte, since a mark may stand within a character that was written in two halves.
 */
const readMarks = (mark: string, onText: (text: string, task: string | undefined) => void): Reader => {
  const decoder = new StringDecoder("utf8")
  let rest = ""
  let task: string | undefined
  let printing: string | undefined
  const say = (bytes: string): void => {
    if (bytes === "") return
    if (task !== printing) emit(decoder.end())
    printing = task
    emit(decoder.write(Buffer.from(bytes, "latin1")))
  }
  const emit = (text: string): void => {
    if (text !== "") onText(text, printing)
  }
  const read = (): void => {
    for (;;) {
      const from = rest.indexOf(mark)
      const to = from < 0 ? -1 : rest.indexOf(markEnd, from + mark.length)
      if (to < 0) {
        const kept = from < 0 ? cutAt(rest, mark) : from
        say(rest.slice(0, kept))
        rest = rest.slice(kept)
        return
      }
      say(rest.slice(0, from))
      task = nameIn(Buffer.from(rest.slice(from + mark.length, to), "latin1").toString())
      rest = rest.slice(to + markEnd.length)
    }
  }
  return {
    push: (chunk) => {
      rest += chunk.toString("latin1")
      read()
      // Text of this length without an end is no mark.
      if (rest.length <= maxMark) return
      say(rest)
      rest = ""
    },
    end: () => {
      say(rest)
      emit(decoder.end())
      rest = ""
    }
  }
}

/** Returns the position of a mark that the end of the text has cut; the text's length without such a mark. */
const cutAt = (text: string, mark: string): number => {
  const last = text.lastIndexOf("\x1b")
  return last >= 0 && mark.startsWith(text.slice(last)) ? last : text.length
}

const nameIn = (text: string): string | undefined => {
  try {
    const name: unknown = JSON.parse(text)
    return typeof name === "string" ? name : undefined
  } catch {
    return undefined
  }
}

/** The longest line. Longer lines are cut, so that output without line ends cannot fill the host's memory. */
const maxLine = defaults.logLine

/** Makes lines out of pieces of text. A line belongs to one task: output of another task begins a new line. */
const makeLines = (
  onLine: (line: string, task: string | undefined) => void
): { readonly push: (text: string, task: string | undefined) => void; readonly end: () => void } => {
  let begun = ""
  let owner: string | undefined
  const end = (): void => {
    if (begun !== "") onLine(begun, owner)
    begun = ""
  }
  return {
    push: (text, task) => {
      if (task !== owner) end()
      owner = task
      const lines = (begun + text).split("\n")
      begun = lines.pop()!
      for (const line of lines) {
        const whole = line.endsWith("\r") ? line.slice(0, -1) : line
        for (let at = 0; at === 0 || at < whole.length; at += maxLine) {
          onLine(whole.slice(at, at + maxLine), task)
        }
      }
      while (begun.length > maxLine) {
        onLine(begun.slice(0, maxLine), task)
        begun = begun.slice(maxLine)
      }
    },
    end
  }
}
