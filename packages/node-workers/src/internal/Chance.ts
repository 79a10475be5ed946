/**
 * Whether to try what costs processor time and may be in vain: after some misses in a row it is left out many times, then
 * tried once.
 *
 * @since 0.1.0
 */

/** After so many misses in a row… */
export const missesInARow = 3

/** …so many tries are left out. */
export const restTries = 16

export class Chance {
  private misses = 0
  private rest = 0

  /** To be asked once per try. */
  isWorthIt(): boolean {
    if (this.rest === 0) return true
    this.rest--
    return false
  }

  hit(): void {
    this.misses = 0
  }

  miss(): void {
    if (++this.misses < missesInARow) return
    // The next miss is enough.
    this.misses--
    this.rest = restTries
  }
}
