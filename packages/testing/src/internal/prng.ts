/**
 * Seeded random numbers: sfc32, one independent stream per purpose, so drawing for one never shifts another.
 *
 * @since 0.1.0
 */
import type * as Random from "effect/Random"

export interface Prng {
  /** An integer from 0 to 2³² - 1. */
  readonly uint32: () => number
  /** At least 0, below 1. */
  readonly double: () => number
}

/** The purpose of a stream of numbers. */
export type Stream = "schedule" | "preemption" | "program" | "draws"

const streams: Record<Stream, number> = { schedule: 1, preemption: 2, program: 3, draws: 4 }

export const make = (seed: number, stream: Stream): Prng => {
  // A double's low 32 bits and the rest, so big and fractional seeds differ too.
  let a = Math.trunc(seed) | 0
  let b = Math.trunc(seed / 2 ** 32) | 0
  let c = Math.trunc((seed % 1) * 2 ** 31) | 0
  let counter = streams[stream]
  const uint32 = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + mixed) | 0
    return mixed >>> 0
  }
  // The first outputs still show the seed.
  for (let i = 0; i < 15; i++) uint32()
  return { uint32, double: () => uint32() / 2 ** 32 }
}

/** A source for Effect's `Random`. */
export const toRandom = (prng: Prng): Random.Random => {
  const fraction = () => (prng.uint32() >>> 5) * 2 ** 26 + (prng.uint32() >>> 6)
  return {
    nextDoubleUnsafe: () => fraction() / 2 ** 53,
    nextIntUnsafe: () => (prng.uint32() % 2 === 0 ? fraction() : -fraction())
  }
}

/** A short text as an integer of 32 bits (FNV-1a). */
export const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
