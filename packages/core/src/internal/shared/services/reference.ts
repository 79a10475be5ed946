/**
 * References to services as programs see them, the same on both sides: an object with a function for each method.
 *
 * @since 0.2.0
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import { portsAnnotation } from "../../../protocol/values/Codec.ts"
import { get } from "../../model/foreign.ts"
import type { RunOptions } from "../../model/options.ts"
import type { Ports } from "../../model/ports.ts"
import { type ReferencePort, type ServiceDefinition, type ServiceToken, TypeId } from "../../model/service.ts"
import { arriving, leaving, refuse } from "../crossing.ts"

/** Makes the reference: one function per method. */
export const makeReference = ({ methods }: ServiceDefinition, port: ReferencePort): object => {
  const reference: Record<string, unknown> = Object.create(null)
  Object.defineProperty(reference, TypeId, { value: port })
  for (const [name, method] of Object.entries(methods)) {
    const call = (payload: unknown, options?: RunOptions): Effect.Effect<any, any> =>
      port.services.call(port.token.service, method, payload, options)
    Object.defineProperty(call, "name", { value: name })
    reference[name] = call
  }
  return Object.freeze(reference)
}

/** Returns what a reference is bound to; `undefined` for any other value. */
export const portOf = (u: unknown): ReferencePort | undefined =>
  typeof u === "object" ? (get(u, TypeId) as ReferencePort | undefined) : undefined

const nowhere = "a reference to a service crosses only inside payloads, results and elements of its pool"
const foreign = "the service belongs to another pool"

const token = Schema.Struct({
  service: Schema.Int.check(Schema.isGreaterThan(0)),
  name: Schema.String
})

/** The schema by which references cross: encoded, a reference is a token; decoded, it is bound to the side where it arrives. */
export const referenceSchema = (definition: ServiceDefinition): Schema.Codec<any, ServiceToken> =>
  token.pipe(
    Schema.decodeTo(
      Schema.declare((u): u is object => portOf(u)?.token.name === definition.name, {
        expected: `a reference to the service ${definition.name}`
      }),
      {
        decode: SchemaGetter.transformEffect((sent: ServiceToken) =>
          sent.name === definition.name
            ? arriving(nowhere, (ports) => makeReference(definition, bind(ports, sent)) as any)
            : refuse(`a reference to the service ${sent.name}, not to ${definition.name}`)
        ),
        encode: SchemaGetter.transformEffect((reference: object) => {
          const port = portOf(reference)!
          return leaving(port.pool, { nowhere, foreign }, () => port.token)
        })
      }
    ),
    // The ports of a side are set only around values that may need them.
    Schema.annotate({ [portsAnnotation]: true })
  ) as any

const bind = ({ pool, services }: Ports, sent: ServiceToken): ReferencePort => ({
  pool,
  token: sent,
  services
})
