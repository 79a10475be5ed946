/**
 * Encodes and decodes the elements of a channel, and the error that may end the channel, by their schemas.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { Misfit, Unsendable } from "../../ChannelError.ts"
import { defaultPolicy, type PlainSchema, type TaskDefinition } from "../../internal/model/definition.ts"
import { isInstance } from "../../internal/model/foreign.ts"
import type { Movable } from "../../internal/model/movable.ts"
import { type Encoded, encodeWithEnds, type Ports, withPorts } from "../../internal/model/ports.ts"
import { Malformed } from "../../TaskError.ts"
import * as Capture from "./Capture.ts"
import { Refused } from "./Clonable.ts"
import { codecOf, checkFields, type TaskCodec } from "./Codec.ts"

export class ElementCodec {
  private readonly definition: TaskDefinition
  private found: TaskCodec | undefined

  constructor(element: PlainSchema, error: PlainSchema | undefined) {
    this.definition = {
      name: "channel",
      payload: Schema.Void,
      success: element,
      error: error ?? Schema.Never,
      // Both sides check: an element that does not fit must not be sent.
      policy: { ...defaultPolicy, validate: "both" },
      module: undefined
    }
    checkFields("channel", { success: element, error })
  }

  /** Compiled at the first element, because a schema may be suspended. */
  private get codec(): TaskCodec {
    return (this.found ??= codecOf(this.definition))
  }

  /**
   * Encodes and captures elements. `moves`: takes from their owner what their schema says to transfer, also when a later element cannot
   * be sent. Throws `Misfit` or `Unsendable`.
   */
  encode(elements: ReadonlyArray<unknown>, ports: Ports, moves: boolean): Encoded {
    const { codec } = this
    // An end that moves leaves with the first element that holds it.
    if (codec.needsPorts.reply) {
      const one = (element: unknown) =>
        leaving(ports, () => ports.capture(codec.worker.encodeSuccess(element)))
      return { elements: elements.map(one), transfer: undefined }
    }
    try {
      const { transferSuccess, worker } = codec
      const encoded = elements.map((element) => worker.encodeSuccess(element))
      const moving =
        moves && transferSuccess !== undefined ? elements.map((each) => transferSuccess(each)) : []
      if (moving.some((list) => list.length > 0)) return moveEach(encoded, moving, ports)
      return { elements: encoded.map((value) => ports.capture(value)), transfer: undefined }
    } catch (error) {
      throw explain(error)
    }
  }

  encodeError(error: unknown, ports: Ports): unknown {
    return leaving(ports, () => ports.capture(this.codec.worker.encodeError(error)))
  }

  /** Throws `Misfit`. */
  decode(elements: ReadonlyArray<{ readonly value: unknown }>, ports: Ports): Array<unknown> {
    const { decodeSuccess } = this.codec.host
    return arriving(ports, () => elements.map(({ value }) => decodeSuccess(value)))
  }

  decodeError(wire: unknown, ports: Ports): unknown {
    return arriving(ports, () => this.codec.host.decodeError(wire))
  }
}

/**
 * Moves what the schema says to transfer. Each element stays a value of its own: elements that could share a part are not cloned
 * together, and an object that is in two of them is copied into both.
 */
const moveEach = (
  encoded: Array<unknown>,
  moving: ReadonlyArray<ReadonlyArray<Movable>>,
  ports: Ports
): Encoded => {
  const all = moving.flat()
  const distinct = Array.from(new Set(all))
  if (distinct.length < all.length) {
    const elements = encoded.map((value) => ports.capture(value))
    ports.move([], distinct)
    return { elements, transfer: undefined }
  }
  if (encoded.every((value, at) => Capture.isMovedWhole(value, moving[at]!))) return ports.move(encoded, all)
  const moved = encoded.map((value, at) => ports.move([value], moving[at]!))
  const transfer = moved.flatMap((each) => each.transfer ?? [])
  return {
    elements: moved.flatMap((each) => each.elements),
    transfer: transfer.length > 0 ? transfer : undefined
  }
}

const leaving = (ports: Ports, encode: () => unknown): unknown => {
  try {
    const { ends, value } = encodeWithEnds(ports, encode)
    if (ends.length > 0) ports.depart(ends)
    return value
  } catch (error) {
    throw explain(error)
  }
}

const explain = (error: unknown): unknown => {
  if (isInstance(error, Malformed)) return misfit("sender", error)
  return isInstance(error, Refused) ? new Unsendable({ path: error.path, detail: error.detail }) : error
}

const arriving = <A>(ports: Ports, decode: () => A): A => {
  try {
    return withPorts(ports, decode)
  } catch (error) {
    throw isInstance(error, Malformed) ? misfit("receiver", error) : error
  }
}

const misfit = (side: Misfit["side"], { detail, path }: Malformed): Misfit =>
  new Misfit({ side, path, detail })
