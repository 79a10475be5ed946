/**
 * Packs lists of numbers into one buffer: structured clone copies a buffer at once, but a list number by number.
 *
 * @since 0.1.0
 */

/** A shorter list is not worth a buffer. */
const leastLength = 16

/** Returns the same numbers, bit for bit (`-0` and `NaN` too); `undefined` unless all values are numbers. */
export const pack = (values: ReadonlyArray<unknown>): Float64Array<ArrayBuffer> | undefined => {
  if (values.length < leastLength || typeof values[0] !== "number") return undefined
  const packed = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== "number") return undefined
    packed[i] = value
  }
  return packed
}

/** Marks a conversion that changes nothing, so that callers can skip the call. */
export const asIs = (value: unknown): unknown => value

/** Converts each value, holes included; returns the list itself when there is nothing to convert. */
export const mapAll = <A extends ArrayLike<unknown>>(
  values: A,
  convert: (value: unknown) => unknown
): A | Array<unknown> => {
  if (convert === asIs) return values
  // `Array.from` is twenty times slower.
  const converted: Array<unknown> = []
  for (let i = 0; i < values.length; i++) converted.push(convert(values[i]))
  return converted
}

/** Collects a known number of values, in one buffer as long as all are numbers. */
export class Builder {
  /** The number of values so far. */
  length = 0
  private readonly numbers: Float64Array | undefined
  private list: Array<unknown> | undefined

  /** `room`: the buffer to write the numbers to. */
  constructor(capacity: number, room?: Float64Array) {
    this.numbers = room ?? (capacity < leastLength ? undefined : new Float64Array(capacity))
    this.list = this.numbers === undefined ? [] : undefined
  }

  push(value: unknown): void {
    if (this.list === undefined && typeof value === "number") this.numbers![this.length] = value
    else this.toList().push(value)
    this.length++
  }

  /**
   * The buffer for the next numbers, from `length` on; `undefined` for a short list, or after a value that is no
   * number.
   */
  get room(): Float64Array | undefined {
    return this.list === undefined ? this.numbers : undefined
  }

  /** Call after the last value. */
  build(): Float64Array | Array<unknown> {
    return this.list ?? this.numbers!
  }

  private toList(): Array<unknown> {
    return (this.list ??= Array.from(this.numbers!.subarray(0, this.length)))
  }
}
