/**
 * The payload of a call, one or many, on the side that sends it.
 *
 * @since 0.1.0
 */
import { isTypedArray, type TypedArray } from "../internal/model/typedArray.ts"
import type { Movable } from "../internal/model/movable.ts"
import type { TaskCodec } from "./Codec.ts"
import * as Packed from "./Packed.ts"

/** Throws `Malformed`. With `items`, the payload is a list: of numbers it becomes one buffer. */
export const encode = (codec: TaskCodec, payload: unknown, items: number | undefined): unknown =>
  items === undefined
    ? codec.host.encodePayload(payload)
    : encodeMany(codec, payload as ReadonlyArray<unknown>)

/** A typed array crosses as it is; so do numbers, as one buffer. The items of a module are single arguments. */
const encodeMany = (
  codec: TaskCodec,
  payloads: ReadonlyArray<unknown>
): ReadonlyArray<unknown> | TypedArray => {
  const encoded = Packed.mapAll(payloads, codec.host.encodePayload)
  return isTypedArray(encoded) ? encoded : (Packed.pack(encoded) ?? encoded)
}

/** What moves with it; `undefined` when nothing does. */
export const transferOf = (
  codec: TaskCodec,
  payload: unknown,
  items: number | undefined
): Array<Movable> | undefined => {
  const f = codec.transferPayload
  if (f === undefined) return undefined
  const list =
    items === undefined
      ? f(payload)
      : Array.from(new Set(Array.from(payload as ArrayLike<unknown>).flatMap(f)))
  return list.length === 0 ? undefined : list
}
