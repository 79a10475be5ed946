/**
 * Values that are bound to a side of the boundary, ends of channels and references to services: which side an encode or a decode is on.
 *
 * Apart from the schemas of ends, so that a reference loads no streams.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import * as SchemaIssue from "effect/SchemaIssue"
import { currentPorts, type Ports } from "../model/ports.ts"

export const refuse = (message: string) => Effect.fail(new SchemaIssue.Forbidden({ message }))

/** Binds a value that arrives. `nowhere`: why it cannot be decoded apart from the values of a pool. */
export const arriving = <A>(
  nowhere: string,
  arrive: (ports: Ports) => A
): Effect.Effect<A, SchemaIssue.Issue> => {
  const ports = currentPorts()
  return ports === undefined ? refuse(nowhere) : Effect.succeed(arrive(ports))
}

/** Lets a value leave inside the one that is being encoded. `foreign`: why it cannot cross on another pool than its own. */
export const leaving = <A>(
  pool: object,
  { foreign, nowhere }: { readonly nowhere: string; readonly foreign: string },
  leave: () => A
): Effect.Effect<A, SchemaIssue.Issue> => {
  const ports = currentPorts()
  if (ports === undefined) return refuse(nowhere)
  return ports.pool === pool ? Effect.succeed(leave()) : refuse(foreign)
}
