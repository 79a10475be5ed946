/**
 * The records of a queue in their cells, as one thread puts and takes them.
 *
 * A cell is freed as soon as it was read, so a thread that took a block and is slow with its records is in nobody's way. Records that the
 * thread has taken and not handed out are counted in a word of the thread, by which the host counts them as lost when the thread dies.
 *
 * @since 0.3.0
 */
import * as Cells from "@heddle/core/protocol/memory/cells"
import { type Field, type Region, regionOf } from "./fields.ts"
import { Gate } from "./gate.ts"
import * as LockSegment from "./lockSegment.ts"
import * as Realm from "./realm.ts"
import { headerWords, type Segment } from "./segment.ts"

/** How many cells a queue has, as a power of two, and how many records each of them holds at most. */
export interface Shape {
  readonly bits: number
  readonly block: number
}

const Bits = LockSegment.ownWords
const Block = Bits + 1
/** How many lost records `tellLost` has told. */
const Told = Bits + 2
/** How many records died in the hands of threads, outside of cells. */
const LostInHands = Bits + 3
/** A word for each agent: twice the number of records that it has in hands, plus one while it frees the cell of the last of them. */
const InHands = Bits + 4
const cellsAt = InHands + Realm.maxAgents + 1

/** The most cells, as a power of two. */
export const maxBits = 20
/** The most records of a cell. */
export const maxBlock = 64

/** The byte where records begin: aligned for every field. */
const recordsAt = (bits: number): number => 8 * Math.ceil((4 * (cellsAt + Cells.wordsOf(bits))) / 8)

const bytesOf = ({ bits, block }: Shape, stride: number): number =>
  recordsAt(bits) + 2 ** bits * block * stride

/** The words of a queue behind the header of locks. */
export const wordsOf = (shape: Shape, stride: number): number =>
  Math.ceil(bytesOf(shape, stride) / 4) - LockSegment.ownWords

/** Host: writes the shape into a new segment. */
export const initialize = ({ words }: Segment, { bits, block }: Shape): void => {
  Atomics.store(words, Bits, bits)
  Atomics.store(words, Block, block)
}

/** The shape of a queue in foreign memory; `undefined` where the memory holds no queue of records of so many bytes. */
export const shapeIn = (buffer: SharedArrayBuffer, stride: number): Shape | undefined => {
  if (buffer.growable || buffer.byteLength < 4 * (headerWords + cellsAt)) return undefined
  const words = new Int32Array(buffer)
  const shape = { bits: Atomics.load(words, Bits), block: Atomics.load(words, Block) }
  const isShape = shape.bits >= 1 && shape.bits <= maxBits && shape.block >= 1 && shape.block <= maxBlock
  return isShape && bytesOf(shape, stride) <= buffer.byteLength ? shape : undefined
}

/** Threads that have records in hands: a handle that is collected would take them along. */
const holding = new Set<object>()

export class RecordCells<A> {
  readonly givers: Gate
  readonly takers: Gate
  private readonly element: Field<A>
  private readonly shape: Shape
  private readonly words: Int32Array<SharedArrayBuffer>
  private readonly cells: Cells.Cells
  private readonly region: Region
  /** Taken and free for the next taker of this thread. */
  private readonly rest: Array<A> = []
  /** How many records are taken and not handed out: those of `rest`, and those of fibers that have not gone on yet. */
  private inHands = 0

  constructor(segment: Segment, element: Field<A>, shape: Shape) {
    const { buffer, words } = segment
    const { bits, block } = shape
    this.element = element
    this.shape = shape
    this.words = words
    this.cells = { words, at: cellsAt, bits }
    this.region = regionOf(buffer, recordsAt(bits), 2 ** bits * block * element.byteLength)
    this.givers = new Gate(segment, () => Cells.fullAt(this.cells))
    this.takers = new Gate(segment, () => Cells.emptyAt(this.cells))
  }

  // ---------------------------------------------------------------------------
  // producers
  // ---------------------------------------------------------------------------

