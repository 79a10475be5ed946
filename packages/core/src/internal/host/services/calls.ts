/**
 * The services of a pool as references on the host call them: a call is a task whose pin is the service.
 *
 * @since 0.2.0
 */
import * as Effect from "effect/Effect"
import { ServiceLost, TaskError } from "../../../TaskError.ts"
import type { HostView, ServicePorts, ServiceToken } from "../../model/service.ts"
import { run } from "../admission/submission.ts"
import type { PoolEngine } from "../pool/PoolEngine.ts"

export const servicePorts = (engine: () => PoolEngine): ServicePorts => ({
  call: (service, method, payload, options) =>
    Effect.suspend(() =>
      run(engine(), method, payload, options, engine().services.pinOf(service, method.name))
    ),
  view: (token) => viewOf(engine, token)
})

/** A closed service is forgotten. */
const viewOf = (engine: () => PoolEngine, { name, service: id }: ServiceToken): HostView => ({
  snapshot: Effect.sync(
    () =>
      engine().services.find(id)?.snapshot() ?? {
        name,
        state: "closed",
        worker: undefined,
        restarts: 0,
        running: 0,
        waiting: 0
      }
  ),
  awaitLost: Effect.callback((resume) => {
    const service = engine().services.find(id)
    const closed = () => new ServiceLost({ service: name, by: "scope", restarts: 0 })
    const fail = () =>
      resume(Effect.fail(new TaskError({ task: name, reason: service?.refusal() ?? closed() })))
    if (service === undefined) return fail()
    return Effect.sync(service.whenOver(fail))
  })
})
