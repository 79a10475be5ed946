/**
 * Frames: what the two sides of a connection tell each other after the handshake.
 *
 * A frame is a header of six bytes and a body. The header holds the length of the body (4, little-endian), the kind (1) and a zero. The
 * length is checked before anything is allocated for the body.
 *
 * @since 0.2.0
 */
import { Violation } from "@heddle/core/protocol/messages/Message"

/** Even, because V8 aligns wide text from the start of the buffer that it writes into. */
export const headerLength = 6

/**
 * The kinds of frames.
 *
 * - `element`: a value of the sender.
 * - `taken`: so many more elements were taken by the program that receives them; their places may be used again.
 * - `end`: the sender sends no more elements.
 * - `close`: the sender sends no more elements, and takes no more.
 */
export const Kind = { element: 1, taken: 2, end: 3, close: 4 } as const

const takenLength = 4

/** Writes the header into the room in front of a body. */
export const seal = (frame: Buffer, kind: number): Buffer => {
  frame.writeUInt32LE(frame.length - headerLength, 0)
  frame.writeUInt8(kind, 4)
  frame.writeUInt8(0, 5)
  return frame
}

export const encodeTaken = (count: number): Buffer => {
  const frame = Buffer.alloc(headerLength + takenLength)
  frame.writeUInt32LE(count, headerLength)
  return seal(frame, Kind.taken)
}

export const encodeLast = (kind: typeof Kind.end | typeof Kind.close): Buffer =>
  seal(Buffer.alloc(headerLength), kind)

export interface FrameListener {
  /** The body is the listener's own. */
  readonly element: (body: Buffer) => void
  readonly taken: (count: number) => void
  readonly end: () => void
  readonly close: () => void
}

/** A body is collected in a buffer that begins with this many bytes, and doubles as bytes come: a claim allocates nothing. */
const firstBytes = 16 * 1024

/** Cuts the bytes of a socket into frames. */
export class FrameCutter {
  private readonly maxBytes: number
  private readonly listener: FrameListener
  private readonly header = Buffer.alloc(headerLength)
  private headerBytes = 0
  private body: Buffer | undefined
  private bodyBytes = 0
  private length = 0
  private kind = 0
  private isStopped = false

  constructor(maxBytes: number, listener: FrameListener) {
    this.maxBytes = maxBytes
    this.listener = listener
  }

  /** Reads bytes and hands over each whole frame. Throws {@link Violation}; no later byte can be read then. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.isStopped) {
      at += this.body === undefined ? this.readHeader(chunk, at) : this.readBody(chunk, at)
    }
  }

  /** Drops what has come, and every later byte. */
  stop(): void {
    this.isStopped = true
    this.body = undefined
  }

  private readHeader(chunk: Buffer, at: number): number {
    const read = chunk.copy(this.header, this.headerBytes, at, at + headerLength - this.headerBytes)
    this.headerBytes += read
    if (this.headerBytes < headerLength) return read
    this.headerBytes = 0
    this.length = this.header.readUInt32LE(0)
    this.kind = this.header.readUInt8(4)
    this.checkHeader()
    const start = at + read
    if (chunk.length - start < this.length) {
      this.body = Buffer.allocUnsafeSlow(Math.min(this.length, firstBytes))
      this.bodyBytes = 0
      return read
    }
    // A copy, because a small body would keep the whole chunk alive until it is taken.
    this.tell(Buffer.from(chunk.subarray(start, start + this.length)))
    return read + this.length
  }

  private checkHeader(): void {
    if (this.header.readUInt8(5) !== 0) throw new Violation("a header is not one of this protocol")
    const expected = { [Kind.taken]: takenLength, [Kind.end]: 0, [Kind.close]: 0 }[this.kind]
    if (expected === undefined && this.kind !== Kind.element) {
      throw new Violation(`a frame is of the unknown kind ${this.kind}`)
    }
    if (this.length > (expected ?? this.maxBytes)) {
      throw new Violation(`a frame is larger than ${expected ?? this.maxBytes} bytes: ${this.length}`)
    }
    if (expected !== undefined && this.length !== expected)
      throw new Violation("a frame is too short for its kind")
  }

  private readBody(chunk: Buffer, at: number): number {
    const wanted = Math.min(this.length - this.bodyBytes, chunk.length - at)
    let body = this.body!
    if (body.length < this.bodyBytes + wanted) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(this.length, Math.max(2 * body.length, this.bodyBytes + wanted))
      )
      body.copy(larger, 0, 0, this.bodyBytes)
      this.body = body = larger
    }
    chunk.copy(body, this.bodyBytes, at, at + wanted)
    this.bodyBytes += wanted
    if (this.bodyBytes === this.length) {
      this.body = undefined
      this.tell(body)
    }
    return wanted
  }

  private tell(body: Buffer): void {
    switch (this.kind) {
      case Kind.element:
        return this.listener.element(body)
      case Kind.taken:
        return this.listener.taken(body.readUInt32LE(0))
      case Kind.end:
        return this.listener.end()
      case Kind.close:
        return this.listener.close()
    }
  }
}