  /** Puts encoded records into one cell, as many as a cell holds, and returns how many. */
  put(records: Uint8Array, from: number): number | "full" | "ended" {
    const { cells, element, region, shape } = this
    const agent = Realm.currentAgent()
    const ticket = Cells.beginPut(cells, agent)
    if (typeof ticket === "string") return ticket
    const stride = element.byteLength
    const count = Math.min(shape.block, records.length / stride - from)
    const part = records.subarray(from * stride, (from + count) * stride)
    region.bytes.set(part, Cells.indexOf(cells, ticket) * shape.block * stride)
    Cells.commitPut(cells, ticket, agent, count)
    return count
  }

  /** Returns `false` while the queue is full. */
  end(): boolean {
    return Cells.end(this.cells) === "ended"
  }

  fullAt(): Cells.Sleep | undefined {
    return Cells.fullAt(this.cells)
  }

  // ---------------------------------------------------------------------------
  // consumers
  // ---------------------------------------------------------------------------

  /** Takes up to `limit` records that are there, at least one. They stay in hands until `handedOut` or `giveBack`. */
  take(limit: number): ReadonlyArray<A> | "empty" | "ended" {
    const found = this.fill()
    if (found !== undefined) return found
    const taken = this.rest.splice(0, limit)
    while (taken.length < limit && this.fill() === undefined) {
      taken.push(...this.rest.splice(0, limit - taken.length))
    }
    return taken
  }

  /** The records belong to a fiber now. */
  handedOut(count: number): void {
    this.inHands -= count
    this.tell()
    if (this.inHands === 0) holding.delete(this)
  }

  /** The records go to the next takers of this thread, before all others. */
  giveBack(records: ReadonlyArray<A>): void {
    if (records.length === 0) return
    this.rest.unshift(...records)
    this.takers.serve()
  }

  emptyAt(): Cells.Sleep | undefined {
    return Cells.emptyAt(this.cells)
  }

  /** Makes sure that there is a record in `rest`. */
  private fill(): "empty" | "ended" | undefined {
    if (this.rest.length > 0) return undefined
    const { cells, element, region, rest, shape } = this
    const agent = Realm.currentAgent()
    const ticket = Cells.beginTake(cells, agent)
    if (typeof ticket === "string") return ticket
    const count = Math.min(Cells.recordsIn(cells, ticket), shape.block)
    const at = Cells.indexOf(cells, ticket) * shape.block
    for (let i = 0; i < count; i++) rest.push(element.read(region, (at + i) * element.byteLength))
    this.inHands += count
    holding.add(this)
    // Whenever the thread dies, exactly one of the two has the records: the cell, or the thread's word without its mark.
    this.tell(1)
    Cells.commitTake(cells, ticket, agent)
    this.tell()
    return undefined
  }

  private tell(mark = 0): void {
    Atomics.store(this.words, InHands + Realm.currentAgent(), 2 * this.inHands + mark)
  }

  // ---------------------------------------------------------------------------
  // everybody
  // ---------------------------------------------------------------------------

  /** Records in cells. */
  get size(): number {
    return Cells.records(this.cells)
  }

  /** Records that threads have taken and not handed out. */
  get taken(): number {
    let total = 0
    for (let agent = 0; agent <= Realm.maxAgents; agent++) {
      total += Atomics.load(this.words, InHands + agent) >>> 1
    }
    return total
  }

  get lost(): number {
    return Cells.lostOf(this.cells) + Atomics.load(this.words, LostInHands)
  }

  /** How many records were lost since the last call, in whichever thread: each loss is told once. */
  tellLost(): number {
    for (;;) {
      const told = Atomics.load(this.words, Told)
      const { lost } = this
      if (lost <= told) return 0
      if (Atomics.compareExchange(this.words, Told, told, lost) === told) return lost - told
    }
  }

  wake(): void {
    Cells.wakeAll(this.cells)
  }

  /** Host: counts what a dead thread had, and frees its cells. May be called again. */
  recover(agent: number): number {
    const word = Atomics.exchange(this.words, InHands + agent, 0)
    const inCell = Cells.recover(this.cells, agent)
    const inHands = (word >>> 1) - (word % 2 === 1 ? inCell : 0)
    Atomics.add(this.words, LostInHands, inHands)
    return inCell + inHands
  }
}
