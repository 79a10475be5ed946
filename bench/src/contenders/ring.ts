// A ring of numbers in shared memory, for one writer and one reader on two threads.

const slots = 4096
/** Looks so many times before it sleeps: about as long as a hand-over takes. */
const spins = 200

/** Both counters count on for ever, modulo 2³². Invariant: read ≤ written ≤ read + slots. */
export class Ring {
  readonly memory: SharedArrayBuffer
  /** `0`: written, `16`: read; a cache line apart. */
  private readonly counters: Int32Array
  private readonly values: Float64Array

  constructor(memory = new SharedArrayBuffer(128 + slots * 8)) {
    this.memory = memory
    this.counters = new Int32Array(memory, 0, 32)
    this.values = new Float64Array(memory, 128, slots)
  }

  /** How many values may be written now. */
  free(): number {
    return slots - ((this.counters[0]! - Atomics.load(this.counters, 16)) | 0)
  }

  /** Writes where the reader does not look yet: `publish` shows it. */
  put(at: number, value: number): void {
    this.values[(this.counters[0]! + at) & (slots - 1)] = value
  }

  publish(count: number): void {
    Atomics.add(this.counters, 0, count)
    Atomics.notify(this.counters, 0)
  }

  /** How many values there are to read. */
  filled(): number {
    return (Atomics.load(this.counters, 0) - this.counters[16]!) | 0
  }

  take(at: number): number {
    return this.values[(this.counters[16]! + at) & (slots - 1)]!
  }

  release(count: number): void {
    Atomics.add(this.counters, 16, count)
  }

  /** Waits until there is something to read, for so many milliseconds at most. */
  wait(millis: number): void {
    for (let i = 0; i < spins; i++) if (this.filled() > 0) return
    if (this.filled() === 0) Atomics.wait(this.counters, 0, this.counters[16]!, millis)
  }
}
