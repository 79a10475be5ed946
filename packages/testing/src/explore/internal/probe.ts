/**
 * Watches a run for facts missing from the run itself: where each fiber waits, in which source line, the maker of the awaited
 * object, and its holder. Effect keeps none of these facts. So the shown run is watched: a few methods of Effect's own prototypes
 * note their calls and then do as always. Receives the calls of the run, hands its notes to `waits.ts`.
 *
 * Invariant: nothing is watched outside of {@link Probe.watch}. The method is synchronous, so no other code runs meanwhile.
 * Methods missing from the installed version of Effect are not watched; the report then says less.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import { SingleShotGen } from "effect/Utils"

export type AnyFiber = Fiber.Fiber<unknown, unknown>

/** The objects that fibers wait at. */
export type Kind = "Deferred" | "Latch" | "Queue" | "Semaphore"

/** Somebody took permits of a semaphore. */
export interface Holder {
  readonly fiber: AnyFiber
  readonly place: string | undefined
  permits: number
}

/** Facts about one of Effect's objects, missing from the object. */
export interface Watched {
  readonly kind: Kind
  /** The maker, and the place in the source; `undefined` for an unseen maker. */
  readonly by: AnyFiber | undefined
  readonly place: string | undefined
  readonly holders: Array<Holder>
}

/** A fiber stopped, until somebody calls `resume`. */
export interface Wait {
  readonly effect: object
  readonly register: Register
  readonly place: string | undefined
  /** As Effect's own objects keep the function: the place of the function tells its future caller. */
  readonly resume: (effect: unknown) => void
  /** The fibers observed until their end. */
  readonly fibers: Set<AnyFiber>
  /** The queue awaited until its end: kept under another closure. */
  ends: object | undefined
  /** When the clock wakes the fiber. */
  wakesAt: number | undefined
  isOver: boolean
}

/** Has a call of a method, and the method itself. */
type Hook = (
  self: object,
  given: ReadonlyArray<unknown>,
  run: (self: object, ...given: ReadonlyArray<unknown>) => unknown
) => unknown

type Register = (this: unknown, resume: (effect: unknown) => void, signal?: AbortSignal) => unknown

const [evaluate, args, identifier] = ["evaluate", "args", "identifier"].map(
  (name) => `~effect/Effect/${name}`
) as [string, string, string]

export class Probe {
  /** The last wait of each fiber. */
  readonly waits = new Map<AnyFiber, Wait>()
  readonly objects = new Map<object, Watched>()
  /** The last `yield*` of each open generator of a fiber, the outermost first. */
  private readonly places = new WeakMap<AnyFiber, Array<Frame>>()
  /** Whose registration is on the stack. */
  private registering: Wait | undefined
  private readonly undo: Array<() => void> = []

  /** Runs `f`, and notes its events. */
  watch<A>(f: () => A): A {
    try {
      this.watchYields()
      this.watchWaits()
      this.watchObservers()
      this.watchMaking()
      this.watchSemaphores()
      return f()
    } finally {
      for (const undo of this.undo.splice(0).toReversed()) undo()
    }
  }

  /** The registering fiber sleeps. */
  sleeps(until: number): void {
    if (this.registering !== undefined) this.registering.wakesAt = until
  }

  /** The place of a fiber: the last `yield*` of its innermost generator inside of the program. */
  private placeOf(fiber: AnyFiber | undefined): string | undefined {
    const places = fiber === undefined ? undefined : this.places.get(fiber)
    if (fiber === undefined || places === undefined) return undefined
    for (let depth = Math.min(places.length, depthOf(fiber)) - 1; depth >= 0; depth--) {
      const { stack } = places[depth] ?? {}
      if (stack !== undefined && !isEffects(stack)) return placeIn(stack)
    }
    return undefined
  }

