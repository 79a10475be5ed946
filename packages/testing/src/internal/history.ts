/**
 * The events of a simulation, in order, as a number for comparing two runs.
 *
 * Fiber ids, addresses and real times stay out: they differ between runs of one process.
 *
 * @since 0.1.0
 */

/** An event recorded by a program; `time` in virtual milliseconds since the start; `strand` is the recording strand. */
export interface RecordedEvent {
  readonly time: number
  readonly event: string
  readonly strand: string
}

export interface History {
  readonly hash: string
  readonly choices: ReadonlyArray<number>
  readonly events: ReadonlyArray<RecordedEvent>
}

export class Recorder {
  readonly events: Array<RecordedEvent> = []
  private high = 0xdeadbeef
  private low = 0x41c6ce57

  /** Mixes a number into the hash (cyrb53). */
  mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 2654435761)
    this.low = Math.imul(this.low ^ value, 1597334677)
  }

  mixTime(millis: number): void {
    this.mix(Math.trunc(millis))
    this.mix(Math.trunc((millis % 1) * 1e6))
  }

  record(time: number, event: string, strand: string): void {
    this.events.push({ time, event, strand })
    this.mixTime(time)
    for (let i = 0; i < event.length; i++) this.mix(event.charCodeAt(i))
  }

  get hash(): string {
    let high = Math.imul(this.high ^ (this.high >>> 16), 2246822507)
    high ^= Math.imul(this.low ^ (this.low >>> 13), 3266489909)
    let low = Math.imul(this.low ^ (this.low >>> 16), 2246822507)
    low ^= Math.imul(this.high ^ (this.high >>> 13), 3266489909)
    return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")
  }
}
