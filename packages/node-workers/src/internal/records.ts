/**
 * Records: the encoding of frames in a pipe. Both sides of a process's channel read and write records with this file.
 *
 * A record is a header of 16 bytes and a body. The header holds the nonce of this worker process (8), the length of the body
 * (4) and the kind (4), little-endian. The body is one value as V8's serializer writes values. A worker is not trusted, so a
 * foreign nonce, an unknown kind, a length past the limit or an unreadable body is a `Violation`. Bytes printed into the
 * pipe have no nonce, and are refused before anything is parsed.
 *
 * @since 0.1.0
 */
import { Deserializer, Serializer } from "node:v8"
import { Violation } from "@heddle/core/protocol/messages/Message"

export const headerLength = 16
export const nonceLength = 8

/**
 * The kinds of records.
 *
 * - `hello`: host to worker, the first record, a `Hello`. Its nonce is the nonce of all records that follow.
 * - `frame`: either way.
 * - `uncaught`: worker to host, the uncaught exception that is about to end the process.
 * - `begun`: worker to host: Node has loaded the boot of this package.
 */
export const Kind = { hello: 1, frame: 2, uncaught: 3, begun: 4 } as const

/** Encodes a record. Throws the serializer's error for a value that cannot be cloned, and a `RangeError` past the limit. */
export const encode = (nonce: Buffer, kind: number, value: unknown, maxBytes: number): Buffer => {
  const serializer = new Serializer()
  // Write the body behind its header, so that no copy is needed. The serializer aligns two-byte text from the start of the
  // buffer; a header of even length keeps the body aligned.
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

/** Decodes a body. Throws {@link Violation} for an unreadable body, and for a value nested too deep for the stack. */
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

/** Reads a header. Throws {@link Violation}. Without a nonce, every nonce is accepted. */
export const readHeader = (header: Buffer, nonce: Buffer | undefined, maxBytes: number): Header => {
  if (nonce !== undefined && nonce.compare(header, 0, nonceLength) !== 0) {
    throw new Violation("what is in the channel is no record of this worker")
  }
  const length = header.readUInt32LE(nonceLength)
  if (length > maxBytes) throw new Violation(`a record is larger than ${maxBytes} bytes: ${length}`)
  return { length, kind: header.readUInt32LE(nonceLength + 4) }
}

/** Cuts the bytes of a pipe into records. */
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

  /** Adds bytes and hands over each whole record. Throws {@link Violation}; no later byte can be read then. */
  push(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.available += chunk.length
    // The handler of a record may push more bytes. The outer call cuts them, after the record.
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
