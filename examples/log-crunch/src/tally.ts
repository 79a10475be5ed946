/** What is known of the records so far. Tallies of parts add up to that of the whole, in any order. */
import { Histogram } from "./histogram.ts"
import type { LogRecord } from "./record.ts"
import type { Counts } from "./tasks.ts"

export class ServiceTally {
  readonly statuses = new Map<number, number>()
  readonly latency = new Histogram()

  get lines(): number {
    return sum(this.statuses.values())
  }
}

export class Tally {
  readonly services = new Map<string, ServiceTally>()
  readonly paths = new Map<string, number>()

  get lines(): number {
    return sum(this.paths.values())
  }

  add({ ms, path, service, status }: LogRecord): void {
    const { latency, statuses } = this.serviceOf(service)
    increase(statuses, status, 1)
    latency.add(ms)
    increase(this.paths, path, 1)
  }

  /** As data that crosses to another thread. */
  get counts(): Counts {
    return {
      services: Array.from(this.services, ([name, { latency, statuses }]) => ({
        name,
        statuses: [...statuses],
        latency: latency.sparse
      })),
      paths: [...this.paths]
    }
  }

  merge({ paths, services }: Counts): void {
    for (const { latency, name, statuses } of services) {
      const mine = this.serviceOf(name)
      for (const [status, count] of statuses) increase(mine.statuses, status, count)
      mine.latency.merge(latency)
    }
    for (const [path, count] of paths) increase(this.paths, path, count)
  }

  private serviceOf(name: string): ServiceTally {
    const known = this.services.get(name)
    if (known !== undefined) return known
    const made = new ServiceTally()
    this.services.set(name, made)
    return made
  }
}

const increase = <Key>(map: Map<Key, number>, key: Key, by: number): void => {
  map.set(key, (map.get(key) ?? 0) + by)
}

const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}
