/**
 * Encodes and decodes the elements of a channel, and the error that may end the channel, by their schemas.
 *
 * @since 0.2.0
 */
import * as Schema from "effect/Schema"
import { Misfit, Unsendable } from "../../ChannelError.ts"
import { defaultPolicy, type PlainSchema, type TaskDefinition } from "../../internal/model/definition.ts"
import { isInstance } from "../../internal/model/foreign.ts"
import { encodeWithEnds, type Ports, withPorts } from "../../internal/model/ports.ts"
import { Malformed } from "../../TaskError.ts"
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

  /** Encodes and captures. Throws `Misfit` or `Unsendable`. */
  encode(element: unknown, ports: Ports): unknown {
    return leaving(ports, () => this.codec.worker.encodeSuccess(element))
  }

  encodeError(error: unknown, ports: Ports): unknown {
    return leaving(ports, () => this.codec.worker.encodeError(error))
  }

  /** Throws `Misfit`. */
  decode(wire: unknown, ports: Ports): unknown {
    return arriving(ports, () => this.codec.host.decodeSuccess(wire))
  }

  decodeError(wire: unknown, ports: Ports): unknown {
    return arriving(ports, () => this.codec.host.decodeError(wire))
  }
}

const leaving = (ports: Ports, encode: () => unknown): unknown => {
  try {
    const { ends, value } = encodeWithEnds(ports, () => ports.capture(encode()))
    if (ends.length > 0) ports.depart(ends)
    return value
  } catch (error) {
    if (isInstance(error, Malformed)) throw misfit("sender", error)
    if (isInstance(error, Refused)) throw new Unsendable({ path: error.path, detail: error.detail })
    throw error
  }
}

const arriving = (ports: Ports, decode: () => unknown): unknown => {
  try {
    return withPorts(ports, decode)
  } catch (error) {
    throw isInstance(error, Malformed) ? misfit("receiver", error) : error
  }
}

const misfit = (side: Misfit["side"], { detail, path }: Malformed): Misfit =>
  new Misfit({ side, path, detail })
