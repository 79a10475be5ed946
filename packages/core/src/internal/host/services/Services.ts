/**
 * The services of a pool, by number.
 *
 * Receives services from `lives.ts` and calls from `calls.ts` and `NestedTasks`. A closed service is forgotten, so that a program that
 * starts many keeps none; its number is never given to another one.
 *
 * @since 0.2.0
 */
import { ServiceLost } from "../../../TaskError.ts"
import type { PoolState } from "../../machine/poolMachine.ts"
import type { PoolSettings } from "../../model/options.ts"
import type { ServiceDefinition, ServiceSettings } from "../../model/service.ts"
import type { Signals } from "../signals.ts"
import type { Dispatcher } from "../dispatch/Dispatcher.ts"
import type { Why } from "../tasks/HostTask.ts"
import type { TaskLifecycle } from "../tasks/TaskLifecycle.ts"
import type { HostWorker } from "../worker/HostWorker.ts"
import type { ServicePin } from "../worker/NestedTasks.ts"
import { Service, type ServiceOwner } from "./Service.ts"

export interface ServicesOptions {
  readonly lifecycle: TaskLifecycle
  readonly dispatcher: Pick<Dispatcher, "pump" | "sendTo">
  readonly settings: Pick<PoolSettings, "capacity" | "strategy">
  readonly signals: Signals<HostWorker>
  readonly guard: (callback: () => void) => void
}

export class Services {
  private readonly owner: ServiceOwner
  private readonly services = new Map<number, Service>()
  private next = 1

  constructor(options: ServicesOptions) {
    const { dispatcher, guard, lifecycle, settings, signals } = options
    this.owner = {
      queue: settings,
      now: () => lifecycle.now(),
      end: (task, why) => lifecycle.end(task, why),
      rests: (task, isWaiting) => lifecycle.resting.wait(task, isWaiting),
      send: (task, worker) => dispatcher.sendTo(task, worker),
      pump: () => dispatcher.pump(),
      guard
    }
    signals.pool.handingOut.subscribe(() => this.all((service) => service.handOut()))
    signals.pool.stateChanged.subscribe((state) => this.onState(state))
    signals.workers.stuck.subscribe((worker) => this.all((service) => service.workerEnded(worker)))
    signals.workers.gone.subscribe((worker) => this.all((service) => service.workerEnded(worker)))
  }

  private all(act: (service: Service) => void): void {
    if (this.services.size === 0) return
    for (const service of Array.from(this.services.values())) act(service)
  }

  /** A draining pool lets its running tasks finish, and their calls. */
  private onState(state: PoolState): void {
    if (state === "closing" || state === "closed" || state === "failed")
      this.all((service) => service.step("close"))
  }

  make(
    definition: ServiceDefinition,
    settings: ServiceSettings,
    onLost: (service: Service) => void
  ): Service {
    const service: Service = new Service(this.next++, definition, settings, this.owner, () => onLost(service))
    this.services.set(service.id, service)
    return service
  }

  forget(service: Service): void {
    this.services.delete(service.id)
  }

  find(id: number): Service | undefined {
    return this.services.get(id)
  }

  /** Returns the pin of a service's calls. `method`: the name of the task of a method. */
  pinOf(id: number, method: string): ServicePin {
    return this.services.get(id) ?? closedService(method.slice(0, Math.max(0, method.lastIndexOf("."))))
  }

  findBroken(): string | undefined {
    for (const service of this.services.values()) {
      const broken = service.findBroken()
      if (broken !== undefined) return broken
    }
    return undefined
  }

  refuseRoots(why: Why): void {
    this.all((service) => service.refuseRoots(why))
  }
}

/** Stands for a service that is closed, or was never there. */
const closedService = (service: string): ServicePin => {
  const refusal = () => new ServiceLost({ service, by: "scope", restarts: 0 })
  return { line: [], refusal, refusalOf: refusal }
}
