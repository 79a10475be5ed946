/**
 * Checks the bytes of an element before V8 reads them.
 *
 * V8's deserializer trusts what it reads. It allocates the length that an array claims: nine bytes made 269 MB, and twenty nested
 * arrays in a frame of 16 MiB made 2.7 GB and took eleven seconds. A property of an array may raise the array's length to four
 * billion. A value that refers to its parts again and again is small in bytes, and endless for a schema that walks it as a
 * tree. So this walk reads all bytes first, allocates nothing that the bytes claim, and refuses everything but plain values of
 * bounded depth and weight (G16).
 *
 * **Plain values**: `undefined`, `null`, booleans, numbers, bigints, text, dates, arrays without holes or further fields, plain
 * objects, maps, sets, array buffers and their views. Any of them may occur several times, but not inside itself.
 *
 * **Weight**: an estimate of the memory of the decoded value. A part that occurs several times counts as often.
 *
 * The layout is the one of V8's `value-serializer.cc`, version 15, as Node 22 to 26 write it. A tag that is not known is refused, so a
 * newer layout is refused as well.
 *
 * @since 0.2.0
 */
import { Violation } from "@heddle/core/protocol/messages/Message"

export interface BodyLimits {
  readonly maxDepth: number
  readonly maxWeight: number
}

export interface Measured {
  /** How many containers are nested; 0 for a value without parts. */
  readonly depth: number
  /** Bytes. */
  readonly weight: number
}

/** The version of V8's layout, and the first two bytes of every body. */
export const layoutVersion = 15
const versionTag = 0xff

/** The size of an element of each kind of view, by the number that stands for the kind in a body. */
export const viewSizes = [1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8, 1] as const

/** Estimates of V8's memory, in bytes, without what the value contains. */
const weights = { leaf: 8, text: 24, double: 16, object: 56, array: 32, table: 240, date: 100, buffer: 300 }

const tagOf = (character: string): number => character.charCodeAt(0)

const Tag = {
  undefined: tagOf("_"),
  null: tagOf("0"),
  true: tagOf("T"),
  false: tagOf("F"),
  int: tagOf("I"),
  double: tagOf("N"),
  bigint: tagOf("Z"),
  latin: tagOf('"'),
  wide: tagOf("c"),
  utf8: tagOf("S"),
  again: tagOf("^"),
  object: tagOf("o"),
  objectEnd: tagOf("{"),
  dense: tagOf("A"),
  denseEnd: tagOf("$"),
  sparse: tagOf("a"),
  sparseEnd: tagOf("@"),
  date: tagOf("D"),
  map: tagOf(";"),
  mapEnd: tagOf(":"),
  set: tagOf("'"),
  setEnd: tagOf(","),
  buffer: tagOf("B"),
  view: tagOf("\\"),
  /** V8 aligns wide text by one of these. */
  padding: 0
} as const

/** What the other tags stand for. */
const refusedTags = new Map<number, string>(
  Object.entries({
    "-": "an array with holes",
    r: "an error",
    R: "a regular expression",
    "~": "a resizable buffer",
    u: "shared memory",
    y: "a boxed boolean",
    x: "a boxed boolean",
    n: "a boxed number",
    z: "a boxed bigint",
    s: "a boxed string"
  }).map(([character, what]) => [tagOf(character), what])
)

/** Measures a body. Throws {@link Violation} for anything but a plain value within the limits. */
export const checkBody = (body: Uint8Array, limits: BodyLimits): Measured => new Walk(body, limits).root()

/** Stands for the depth of a container whose parts are still being read. */
const unfinished = -1

class Walk {
  private readonly body: Uint8Array
  private readonly limits: BodyLimits
  private at = 0
  private weight = 0
  // V8 numbers objects as they begin. Invariant: both lists have one entry for each object that has begun.
  private readonly depthOf: Array<number> = []
  private readonly weightOf: Array<number> = []

  constructor(body: Uint8Array, limits: BodyLimits) {
    this.body = body
    this.limits = limits
  }

  root(): Measured {
    const [tag, version] = [this.byte(), this.varint()]
    if (tag !== versionTag || version !== layoutVersion) {
      throw new Violation(`an element is not in version ${layoutVersion} of V8's layout`)
    }
    const depth = this.value(0)
    if (this.at !== this.body.length) throw new Violation("bytes follow the value of an element")
    return { depth, weight: this.weight }
  }

  /** Reads one value at a depth; returns how many containers are nested in it. */
  private value(depth: number): number {
    const tag = this.tag()
    switch (tag) {
      case Tag.undefined:
      case Tag.null:
      case Tag.true:
      case Tag.false:
        return this.leaf(0, weights.leaf)
      case Tag.int:
        this.varint()
        return this.leaf(0, weights.leaf)
      case Tag.double:
        return this.leaf(8, weights.double)
      case Tag.latin:
      case Tag.wide:
      case Tag.utf8:
        return this.text(tag)
      case Tag.bigint: {
        const length = (this.varint() >>> 1) & 0x3fffffff
        return this.leaf(length, weights.text + length)
      }
      case Tag.again:
        return this.again(depth)
      case Tag.object:
        return this.container(depth, weights.object, (inside) => this.fields(inside))
      case Tag.dense:
        return this.container(depth, weights.array, (inside) => this.dense(inside))
      case Tag.sparse:
        return this.container(depth, weights.array, (inside) => this.sparse(inside))
      case Tag.map:
        return this.container(depth, weights.table, (inside) => this.entries(inside, Tag.mapEnd, 2))
      case Tag.set:
        return this.container(depth, weights.table, (inside) => this.entries(inside, Tag.setEnd, 1))
      case Tag.date:
        return this.single(weights.date, 8)
      case Tag.buffer: {
        const length = this.varint()
        return this.single(weights.buffer + length, length)
      }
      case Tag.view:
        return this.bytesOfView()
      default:
        throw new Violation(`an element contains ${refusedTags.get(tag) ?? "a value of an unknown kind"}`)
    }
  }

