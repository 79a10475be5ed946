/**
 * Elements on the wire: a list, or one buffer where all are numbers.
 *
 * @since 0.2.0
 */
import * as Packed from "../../../protocol/values/Packed.ts"

export const toWire = (elements: ReadonlyArray<unknown>): ArrayLike<unknown> =>
  Packed.pack(elements) ?? elements
