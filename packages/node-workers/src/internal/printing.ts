/**
 * Worker: what is printed leaves before the call that prints it returns, so that no end of the worker takes it back.
 *
 * Node keeps it otherwise: a process for as long as its pipe is full, a thread until its event loop turns, and both for ever
 * when they end meanwhile. Both are bounded. A process waits at a full pipe until the host has read, as it does with
 * frames. A thread has so many bytes under way, and keeps the rest; how many writes it keeps stands in shared memory, so that
 * the host can say what was lost with a thread that was terminated.
 *
 * @since 0.1.0
 */

/** The two streams, in the order of {@link Kept}. */
export const streams = ["stdout", "stderr"] as const

/** How many writes to each stream have not left their thread. */
export type Kept = Int32Array<SharedArrayBuffer>

export const makeKept = (): Kept => new Int32Array(new SharedArrayBuffer(4 * streams.length))

/** Most bytes of a stream that are on their way to the host. */
const window = 1024 * 1024

/** What a piece costs beside its bytes. */
const pieceCost = 128

interface Piece {
  readonly chunk: string | Uint8Array
  readonly encoding: string
}

type WriteAll = (pieces: ReadonlyArray<Piece>, done: (error?: Error | null) => void) => void

/** A thread: hands on what is printed at once, in place of after the host has taken what was printed before. */
export const printThroughThread = (kept: Kept): void => {
  for (const [index, name] of streams.entries()) {
    const stream = process[name]
    const handOn: unknown = Reflect.get(stream, "_writev")
    if (typeof handOn !== "function") continue
    let underWay = 0
    // Invariant: defined while the window is full; the stream keeps what is printed until it is called.
    let goOn: (() => void) | undefined
    let writes = 0
    const writev: WriteAll = (pieces, done) => {
      const cost = pieces.reduce((sum, { chunk }) => sum + chunk.length + pieceCost, 0)
      underWay += cost
      writes = 0
      goOn = done
      Reflect.apply(handOn, stream, [
        pieces,
        () => {
          underWay -= cost
          if (underWay <= window) release()
        }
      ])
      if (underWay <= window) release()
    }
    const release = (): void => {
      const next = goOn
      goOn = undefined
      Atomics.store(kept, index, 0)
      next?.()
    }
    Reflect.set(stream, "_writev", writev)
    const write: unknown = Reflect.get(stream, "write")
    const counting = (...args: ReadonlyArray<unknown>): unknown => {
      if (goOn !== undefined) Atomics.store(kept, index, ++writes)
      return Reflect.apply(write as typeof stream.write, stream, args)
    }
    Reflect.set(stream, "write", counting)
  }
}

/** A process: writes to its pipes wait until all is in them. Set when a stream is first asked for: making one takes time. */
export const printThroughProcess = (): void => {
  for (const name of streams) {
    const property = Object.getOwnPropertyDescriptor(process, name)
    if (property?.get === undefined || property.configurable !== true) continue
    const get = (): unknown => {
      Object.defineProperty(process, name, property)
      const stream = process[name]
      // Node does not tell the handle in public. Without one it is a file, which is written at once.
      const handle: unknown = Reflect.get(stream, "_handle")
      const setBlocking: unknown =
        typeof handle === "object" && handle !== null && Reflect.get(handle, "setBlocking")
      if (typeof setBlocking === "function") Reflect.apply(setBlocking, handle, [true])
      return stream
    }
    Object.defineProperty(process, name, { ...property, get })
  }
}

/** Host: stands for what a thread kept until it was terminated. */
export const lostNote = (writes: number): Buffer =>
  Buffer.from(
    `\n[${writes} writes of this worker were dropped here, as it was terminated before they had left it]\n`
  )
