/** How a log is cut. */

/** Bytes of a file, the first one counted and the last one not. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The greatest part: small enough that none keeps the others waiting at the end. */
const most = 8 * 1024 * 1024

/** The smallest part: below this a task costs more than it saves. */
const least = 64 * 1024

/** Four parts for each worker, within bounds. */
export const rangesOf = (size: number, workers: number): ReadonlyArray<Range> =>
  cut(size, Math.min(most, Math.max(least, Math.ceil(size / (workers * 4)))))

/** Parts of so many bytes, wherever their borders fall: which line belongs to which part is `Lines`' to say. */
export const cut = (size: number, part: number): ReadonlyArray<Range> =>
  Array.from({ length: Math.ceil(size / part) }, (_, index) => ({
    from: index * part,
    to: Math.min(size, (index + 1) * part)
  }))