  /** The first `next` of a yielded iterator comes from the `yield*`: the generator's own frame is on top of the stack. */
  private watchYields(): void {
    const prototype = SingleShotGen.prototype
    this.wrap(prototype, "next", (self, [value], next) => {
      const fiber = Reflect.get(self, "done") === false ? Fiber.getCurrent() : undefined
      if (fiber !== undefined) {
        const places = this.places.get(fiber) ?? []
        places[depthOf(fiber)] = callerOf(Reflect.get(prototype, "next") as Function)
        this.places.set(fiber, places)
      }
      return next(self, value)
    })
  }

  private watchWaits(): void {
    this.wrap(prototypeOf(Effect.never), evaluate, (effect, [running], run) => {
      const fiber = running as AnyFiber
      const register = Reflect.get(effect, "register") as Register
      const begin = (resume: Wait["resume"]): Wait => {
        const place = this.placeOf(fiber)
        const wait: Wait = {
          effect,
          register,
          place,
          resume: (value) => {
            wait.isOver = true
            resume(value)
          },
          fibers: new Set(),
          ends: undefined,
          wakesAt: undefined,
          isOver: false
        }
        this.waits.set(fiber, wait)
        return wait
      }
      const within = <A>(wait: Wait, f: () => A): A => {
        const before = this.registering
        this.registering = wait
        try {
          return f()
        } finally {
          this.registering = before
        }
      }
      const watched: Register = function (resume, signal) {
        const wait = begin(resume)
        return within(wait, () => register.call(this, wait.resume, signal))
      }
      return run(Object.create(effect, { register: { value: watched } }) as object, fiber)
    })
  }

  private watchObservers(): void {
    this.wrap(prototypeOf(Effect.runFork(Effect.void)), "addObserver", (fiber, [observer], add) => {
      this.registering?.fibers.add(fiber as AnyFiber)
      return add(fiber, observer)
    })
  }

  /** `make` of Effect's objects; objects with an assigning constructor are seen when made outside of an Effect, too. */
  private watchMaking(): void {
    const [latch, semaphore] = [prototypeOf(Latch.makeUnsafe()), prototypeOf(Semaphore.makeUnsafe(1))]
    this.wrap(prototypeOf(Effect.sync(() => undefined)), evaluate, (effect, [fiber], run) => {
      const make = Reflect.get(effect, args) as () => unknown
      const watched = (): unknown => {
        const made = make()
        if (typeof made !== "object" || made === null) return made
        const prototype: unknown = Reflect.getPrototypeOf(made)
        if (prototype === latch) this.made(made, "Latch")
        if (prototype === semaphore) this.made(made, "Semaphore")
        return made
      }
      return run({ [args]: watched }, fiber)
    })
    this.trap(prototypeOf(Deferred.makeUnsafe()), "resumes", (made) => this.made(made, "Deferred"))
    this.trap(prototypeOf(Effect.runSync(Queue.unbounded())), "state", (made) => this.made(made, "Queue"))
  }

  /** Asks a used semaphore of any maker for its number of free permits. */
  private watchSemaphores(): void {
    const prototype = prototypeOf(Semaphore.makeUnsafe(1))
    const free = Reflect.getOwnPropertyDescriptor(prototype, "free")
    if (free?.get === undefined) return
    const seen = (semaphore: object) => this.note(semaphore, "Semaphore", undefined, undefined)
    const get = function (this: object): unknown {
      seen(this)
      return free.get!.call(this)
    }
    this.define(prototype, "free", { ...free, get })
  }

  private made(object: object, kind: Kind): void {
    const fiber = Fiber.getCurrent()
    this.note(object, kind, fiber, this.placeOf(fiber))
  }

  private note(object: object, kind: Kind, by: AnyFiber | undefined, place: string | undefined): void {
    if (this.objects.has(object)) return
    const watched: Watched = { kind, by, place, holders: [] }
    this.objects.set(object, watched)
    if (kind === "Semaphore") this.watchPermits(object, watched.holders)
    if (kind === "Queue") this.watchEnd(object)
  }

  private watchEnd(queue: object): void {
    const awaiters = (Reflect.get(queue, "state") as { readonly awaiters?: Set<unknown> }).awaiters
    if (awaiters === undefined) return
    const value = (awaiter: unknown): unknown => {
      if (this.registering !== undefined) this.registering.ends = queue
      return Set.prototype.add.call(awaiters, awaiter)
    }
    this.define(awaiters, "add", { value, configurable: true })
  }

