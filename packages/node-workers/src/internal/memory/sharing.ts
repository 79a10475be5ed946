/**
 * How a structure is made for a scope, and how its handle crosses to another thread: encoded, it is plain data with the buffer;
 * decoded, a handle of its own on the same memory.
 *
 * Whatever arrives is foreign: the handle is made only after its sizes were compared with the buffer, so no access of it is out of
 * bounds.
 *
 * @since 0.3.0
 */
import { types } from "node:util"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Scope } from "effect/Scope"
import type { SharedError } from "../../SharedError.ts"
import { attempt, invalidSize } from "./refusals.ts"
import * as Segment from "./segment.ts"

/** What a handle is, on each side: the shape tells handles of one structure from others. */
export interface Encoded {
  readonly shared: string
  readonly shape: string
  readonly length: number
  /** The name that errors show, of a structure that has one. */
  readonly label?: string
  readonly buffer: SharedArrayBuffer
}

/** The most bytes of one structure. */
export const greatestBytes: number = 2 ** 32

/** Makes a segment for the scope, and a handle on it. */
export const makeScoped = <A>(
  size: () => { readonly bytes: number; readonly maxBytes?: number | undefined; readonly path: string },
  handle: (segment: Segment.Segment) => A
): Effect.Effect<A, SharedError, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt(() => {
        const { bytes, maxBytes, path } = size()
        try {
          return Segment.make(bytes, maxBytes)
        } catch {
          throw invalidSize(path, `no memory for ${maxBytes ?? bytes} bytes`)
        }
      }),
      (segment) => Effect.sync(() => Segment.dispose(segment))
    ),
    handle
  )

/**
 * The schema of a handle. `fits`: returns why an encoded handle is refused, and `undefined` when its buffer has at least the bytes that it
 * says; `attach` is called only then.
 */
export const schemaOf = <A>(options: {
  readonly shared: string
  readonly shape: string
  readonly is: (value: unknown) => value is A
  readonly encode: (handle: A) => Encoded
  readonly fits: (encoded: Encoded) => string | undefined
  readonly attach: (encoded: Encoded, segment: Segment.Segment) => A
}): Schema.declareConstructor<A, Encoded, readonly []> => {
  const checked = (encoded: Encoded) => {
    const { buffer, length, shape } = encoded
    if (shape !== options.shape) return refuse(`it has the shape ${shape}, and not ${options.shape}`)
    const isWhole = buffer.growable || buffer.byteLength % Int32Array.BYTES_PER_ELEMENT === 0
    if (buffer.byteLength < Segment.headerBytes || !isWhole) return refuse("the buffer holds no structure")
    if (!(length >= 1)) return refuse(`there is no length ${length}`)
    const problem = options.fits(encoded)
    return problem === undefined ? Effect.succeed(encoded) : refuse(problem)
  }
  return wire.pipe(
    Schema.decodeTo(Schema.declare(options.is, { expected: `${options.shared} of ${options.shape}` }), {
      decode: SchemaGetter.transformEffect((encoded: Encoded) =>
        encoded.shared === options.shared
          ? Effect.map(checked(encoded), () => options.attach(encoded, Segment.attach(encoded.buffer)))
          : refuse(`it is a ${encoded.shared}, and not a ${options.shared}`)
      ),
      encode: SchemaGetter.transformEffect((handle: A) => checked(options.encode(handle)))
    })
  ) as any
}

const refuse = (message: string): Effect.Effect<never, SchemaIssue.Issue> =>
  Effect.fail(new SchemaIssue.Forbidden({ message }))

const wire = Schema.Struct({
  shared: Schema.String,
  shape: Schema.String,
  length: Schema.Int,
  label: Schema.optionalKey(Schema.String),
  buffer: Schema.declare((value): value is SharedArrayBuffer => types.isSharedArrayBuffer(value), {
    expected: "SharedArrayBuffer"
  })
})