  private tag(): number {
    const tag = this.byte()
    return tag === Tag.padding && this.body[this.at] === Tag.wide ? this.byte() : tag
  }

  private text(tag: number): 0 {
    const length = this.varint()
    if (tag === Tag.wide && length % 2 !== 0) throw new Violation("text has half a character")
    return this.leaf(length, weights.text + length)
  }

  private again(depth: number): number {
    const id = this.varint()
    const inside = this.depthOf[id]
    if (inside === undefined) throw new Violation("an element refers to a part that is not there")
    if (inside === unfinished) throw new Violation("a part of an element contains itself")
    this.checkDepth(depth + inside)
    this.weigh(this.weightOf[id]!)
    return inside
  }

  private container(depth: number, weight: number, parts: (depth: number) => number): number {
    this.checkDepth(depth + 1)
    const before = this.weight
    const id = this.begin()
    this.weigh(weight)
    const inside = parts(depth + 1) + 1
    this.depthOf[id] = inside
    this.weightOf[id] = this.weight - before
    return inside
  }

  /** Numbers an object without parts, and skips its bytes. */
  private single(weight: number, length: number): 0 {
    const id = this.begin()
    this.depthOf[id] = 0
    this.weightOf[id] = weight
    return this.leaf(length, weight)
  }

  private begin(): number {
    this.weightOf.push(0)
    return this.depthOf.push(unfinished) - 1
  }

  private fields(depth: number): number {
    let count = 0
    let deepest = 0
    while (this.peek() !== Tag.objectEnd) {
      this.key()
      deepest = Math.max(deepest, this.value(depth))
      count++
    }
    this.close(Tag.objectEnd, count)
    return deepest
  }

  private key(): void {
    const tag = this.tag()
    if (tag === Tag.latin || tag === Tag.wide || tag === Tag.utf8) this.text(tag)
    else if (tag === Tag.int) this.varint()
    else if (tag === Tag.double) this.skip(8)
    else throw new Violation("a key is neither text nor a number")
    this.weigh(weights.leaf)
  }

  /** Reads every item before V8 allocates the array's length. */
  private dense(depth: number): number {
    const length = this.varint()
    let deepest = 0
    for (let i = 0; i < length; i++) deepest = Math.max(deepest, this.value(depth))
    this.close(Tag.denseEnd, 0)
    if (this.varint() !== length) throw new Violation("the length of an array differs from its claim")
    return deepest
  }

  /** V8 writes an array that once had holes by keys. All keys must be there, in order. */
  private sparse(depth: number): number {
    const length = this.varint()
    let deepest = 0
    for (let i = 0; i < length; i++) {
      if (this.byte() !== Tag.int || this.varint() !== 2 * i) {
        throw new Violation("an element contains an array with holes")
      }
      deepest = Math.max(deepest, this.value(depth))
    }
    this.close(Tag.sparseEnd, length)
    if (this.varint() !== length) throw new Violation("the length of an array differs from its claim")
    return deepest
  }

  private entries(depth: number, end: number, parts: 1 | 2): number {
    let count = 0
    let deepest = 0
    while (this.peek() !== end) {
      for (let i = 0; i < parts; i++) deepest = Math.max(deepest, this.value(depth))
      count += parts
      this.weigh(weights.leaf * 4)
    }
    this.close(end, count)
    return deepest
  }

  private bytesOfView(): 0 {
    const size = viewSizes[this.varint()]
    const length = this.varint()
    if (size === undefined || length % size !== 0) throw new Violation("a typed array has no such length")
    return this.single(weights.buffer + length, length)
  }

  /** Reads the end of a container, and how many parts V8 expects to have read. */
  private close(end: number, count: number): void {
    if (this.byte() !== end) throw new Violation("an array has fields beside its items")
    if (this.varint() !== count) throw new Violation("the number of parts differs from its claim")
  }

  private leaf(length: number, weight: number): 0 {
    this.skip(length)
    this.weigh(weight)
    return 0
  }

  private weigh(bytes: number): void {
    this.weight += bytes
    if (this.weight > this.limits.maxWeight) {
      throw new Violation(`an element needs more than ${this.limits.maxWeight} bytes of memory`)
    }
  }

  private checkDepth(depth: number): void {
    if (depth > this.limits.maxDepth) {
      throw new Violation(`an element is nested deeper than ${this.limits.maxDepth} levels`)
    }
  }

  private peek(): number | undefined {
    return this.body[this.at]
  }

  private byte(): number {
    const byte = this.body[this.at++]
    if (byte === undefined) throw new Violation("an element ends too soon")
    return byte
  }

  private skip(length: number): void {
    if (length > this.body.length - this.at) throw new Violation("an element ends too soon")
    this.at += length
  }

  /** Reads an integer of 32 bits, seven a byte. */
  private varint(): number {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    const last = this.byte()
    if (last > 0x0f) throw new Violation("a number has more than 32 bits")
    return value + last * 2 ** 28
  }
}
