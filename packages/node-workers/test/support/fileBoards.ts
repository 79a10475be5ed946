// Signals on files, for workers that share no memory with the host.
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Board, Boards } from "@heddle/testing/conformance/suite/Signal"

/** Who writes, a count of theirs, what is done, to which word, with what. */
const fields = 5
const recordLength = fields * Int32Array.BYTES_PER_ELEMENT

const Add = 0
const Store = 1
const Raise = 2

/**
 * A journal of operations: each is appended in one write, which the system does atomically, and every reader applies them
 * in the order in which they stand. So all agree on one order, and an addition knows what it made of its word.
 */
class FileBoard implements Board {
  private readonly fd: number
  private readonly words = new Map<number, number>()
  private offset = 0
  private count = 0

  constructor(path: string) {
    this.fd = openSync(path, "a+")
  }

  read(word: number): number {
    this.catchUp()
    return this.words.get(word) ?? 0
  }

  add(word: number, count: number): number {
    return this.append(Add, word, count)
  }

  store(word: number, value: number): void {
    this.append(Store, word, value)
  }

  raise(word: number, value: number): void {
    this.append(Raise, word, value)
  }

  close(): void {
    closeSync(this.fd)
  }

  private append(operation: number, word: number, operand: number): number {
    const count = ++this.count
    writeSync(this.fd, Buffer.from(Int32Array.of(process.pid, count, operation, word, operand).buffer))
    return this.catchUp(count)
  }

  /** Applies what is new; answers what the own operation `count` made of its word. */
  private catchUp(count?: number): number {
    let answer = 0
    // Of a record that crosses into the next page of the file, a reader may see the beginning alone.
    const length = fstatSync(this.fd).size - this.offset
    const fresh = Buffer.alloc(length - (length % recordLength))
    if (fresh.length === 0) return answer
    readSync(this.fd, fresh, 0, fresh.length, this.offset)
    this.offset += fresh.length
    for (let at = 0; at < fresh.length; at += recordLength) {
      const [writer, number, operation, word, operand] = Array.from({ length: fields }, (_, i) =>
        fresh.readInt32LE(at + 4 * i)
      ) as [number, number, number, number, number]
      const before = this.words.get(word) ?? 0
      const after =
        operation === Add ? before + operand : operation === Store ? operand : Math.max(before, operand)
      this.words.set(word, after)
      if (writer === process.pid && number === count) answer = after
    }
    return answer
  }
}

const opened = new Map<string, FileBoard>()
let directory: string | undefined
let made = 0

/** A directory of this host's own. */
const boardDirectory = (): string => (directory ??= mkdtempSync(join(tmpdir(), "heddle-boards-")))

export const fileBoards: Boards = {
  make: () => join(boardDirectory(), `${++made}`),
  open: (name) => {
    let board = opened.get(name)
    if (board === undefined) opened.set(name, (board = new FileBoard(name)))
    return board
  }
}

/** Host: leaves nothing of them. */
export const removeBoards = (): void => {
  for (const board of opened.values()) board.close()
  opened.clear()
  if (directory !== undefined) rmSync(directory, { recursive: true })
  directory = undefined
}
