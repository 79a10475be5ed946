/**
 * Records: how frames travel through a pipe. Either side of a process's channel reads and writes them with this file.
 *
 * A record is a header of 16 bytes, the nonce of this life of this worker (8), the length of the body (4) and the kind
 * (4), little-endian, and a body: one value, as V8's serializer writes it. A worker is not trusted, so whatever does not
 * fit, a foreign nonce, an unknown kind, a length past the limit, a body that cannot be read, is a `Violation`: bytes that
 * somebody printed into the pipe have no nonce, and are refused before they are looked at.
 *
 * @since 0.1.0
 */
import { Deserializer, Serializer } from "node:v8"
import { Violation } from "@heddle/core/protocol/messages/Message"

export const headerLength = 16
export const nonceLength = 8

/**
 * `hello`: host to worker, the first one, `{ start, maxFrameBytes }`; its nonce is the one of all records that follow.
 * `begun`: worker to host, Node came as far as the boot of this package. `frame`: either way. `lastWords`: worker to host, what an uncaught exception is about to end it with.
 */
export const Kind = { hello: 1, frame: 2, lastWords: 3, begun: 4 } as const

/** Throws what the serializer throws when the value cannot be cloned, and a `RangeError` past the limit. */
export const encode = (nonce: Buffer, kind: number, value: unknown, maxBytes: number): Buffer => {
  const serializer = new Serializer()
  // The body is written behind its header, so that it need not be copied. The serializer aligns two-byte text from the
  // buffer's begin; an even header keeps that true for the body.
  serializer.writeRawBytes(Buffer.alloc(headerLength))
  serializer.writeHeader()
  serializer.writeValue(value)
  const record = serializer.releaseBuffer()
  const length = record.length - headerLength
  if (length > maxBytes) {
    throw new RangeError(`larger than ${maxBytes} bytes: ${length}`)
  }
  nonce.copy(record, 0)
  record.writeUInt32LE(length, nonceLength)
  record.writeUInt32LE(kind, nonceLength + 4)
  return record
}

/** Throws {@link Violation} when it is no value. What is nested too deep for the stack is none either. */
export const decode = (body: Buffer): unknown => {
  try {
    const deserializer = new Deserializer(body)
    deserializer.readHeader()
    return deserializer.readValue()
  } catch (error) {
    throw new Violation(`a record cannot be read: ${error instanceof Error ? error.message : "it throws"}`)
  }
}

export interface Header {
  readonly kind: number
  readonly length: number
}

/** Throws {@link Violation}. Without a nonce any is taken. */
export const readHeader = (header: Buffer, nonce: Buffer | undefined, maxBytes: number): Header => {
  if (nonce !== undefined && nonce.compare(header, 0, nonceLength) !== 0) {
    throw new Violation("what is in the channel is no record of this worker")
  }
  const length = header.readUInt32LE(nonceLength)
  if (length > maxBytes) throw new Violation(`a record is larger than ${maxBytes} bytes: ${length}`)
  return { length, kind: header.readUInt32LE(nonceLength + 4) }
}

/** Cuts what comes through the pipe into records. */
export class RecordReader {
  private readonly nonce: Buffer
  private readonly maxBytes: number
  private readonly onRecord: (kind: number, body: Buffer) => void
  private chunks: Array<Buffer> = []
  // Invariant: the sum of the lengths of `chunks`.
  private available = 0
  private header: Header | undefined
  private isCutting = false

  constructor(nonce: Buffer, maxBytes: number, onRecord: (kind: number, body: Buffer) => void) {
    this.nonce = nonce
    this.maxBytes = maxBytes
    this.onRecord = onRecord
  }

  /** Throws {@link Violation}; nothing that comes after it can be read. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.available += chunk.length
    // Whoever is told of a record may push more: it is cut when its turn comes.
    if (this.isCutting) return
    this.isCutting = true
    try {
      while (this.cut());
    } finally {
      this.isCutting = false
    }
  }

  private cut(): boolean {
    if (this.header === undefined) {
      if (this.available < headerLength) return false
      this.header = readHeader(this.take(headerLength), this.nonce, this.maxBytes)
    }
    const { kind, length } = this.header
    if (this.available < length) return false
    this.header = undefined
    this.onRecord(kind, this.take(length))
    return true
  }

  private take(length: number): Buffer {
    this.available -= length
    const first = this.chunks[0]
    if (first !== undefined && first.length >= length) {
      if (first.length === length) this.chunks.shift()
      else this.chunks[0] = first.subarray(length)
      return first.subarray(0, length)
    }
    const all = Buffer.concat(this.chunks)
    this.chunks = all.length === length ? [] : [all.subarray(length)]
    return all.subarray(0, length)
  }
}
