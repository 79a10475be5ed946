/**
 * Host: what a worker printed, line by line, each with the task that printed it.
 *
 * @since 0.1.0
 */
import { StringDecoder } from "node:string_decoder"
import type { PrintedLine } from "@heddle/core/WorkerTransport"
import { markEnd } from "./attribution.ts"
import { defaults } from "./defaults.ts"
import { discard, inherit, type Sink, type Tail } from "./output.ts"

/** What becomes of what workers print. */
export type Output = "inherit" | "log" | "discard"

export const outputs: ReadonlyArray<Output> = ["inherit", "log", "discard"]

/** What becomes of the output of one worker. */
export interface Outlet {
  /** Given to the worker, which says with it whose output it is; `undefined`: nobody asks. */
  readonly mark: string | undefined
  /** What is kept for errors goes to the tail as well. */
  readonly open: (tail: Tail, onLine: (line: PrintedLine) => void) => OpenOutlet
}

/** Where its two streams go. */
export interface OpenOutlet {
  readonly stdout: Sink
  readonly stderr: Sink
  /** Nothing follows. */
  readonly end: () => void
}

/** An outlet for each worker of a transport. */
export type Outlets = () => Outlet

export const toOutlets = (output: Output): Outlets => {
  if (output === "log") return logged
  const stdout = output === "discard" ? discard : inherit(() => process.stdout)
  const stderr = output === "discard" ? discard : inherit(() => process.stderr)
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

const logged: Outlets = () => {
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

/** A longer name is none: what is kept of a mark that does not end is bounded. */
const maxMark = 16 * 1024

/** The text that tells the marks of one worker. */
const makeMark = (): string => `\x1b_${crypto.randomUUID()}:`

/** `end` hands over what is left. */
interface Reader {
  readonly push: Sink
  readonly end: () => void
}

/**
 * `onText` is given all of it without the marks, in order; `onLine` the lines of it.
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
 * Takes the marks out: hands over pieces of text, each with the task that printed it. It looks at bytes, one to a
 * character of a string, since a mark may stand within a character that was written in two halves.
 */
const readMarks = (mark: string, onText: (text: string, task: string | undefined) => void): Reader => {
  const decoder = new StringDecoder("utf8")
  let rest = ""
  let task: string | undefined
  let printing: string | undefined
  const say = (bytes: string): void => {
    if (bytes === "") return
    if (task !== printing) tell(decoder.end())
    printing = task
    tell(decoder.write(Buffer.from(bytes, "latin1")))
  }
  const tell = (text: string): void => {
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
      // A mark that never ends is none.
      if (rest.length <= maxMark) return
      say(rest)
      rest = ""
    },
    end: () => {
      say(rest)
      tell(decoder.end())
      rest = ""
    }
  }
}

/** Where a mark begins that the end of the text may have cut; the text's length where there is none. */
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

/** A longer line is handed over in pieces, so that a worker that prints none cannot fill the host's memory. */
const maxLine = defaults.logLine

/** Makes lines out of pieces of text. A line is of one task: where another begins to print, a new one begins. */
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