  /** Notes the taker of permits as their holder; a permit given back by another fiber is given back for the taker. */
  private watchPermits(semaphore: object, holders: Array<Holder>): void {
    let taken = Reflect.get(semaphore, "taken") as number
    const set = (value: number): void => {
      const fiber = Fiber.getCurrent()
      if (value > taken && fiber !== undefined) {
        holders.push({ fiber, place: this.placeOf(fiber), permits: value - taken })
      }
      for (let back = taken - value; back > 0 && holders.length > 0;) {
        const own = holders.findIndex((holder) => holder.fiber === fiber)
        const holder = holders[Math.max(0, own)]!
        const part = Math.min(back, holder.permits)
        holder.permits -= part
        back -= part
        if (holder.permits === 0) holders.splice(holders.indexOf(holder), 1)
      }
      taken = value
    }
    Object.defineProperty(semaphore, "taken", { get: () => taken, set, enumerable: true, configurable: true })
    this.undo.push(() => {
      Object.defineProperty(semaphore, "taken", {
        value: taken,
        writable: true,
        enumerable: true,
        configurable: true
      })
    })
  }

  /** Puts a hook around a method. */
  private wrap(target: object, key: string, hook: Hook): void {
    const descriptor = Reflect.getOwnPropertyDescriptor(target, key)
    if (typeof descriptor?.value !== "function") return
    const method = descriptor.value as Function
    const run = (self: object, ...given: ReadonlyArray<unknown>): unknown =>
      Reflect.apply(method, self, given)
    const value = function (this: object, ...given: ReadonlyArray<unknown>): unknown {
      return hook(this, given, run)
    }
    this.define(target, key, { ...descriptor, value })
  }

  /** Sees each object with a constructor assigning the field; the field ends up as without the probe. */
  private trap(prototype: object, key: string, seen: (object: object) => void): void {
    const set = function (this: object, value: unknown): void {
      Object.defineProperty(this, key, { value, writable: true, enumerable: true, configurable: true })
      seen(this)
    }
    this.define(prototype, key, { get: () => undefined, set, configurable: true })
  }

  private define(target: object, key: string, descriptor: PropertyDescriptor): void {
    const before = Reflect.getOwnPropertyDescriptor(target, key)
    if (before?.configurable === false) return
    Object.defineProperty(target, key, descriptor)
    this.undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(target, key)
      else Object.defineProperty(target, key, before)
    })
  }
}

/** The origin of a call; formatted only on demand. */
interface Frame {
  readonly stack?: string
}

/** V8's additions to `Error`. */
interface StackTraces {
  stackTraceLimit: number
  readonly captureStackTrace?: (target: object, callee: Function) => void
}

const callerOf = (callee: Function): Frame => {
  const traces = Error as unknown as StackTraces
  const { stackTraceLimit } = traces
  const frame: Frame = {}
  traces.stackTraceLimit = 1
  traces.captureStackTrace?.(frame, callee)
  traces.stackTraceLimit = stackTraceLimit
  return frame
}

/** The first place of a stack, as `file.ts:12`. */
export const placeIn = (stack: string | undefined): string | undefined =>
  /(?<place>[^\s/\\(]+:\d+):\d+\)?$/m.exec(stack ?? "")?.groups?.place

/** A generator of Effect's own says nothing about the program. */
const isEffects = (stack: string): boolean => /[\\/]node_modules[\\/]effect[\\/]/.test(stack)

const prototypeOf = (object: object): object => Reflect.getPrototypeOf(object)!

/** How many open generators a fiber has, without the running one. */
const depthOf = (fiber: AnyFiber): number => {
  const stack = Reflect.get(fiber, "_stack") as ReadonlyArray<object> | undefined
  return stack?.filter((frame) => Reflect.get(frame, identifier) === "Iterator").length ?? 0
}
