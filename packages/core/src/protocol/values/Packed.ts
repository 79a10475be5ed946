/**
 * Lists of numbers as one buffer: structured clone copies a buffer at once, and a list number by number.
 *
 * @since 0.1.0
 */

/** Shorter lists are not worth a buffer of their own. */
const leastLength = 16

/** The same numbers, each exactly as it was (`-0` and `NaN` too); `undefined` unless all are numbers. */
export const pack = (values: ReadonlyArray<unknown>): Float64Array<ArrayBuffer> | undefined => {
  if (values.length < leastLength) return undefined
  const packed = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (typeof value !== "number") return undefined
    packed[i] = value
  }
  return packed
}

/** Marks a conversion that changes nothing, so that nobody need call it. */
export const asIs = (value: unknown): unknown => value

/** Converts each value, holes included; the list itself where there is nothing to convert. */
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

/** Collects a known number of values: in one buffer for as long as they are numbers. */
export class Builder {
  /** How many are there. */
  length = 0
  private readonly numbers: Float64Array | undefined
  private list: Array<unknown> | undefined

  /** `room`: where the numbers are to go. */
  constructor(capacity: number, room?: Float64Array) {
    this.numbers = room ?? (capacity < leastLength ? undefined : new Float64Array(capacity))
    this.list = this.numbers === undefined ? [] : undefined
  }

  push(value: unknown): void {
    if (this.list === undefined && typeof value === "number") this.numbers![this.length] = value
    else this.toList().push(value)
    this.length++
  }

  /** Where the next numbers go, from `length` on; `undefined` where no buffer is worth it, or not all are numbers. */
  get room(): Float64Array | undefined {
    return this.list === undefined ? this.numbers : undefined
  }

  /** Once all are there. */
  build(): Float64Array | Array<unknown> {
    return this.list ?? this.numbers!
  }

  private toList(): Array<unknown> {
    return (this.list ??= Array.from(this.numbers!.subarray(0, this.length)))
  }
}
