/**
 * Stacks that are made when they are read.
 *
 * V8 writes the first line of a stack while an error is constructed, before an error whose message is a getter knows what it
 * says; consoles print the stack, so they would print no message. And an error that the engine makes, in a turn of its own,
 * has the frames of the engine, which tell nobody anything.
 *
 * @since 0.1.0
 */
import { attempt, describe, get } from "./foreign.ts"

/** Gives an error a stack of its name and message, and of these frames, which are asked for at the first reading. */
export const place = (error: Error, frames: () => string): void => {
  const write = (value: unknown): void =>
    void Object.defineProperty(error, "stack", {
      value,
      writable: true,
      configurable: true,
      enumerable: false
    })
  attempt(
    () =>
      Object.defineProperty(error, "stack", {
        configurable: true,
        enumerable: false,
        get: () => {
          const below = attempt(frames, "")
          const stack = below === "" ? describe(error) : `${describe(error)}\n${below}`
          write(stack)
          return stack
        },
        set: write
      }),
    // A frozen error keeps the stack that it has.
    undefined
  )
}

/** The frames above a function, such as a constructor, as V8 writes them. */
export const framesAbove = (f: Function): (() => string) => {
  const captured: { readonly stack?: string } = {}
  // Formatted when it is read.
  Reflect.get(Error, "captureStackTrace")?.(captured, f)
  return () => {
    const stack = get(captured, "stack")
    const from = typeof stack === "string" ? stack.indexOf("\n") : -1
    return from < 0 ? "" : (stack as string).slice(from + 1)
  }
}

/** The frames of the error that is being made, where they are known better than V8 knows them. */
let known: (() => string) | undefined

/** Makes an error of a {@link placed} class with these frames. */
export const withFrames = <A>(frames: () => string, make: () => A): A => {
  known = frames
  try {
    return make()
  } finally {
    known = undefined
  }
}

type Wrapper = Error & { readonly reason: Error }

/**
 * A class of errors around a reason, whose message is a getter, with stacks and printed forms that show it. Everything that an
 * error is made from is passed on, so that a schema can decode it.
 */
export const placed = <C extends new (...args: Array<any>) => Wrapper>(Base: C): C => {
  class Placed extends Base {
    constructor(...args: Array<any>) {
      super(...args)
      place(this, known ?? framesAbove(new.target))
    }
  }
  // Effect's errors are printed as their fields: without a message, and without a stack.
  Object.defineProperty(Placed.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    configurable: true,
    writable: true,
    value: inspectable
  })
  return Placed
}

/** What Node prints in its place. */
function inspectable(this: Wrapper): unknown {
  const shown = new Error(this.message)
  const { cause, reason, ...fields } = Object.assign({}, this, { cause: this.cause })
  const { cause: _, ...reasonFields } = Object.assign({ cause: undefined }, reason)
  Object.assign(shown, fields, { reason: reasonFields })
  for (const [key, value] of Object.entries({ name: this.name, stack: this.stack })) {
    Object.defineProperty(shown, key, { value, enumerable: false })
  }
  if (cause !== undefined) Object.defineProperty(shown, "cause", { value: cause, enumerable: false })
  return shown
}
