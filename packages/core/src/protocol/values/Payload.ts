/**
 * Prepares the payload of a call, one or many, on the sending side: encoded, and captured at the time of the call
 * (S203).
 *
 * @since 0.1.0
 */
import { isTypedArray, type TypedArray } from "../../internal/model/typedArray.ts"
import type { TaskDefinition } from "../../internal/model/definition.ts"
import { isInstance } from "../../internal/model/foreign.ts"
import { argumentPath } from "../../internal/model/module.ts"
import type { Movable } from "../../internal/model/movable.ts"
import { encodeWithEnds, type Ends, noEnds, type Ports } from "../../internal/model/ports.ts"
import { Malformed, NotSerializable, type Reason } from "../../TaskError.ts"
import * as Capture from "./Capture.ts"
import { Refused } from "./Clonable.ts"
import type { TaskCodec } from "./Codec.ts"
import * as Packed from "./Packed.ts"

/** A payload in its wire form; a private copy, safe from later changes. */
export interface Taken {
  readonly wire: unknown
  readonly transfer: Array<Movable> | undefined
  /** The ends of channels inside. They leave this side with the payload. */
  readonly ends: Ends
}

/**
 * Throws `Malformed` for a payload that does not encode, and `Refused` for a payload that cannot be cloned. With
 * `items`, the payload is a list; a list of numbers becomes one buffer.
 */
export const take = (
  codec: TaskCodec,
  payload: unknown,
  items: number | undefined,
  platform: Capture.Platform,
  ports: Ports | undefined
): Taken =>
  items !== undefined
    ? takeMany(codec, payload as ReadonlyArray<unknown> | TypedArray, platform, ports)
    : typeof payload === "object" && isInstance(payload, Drawn)
      ? payload.taken()
      : takeOne(codec, payload, platform, ports)

const takeOne = (
  codec: TaskCodec,
  payload: unknown,
  platform: Capture.Platform,
  ports: Ports | undefined
): Taken => {
  if (codec.needsPorts.payload) return takeWithEnds(codec, payload, platform, ports)
  return captured(codec, payload, codec.host.encodePayload(payload), noEnds, platform)
}

/** A function of its own: its closure would cost every payload a context. */
const takeWithEnds = (
  codec: TaskCodec,
  payload: unknown,
  platform: Capture.Platform,
  ports: Ports | undefined
): Taken => {
  const { ends, value } = encodeWithEnds(ports, () => codec.host.encodePayload(payload))
  return captured(codec, payload, value, ends, platform)
}

const captured = (
  codec: TaskCodec,
  payload: unknown,
  wire: unknown,
  ends: Ends,
  platform: Capture.Platform
): Taken => {
  const moving = codec.transferPayload?.(payload)
  if (moving === undefined || moving.length === 0) {
    return { wire: Capture.capture(wire, platform), transfer: undefined, ends }
  }
  const { transfer, value } = Capture.move(wire, moving, platform)
  return { wire: value, transfer, ends }
}

/** Takes a list of payloads. A typed array is already a copy of the caller's data; numbers travel as one buffer. */
const takeMany = (
  codec: TaskCodec,
  payloads: ReadonlyArray<unknown> | TypedArray,
  platform: Capture.Platform,
  ports: Ports | undefined
): Taken => {
  const { encodePayload } = codec.host
  const isOwn = encodePayload === Packed.asIs
  if (isOwn && isTypedArray(payloads)) return { wire: payloads, transfer: undefined, ends: noEnds }
  const packed = isOwn ? Packed.pack(payloads as ReadonlyArray<unknown>) : undefined
  if (packed !== undefined) return { wire: packed, transfer: undefined, ends: noEnds }
  const wires: Array<unknown> = []
  let transfer: Array<Movable> | undefined
  let ends = noEnds
  let index = 0
  try {
    for (; index < payloads.length; index++) {
      const payload = payloads[index]
      const taken = isInstance(payload, Drawn) ? payload.taken() : takeOne(codec, payload, platform, ports)
      wires.push(taken.wire)
      if (taken.transfer !== undefined) transfer = [...(transfer ?? []), ...taken.transfer]
      if (taken.ends.length > 0) ends = [...ends, ...taken.ends]
    }
  } catch (error) {
    // The path of the refusal starts at the list.
    throw isInstance(error, Refused) ? error.within(index) : error
  }
  return { wire: Packed.pack(wires) ?? wires, transfer, ends }
}

/** Translates an error thrown by `take` into a reason; `undefined` for any other error. */
export const refusalOf = (
  { module }: Pick<TaskDefinition, "module">,
  items: number | undefined,
  error: unknown,
  side: "host" | "worker"
): Reason | undefined => {
  if (isInstance(error, Malformed)) {
    const { detail, path, what } = error
    // Codecs call the caller's side the host, which may be a worker.
    return side === "host" ? error : new Malformed({ side, what, path, detail })
  }
  if (!isInstance(error, Refused)) return undefined
  // With `items`, each payload is a single argument.
  const path = items === undefined ? argumentPath(module, error.path) : error.path
  return new NotSerializable({ side, what: "payload", path, detail: error.detail })
}

// ----------------------------------------------------------------------------
// inputs of a generator
// ----------------------------------------------------------------------------

/** A payload captured before its submission, because drawing the next input may change the object. */
export class Drawn {
  private readonly outcome: Taken | { readonly error: unknown }

  constructor(outcome: Taken | { readonly error: unknown }) {
    this.outcome = outcome
  }

  /** Throws the error of the capture, if there was one. */
  taken(): Taken {
    if ("error" in this.outcome) throw this.outcome.error
    return this.outcome
  }
}

/** Captures one payload of a list that is still being drawn. An immutable payload stays as is. */
export type Draw = (payload: unknown) => unknown

export const drawing =
  (codec: TaskCodec, platform: Capture.Platform, ports: Ports | undefined): Draw =>
  (payload) => {
    if (Capture.isImmutable(payload)) return payload
    try {
      return new Drawn(takeOne(codec, payload, platform, ports))
    } catch (error) {
      return new Drawn({ error })
    }
  }
