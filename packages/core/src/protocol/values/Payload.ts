/**
 * The payload of a call, one or many, on the side that sends it: encoded, and captured as it is at that moment (S203).
 *
 * @since 0.1.0
 */
import { isTypedArray, type TypedArray } from "../../internal/model/typedArray.ts"
import type { TaskDefinition } from "../../internal/model/definition.ts"
import { isInstance } from "../../internal/model/foreign.ts"
import { argumentPath } from "../../internal/model/module.ts"
import type { Movable } from "../../internal/model/movable.ts"
import { Malformed, NotSerializable, type Reason } from "../../TaskError.ts"
import * as Capture from "./Capture.ts"
import { Refused } from "./Clonable.ts"
import type { TaskCodec } from "./Codec.ts"
import * as Packed from "./Packed.ts"

/** A payload in its wire form, which nobody else can change any more. */
export interface Taken {
  readonly wire: unknown
  readonly transfer: Array<Movable> | undefined
}

/**
 * Throws `Malformed` for a payload that does not encode, and `Refused` for one that cannot be cloned. With `items`, the payload
 * is a list: of numbers it becomes one buffer.
 */
export const take = (
  codec: TaskCodec,
  payload: unknown,
  items: number | undefined,
  platform: Capture.Platform
): Taken =>
  items !== undefined
    ? takeMany(codec, payload as ReadonlyArray<unknown> | TypedArray, platform)
    : typeof payload === "object" && isInstance(payload, Drawn)
      ? payload.taken()
      : takeOne(codec, payload, platform)

const takeOne = (codec: TaskCodec, payload: unknown, platform: Capture.Platform): Taken => {
  const wire = codec.host.encodePayload(payload)
  const moving = codec.transferPayload?.(payload)
  if (moving === undefined || moving.length === 0) {
    return { wire: Capture.capture(wire, platform), transfer: undefined }
  }
  const { transfer, value } = Capture.move(wire, moving, platform)
  return { wire: value, transfer }
}

/** A typed array is a copy of a part of the caller's already; numbers cross as one buffer. */
const takeMany = (
  codec: TaskCodec,
  payloads: ReadonlyArray<unknown> | TypedArray,
  platform: Capture.Platform
): Taken => {
  const { encodePayload } = codec.host
  const isOwn = encodePayload === Packed.asIs
  if (isOwn && isTypedArray(payloads)) return { wire: payloads, transfer: undefined }
  const packed = isOwn ? Packed.pack(payloads as ReadonlyArray<unknown>) : undefined
  if (packed !== undefined) return { wire: packed, transfer: undefined }
  const wires: Array<unknown> = []
  let transfer: Array<Movable> | undefined
  let index = 0
  try {
    for (; index < payloads.length; index++) {
      const payload = payloads[index]
      const { transfer: moved, wire } = isInstance(payload, Drawn)
        ? payload.taken()
        : takeOne(codec, payload, platform)
      wires.push(wire)
      if (moved !== undefined) transfer = [...(transfer ?? []), ...moved]
    }
  } catch (error) {
    // The path of a refusal begins at the list.
    throw isInstance(error, Refused) ? error.within(index) : error
  }
  return { wire: Packed.pack(wires) ?? wires, transfer }
}

/** Why a payload was not taken, from what `take` has thrown; `undefined` for an error of anybody else's. */
export const refusalOf = (
  { module }: Pick<TaskDefinition, "module">,
  items: number | undefined,
  error: unknown,
  side: "host" | "worker"
): Reason | undefined => {
  if (isInstance(error, Malformed)) {
    const { detail, path, what } = error
    // Codecs call the caller's side the host.
    return side === "host" ? error : new Malformed({ side, what, path, detail })
  }
  if (!isInstance(error, Refused)) return undefined
  // Of many, each is one argument.
  const path = items === undefined ? argumentPath(module, error.path) : error.path
  return new NotSerializable({ side, what: "payload", path, detail: error.detail })
}

// ----------------------------------------------------------------------------
// inputs of a generator
// ----------------------------------------------------------------------------

/** A payload that was taken before it was submitted: the code that draws the next one may change its object meanwhile. */
export class Drawn {
  private readonly outcome: Taken | { readonly error: unknown }

  constructor(outcome: Taken | { readonly error: unknown }) {
    this.outcome = outcome
  }

  /** Throws what `take` has thrown. */
  taken(): Taken {
    if ("error" in this.outcome) throw this.outcome.error
    return this.outcome
  }
}

/** Takes one payload of a list that is still being drawn. A payload that cannot change stays as it is. */
export type Draw = (payload: unknown) => unknown

export const drawing =
  (codec: TaskCodec, platform: Capture.Platform): Draw =>
  (payload) => {
    if (Capture.isImmutable(payload)) return payload
    try {
      return new Drawn(takeOne(codec, payload, platform))
    } catch (error) {
      return new Drawn({ error })
    }
  }
