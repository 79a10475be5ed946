/**
 * The awaited object of each fiber of a run, in words: its kind, its maker, its holder, and who could wake the fiber.
 *
 * Receives the notes of a {@link Probe}, and finds the fiber among the closures kept by each object.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { AnyFiber, Kind, Probe, Wait, Watched } from "./probe.ts"

/** How a fiber is called. */
export type NameOf = (fiber: AnyFiber) => string

export class Waits {
  private readonly probe: Probe
  private readonly nameOf: NameOf
  /** Objects in the order in which they are mentioned, by kind. */
  private readonly numbers = new Map<Kind, Array<object>>()

  constructor(probe: Probe, nameOf: NameOf) {
    this.probe = probe
    this.nameOf = nameOf
  }

  /** Such as `at jobs.ts:12 for Deferred#1 (made by 0 at jobs.ts:7)`; empty if the fiber was not seen to wait. */
  describe(fiber: AnyFiber): string {
    const wait = this.probe.waits.get(fiber)
    if (wait === undefined || wait.isOver) return ""
    return `${wait.place === undefined ? "" : ` at ${wait.place}`} ${this.cause(wait)}`
  }

  /** Fibers waiting in a circle, each for the next and the last for the first, such as `0.0 → 0.1 → 0.0`. */
  circle(fibers: ReadonlyArray<AnyFiber>): string | undefined {
    const way: Array<AnyFiber> = []
    const done = new Set<AnyFiber>()
    const follow = (fiber: AnyFiber): ReadonlyArray<AnyFiber> | undefined => {
      if (way.includes(fiber)) return [...way.slice(way.indexOf(fiber)), fiber]
      if (done.has(fiber)) return undefined
      done.add(fiber)
      way.push(fiber)
      for (const next of this.needs(fiber)) {
        const circle = follow(next)
        if (circle !== undefined) return circle
      }
      way.pop()
      return undefined
    }
    for (const fiber of fibers) {
      const circle = follow(fiber)
      if (circle !== undefined) return circle.map(this.nameOf).join(" → ")
    }
    return undefined
  }

  /** The fibers due to go on first. */
  private needs(fiber: AnyFiber): ReadonlyArray<AnyFiber> {
    const wait = this.probe.waits.get(fiber)
    if (wait === undefined || wait.isOver) return []
    const holders = this.found(wait)?.watched.holders.map((holder) => holder.fiber) ?? []
    return [...holders, ...wait.fibers].filter(isAlive)
  }

  /** The object keeping the fiber's `resume`, and the object's purpose for the closure. */
  private found(wait: Wait) {
    for (const [object, watched] of this.probe.objects) {
      const what = waiting[watched.kind](object as never, wait)
      if (what !== undefined) return { object, watched, what }
    }
    return undefined
  }

  private cause(wait: Wait): string {
    if (wait.wakesAt !== undefined) return `until ${wait.wakesAt} ms`
    if (wait.effect === Effect.never) return "for ever"
    const found = this.found(wait)
    if (found !== undefined) return `for ${found.what}${this.mention(found.object, found.watched)}`
    const fibers = [...wait.fibers].filter(isAlive)
    if (fibers.length > 0) {
      return `for ${fibers.length === 1 ? "fiber" : "fibers"} ${fibers.map(this.nameOf).toSorted(byNumber).join(", ")}`
    }
    if (wait.fibers.size > 0) return "for a fiber that it started"
    return `for ${foreign(wait)}`
  }

  /** The object's name; at the first mention, with the known facts. */
  private mention(object: object, watched: Watched): string {
    const { kind } = watched
    const known = this.numbers.get(kind) ?? []
    this.numbers.set(kind, known)
    const isNew = !known.includes(object)
    if (isNew) known.push(object)
    const name = `${kind}#${known.indexOf(object) + 1}`
    const facts = isNew ? [...this.made(watched), ...this.held(watched)] : []
    return facts.length === 0 ? name : `${name} (${facts.join("; ")})`
  }

  private made({ by, place }: Watched): ReadonlyArray<string> {
    if (by === undefined) return []
    return [`made by ${this.nameOf(by)}${place === undefined ? "" : ` at ${place}`}`]
  }

  private held({ holders, kind }: Watched): ReadonlyArray<string> {
    if (kind !== "Semaphore") return []
    if (holders.length === 0) return ["held by none"]
    const all = holders.map(({ fiber, permits, place }) =>
      [
        this.nameOf(fiber),
        ...(permits === 1 ? [] : [` (${permits} permits)`]),
        ...(place === undefined ? [] : [` since ${place}`]),
        ...(isAlive(fiber) ? [] : [", though it has ended"])
      ].join("")
    )
    return [`held by ${all.join(" and ")}`]
  }
}

const isAlive = (fiber: AnyFiber): boolean => fiber.pollUnsafe() === undefined

interface Entry {
  readonly resume?: unknown
  readonly permits?: number
}

const has = (entries: Iterable<Entry> | undefined, { resume }: Wait): Entry | undefined =>
  entries === undefined ? undefined : [...entries].find((entry) => entry.resume === resume)

/** For each kind, the awaited thing of a fiber woken by the object: the words before the object's name. */
const waiting: { readonly [K in Kind]: (object: never, wait: Wait) => string | undefined } = {
  Deferred: ({ resumes }: { readonly resumes?: ReadonlyArray<unknown> }, { resume }) =>
    resumes?.includes(resume) === true ? "" : undefined,
  Latch: (
    latch: { readonly waiters: ReadonlyArray<unknown>; readonly scheduled?: ReadonlyArray<unknown> },
    { resume }
  ) => (latch.waiters.includes(resume) || latch.scheduled?.includes(resume) === true ? "" : undefined),
  Semaphore: ({ waiters }: { readonly waiters: Iterable<Entry> }, wait) => {
    const entry = has(waiters, wait)
    if (entry === undefined) return undefined
    return entry.permits === 1 ? "a permit of " : `${entry.permits} permits of `
  },
  Queue: (queue: { readonly state: Partial<Record<"offers" | "takers", Iterable<Entry>>> }, wait) => {
    if (wait.ends === queue) return "the end of "
    if (has(queue.state.takers, wait) !== undefined) return "a value from "
    return has(queue.state.offers, wait) === undefined ? undefined : "room in "
  }
}

/** A registration at an object of unseen make, by the code of the registration. */
const strangers: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b(?:evaluate|f)\(signal\)\.then/, "a promise"],
  [/\.state\.(?:awaiters|takers)\.add|waitToOffer/, "a Queue from outside of the run"],
  [/\.resumes\.push\(resume\)/, "a Deferred from outside of the run"],
  [/\bthis\.waiters\.push\(resume\)/, "a Latch"]
]

/** Only the code of the callback is known. */
const foreign = ({ register }: Wait): string => {
  const code = Function.prototype.toString.call(register)
  const stranger = strangers.find(([pattern]) => pattern.test(code))
  if (stranger !== undefined) return stranger[1]
  const { name } = register
  if (name !== "" && name !== "register") return `the callback ${name}`
  const text = code.replaceAll(/\s+/g, " ")
  return `a callback: ${text.length > shownCode ? `${text.slice(0, shownCode)}…` : text}`
}

/** Enough characters of code to distinguish callbacks. */
const shownCode = 60

const byNumber = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true })
