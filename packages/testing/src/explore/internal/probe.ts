/**
 * What a run would not tell by itself: at what each fiber waits, where in the source, who made that thing, and who holds it.
 *
 * Effect keeps none of it. So one run, the one that is shown, is watched: a few methods of Effect's own prototypes note what
 * passes and then do as they always do. Receives the calls of that run, hands what it noted to `waits.ts`.
 *
 * Invariant: nothing is watched outside of {@link Probe.watch}, which is synchronous, so that nobody else's code runs meanwhile.
 * What this version of Effect does not have is not watched; the report then says less.
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

/** What fibers may wait at. */
export type Kind = "Deferred" | "Latch" | "Queue" | "Semaphore"

/** Somebody took permits of a semaphore. */
export interface Holder {
  readonly fiber: AnyFiber
  readonly place: string | undefined
  permits: number
}

/** What one of Effect's objects would not tell of itself. */
export interface Watched {
  readonly kind: Kind
  /** Who made it, and where; `undefined` if that was not seen. */
  readonly by: AnyFiber | undefined
  readonly place: string | undefined
  readonly holders: Array<Holder>
}

/** A fiber stopped, until somebody calls `resume`. */
export interface Wait {
  readonly effect: object
  readonly register: Register
  readonly place: string | undefined
  /** As Effect's own objects keep it: where it is found tells who will call it. */
  readonly resume: (effect: unknown) => void
  /** The fibers whose end it observes. */
  readonly fibers: Set<AnyFiber>
  /** The queue whose end it awaits: that keeps another closure. */
  ends: object | undefined
  /** When the clock wakes it. */
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
  /** The last `yield*` of each generator that a fiber is in, the outermost first. */
  private readonly places = new WeakMap<AnyFiber, Array<Frame>>()
  /** Whose registration is on the stack. */
  private registering: Wait | undefined
  private readonly undo: Array<() => void> = []

  /** Runs `f`, and notes what happens in it. */
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

  /** The fiber that registers sleeps. */
  sleeps(until: number): void {
    if (this.registering !== undefined) this.registering.wakesAt = until
  }

  /** Where a fiber is: the last `yield*` of the innermost of its generators that is in the program. */
  private placeOf(fiber: AnyFiber | undefined): string | undefined {
    const places = fiber === undefined ? undefined : this.places.get(fiber)
    if (fiber === undefined || places === undefined) return undefined
    for (let depth = Math.min(places.length, depthOf(fiber)) - 1; depth >= 0; depth--) {
      const { stack } = places[depth] ?? {}
      if (stack !== undefined && !isEffects(stack)) return placeIn(stack)
    }
    return undefined
  }

  /** A generator asks for the first time what it yields when it comes to a `yield*`: its own frame is on top. */
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

  /** `make` of Effect's objects; those whose constructor assigns a field are seen when made outside of an Effect, too. */
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

  /** A semaphore that is used, whoever made it, is asked how many permits are free. */
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

  /** Permits are held by whoever takes them; one who gives back what another one took does it for that one. */
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

  /** Sees each object whose constructor assigns a field; the field is then as it would have been. */
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

/** Where a call came from; written out only when it is asked for. */
interface Frame {
  readonly stack?: string
}

/** What V8 adds to `Error`. */
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

/** The first place that a stack names, as `file.ts:12`. */
export const placeIn = (stack: string | undefined): string | undefined =>
  /(?<place>[^\s/\\(]+:\d+):\d+\)?$/m.exec(stack ?? "")?.groups?.place

/** A generator of Effect's own says nothing about the program. */
const isEffects = (stack: string): boolean => /[\\/]node_modules[\\/]effect[\\/]/.test(stack)

const prototypeOf = (object: object): object => Reflect.getPrototypeOf(object)!

/** How many generators a fiber is in; the one that runs does not count itself. */
const depthOf = (fiber: AnyFiber): number => {
  const stack = Reflect.get(fiber, "_stack") as ReadonlyArray<object> | undefined
  return stack?.filter((frame) => Reflect.get(frame, identifier) === "Iterator").length ?? 0
}
