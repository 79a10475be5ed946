/**
 * Worker: output leaves the worker before the printing call returns, so that no exit can lose printed text.
 *
 * By default Node buffers output: in a process while the pipe is full, in a thread until the event loop turns. A worker that
 * ends meanwhile loses the buffer. Here the unsent output is bounded. A process blocks at a full pipe until the host has
 * read, as with frames. A thread sends up to a window of bytes and buffers the rest. The number of buffered writes is in
 * shared memory, so that the host can report the loss when a thread is terminated.
 *
 * @since 0.1.0
 */

/** The two streams, in the order of {@link UnsentWrites}. */
export const streams = ["stdout", "stderr"] as const

/** For each stream, the number of writes that have not left the thread. */
export type UnsentWrites = Int32Array<SharedArrayBuffer>

export const makeUnsentWrites = (): UnsentWrites => new Int32Array(new SharedArrayBuffer(4 * streams.length))

/** Most bytes of a stream on their way to the host. */
const window = 1024 * 1024

/** The cost of a piece beside its bytes. */
const pieceCost = 128

interface Piece {
  readonly chunk: string | Uint8Array
  readonly encoding: string
}

type WriteAll = (pieces: ReadonlyArray<Piece>, done: (error?: Error | null) => void) => void

/** Thread: sends output at once. Node would wait until the host has taken the output before. */
export const writeThroughInThread = (unsent: UnsentWrites): void => {
  for (const [index, name] of streams.entries()) {
    const stream = process[name]
    const sendPieces: unknown = Reflect.get(stream, "_writev")
    if (typeof sendPieces !== "function") continue
    let underWay = 0
    // Invariant: defined while the window is full. The stream buffers output until this callback is called.
    let resume: (() => void) | undefined
    let writes = 0
    const writev: WriteAll = (pieces, done) => {
      const cost = pieces.reduce((sum, { chunk }) => sum + chunk.length + pieceCost, 0)
      underWay += cost
      writes = 0
      resume = done
      Reflect.apply(sendPieces, stream, [
        pieces,
        () => {
          underWay -= cost
          if (underWay <= window) release()
        }
      ])
      if (underWay <= window) release()
    }
    const release = (): void => {
      const next = resume
      resume = undefined
      Atomics.store(unsent, index, 0)
      next?.()
    }
    Reflect.set(stream, "_writev", writev)
    const write: unknown = Reflect.get(stream, "write")
    const counting = (...args: ReadonlyArray<unknown>): unknown => {
      if (resume !== undefined) Atomics.store(unsent, index, ++writes)
      return Reflect.apply(write as typeof stream.write, stream, args)
    }
    Reflect.set(stream, "write", counting)
  }
}

/** Process: makes writes to the output pipes block. Set at the first use of a stream, since making a stream takes time. */
export const writeThroughInProcess = (): void => {
  for (const name of streams) {
    const property = Object.getOwnPropertyDescriptor(process, name)
    if (property?.get === undefined || property.configurable !== true) continue
    const get = (): unknown => {
      Object.defineProperty(process, name, property)
      const stream = process[name]
      // The handle is private. A stream without a handle is a file, and a write to a file always blocks.
      const handle: unknown = Reflect.get(stream, "_handle")
      const setBlocking: unknown =
        typeof handle === "object" && handle !== null && Reflect.get(handle, "setBlocking")
      if (typeof setBlocking === "function") Reflect.apply(setBlocking, handle, [true])
      return stream
    }
    Object.defineProperty(process, name, { ...property, get })
  }
}

/** Host: the note in place of writes that a terminated thread had not sent. */
export const droppedNote = (writes: number): Buffer =>
  Buffer.from(
    `\n[${writes} writes of this worker were dropped here, as it was terminated before they had left it]\n`
  )
