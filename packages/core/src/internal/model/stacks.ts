/**
 * Stacks formatted when read.
 *
 * V8 writes the first line of a stack while constructing the error. An error whose message is a getter has no message
 * yet, and consoles print the stack, so they would print no message. Also, an error made by the engine in a turn of its
 * own has only frames of the engine, which do not help the user.
 *
 * @since 0.1.0
 */
import { attempt, describe, get } from "./foreign.ts"

/** Gives an error a stack made of its name, its message, and the given frames, computed at the first read. */
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
    // A frozen error keeps its own stack.
    undefined
  )
}

/** Returns the frames above a function, such as a constructor, in V8's format. */
export const framesAbove = (f: Function): (() => string) => {
  const captured: { readonly stack?: string } = {}
  // V8 formats the stack when the property is read.
  Reflect.get(Error, "captureStackTrace")?.(captured, f)
  return () => {
    const stack = get(captured, "stack")
    const from = typeof stack === "string" ? stack.indexOf("\n") : -1
    return from < 0 ? "" : (stack as string).slice(from + 1)
  }
}

/** Frames for the error under construction, when better frames are known than V8's own. */
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
 * Extends an error class around a reason, whose message is a getter, with stacks and printed forms that show the
 * message. All constructor arguments are passed on, so that a schema can decode the error.
 */
export const placed = <C extends new (...args: Array<any>) => Wrapper>(Base: C): C => {
  class Placed extends Base {
    constructor(...args: Array<any>) {
      super(...args)
      place(this, known ?? framesAbove(new.target))
    }
  }
  // Effect prints its errors as their fields: without a message, and without a stack.
  Object.defineProperty(Placed.prototype, Symbol.for("nodejs.util.inspect.custom"), {
    configurable: true,
    writable: true,
    value: inspectable
  })
  return Placed
}

/** The form printed by Node in place of the error. */
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
